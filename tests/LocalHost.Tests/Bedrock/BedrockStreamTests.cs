using System.Net;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;
using static Nano.Testing.Upstream.AmazonEventStream;

namespace Nano.LocalHost.Tests.Bedrock;

/// <summary>Failures of a Converse stream, over sockets, and what the caller gets.</summary>
public sealed class BedrockStreamTests(BedrockFixture gateway) : IClassFixture<BedrockFixture>
{
    private static readonly byte[] Start = Event("messageStart", """{"role":"assistant"}""");
    private static readonly byte[] Hello = Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hello"},"p":"abc"}""");
    private static readonly byte[] Stop = Event("messageStop", """{"stopReason":"end_turn"}""");
    private static readonly byte[] Metadata =
        Event("metadata", """{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5,"cacheReadInputTokens":4},"metrics":{"latencyMs":9}}""");
    private static readonly string Ask = GatewayFixture.Ask(BedrockFixture.Model, stream: true);

    public static TheoryData<string, string, HttpStatusCode, string> Exceptions => new()
    {
        { "throttlingException", """{"message":"Too many requests."}""", HttpStatusCode.TooManyRequests, "Too many requests." },
        { "validationException", """{"message":"The text field is blank."}""", HttpStatusCode.BadRequest, "The text field is blank." },
        { "serviceUnavailableException", """{"message":"Try later."}""", HttpStatusCode.ServiceUnavailable, "Try later." },
        { "internalServerException", """{"message":"Oh."}""", HttpStatusCode.BadGateway, "Oh." },
        { "modelStreamErrorException", """{"message":"The model broke.","originalStatusCode":500}""", HttpStatusCode.BadGateway, "The model broke." },
        { "accessDeniedException", """{"message":"Not yours."}""", HttpStatusCode.BadGateway, "Not yours." },
        { "modelTimeoutException", """{"message":"Slow."}""", HttpStatusCode.GatewayTimeout, "Slow." },
        { "exceptionOfTomorrow", """{"reason":1}""", HttpStatusCode.BadGateway, "exceptionOfTomorrow" },
        { "throttlingException", "no json", HttpStatusCode.TooManyRequests, "throttlingException" },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task An_exception_before_the_first_event_is_an_error_with_its_status(string type, string payload, HttpStatusCode status, string said)
    {
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(Exception(type, payload)));
        reply.Status.ShouldBe(status);
        reply.Error().GetProperty("message").GetString().ShouldNotBeNull().ShouldContain(said);
    }

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task An_exception_after_text_is_an_error_event(string type, string payload, HttpStatusCode status, string said)
    {
        var gate = new TaskCompletionSource();
        var script = BedrockFixture.Stream([.. Start, .. Hello]).WaitFor(gate.Task).Send(Exception(type, payload));
        var reply = await gateway.ChatAsync(Ask, "Hello", gate, script);
        reply.Status.ShouldBe(HttpStatusCode.OK, status.ToString());
        reply.Text.ShouldContain("Hello");
        reply.Error().GetProperty("message").GetString().ShouldNotBeNull().ShouldContain(said);
        reply.Text.ShouldNotContain("[DONE]");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }

    public static TheoryData<string, byte[][]> Unclean => new()
    {
        { "nothing", [] },
        { "only the start", [Start] },
        { "no end", [Start, Hello] },
        { "no metadata", [Start, Hello, Stop] },
        { "no messageStop", [Start, Hello, Metadata] },
        { "a messageStop without a reason", [Start, Hello, Event("messageStop", "{}"), Metadata] },
        { "a wrong checksum", [Start, Hello, [.. Stop[..^1], (byte)(Stop[^1] ^ 1)], Metadata] },
        { "a giant length", [Start, Hello, [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]] },
        { "half a message", [Start, Hello, Stop, Metadata[..40]] },
        { "a payload that is no JSON", [Start, Hello, Event("contentBlockDelta", "{\"delta\":")] },
        { "a delta that is none", [Start, Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":"x"}""")] },
        { "an index that is none", [Start, Event("contentBlockStart", """{"contentBlockIndex":"x","start":{"toolUse":{}}}""")] },
        { "SSE", [Encoding.UTF8.GetBytes("data: {\"choices\":[]}\n\ndata: [DONE]\n\n")] },
    };

    [Theory]
    [MemberData(nameof(Unclean))]
    public async Task An_incomplete_stream_is_not_a_clean_response(string what, byte[][] messages)
    {
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(messages));
        reply.Text.ShouldNotContain("[DONE]", customMessage: what);
        reply.Error().GetProperty("code").GetString().ShouldBeOneOf("provider_stream_broken", "provider_invalid_response");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBeOneOf("Failed", "Broken");
    }

    /// <summary>The stop reason is the only sign that the model failed; the usage is recorded, wherever it comes.</summary>
    [Theory]
    [InlineData("malformed_model_output", true)]
    [InlineData("malformed_tool_use", false)]
    public async Task A_model_that_failed_is_an_error_and_not_a_success(string reason, bool isUsageLast)
    {
        var stop = Event("messageStop", $$"""{"stopReason":"{{reason}}"}""");
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(isUsageLast ? [Start, Hello, stop, Metadata] : [Start, Hello, Metadata, stop]));
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("code").GetString().ShouldBe(reason);
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["OutputTokens"]).ShouldBe((reply.IsStream ? "Broken" : "Failed", 2L));

        reply = await gateway.ChatAsync(GatewayFixture.Ask(BedrockFixture.Model), UpstreamScript.Json(
            $$$"""{"output":{"message":{"role":"assistant","content":[{"text":"Hel"}]}},"stopReason":"{{{reason}}}","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"""));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(reason);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed");
    }

    [Fact]
    public async Task A_connection_that_breaks_is_an_error_event()
    {
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(Start, Hello).Cut());
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken");
        reply.Text.ShouldNotContain("[DONE]");
    }

    [Fact]
    public async Task Metadata_may_precede_the_end_and_nothing_after_both_is_read()
    {
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(Start, Hello, Metadata, Stop, Exception("throttlingException", "{}")));
        var answer = reply.ReadStrictly(usageAsked: true);
        answer.Choices[0].Text.ShouldBe("Hello");
        answer.Usage!.Prompt.ShouldBe(7);
        answer.Usage.Cached.ShouldBe(4);
    }

    /// <summary>Chat cannot express a guardrail's trace or unknown members.</summary>
    [Fact]
    public async Task Members_that_Chat_cannot_express_are_reported_as_losses()
    {
        var reply = await gateway.ChatAsync(Ask, BedrockFixture.Stream(Start, Hello, Event("eventOfTomorrow", """{"a":1}"""), Stop,
            Event("metadata", """{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"trace":{"guardrail":{}}}""")));
        reply.ReadStrictly(usageAsked: true).Choices[0].Text.ShouldBe("Hello");
        reply.Text.ShouldContain(": x-nano-loss: dropped=content.eventOfTomorrow,content.trace\n");
    }

    /// <summary>A stream without its content type.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("application/octet-stream")]
    [InlineData("application/json")]
    public async Task A_stream_with_another_content_type_is_a_stream(string? type)
    {
        var script = new UpstreamScript();
        if (type is not null) script = script.Header("content-type", type);
        var reply = await gateway.ChatAsync(Ask, script.Send(new[] { Start, Hello, Stop, Metadata }.SelectMany(m => m).ToArray()));
        reply.ReadStrictly(usageAsked: true).Choices[0].Text.ShouldBe("Hello");
    }

    [SkippableFact]
    public async Task A_whole_response_to_a_streamed_request_becomes_a_stream()
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get("bedrock-converse-one-toolcall-c2442e");
        var reply = await gateway.ChatAsync(Ask, UpstreamScript.Json(wire.ResponseBytes()));
        Nano.Testing.Oracle.AnswerDifference.First(Nano.Testing.Oracle.RecordedAnswer.Read(wire), reply.ReadStrictly(usageAsked: true)).ShouldBeNull();
    }
}
