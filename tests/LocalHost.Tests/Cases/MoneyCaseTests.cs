using Nano.LocalHost.Tests.Errors;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Case 21: cache reads and writes count once, and equally in whole and streamed responses, for the caller and in the record.</summary>
public class MoneyCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    public static TheoryData<string, bool, string[], long[]> Counts => new()
    {
        // prompt, completion, cached, cache written, reasoning; -1 if not reported.
        { "anthropic/m", false, [
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_read_input_tokens":1000,"cache_creation_input_tokens":200,"output_tokens":5}}"""], [1210, 5, 1000, 200, -1] },
        { "anthropic/m", true, [
            """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","usage":{"input_tokens":10,"cache_read_input_tokens":1000,"cache_creation_input_tokens":200,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"x"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":10,"cache_read_input_tokens":1000,"cache_creation_input_tokens":200,"output_tokens":5}}""",
            """{"type":"message_stop"}"""], [1210, 5, 1000, 200, -1] },
        { "google/m", false, ["""{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1210,"cachedContentTokenCount":1000,"candidatesTokenCount":5,"thoughtsTokenCount":70,"totalTokenCount":1285}}"""], [1210, 75, 1000, -1, 70] },
        { "google/m", true, [
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]}}],"usageMetadata":{"promptTokenCount":1210,"cachedContentTokenCount":1000,"thoughtsTokenCount":70,"totalTokenCount":1280}}""",
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"y"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1210,"cachedContentTokenCount":1000,"candidatesTokenCount":5,"thoughtsTokenCount":70,"totalTokenCount":1285}}"""], [1210, 75, 1000, -1, 70] },
        { "openai/m", false, ["""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1210,"completion_tokens":75,"total_tokens":1285,"prompt_tokens_details":{"cached_tokens":1000,"cache_write_tokens":200},"completion_tokens_details":{"reasoning_tokens":70}}}"""], [1210, 75, 1000, 200, 70] },
        // xAI leaves reasoning out of its completion tokens: the record adds it, the caller sees xAI's own values.
        { "xai/m", false, ["""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1210,"completion_tokens":5,"total_tokens":1285,"prompt_tokens_details":{"cached_tokens":1000},"completion_tokens_details":{"reasoning_tokens":70}}}"""], [1210, 75, 1000, -1, 70] },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    public async Task Case21_Cached_tokens_count_once(string model, bool stream, string[] answer, long[] counts)
    {
        var script = !stream ? UpstreamScript.Json(answer[0])
            : model.StartsWith("anthropic", StringComparison.Ordinal) ? HandmadeTests.Anthropic(answer)
            : UpstreamScript.Sse([.. answer.Select(a => $"data: {a}\n\n")]);

        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream), script);

        var record = await gateway.Usage.OneAsync();
        new[] { "InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "ReasoningTokens" }
            .Select(name => record[name] as long? ?? -1).ShouldBe(counts);
        if (model.StartsWith("openai", StringComparison.Ordinal) || model.StartsWith("xai", StringComparison.Ordinal)) return;
        var usage = reply.ReadStrictly(usageAsked: stream).Usage.ShouldNotBeNull();
        new[] { usage.Prompt, usage.Completion, usage.Cached, usage.CacheWritten, usage.Reasoning }
            .Select(count => count ?? -1).Zip(counts).ShouldAllBe(pair => pair.First == pair.Second || (pair.First == 0 && pair.Second == -1));
    }
}
