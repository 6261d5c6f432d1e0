using Nano.Configuration;
using Nano.Errors;

namespace Nano.Tests.Routing.Simulation;

/// <summary>
/// 100,000 requests per scenario on a simulated clock. Each scenario has bounds that the gateway keeps and that a stateless round robin
/// breaks. Requests arrive for 1,000 seconds; a deployment is in trouble at most until the 650th.
/// </summary>
public sealed class SimulationTests
{
    private const int Requests = 100_000;
    private const double PerSecond = 100;
    private const int End = 650;

    /// <summary>The default cooldown of 15 s, doubled three times, and the time until the last failed probe has its result. In seconds.</summary>
    private const double LongestPause = 8 * 15 + 5;

    /// <summary>The second of three equal deployments has its share again after the end of its trouble.</summary>
    private static readonly Recovery OfThree = new("b/m", End, Share: 1 / 3.0);

    private static readonly AliasConfig RoundRobin = Plans.Config("round-robin", "a/m", "b/m", "c/m");
    private static readonly AliasConfig LeastLatency = Plans.Config("least-latency", "a/m", "b/m", "c/m");

    /// <summary>One of three equal deployments fails all requests for a third of the time.</summary>
    [Fact]
    public void A_deployment_is_down() =>
        Check([Good("a/m"), Down("b/m", from: 300, to: End), Good("c/m")], RoundRobin, OfThree, new(Success: 0.9999, Attempts: 1.001, P99: 600, Cost: 1, Recovery: LongestPause));

    /// <summary>One of three limits its rate, with a Retry-After.</summary>
    [Fact]
    public void A_deployment_limits_its_rate() =>
        Check([Good("a/m"), Limited("b/m", perSecond: 10, retryAfter: 5), Good("c/m")], RoundRobin, OfThree,
            new(Success: 0.9999, Attempts: 1.002, P99: 600, Cost: 1, Recovery: 6));

