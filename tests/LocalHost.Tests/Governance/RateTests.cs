using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;


namespace Nano.LocalHost.Tests.Governance;

/// <summary>Requests and tokens per minute, and concurrency.</summary>
public sealed class RateTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    [Fact]
    public async Task Requests_beyond_the_rate_are_refused_with_the_headers_of_the_callers_api()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"requests_per_minute":2,"tokens_per_minute":100000}""");
        var first = await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        first.Headers["x-ratelimit-limit-requests"].ShouldBe("2");
        first.Headers["x-ratelimit-remaining-requests"].ShouldBe("1");
        first.Headers["x-ratelimit-reset-requests"].ShouldBe("30s");
        first.Headers["x-ratelimit-limit-tokens"].ShouldBe("100000");
        int.Parse(first.Headers["x-ratelimit-remaining-tokens"]).ShouldBeInRange(99_000, 99_999);
        GatewayReply refused;
        // A slow machine may need 30 seconds for three requests, and another one is admitted.
        do refused = await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        while ((int)refused.Status == 200);
        ((int)refused.Status).ShouldBe(429);
        refused.Error().GetProperty("code").GetString().ShouldBe("rate_limit_exceeded");
        refused.Error().GetProperty("message").GetString()!.ShouldContain($"'{id}': 2 requests per minute");
        int.Parse(refused.Headers["retry-after"]).ShouldBeInRange(1, 30);
        refused.Headers.Keys.ShouldNotContain("x-should-retry");
        refused.Headers["x-ratelimit-remaining-requests"].ShouldBe("0");
    }

    [Fact]
    public async Task Anthropics_clients_get_the_headers_that_they_read()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"requests_per_minute":5}""");
        var reply = await gateway.ChatAsync(key, """{"model":"nano/echo","max_tokens":8,"messages":[{"role":"user","content":"Hello"}]}""", "/v1/messages",
            "anthropic-version: 2023-06-01");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Headers["anthropic-ratelimit-requests-limit"].ShouldBe("5");
        reply.Headers["anthropic-ratelimit-requests-remaining"].ShouldBe("4");
        DateTimeOffset.Parse(reply.Headers["anthropic-ratelimit-requests-reset"]).ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        reply.Headers.Keys.ShouldNotContain("x-ratelimit-limit-requests");
    }

    /// <summary>They have no output tokens, so that their estimate is their input.</summary>
    [Fact]
    public async Task Parallel_embeddings_reserve_no_output_tokens()
    {
        const string request = """{"model":"openai/text-embedding-3-small","input":"Hello"}""";
        var (_, key) = await gateway.CreateKeyAsync("""{"tokens_per_minute":1000}""");
        var release = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(release.Task).Send(Embedding), UpstreamScript.Json(Embedding));
        var open = gateway.ChatAsync(key, request, "/v1/embeddings");
        await Wait.UntilAsync(() => gateway.Upstream.Requests.Count > 0);
        var beside = await gateway.ChatAsync(key, request, "/v1/embeddings");
        release.SetResult();
        ((int)(await open).Status, (int)beside.Status).ShouldBe((200, 200), beside.Text);
    }

    private const string Embedding = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":1,"total_tokens":1}}""";

    [Fact]
    public async Task Concurrency_counts_open_requests_and_ends_with_them()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"max_concurrency":1}""");
        gateway.Script();
        var release = new TaskCompletionSource();
        gateway.Upstream.Answer(new UpstreamScript().Header("content-type", "application/json").WaitFor(release.Task)
            .Send("""{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        var open = gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-4o"));
        await Wait.UntilAsync(() => gateway.Upstream.Requests.Count > 0);
        var refused = await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        ((int)refused.Status).ShouldBe(429);
        refused.Error().GetProperty("code").GetString().ShouldBe("rate_limit_exceeded");
        release.SetResult();
        ((int)(await open).Status).ShouldBe(200);
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(200);
    }
}
