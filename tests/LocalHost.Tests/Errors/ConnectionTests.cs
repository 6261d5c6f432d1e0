using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>Upstream connections that go stale, close or return invalid data.</summary>
public class ConnectionTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string ChatResponseBody =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task A_connection_that_the_provider_closed_after_a_response_is_not_used_again()
    {
        var once = UpstreamScript.Json(ChatResponseBody).Header("content-length", ChatResponseBody.Length.ToString()).Cut();
        for (var i = 0; i < 10; i++)
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), once);
            ((int)reply.Status).ShouldBe(200, reply.Text);
            await gateway.Upstream.Request.WasCut.WaitAsync(TimeSpan.FromMinutes(2));
        }
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("openai/m", true)]
    [InlineData("anthropic/m", true)]
    [InlineData("google/m", false)]
    public async Task A_provider_that_closes_without_a_response_is_a_502_and_is_not_asked_twice(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream), UpstreamScript.NoAnswer);

        ((int)reply.Status).ShouldBe(502);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_unreachable");
        // It may have been served, and charged, before the connection broke.
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    public static TheoryData<string, bool, string> Nonsense => new()
    {
        { "openai/m", false, "not json at all" },
        { "openai/m", false, "[]" },
        { "openai/m", false, "" },
        { "anthropic/m", false, "\"text\"" },
        { "anthropic/m", false, "<html></html>" },
        { "google/m", false, "{}" },
        { "google/m", false, "null" },
        { "google/m", false, "{\"candidates\":7}" },
        { "openai/m", true, "data: {not json}\n\n" },
        { "anthropic/m", true, "data: {not json}\n\n" },
        { "google/m", true, "data: [1,2]\n\n" },
        { "openai/m", true, "" },
        { "anthropic/m", true, ": nothing but a comment\n\n" },
        { "google/m", true, "event: x\n\n" },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_200_that_is_not_valid_is_an_error(string model, bool stream, string body)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream),
            new UpstreamScript().Header("content-type", stream ? "text/event-stream" : "application/json").Send(body));

        reply.Text.ShouldNotContain("[DONE]");
        reply.Error();
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBeOneOf("Failed", "Broken");
    }

    [Theory]
    [InlineData("openai/m", false)]
    [InlineData("anthropic/m", false)]
    [InlineData("google/m", true)]
    public async Task A_redirect_is_not_followed(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream),
            new UpstreamScript(307).Header("location", "http://169.254.169.254/latest/meta-data").Send(""));

        ((int)reply.Status).ShouldBe(502);
        reply.Error();
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("openai/m", ChatResponseBody)]
    [InlineData("anthropic/m",
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""")]
    [InlineData("google/m", """{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}]}""")]
    public async Task A_stream_request_with_a_whole_response_is_served(string model, string body)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Json(body));

        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Text.ShouldContain("\"x\"");
    }
}
