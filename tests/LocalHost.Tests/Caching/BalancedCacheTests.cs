using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Caching;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>The response cache and an alias that spreads requests.</summary>
public sealed class BalancedCacheTests
{
    /// <summary>Each request's plan begins with another target.</summary>
    [Fact]
    public async Task Of_identical_requests_to_a_balanced_alias_one_is_sent()
    {
        await using var balanced = await RoutingGateway.StartAsync("""
            "models": { "turns": { "strategy": "round-robin", "targets": [ { "model": "one/m" }, { "model": "two/m" } ] } }
            """);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var whole = Responses.Whole();
        balanced.Answer(_ => whole with { Steps = [new UpstreamStep.WaitFor(first.Task), .. whole.Steps] });
        Task<GatewayReply> AskAsync() => balanced.ChatAsync("turns", headers: ("x-nano-cache", "ttl=600, single-flight"));
        var leading = AskAsync();
        await Testing.Wait.UntilAsync(() => balanced.Upstream.Requests.Count == 1);
        var following = Enumerable.Range(0, 4).Select(_ => AskAsync()).ToList();
        await Task.WhenAny(Task.WhenAll(following), Task.Delay(200));
        first.SetResult();
        (await leading).Headers["x-nano-cache"].ShouldBe("miss");
        foreach (var reply in await Task.WhenAll(following)) reply.Headers["x-nano-cache"].ShouldBe("hit");
        balanced.Upstream.Requests.Count.ShouldBe(1);
    }
}
