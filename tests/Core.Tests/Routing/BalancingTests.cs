using Nano.Configuration;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Tests.Routing;

/// <summary>How each strategy orders the targets of a group.</summary>
public sealed class BalancingTests
{
    private readonly Plans _plans = new();

    [Fact]
    public void Priority_keeps_the_order_of_the_file() =>
        Firsts(_plans.Alias("priority", "a/m", "b/m"), 100).ShouldBe(new Dictionary<string, int> { ["a/m"] = 100 });

    [Fact]
    public void Round_robin_gives_every_target_the_same_share() =>
        Firsts(_plans.Alias("round-robin", "a/m", "b/m", "c/m"), 300).Values.ShouldBe([100, 100, 100]);

    [Fact]
    public void Weighted_gives_each_target_its_share()
    {
        var firsts = Firsts(_plans.Alias(Weighted()), 10_000);
        firsts["a/m"].ShouldBeInRange(5_700, 6_300);
        firsts["b/m"].ShouldBeInRange(2_700, 3_300);
        firsts["c/m"].ShouldBeInRange(800, 1_200);
    }

    /// <summary>One of the targets has three keys: as one target it has its weight, or its turn, whatever the number of its keys.</summary>
    [Theory]
    [InlineData("weighted")]
    [InlineData("round-robin")]
    public void The_keys_of_a_target_share_its_part(string strategy)
    {
        var alias = AliasRoute.Compile(Plans.Config(strategy, "a/m", "keys/m", "b/m"), new ResilienceConfig(), _plans.Health,
            name => name == "keys/m" ? _plans.Keys("keys/m", "KEY_A", "KEY_B", "KEY_C") : [_plans[name]]);
        var firsts = new Dictionary<string, int>();
        for (var i = 0; i < 9000; i++)
        {
            var plan = alias.Plan(default);
            plan.Count.ShouldBe(5);
            firsts[plan[0].Label] = firsts.GetValueOrDefault(plan[0].Label) + 1;
        }
        foreach (var target in (string[])["a/m", "b/m"]) firsts[target].ShouldBeInRange(2800, 3200);
        foreach (var key in (string[])["KEY_A", "KEY_B", "KEY_C"]) firsts["keys/m#" + key].ShouldBeInRange(900, 1100);
    }

    [Fact]
    public void Sessions_stay_at_one_target_and_share_the_targets_by_weight()
    {
        var alias = _plans.Alias(Weighted());
        var firsts = new Dictionary<string, int>();
        for (var i = 0; i < 10_000; i++)
        {
            var first = alias.Plan(new RouteQuery { Session = "session-" + i })[0].Name;
            alias.Plan(new RouteQuery { Session = "session-" + i })[0].Name.ShouldBe(first);
            firsts[first] = firsts.GetValueOrDefault(first) + 1;
        }
        firsts["a/m"].ShouldBeInRange(5_700, 6_300);
        firsts["c/m"].ShouldBeInRange(800, 1_200);
    }

    [Theory]
    [InlineData("weighted")]
    [InlineData("round-robin")]
    [InlineData("least-latency")]
    [InlineData("least-cost")]
    public void A_session_that_lost_its_target_returns_to_it(string strategy)
    {
        var alias = _plans.Alias(strategy, "a/m", "b/m", "c/m");
        var query = new RouteQuery { Session = "s" };
        var home = alias.Plan(query)[0];
        var health = _plans.Health.Of(home, new ResilienceConfig());
        health.TryEnter(out var pass).ShouldBeTrue();
        health.Leave(pass, FailureClass.RateLimit, TimeSpan.FromSeconds(5));
        var other = alias.Plan(query)[0];
        other.ShouldNotBe(home);
        alias.Plan(query)[0].ShouldBe(other);
        _plans.Time.Advance(TimeSpan.FromSeconds(6));
        alias.Plan(query)[0].ShouldBe(home);
    }

    [Fact]
    public void Least_latency_prefers_the_fast_target_and_reacts_to_one_slow_response()
    {
        var alias = _plans.Alias("least-latency", "fast/m", "slow/m");
        Measure("fast/m", 100);
        Measure("slow/m", 900);
        Firsts(alias, 100).ShouldBe(new Dictionary<string, int> { ["fast/m"] = 100 });
        Measure("fast/m", 5_000);
        Firsts(alias, 100).ShouldBe(new Dictionary<string, int> { ["slow/m"] = 100 });
        for (var i = 0; i < 10; i++)
        {
            _plans.Time.Advance(TimeSpan.FromSeconds(10));
            Measure("fast/m", 100);
        }
        Firsts(alias, 100).ShouldBe(new Dictionary<string, int> { ["fast/m"] = 100 });
    }

