using BenchmarkDotNet.Attributes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;

namespace Nano.Bench;

/// <summary>The cost of a request before it is sent: scan and splice, or read and write.</summary>
public class RequestBenchmarks
{
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly AnthropicMessagesDialect Anthropic = new();
    private static readonly GeminiDialect Gemini = new();
    private static readonly OpenAIResponsesDialect Responses = new();

    private byte[] _body = [];

    [Params("agent 70K", "image 5M")]
    public string Body { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _body = Body.StartsWith("agent", StringComparison.Ordinal) ? Samples.AgentRequest() : Samples.ImageRequest();

    [Benchmark(Baseline = true)]
    public long Splice()
    {
        ChatEnvelope.TryRead(_body, out var envelope);
        return envelope.Splice(_body, "\"gpt-5\""u8.ToArray(), askForUsage: false).Length;
    }

    [Benchmark]
    public int ToAnthropic() => Convert(Anthropic);

    [Benchmark]
    public int ToGemini() => Convert(Gemini);

    [Benchmark]
    public int ToResponses() => Convert(Responses);

    private int Convert(IDialect target)
    {
        ChatEnvelope.TryRead(_body, out _);
        var request = Chat.ReadRequest(_body);
        using var output = new JsonOutput(_body.Length + 1024);
        target.WriteRequest(request, new RequestTarget { Model = "m" }, output, new LossReport());
        return output.Length;
    }
}
