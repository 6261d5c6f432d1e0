using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>Which of a caller's headers reach which provider.</summary>
public class HeaderTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Whole =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string Chat =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    private static readonly (string, string)[] Headers =
    [
        ("anthropic-version", "2026-10-21"), ("anthropic-beta", "context-management-2025-06-27,claude-code-20250219"), ("anthropic-feature-of-tomorrow", "on"),
        ("User-Agent", "claude-cli/2.1.328 (external, cli)"), ("X-Claude-Code-Session-Id", "s1"), ("x-stainless-lang", "js"),
    ];

    /// <summary>Cases 6 and 16: the member and its beta reach Anthropic unchanged, and the client's identity is kept.</summary>
    [Fact]
    public async Task Client_case16_Anthropic_gets_what_its_client_sends()
    {
        const string body = """{"model":"anthropic/claude-x","max_tokens":9,"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"messages":[{"role":"user","content":"Hello"}]}""";
        gateway.Script(UpstreamScript.Json(Whole));
        using var response = await gateway.PostAsync("/v1/messages?beta=true&other=1", body, Headers);
        (await response.Content.ReadAsStringAsync()).ShouldBe(Whole);
        response.Headers.Contains("x-nano-loss").ShouldBeFalse();
        response.Headers.GetValues("request-id").ShouldBe(response.Headers.GetValues("x-request-id"));
        var sent = gateway.Upstream.Request;
        sent.Target.ShouldEndWith("/v1/messages?beta=true");
        sent.BodyText.ShouldBe(body.Replace("anthropic/claude-x", "claude-x"));
        foreach (var (name, value) in Headers.SkipLast(1)) sent.Headers[name.ToLowerInvariant()].ShouldBe(value);
        sent.Headers.ContainsKey("x-stainless-lang").ShouldBeFalse();
        sent.Headers["x-api-key"].ShouldBe(GatewayFixture.ProviderKey("anthropic"));
    }

    [Fact]
    public async Task Without_a_version_the_gateway_sends_its_own()
    {
        var reply = await gateway.MessageAsync(MessagesCaller.Ask("anthropic/claude-x"), UpstreamScript.Json(Whole), ("anthropic-version", ""));
        reply.Headers.ContainsKey("x-nano-loss").ShouldBeFalse();
        gateway.Upstream.Request.Headers["user-agent"].ShouldBe("nano");
        gateway.Upstream.Request.Target.ShouldEndWith("/v1/messages");
    }

    [Fact]
    public async Task Client_case6_elsewhere_member_and_beta_are_dropped_together_and_named()
    {
        const string body = """{"model":"openai/gpt-4o","max_tokens":9,"context_management":{"edits":[]},"messages":[{"role":"user","content":"Hello"}]}""";
        var reply = await gateway.MessageAsync(body, UpstreamScript.Json(Chat), Headers);
        reply.Headers["x-nano-loss"].ShouldBe("dropped=context_management,anthropic-beta:context-management-2025-06-27");
        var sent = gateway.Upstream.Request;
        sent.Headers.Keys.ShouldNotContain(name => name.StartsWith("anthropic-", StringComparison.Ordinal));
        sent.Headers["user-agent"].ShouldBe("nano");
        sent.BodyText.ShouldNotContain("context_management");
    }

    [Fact]
    public async Task A_strict_caller_gets_an_error_before_anything_is_sent()
    {
        gateway.Script();
        using var response = await gateway.PostAsync("/v1/messages", MessagesCaller.Ask("openai/gpt-4o"), ("anthropic-beta", "context-1m-2025-08-07"), ("x-nano-strict", "true"));
        ((int)response.StatusCode).ShouldBe(400);
        (await response.Content.ReadAsStringAsync()).ShouldContain("anthropic-beta:context-1m-2025-08-07");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }
}
