using System.Text.Json;
using Nano.Testing.Upstream;

namespace Nano.Panel.Tests.Browser;

/// <summary>Streams of OpenAI Chat as a provider writes them.</summary>
internal static class Chunks
{
    public const string Done = "data: [DONE]\n\n";

    private const string AnsweringModel = "gpt-6-luna";

    public static string Text(string text) => Delta(new { content = text });

    public static string Reasoning(string text) => Delta(new { reasoning_content = text });

    public static string ToolCall(int index, string? id, string? name, string arguments) =>
        Delta(new { tool_calls = new[] { new { index, id, type = id is null ? null : "function", function = new { name, arguments } } } });

    public static string Finish(string reason) => Chunk(new { index = 0, delta = new { }, finish_reason = reason });

    public static string Usage(int input, int output, int cached = 0, int reasoning = 0) => Event(new
    {
        id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1, model = AnsweringModel, choices = Array.Empty<object>(),
        usage = new { prompt_tokens = input, completion_tokens = output, total_tokens = input + output, prompt_tokens_details = new { cached_tokens = cached },
        completion_tokens_details = new { reasoning_tokens = reasoning } },
    });

    /// <summary>A whole stream with this text.</summary>
    public static UpstreamScript Answer(params string[] texts) =>
        UpstreamScript.Sse([.. texts.Select(Text), Finish("stop"), Usage(12, 34), Done]);

    /// <summary>The same, from a provider that reports this model.</summary>
    public static UpstreamScript AnswerOf(string model, string text) =>
        UpstreamScript.Sse([.. new[] { Text(text), Finish("stop"), Usage(12, 34), Done }.Select(e => e.Replace(AnsweringModel, model, StringComparison.Ordinal))]);

    /// <summary>The response to a request for the list of models.</summary>
    public static UpstreamScript Models() => UpstreamScript.Json("""{"object":"list","data":[{"id":"m","object":"model"}]}""");

    private static string Delta(object delta) => Chunk(new { index = 0, delta, finish_reason = (string?)null });

    private static string Chunk(object choice) =>
        Event(new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1, model = AnsweringModel, choices = new[] { choice } });

    private static string Event(object value) => $"data: {JsonSerializer.Serialize(value)}\n\n";
}
