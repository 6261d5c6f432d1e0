using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Providers whose response has another form than requested, and callers with odd requests.</summary>
public sealed class OddAnswerTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string GeminiStart = """data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]}}]}""" + "\n\n";

    public static TheoryData<string, string> WholeAnswers => new()
    {
        { "openai/gpt-x", """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""" },
        { "anthropic/claude-x", """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":2}}""" },
        { "google/gemini-x", """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"},{"functionCall":{"name":"f","args":{"a":1}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}""" },
    };

    [Theory]
    [MemberData(nameof(WholeAnswers))]
    public async Task A_whole_response_to_a_streamed_request_is_still_a_stream(string model, string answer)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Json(answer));
        reply.IsStream.ShouldBeTrue(reply.Text);
        var said = reply.ReadStrictly(usageAsked: true);
        said.Choices[0].Text.ShouldBe("Hello");
        said.Choices[0].ToolCalls.ShouldHaveSingleItem().Name.ShouldBe("f");
        (await gateway.Usage.OneAsync())["InputTokens"].ShouldBe(3L);
    }

    [Fact]
    public async Task An_event_that_is_not_valid_leaves_no_half_event_before_the_error()
    {
        var begun = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Sse(GeminiStart).WaitFor(begun.Task).Send("""data: {"candidates":[{"content":{"parts":[{"text":"half"},5]}}]}""" + "\n\n"));
        using var response = await gateway.SendAsync(GatewayFixture.Ask("google/gemini-x", stream: true));
        begun.SetResult();
        var reply = await GatewayReply.ReadAsync(response);
        var events = reply.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events[^1].ShouldStartWith("data: {\"error\":");
        reply.Text.ShouldNotContain("half");
        reply.Text.ShouldNotContain("[DONE]");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Case29_A_key_that_a_provider_quotes_inside_a_200_is_not_passed_on(bool stream)
    {
        var key = GatewayFixture.ProviderKey("google");
        var error = """{"error":{"code":403,"message":"Consumer 'api_key:KEY' has been suspended.","status":"PERMISSION_DENIED"}}""".Replace("KEY", key);
        var reply = await gateway.ChatAsync(
            GatewayFixture.Ask("google/gemini-x", stream),
            stream ? UpstreamScript.Sse(GeminiStart, $"data: {error}\n\n") : UpstreamScript.Json(error));
        reply.Text.ShouldContain("provider_auth_failed");
        reply.Text.ShouldContain("GOOGLE_API_KEY");
        reply.Text.ShouldNotContain(key);
    }

    [Theory]
    [InlineData("true", 400, "lossy_conversion")]
    [InlineData("TRUE", 400, "lossy_conversion")]
    [InlineData("1", 400, "must be 'true' or 'false'")]
    [InlineData("false", 200, "Hello")]
    public async Task The_strict_header_accepts_true_and_false_only(string header, int status, string says)
    {
        gateway.Script(UpstreamScript.Json(
            """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}"""));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent("""{"model":"anthropic/claude-x","logit_bias":{"1":2},"messages":[{"role":"user","content":"Hi"}]}"""),
        };
        message.Headers.Add("x-nano-strict", header);
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(message));
        ((int)reply.Status).ShouldBe(status);
        reply.Text.ShouldContain(says);
        if (status == 200) reply.Headers["x-nano-loss"].ShouldBe("dropped=logit_bias");
    }
}
