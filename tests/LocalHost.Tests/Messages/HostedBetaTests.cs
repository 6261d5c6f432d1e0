using Nano.LocalHost.Tests.Bedrock;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Vertex;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>Claude on a cloud platform, which does not have each feature of Anthropic's own service.</summary>
public sealed class HostedBetaTests(VertexFixture vertex, BedrockFixture bedrock) : IClassFixture<VertexFixture>, IClassFixture<BedrockFixture>
{
    private const string Whole =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string Converse =
        """{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}""";

    [Fact]
    public Task Client_case6_on_Vertex_member_and_beta_are_dropped_together_and_named() => CheckAsync(vertex, "vertex/claude-of-tomorrow", Whole);

    [Fact]
    public Task Client_case6_on_Bedrock_member_and_beta_are_dropped_together_and_named() => CheckAsync(bedrock, "bedrock/us.anthropic.claude-opus-4-8", Converse);

    private static async Task CheckAsync(GatewayFixture gateway, string model, string answer)
    {
        var body = $$"""{"model":"{{model}}","max_tokens":9,"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"messages":[{"role":"user","content":"Hello"}]}""";
        var reply = await gateway.MessageAsync(body, UpstreamScript.Json(answer), ("anthropic-beta", "context-management-2025-06-27"));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Json.GetProperty("content")[0].GetProperty("text").GetString().ShouldBe("Hi");
        reply.Headers["x-nano-loss"].ShouldBe("dropped=context_management,anthropic-beta:context-management-2025-06-27");
        var sent = gateway.Upstream.Request;
        sent.BodyText.ShouldNotContain("context_management");
        // A platform takes betas in a header or in the body.
        sent.Headers.Keys.ShouldNotContain("anthropic-beta");
        sent.BodyText.ShouldNotContain("anthropic_beta");
    }
}
