using BenchmarkDotNet.Attributes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;

namespace Nano.Bench;

/// <summary>The cost of a whole response: a tap, or read and write.</summary>
public class ResponseBenchmarks
{
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly byte[] ChatBody = Samples.ChatResponseBody(), AnthropicBody = Samples.AnthropicResponse(), GeminiBody = Samples.GeminiResponse(), ResponsesBody =
        Samples.ResponsesResponse();
    private static readonly ResponseContext Context = new() { FallbackId = "abcdefghijklmnopqrstuvwx", Model = "m", Created = 1, StreamUsage = true };

    [Benchmark(Baseline = true)]
    public long? Tap()
    {
        var tap = Chat.CreateUsageTap(UsageRules.OpenAI);
        tap.OnBody(ChatBody);
        return tap.Usage?.InputTokens;
    }

    [Benchmark]
    public int FromAnthropic() => Convert(new AnthropicMessagesDialect(), AnthropicBody, UsageRules.Anthropic);

    [Benchmark]
    public int FromGemini() => Convert(new GeminiDialect(), GeminiBody, UsageRules.ReasoningApart);

    [Benchmark]
    public int FromResponses() => Convert(new OpenAIResponsesDialect(), ResponsesBody, UsageRules.OpenAI);

    private static int Convert(IDialect source, byte[] body, UsageRules usage)
    {
        using var output = new JsonOutput(body.Length + 512);
        Chat.WriteResponse(source.ReadResponse(body, usage), Context, output, new LossReport());
        return output.Length;
    }
}