    /// <summary>Nothing measures a target that gets no requests: after one slow response it must not stay last for ever.</summary>
    [Fact]
    public void Least_latency_returns_to_a_target_that_is_fast_again()
    {
        var alias = _plans.Alias("least-latency", "fast/m", "slow/m");
        Measure("slow/m", 900);
        Measure("fast/m", 9_000);
        var firsts = Run(alias, 300, name => Measure(name, name == "fast/m" ? 100 : 900));
        firsts["fast/m"].ShouldBeGreaterThan(150);
        firsts["slow/m"].ShouldBeGreaterThan(0);
    }

    /// <summary>A target that fails at once, and for which no breaker opens, does not look like the fastest one.</summary>
    [Fact]
    public void Least_latency_avoids_a_target_that_fails_fast()
    {
        var alias = _plans.Alias("least-latency", "good/m", "missing/m");
        var firsts = Run(alias, 1000, name =>
        {
            if (name == "good/m") Measure(name, 500);
            else Leave(name, FailureClass.NotFound);
        });
        firsts["missing/m"].ShouldBeInRange(1, 50);
        // Once it exists, it is used.
        Run(alias, 1000, name => Measure(name, name == "good/m" ? 500 : 50))["missing/m"].ShouldBeGreaterThan(800);
    }

    [Fact]
    public void Least_cost_prefers_the_cheap_model_and_puts_unknown_prices_last()
    {
        var alias = _plans.Alias("least-cost", "unknown/m", "openai/gpt-6-astra", "openai/gpt-6.2-sol");
        alias.Plan(new RouteQuery { BodyLength = 4000 }).Deployments.Select(deployment => deployment.Name).ShouldBe(["openai/gpt-6.2-sol", "openai/gpt-6-astra", "unknown/m"]);
    }

    [Fact]
    public void Groups_are_tried_in_their_order()
    {
        var alias = _plans.Alias(new AliasConfig
        {
            Name = "a",
            Groups = [new TargetGroup("priority", [new TargetConfig("ptu/m")]), new TargetGroup("round-robin", [new TargetConfig("b/m"), new TargetConfig("c/m")])],
            Fallbacks = [new FallbackConfig("d/m", FailureClasses.Default)],
        });
        Names().ShouldBe(["ptu/m", "b/m", "c/m", "d/m"]);
        Names().ShouldBe(["ptu/m", "c/m", "b/m", "d/m"]);

        string[] Names() => [.. alias.Plan(default).Deployments.Select(deployment => deployment.Name)];
    }

    private static AliasConfig Weighted() => new()
    {
        Name = "a",
        Groups = [new TargetGroup("weighted", [new TargetConfig("a/m", 6), new TargetConfig("b/m", 3), new TargetConfig("c/m", 1)])],
    };

    private static Dictionary<string, int> Firsts(AliasRoute alias, int requests)
    {
        var firsts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < requests; i++)
        {
            var first = alias.Plan(default)[0].Name;
            firsts[first] = firsts.GetValueOrDefault(first) + 1;
        }
        return new Dictionary<string, int>(firsts);
    }

    /// <summary>The number of requests that began at each target, one per second; each is reported to its health.</summary>
    private Dictionary<string, int> Run(AliasRoute alias, int requests, Action<string> report)
    {
        var firsts = new Dictionary<string, int>();
        for (var i = 0; i < requests; i++)
        {
            var first = alias.Plan(default)[0].Name;
            firsts[first] = firsts.GetValueOrDefault(first) + 1;
            report(first);
            _plans.Time.Advance(TimeSpan.FromSeconds(1));
        }
        return firsts;
    }

    private void Leave(string name, FailureClass failure)
    {
        var health = _plans.Health.Of(_plans[name], new ResilienceConfig());
        health.TryEnter(out var pass).ShouldBeTrue();
        health.Leave(pass, failure, null);
    }

    private void Measure(string name, int milliseconds)
    {
        var health = _plans.Health.Of(_plans[name], new ResilienceConfig());
        health.TryEnter(out var pass).ShouldBeTrue();
        health.Commit(pass, TimeSpan.FromMilliseconds(milliseconds));
        health.Leave(pass, FailureClass.None, null);
    }
}
