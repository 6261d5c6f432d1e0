using Nano.Configuration;
using Nano.Errors;

namespace Nano.Tests.Routing.Simulation;

/// <summary>
/// 100,000 requests per scenario on a simulated clock. Each scenario has bounds that the gateway keeps and that a stateless round robin
/// breaks.
/// </summary>
public sealed class SimulationTests
{
    private const int Requests = 100_000;
    private const double PerSecond = 100;

    /// <summary>One of three equal deployments fails all requests for a third of the time.</summary>
    [Fact]
    public void A_deployment_is_down()
    {
        Member[] members = [Good("a/m"), Down("b/m", from: 300, to: 650), Good("c/m")];
        Check(members, Plans.Config("round-robin", "a/m", "b/m", "c/m"),
            outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1.01 && outcome.Slowest99 <= TimeSpan.FromMilliseconds(600));
    }

    /// <summary>One of three limits its rate, with a Retry-After.</summary>
    [Fact]
    public void A_deployment_limits_its_rate()
    {
        Member[] members = [Good("a/m"), Limited("b/m", perSecond: 10, retryAfter: 5), Good("c/m")];
        Check(members, Plans.Config("round-robin", "a/m", "b/m", "c/m"),
            outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1.05 && outcome.BeforeRetryAfter == 0);
    }

    /// <summary>One of three hangs until the time limit of an attempt.</summary>
    [Fact]
    public void A_deployment_hangs()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => Within(at, 300, 650) ? new(FailureClass.Timeout, TimeSpan.FromSeconds(10)) : Served(random)), Good("c/m")];
        Check(members, Plans.Config("least-latency", "a/m", "b/m", "c/m"),
            outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1.02 && outcome.Slowest99 <= TimeSpan.FromMilliseconds(1000));
    }

    /// <summary>One of three becomes ten times slower; nothing fails.</summary>
    [Fact]
    public void A_deployment_is_slow()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => Served(random, Within(at, 300, 650) ? 10 : 1)), Good("c/m")];
        Check(members, Plans.Config("least-latency", "a/m", "b/m", "c/m"),
            outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1 && outcome.Slowest99 <= TimeSpan.FromMilliseconds(1500));
    }

    /// <summary>One of three works for five seconds and fails for five, all the time.</summary>
    [Fact]
    public void A_deployment_flaps()
    {
        Member[] members = [Good("a/m"), new("b/m", (at, random) => (int)at.TotalSeconds / 5 % 2 == 1 ? Failed(random) : Served(random)), Good("c/m")];
        Check(members, Plans.Config("round-robin", "a/m", "b/m", "c/m"),
            outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1.03);
    }

    /// <summary>The cheap deployment fails every tenth request and is down for a while; the fallback costs ten times as much.</summary>
    [Fact]
    public void A_cheap_deployment_is_unreliable()
    {
        Member[] members = [new("a/m", (at, random) => Within(at, 300, 400) || random.NextDouble() < 0.1 ? Failed(random) : Served(random)), Good("b/m") with { Cost = 10 }];
        var config = Plans.Config("priority", "a/m") with { Fallbacks = [new("b/m", FailureClasses.Default)] };
        Check(members, config, outcome => outcome.SuccessRate >= 0.9999 && outcome.AttemptsPerRequest <= 1.12 && outcome.CostPerResponse <= 3);
    }

    /// <summary>All deployments fail half of the time: retries after a pause, within their budget, serve requests that failover alone does not.</summary>
    [Fact]
    public void Every_deployment_fails_half_of_the_time()
    {
        Member[] members = [Half("a/m"), Half("b/m"), Half("c/m")];
        Check(members, Plans.Config("round-robin", "a/m", "b/m", "c/m") with { Retries = 2 },
            outcome => outcome.SuccessRate >= 0.93 && outcome.AttemptsPerRequest <= 2.2,
            new ResilienceConfig { FailuresInARow = 20, FailureRatio = 0.9 });

        static Member Half(string name) => new(name, (_, random) => random.NextDouble() < 0.5 ? Failed(random) : Served(random));
    }

    private static void Check(Member[] members, AliasConfig config, Func<Outcome, bool> isWithinBounds, ResilienceConfig? resilience = null)
    {
        var outcome = new Fleet(Requests, PerSecond, members).Run(config, resilience);
        var naive = new Fleet(Requests, PerSecond, members).RunNaively();
        isWithinBounds(outcome).ShouldBeTrue($"the gateway: {outcome}; a round robin: {naive}");
        isWithinBounds(naive).ShouldBeFalse($"the bounds prove nothing: a round robin keeps them: {naive}");
    }

    private static bool Within(TimeSpan at, double from, double to) => at.TotalSeconds >= from && at.TotalSeconds < to;

    private static Reply Served(Random random, double times = 1) => new(FailureClass.None, TimeSpan.FromMilliseconds((200 + random.NextDouble() * 300) * times));

    private static Reply Failed(Random random) => new(FailureClass.Unavailable, TimeSpan.FromMilliseconds(50 + random.NextDouble() * 100));

    private static Member Good(string name) => new(name, (_, random) => Served(random));

    private static Member Down(string name, double from, double to) => new(name, (at, random) => Within(at, from, to) ? Failed(random) : Served(random));

    /// <summary>A new window each second.</summary>
    private static Member Limited(string name, int perSecond, double retryAfter)
    {
        var (second, count) = (-1, 0);
        return new(name, (at, random) =>
        {
            if ((int)at.TotalSeconds is var now && now != second) (second, count) = (now, 0);
            return ++count > perSecond ? new(FailureClass.RateLimit, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(retryAfter)) : Served(random);
        });
    }
}