    /// <summary>One of three hangs until the time limit of an attempt.</summary>
    [Fact]
    public void A_deployment_hangs()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => Within(at, 300, End) ? new(FailureClass.Timeout, TimeSpan.FromSeconds(10)) : Served(random)), Good("c/m")];
        Check(members, LeastLatency, OfThree, new(Success: 0.9999, Attempts: 1.001, P99: 600, Cost: 1, Recovery: LongestPause));
    }

    /// <summary>
    /// One of three becomes ten times slower; nothing fails. The requests that are open at the others give it a turn, and each of its fast responses
    /// lowers its estimate.
    /// </summary>
    [Fact]
    public void A_deployment_is_slow()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => Served(random, Within(at, 300, End) ? 10 : 1)), Good("c/m")];
        Check(members, LeastLatency, OfThree, new(Success: 0.9999, Attempts: 1, P99: 600, Cost: 1, Recovery: 40));
    }

    /// <summary>One of three works for five seconds and fails for five, again and again.</summary>
    [Fact]
    public void A_deployment_flaps()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => at.TotalSeconds < End && (int)at.TotalSeconds / 5 % 2 == 1 ? Failed(random) : Served(random)), Good("c/m")];
        Check(members, RoundRobin, OfThree, new(Success: 0.9999, Attempts: 1.007, P99: 600, Cost: 1, Recovery: LongestPause));
    }

    /// <summary>The cheap deployment fails every tenth request and is down for a while; the fallback costs ten times as much.</summary>
    [Fact]
    public void A_cheap_deployment_is_unreliable()
    {
        Member[] members = [new("a/m", (at, random) => Within(at, 300, 400) || random.NextDouble() < 0.1 ? Failed(random) : Served(random)), Good("b/m") with { Cost = 10 }];
        var config = Plans.Config("priority", "a/m") with { Fallbacks = [new("b/m", FailureClasses.Default)] };
        Check(members, config, new Recovery("a/m", 400, Share: 0.9), new(Success: 0.9999, Attempts: 1.11, P99: 680, Cost: 3, Recovery: LongestPause));
    }

    /// <summary>All deployments fail half of the time: retries after a pause, within their budget, serve requests that failover alone does not.</summary>
    [Fact]
    public void Every_deployment_fails_half_of_the_time()
    {
        Member[] members = [Half("a/m"), Half("b/m"), Half("c/m")];
        Check(members, RoundRobin with { Retries = 2 }, OfThree, new(Success: 0.995, Attempts: 1.8, P99: 2050, Cost: 1, Recovery: 5),
            new ResilienceConfig { FailuresInARow = 20, FailureRatio = 0.9 });

        static Member Half(string name) => new(name, (at, random) => at.TotalSeconds < End && random.NextDouble() < 0.5 ? Failed(random) : Served(random));
    }

    /// <summary>The bounds notice a deployment that is well again and not used: its pause ends after the run.</summary>
    [Fact]
    public void A_deployment_that_is_not_used_again_breaks_a_bound()
    {
        Member[] members = [Good("a/m"), Down("b/m", from: 300, to: End), Good("c/m")];
        var outcome = new Fleet(Requests, PerSecond, OfThree, members).Run(RoundRobin, new ResilienceConfig { Cooldown = TimeSpan.FromHours(1) });
        new Bounds(Success: 0.9999, Attempts: 1.001, P99: 600, Cost: 1, Recovery: LongestPause).BrokenBy(outcome).ShouldBe([nameof(Bounds.Recovery)], outcome.ToString());
    }

    /// <summary>Each bound is checked: an outcome that is worse in one way breaks the bound of that name.</summary>
    [Fact]
    public void Each_bound_can_be_broken()
    {
        var bounds = new Bounds(Success: 0.9, Attempts: 1.5, P99: 100, Cost: 2, Recovery: 5);
        var kept = new Outcome(Requests: 10, Served: 9, Attempts: 15, Cost: 18, TimeSpan.FromMilliseconds(100), BeforeRetryAfter: 0, TimeSpan.FromSeconds(5));
        bounds.BrokenBy(kept).ShouldBeEmpty();
        bounds.BrokenBy(kept with { Served = 8, Cost = 16 }).ShouldBe([nameof(Bounds.Success)]);
        bounds.BrokenBy(kept with { Attempts = 16 }).ShouldBe([nameof(Bounds.Attempts)]);
        bounds.BrokenBy(kept with { Slowest99 = TimeSpan.FromMilliseconds(101) }).ShouldBe([nameof(Bounds.P99)]);
        bounds.BrokenBy(kept with { Cost = 19 }).ShouldBe([nameof(Bounds.Cost)]);
        bounds.BrokenBy(kept with { Recovery = TimeSpan.FromSeconds(6) }).ShouldBe([nameof(Bounds.Recovery)]);
        bounds.BrokenBy(kept with { BeforeRetryAfter = 1 }).ShouldBe([nameof(Outcome.BeforeRetryAfter)]);
    }

    private static void Check(Member[] members, AliasConfig config, Recovery recovery, Bounds bounds, ResilienceConfig? resilience = null)
    {
        var outcome = new Fleet(Requests, PerSecond, recovery, members).Run(config, resilience);
        var naive = new Fleet(Requests, PerSecond, recovery, members).RunNaively();
        bounds.BrokenBy(outcome).ShouldBeEmpty($"the gateway: {outcome}; a round robin: {naive}");
        bounds.BrokenBy(naive).ShouldNotBeEmpty($"the bounds prove nothing: a round robin keeps them: {naive}");
    }

    private static bool Within(TimeSpan at, double from, double to) => at.TotalSeconds >= from && at.TotalSeconds < to;

    private static Reply Served(Random random, double times = 1) => new(FailureClass.None, TimeSpan.FromMilliseconds((200 + random.NextDouble() * 300) * times));

    private static Reply Failed(Random random) => new(FailureClass.Unavailable, TimeSpan.FromMilliseconds(50 + random.NextDouble() * 100));

    private static Member Good(string name) => new(name, (_, random) => Served(random));

    private static Member Down(string name, double from, double to) => new(name, (at, random) => Within(at, from, to) ? Failed(random) : Served(random));

    /// <summary>A new window each second, until the end of its trouble.</summary>
    private static Member Limited(string name, int perSecond, double retryAfter)
    {
        var (second, count) = (-1, 0);
        return new(name, (at, random) =>
        {
            if ((int)at.TotalSeconds is var now && now != second) (second, count) = (now, 0);
            return at.TotalSeconds < End && ++count > perSecond ? new(FailureClass.RateLimit, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(retryAfter)) : Served(random);
        });
    }
}
