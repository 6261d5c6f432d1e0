using System.Net;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;
using static Nano.LocalHost.Tests.Caching.CacheTests;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>What a cached response depends on besides the body, and what a conversation can do with it.</summary>
public sealed class CachedConversationTests(CacheGateway gateway) : IClassFixture<CacheGateway>
{
    private const string Signature = "RXJVQkNrWUlBaGdDSWtDRnNpZ25hdHVyZQ==";

    private const string Thought =
        $$$"""{"id":"m","type":"message","role":"assistant","model":"claude-haiku-5-5","content":[{"type":"thinking","thinking":"Look first.","signature":"{{{Signature}}}"},{"type":"text","text":"Yes."}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}""";

    private const string Plain =
        """{"id":"m","type":"message","role":"assistant","model":"claude-haiku-5-5","content":[{"type":"text","text":"Yes."}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}""";

    /// <summary>The state in a hit is sealed like that of any response: the next turn sends it back to its model, and only there.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reasoning_state_of_a_hit_returns_to_its_model(bool stream)
    {
        var ask = $$"""{"role":"user","content":"{{gateway.Fresh()}}"}""";
        gateway.Script(UpstreamScript.Json(Thought));
        (await gateway.OwnerChatAsync(Chat(ask, ""), Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        var hit = await gateway.OwnerChatAsync(Chat(ask, stream ? ",\"stream\":true" : ""), Ttl);
        hit.Headers["x-nano-cache"].ShouldBe("hit");
        hit.Text.ShouldNotContain(Signature);
        gateway.Upstream.Requests.Count.ShouldBe(1);

        gateway.Script(UpstreamScript.Json(Plain));
        var history = $$"""{{ask}},{"role":"assistant","content":"Yes.","reasoning_details":{{Details(hit, stream)}}},{"role":"user","content":"Sure?"}""";
        var next = await gateway.OwnerChatAsync(Chat(history, ""));
        next.Status.ShouldBe(HttpStatusCode.OK, next.Text);
        next.Headers.ContainsKey("x-nano-loss").ShouldBeFalse(next.Headers.GetValueOrDefault("x-nano-loss"));
        gateway.Upstream.Request.BodyText.ShouldContain(Signature);

        string Chat(string messages, string more) => $$"""{"model":"anthropic/claude-haiku-5-5","messages":[{{messages}}]{{more}}}""";
    }

    /// <summary>Headers that reach the provider, or that change what the gateway does, are part of the key; those that name a session or a program are not.</summary>
    [Theory]
    [InlineData("anthropic-beta: context-1m", true)]
    [InlineData("anthropic-version: 2024-01-01", true)]
    [InlineData("anthropic-unknown: 1", true)]
    [InlineData("openai-beta: x", true)]
    [InlineData("x-nano-strict: true", true)]
    [InlineData("user-agent: another/1", false)]
    [InlineData("x-claude-code-session-id: s", false)]
    [InlineData("x-nano-session: s", false)]
    [InlineData("x-nano-tags: a=b", false)]
    public async Task A_header_that_changes_the_response_is_a_miss(string header, bool changes)
    {
        var request = $$"""{"model":"anthropic/claude-haiku-5-5","max_tokens":9,"messages":[{"role":"user","content":"{{gateway.Fresh()}}"}]}""";
        gateway.Script(UpstreamScript.Json(Plain), UpstreamScript.Json(Plain));
        (await SendAsync()).Headers["x-nano-cache"].ShouldBe("miss");
        (await SendAsync()).Headers["x-nano-cache"].ShouldBe("hit");
        (await SendAsync(header)).Headers["x-nano-cache"].ShouldBe(changes ? "miss" : "hit");
        (await SendAsync()).Headers["x-nano-cache"].ShouldBe("hit");

        Task<GatewayReply> SendAsync(params string[] more) => gateway.CallAsync("POST", "/v1/messages", request, "Bearer " + GatewayFixture.CallerKey, [Ttl, .. more]);
    }

    /// <summary>The same question to another model, through another API, or for another operation has an entry of its own.</summary>
    [Fact]
    public async Task A_model_an_api_and_an_operation_have_entries_of_their_own()
    {
        var content = gateway.Fresh();
        gateway.Script(Whole(), UpstreamScript.Json(Plain), UpstreamScript.Json(Plain));
        foreach (var (path, model) in ((string, string)[])[("/v1/chat/completions", "openai/gpt-4o"), ("/v1/chat/completions", "anthropic/claude-haiku-5-5"),
            ("/v1/messages", "anthropic/claude-haiku-5-5")])
        {
            var request = $$"""{"model":"{{model}}","max_tokens":9,"messages":[{"role":"user","content":"{{content}}"}]}""";
            foreach (var expected in (string[])["miss", "hit"])
                (await gateway.CallAsync("POST", path, request, "Bearer " + GatewayFixture.CallerKey, Ttl)).Headers["x-nano-cache"].ShouldBe(expected, $"{path} {model}");
        }
    }

    private static string Details(GatewayReply hit, bool stream)
    {
        if (!stream) return hit.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning_details").GetRawText();
        var details = SseText.Events(hit.Text).Where(item => item.HasData && item.Data != "[DONE]").Select(item => JsonDocument.Parse(item.Data).RootElement)
            .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("delta").TryGetProperty("reasoning_details", out var more) ? more : default)
            .Where(more => more.ValueKind == JsonValueKind.Array).SelectMany(more => more.EnumerateArray()).Select(item => item.GetRawText());
        return $"[{string.Join(',', details)}]";
    }
}
