using System.Text.Json;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>Minimal responses of providers, in their own formats.</summary>
public sealed record SdkAnswers(string Model, Func<string, string> Text, Func<string, string, string> ToolCall, Func<string, string> Error)
{
    public static TheoryData<string> Providers => ["openai", "anthropic", "google"];

    public static SdkAnswers Of(string provider) => provider switch
    {
        "openai" => new("openai/gpt-4o", OpenAIText, OpenAIToolCall, OpenAIError),
        "anthropic" => new("anthropic/claude-haiku-5-5", AnthropicText, AnthropicToolCall, AnthropicError),
        "google" => new("google/gemini-3.8-flash", GeminiText, GeminiToolCall, GeminiError),
        _ => throw new ArgumentOutOfRangeException(nameof(provider)),
    };

    private static string OpenAIText(string text) => $$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":{{Quoted(text)}}},
         "finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14} }
        """;

    private static string OpenAIToolCall(string name, string arguments) => $$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":null,
         "tool_calls":[{"id":"call_1","type":"function","function":{"name":{{Quoted(name)}},"arguments":{{Quoted(arguments)}} } }]},
         "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14} }
        """;

    private static string OpenAIError(string message) => $$"""{"error":{"message":{{Quoted(message)}},"type":"some_error","param":null,"code":null} }""";

    private static string AnthropicText(string text) => $$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-5-5","content":[{"type":"text","text":{{Quoted(text)}} }],
         "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":4} }
        """;

    private static string AnthropicToolCall(string name, string arguments) => $$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-5-5","content":[{"type":"tool_use","id":"toolu_1","name":{{Quoted(name)}},"input":{{arguments}} }],
         "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":4} }
        """;

    private static string AnthropicError(string message) => $$"""{"type":"error","error":{"type":"some_error","message":{{Quoted(message)}} } }""";

    private static string GeminiText(string text) => $$"""
        {"candidates":[{"content":{"role":"model","parts":[{"text":{{Quoted(text)}} }]},"finishReason":"STOP","index":0}],
         "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14},"modelVersion":"gemini-3.8-flash","responseId":"r1"}
        """;

    private static string GeminiToolCall(string name, string arguments) => $$"""
        {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":{{Quoted(name)}},"args":{{arguments}} },"thoughtSignature":"c2ln"}]},"finishReason":"STOP","index":0}],
         "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14},"modelVersion":"gemini-3.8-flash","responseId":"r1"}
        """;

    private static string GeminiError(string message) => $$"""{"error":{"code":400,"message":{{Quoted(message)}},"status":"SOME_STATUS"} }""";

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
