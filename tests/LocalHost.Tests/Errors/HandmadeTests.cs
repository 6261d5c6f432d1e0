using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>Cases that the recordings lack (wire/INDEX.md, "Not in the data"), written by hand from the providers' references.</summary>
public class HandmadeTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string MessageStart =
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-x","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}""";

    private const string Overloaded = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Anthropics_529_is_a_rate_limit_that_keeps_its_retry_after(bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x", stream),
            UpstreamScript.Json(Overloaded, 529).Header("retry-after", "7"));

        ((int)reply.Status).ShouldBe(503);
        reply.Headers["retry-after"].ShouldBe("7");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Overloaded");
    }

    [Theory]
    [InlineData("openai/gpt-x", """{"error":{"message":"Rate limit reached","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""")]
    [InlineData("anthropic/claude-x", """{"type":"error","error":{"type":"rate_limit_error","message":"Rate limit reached"}}""")]
    [InlineData("google/gemini-x", """{"error":{"code":429,"message":"Rate limit reached","status":"RESOURCE_EXHAUSTED"}}""")]
    [InlineData("xai/grok-x", """{"code":"limit","error":"Rate limit reached"}""")]
    public async Task A_429_keeps_its_retry_after(string model, string body)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body, 429).Header("retry-after", "19"));

        ((int)reply.Status).ShouldBe(429);
        reply.Headers["retry-after"].ShouldBe("19");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Rate limit reached");
    }

    [Fact]
    public async Task Anthropics_error_in_mid_stream_ends_as_an_error()
    {
        var seen = new TaskCompletionSource();
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x", stream: true), "Half an ans", seen, Anthropic(
            MessageStart,
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Half an ans"}}""")
            .WaitFor(seen.Task)
            .Send($"event: error\ndata: {Overloaded}\n\n"));

        reply.Text.ShouldContain("Half an ans");
        reply.Text.ShouldNotContain("[DONE]");
        reply.ReadStrictly(usageAsked: true).IsError.ShouldBeTrue();
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Overloaded");
    }

    [Fact]
    public async Task Anthropics_error_before_any_content_is_an_error()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x", stream: true), Anthropic(MessageStart, Overloaded));

        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Overloaded");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Geminis_malformed_function_call_is_an_error(bool stream)
    {
        const string Body = """{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: print(x","index":0}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}""";

        var reply = await gateway.ChatAsync(GatewayFixture.Ask("google/gemini-x", stream),
            stream ? UpstreamScript.Sse($"data: {Body}\r\n\r\n") : UpstreamScript.Json(Body));

        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Malformed function call");
    }

    public static TheoryData<string, string[]> SplitCharacters => new()
    {
        { "openai/gpt-x", [
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a😀é漢"},"finish_reason":null}]}""",
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            "[DONE]"] },
        { "anthropic/claude-x", [
            MessageStart,
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a😀é漢"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}""",
            """{"type":"message_stop"}"""] },
        { "google/gemini-x", ["""{"candidates":[{"content":{"role":"model","parts":[{"text":"a😀é漢"}]},"finishReason":"STOP"}]}"""] },
    };

    [Theory]
    [MemberData(nameof(SplitCharacters))]
    public async Task A_character_split_over_reads_arrives_whole(string model, string[] events)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(events.Select(e => $"data: {e}\n\n")));

        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
            new UpstreamScript().Header("content-type", "text/event-stream").SendInPieces(bytes, 1));

        var answer = reply.ReadRelayed(stream: true);
        answer.IsError.ShouldBeFalse(answer.Error);
        answer.Choices[0].Text.ShouldBe("a😀é漢");
    }

    public static TheoryData<string, string> LoneSurrogates => new()
    {
        { "openai/gpt-x", """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"cut \ud83d"},"finish_reason":"length"}]}""" },
        { "anthropic/claude-x", """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"cut \ud83d"}],"stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":1}}""" },
        { "google/gemini-x", """{"candidates":[{"content":{"role":"model","parts":[{"text":"cut \ud83d"}]},"finishReason":"MAX_TOKENS"}]}""" },
    };

    [Theory]
    [MemberData(nameof(LoneSurrogates))]
    public async Task A_lone_surrogate_passes_as_its_escape_and_is_U_FFFD_where_it_is_converted(string model, string body)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body));

        ((int)reply.Status).ShouldBe(200);
        using var parsed = JsonDocument.Parse(reply.Body);
        parsed.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetRawText()
            .ShouldBe(model.StartsWith("openai", StringComparison.Ordinal) ? "\"cut \\ud83d\"" : "\"cut \\ufffd\"", StringCompareShould.IgnoreCase);
    }

    [Fact]
    public async Task A_surrogate_pair_split_over_two_deltas_is_joined()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x", stream: true), Anthropic(
            MessageStart,
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ude00"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}""",
            """{"type":"message_stop"}"""));

        reply.Text.ShouldContain("[DONE]");
        reply.ReadStrictly(usageAsked: true).Choices[0].Text.ShouldBe("😀");
    }

    [Fact]
    public async Task Interleaved_fragments_of_two_calls_stay_apart()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x", stream: true), Anthropic(
            MessageStart,
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_a","name":"first","input":{}}}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_b","name":"second","input":{}}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"n\":"}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Ulm\"}"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}""",
            """{"type":"message_stop"}"""));

        var answer = reply.ReadStrictly(usageAsked: true);
        answer.IsError.ShouldBeFalse(answer.Error);
        answer.Choices[0].ToolCalls.Select(c => $"{c.Name} {c.Arguments}").ShouldBe(["first {\"n\":1}", "second {\"city\":\"Ulm\"}"]);
    }

    internal static UpstreamScript Anthropic(params string[] events) => UpstreamScript.Sse(
        [.. events.Select(e => $"event: {JsonDocument.Parse(e).RootElement.GetProperty("type").GetString()}\ndata: {e}\n\n")]);
}
