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

    private void Measure(string name, int milliseconds)
    {
        var health = _plans.Health.Of(_plans[name], new ResilienceConfig());
        health.TryEnter(out var pass).ShouldBeTrue();
        health.Commit(pass, TimeSpan.FromMilliseconds(milliseconds));
        health.Leave(pass, FailureClass.None, null);
    }
}
