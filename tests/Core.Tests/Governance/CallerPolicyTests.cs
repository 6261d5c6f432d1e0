using Nano.Configuration;
using Nano.Governance;
using Nano.State;

namespace Nano.Tests.Governance;

/// <summary>The limits of a caller: of its organization, team and user, of a policy of nano.json, and its own.</summary>
public sealed class CallerPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, 5, 5)]
    [InlineData(5, null, 5)]
    [InlineData(4, 5, 4)]
    [InlineData(5, 4, 4)]
    [InlineData(5, 5, 5)]
    public void A_key_ends_with_its_policy_or_by_itself_whichever_is_first(int? policy, int? key, int? end)
    {
        var named = new NamedPolicy("p", new ScopeLimits()) { ExpiresAt = At(policy) };
        new CallerPolicy(Key with { ExpiresAt = At(key) }, [], named).ExpiresAt.ShouldBe(At(end));
        if (policy is null) new CallerPolicy(Key with { ExpiresAt = At(key) }, []).ExpiresAt.ShouldBe(At(end));

        static DateTimeOffset? At(int? days) => days is { } known ? Now.AddDays(known) : null;
    }

    [Fact]
    public void The_scopes_of_a_key_are_in_order_and_its_policy_is_before_its_own_limits()
    {
        var policy = new CallerPolicy(Key with { Team = "web", User = "ann", Limits = new ScopeLimits { RequestsPerMinute = 4 }, Tags = [new("app", "shop")] },
            [Of(ScopeName.Organization, 1), Of("team:web", 2)], new NamedPolicy("p", new ScopeLimits { RequestsPerMinute = 3 }) { TagLines = "app=other\nenv=test" });
        policy.Scopes.Select(scope => (scope.Scope, scope.Policy, scope.Limits.RequestsPerMinute)).ShouldBe(
            [(ScopeName.Organization, null, 1L), ("team:web", null, 2), ("key:key_1", "p", 3), ("key:key_1", null, 4)]);
        (policy.Organization, policy.Partition, policy.Team, policy.User, policy.Key, policy.KeyName, policy.Tags)
            .ShouldBe(("acme", "org:acme", "web", "ann", "key_1", "ci", "app=shop\nenv=test"));
    }

    [Fact]
    public void A_user_has_the_policy_that_it_is_mapped_to()
    {
        var named = new NamedPolicy("p", new ScopeLimits { RequestsPerMinute = 3 }) { TagLines = "env=test", ExpiresAt = Now };
        var policy = new CallerPolicy("acme", "ann", named, [Of(ScopeName.Organization, 1)], ConfiguredPolicies.None);
        policy.Scopes.Select(scope => (scope.Scope, scope.Policy)).ShouldBe([(ScopeName.Organization, (string?)null), ("user:ann", "p")]);
        (policy.Organization, policy.Partition, policy.Team, policy.User, policy.Key, policy.KeyName, policy.Tags, policy.ExpiresAt)
            .ShouldBe(("acme", "org:acme", null, "ann", null, null, "env=test", Now));
    }

    public static TheoryData<string, object, bool, bool, bool> Limits => new()
    {
        { "nothing", new ScopeLimits(), false, false, false },
        { "a budget", new ScopeLimits { Budgets = [new Budget(1, "day", "UTC")] }, true, true, false },
        { "requests", new ScopeLimits { RequestsPerMinute = 1 }, true, false, false },
        { "tokens", new ScopeLimits { TokensPerMinute = 1 }, true, false, false },
        { "concurrency", new ScopeLimits { MaxConcurrency = 1 }, true, false, false },
        { "models", new ScopeLimits { Models = ["*"] }, false, false, true },
    };

    [Theory, MemberData(nameof(Limits))]
    public void A_limit_of_any_scope_is_a_limit_of_the_caller(string what, object limits, bool isCounted, bool hasBudget, bool limitsModels)
    {
        foreach (var policy in (CallerPolicy[])[new(Key with { Limits = (ScopeLimits)limits }, []), new(Key, [new PolicyRecord("acme", "team:web", (ScopeLimits)limits)])])
            (policy.IsCounted, policy.HasBudget, policy.LimitsModels).ShouldBe((isCounted, hasBudget, limitsModels), what);
    }

    [Theory]
    [InlineData(null, null, false, null)]
    [InlineData(true, null, true, true)]
    [InlineData(null, true, true, true)]
    [InlineData(true, false, false, false)]
    [InlineData(false, true, true, true)]
    [InlineData(false, null, false, false)]
    public void The_scope_nearest_to_the_key_with_a_setting_decides(bool? organization, bool? key, bool mayChoose, bool? serves)
    {
        var policy = new CallerPolicy(Key with { Limits = Of(key) }, [new PolicyRecord("acme", ScopeName.Organization, Of(organization))]);
        (policy.MayChoosePlan, policy.ServesWithoutStore, policy.Cache).ShouldBe((mayChoose, serves, serves is { } set ? Rule(set) : null));

        static ScopeLimits Of(bool? flag) => new() { MayChoosePlan = flag, ServesWithoutStore = flag, Cache = flag is { } set ? Rule(set) : null };

        static CacheRule Rule(bool flag) => new(flag ? 60 : 0, 60, CacheRule.Key, flag);
    }

    [Fact]
    public void Every_scope_must_allow_a_model_and_the_error_names_the_first_that_does_not()
    {
        var policy = new CallerPolicy(Key with { Limits = new ScopeLimits { Models = ["openai/gpt-4*", "xai/*"] } },
            [new PolicyRecord("acme", "team:web", new ScopeLimits { Models = ["openai/*"] })]);
        policy.Refuse("openai/gpt-4o").ShouldBeNull();
        var refused = policy.Refuse("openai/gpt-5")!;
        (refused.Status, refused.Code, refused.Param).ShouldBe((403, "model_not_allowed", "model"));
        refused.Message.ShouldBe("The virtual key 'ci' (key_1) may use openai/gpt-4*, xai/* and not openai/gpt-5.");
        policy.Refuse("xai/grok")!.Message.ShouldBe("The team 'web' may use openai/* and not xai/grok.");
        new CallerPolicy(Key, [], new NamedPolicy("p", new ScopeLimits { Models = ["a/b"] })).Refuse("c/d")!.Message.ShouldBe("The policy 'p' may use a/b and not c/d.");
    }

    [Theory]
    [InlineData(8, "m/1, m/2, m/3, m/4, m/5, m/6, m/7, m/8 and")]
    [InlineData(9, "m/1, m/2, m/3, m/4, m/5, m/6, m/7, m/8, ... and")]
    public void An_error_lists_eight_models(int count, string list)
    {
        var models = Enumerable.Range(1, count).Select(i => $"m/{i}").ToArray();
        new CallerPolicy(Key with { Limits = new ScopeLimits { Models = models } }, []).Refuse("x/y")!.Message.ShouldContain($" may use {list} not x/y.");
    }

    [Fact]
    public void The_price_of_the_nearest_scope_and_of_its_first_matching_pattern_applies()
    {
        var policy = new CallerPolicy(Key with { Limits = new ScopeLimits { Prices = [new("self/a", 1, 1), new("self/*", 2, 2)] } },
            [new PolicyRecord("acme", ScopeName.Organization, new ScopeLimits { Prices = [new("*", 3, 3)] })]);
        (policy.PriceOf("self/a")?.Input, policy.PriceOf("self/b")?.Input, policy.PriceOf("other/b")?.Input).ShouldBe((1, 2, 3));
        new CallerPolicy(Key, []).PriceOf("self/a").ShouldBeNull();
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(5L, null, 5L)]
    [InlineData(null, 5L, 5L)]
    [InlineData(5L, 4L, 4L)]
    [InlineData(4L, 5L, 4L)]
    public void The_smallest_default_of_output_tokens_applies(long? organization, long? key, long? tokens) =>
        new CallerPolicy(Key with { Limits = new ScopeLimits { DefaultOutputTokens = key } },
            [new PolicyRecord("acme", ScopeName.Organization, new ScopeLimits { DefaultOutputTokens = organization })]).DefaultOutputTokens.ShouldBe(tokens);

    [Theory]
    [InlineData("organization", null, "The organization", "the organization")]
    [InlineData("team:web", "ci", "The team 'web'", "the team 'web'")]
    [InlineData("key:key_1", null, "The virtual key 'key_1'", "the virtual key 'key_1'")]
    [InlineData("key:key_1", "", "The virtual key 'key_1'", "the virtual key 'key_1'")]
    [InlineData("key:key_1", "ci", "The virtual key 'ci' (key_1)", "the virtual key 'ci' (key_1)")]
    public void An_error_names_the_scope(string scope, string? keyName, string first, string inside)
    {
        ScopedLimits.ShownOf(scope, keyName, isFirst: true).ShouldBe(first);
        ScopedLimits.ShownOf(scope, keyName).ShouldBe(inside);
        new ScopedLimits(scope, new ScopeLimits()).Shown(keyName).ShouldBe(first);
        new ScopedLimits(scope, new ScopeLimits(), "p").Shown(keyName).ShouldBe("The policy 'p'");
    }

    [Fact]
    public void Limits_are_valid_from_the_last_beginning_to_the_first_end_of_their_windows()
    {
        var policy = new CallerPolicy(Key with
        {
            Limits = new ScopeLimits
            {
                Budgets = [new Budget(1, "day", "UTC"), new Budget(1, "day", "Asia/Tokyo"), new Budget(1, "month", "UTC"), new Budget(1, "total", "UTC")], MaxConcurrency = 2,
            },
        }, []);
        var limits = new CurrentLimits(policy, Now);
        // A day in Tokyo ends at 15:00 UTC.
        var (from, until) = (Now.AddHours(-12), Now.AddHours(3));
        (limits.Contains(from.AddTicks(-1)), limits.Contains(from), limits.Contains(until.AddTicks(-1)), limits.Contains(until)).ShouldBe((false, true, true, false));
        policy.LimitsAt(Now).ShouldBeSameAs(policy.LimitsAt(until.AddTicks(-1)));
        policy.LimitsAt(until).ShouldNotBeSameAs(limits);
        new CurrentLimits(new CallerPolicy(Key, []), Now).Contains(DateTimeOffset.MinValue).ShouldBeTrue();
    }

    [Fact]
    public void A_limit_that_names_an_alias_allows_the_models_of_its_targets()
    {
        var configured = new ConfiguredPolicies(new GatewayConfig
        {
            Models =
            [
                new AliasConfig { Name = "fast", Groups = [new TargetGroup("weighted", [new("a/1"), new("a/2")]), new TargetGroup("weighted", [new("b/1")])],
                    Fallbacks = [new FallbackConfig("c/1", default)] },
                new AliasConfig { Name = "slow", Groups = [new TargetGroup("weighted", [new("d/1"), new("a/1")])] },
            ],
        });
        Resolved("fast").ShouldBe(["fast", "a/1", "a/2", "b/1", "c/1"]);
        Resolved("*").ShouldBe(["*", "a/1", "a/2", "b/1", "c/1", "d/1"]);
        Resolved("x/fast", "s*", "d/1").ShouldBe(["x/fast", "s*", "d/1", "a/1"]);
        Resolved("*/fast").ShouldBe(["*/fast"]);
        configured.Resolve(new ScopeLimits()).Models.ShouldBeNull();
        new CallerPolicy(Key with { Limits = new ScopeLimits { Models = ["slow"] } }, [], null, configured).Refuse("d/1").ShouldBeNull();
        new CallerPolicy(Key with { Limits = new ScopeLimits { Models = ["slow"] } }, [], null, configured).Refuse("b/1").ShouldNotBeNull();

        IReadOnlyList<string> Resolved(params string[] models) => configured.Resolve(new ScopeLimits { Models = models }).Models!;
    }

    [Fact]
    public void A_policy_of_the_file_has_every_limit_that_it_sets()
    {
        var mapping = new EntraMapping(["r"], ["g"], "acme");
        var named = NamedPolicy.Of(new PolicyConfig
        {
            Name = "p", Models = ["a/*"], Budgets = [new BudgetConfig(1.5m, "week", "Europe/Berlin")], RequestsPerMinute = 1, TokensPerMinute = 2, Concurrency = 3, ExpiresAt = Now,
            Tags = new Dictionary<string, string> { ["app"] = "shop", ["env"] = "test" }, DefaultOutputTokens = 4, Prices = [new PriceConfig("x/*", 5, 6)], MayChoosePlan = true,
            ServesWithoutStore = false, Entra = mapping,
        });
        (named.Name, named.ExpiresAt, named.TagLines, named.Entra).ShouldBe(("p", Now, "app=shop\nenv=test", mapping));
        var limits = named.Limits;
        limits.Models.ShouldBe(["a/*"]);
        limits.Budgets.ShouldBe([new Budget(1_500_000_000, "week", "Europe/Berlin")]);
        limits.Prices.ShouldBe([new PolicyPrice("x/*", 5, 6)]);
        (limits.RequestsPerMinute, limits.TokensPerMinute, limits.MaxConcurrency, limits.DefaultOutputTokens, limits.MayChoosePlan, limits.ServesWithoutStore, limits.Cache)
            .ShouldBe((1, 2, 3, 4, true, false, null));

        var empty = NamedPolicy.Of(new PolicyConfig { Name = "q" });
        (empty.Limits.Models, empty.Limits.MayChoosePlan, empty.Limits.ServesWithoutStore, empty.TagLines, empty.ExpiresAt).ShouldBe((null, null, null, null, null));
    }

    private static KeyRecord Key { get; } = new() { Id = "key_1", Hash = "h", Hint = "sk", Name = "ci", Organization = "acme", CreatedAt = Now };

    private static PolicyRecord Of(string scope, long requests) => new("acme", scope, new ScopeLimits { RequestsPerMinute = requests });
}
