using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Configuration;
using Nano.Governance;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;

namespace Nano.Tests.Access;

/// <summary>What each kind of caller may use.</summary>
public sealed class CallerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly TokenScope Limited = new("openai", ["openai/gpt-4o", "openai/fast"], 2);

    [Fact]
    public void The_owner_may_use_everything()
    {
        foreach (var owner in (Caller[])[Caller.Owner, Caller.SignedIn(Now)])
        {
            (owner.Name, owner.IsOwner, owner.MayChoosePlan, owner.Cache, owner.Scope, owner.Policy).ShouldBe(("owner", true, true, null, null, null));
            owner.Refuse(Deploy("openai", "gpt-4o")).ShouldBeNull();
            owner.Refuse(Deploy("openai", "gpt-4o"), """{"models":["b"]}"""u8.ToArray(), isForwarded: true).ShouldBeNull();
            (owner.MayUseAllOf("openai"), owner.Covers(Info("gpt-4o")), owner.MayUseAlias("fast")).ShouldBe((true, true, false));
        }
        (Caller.Owner.ExpiresAt, Caller.SignedIn(Now).ExpiresAt).ShouldBe((null, Now));
    }

    [Theory]
    [InlineData("openai", "gpt-4o", true)]
    [InlineData("openai", "GPT-4o", false)]
    [InlineData("openai", "gpt-4.1", false)]
    [InlineData("xai", "gpt-4o", false)]
    public void A_session_token_is_valid_for_its_models(string provider, string model, bool isAllowed)
    {
        var caller = Caller.OfToken("t1", Limited, Now);
        (caller.Name, caller.IsOwner, caller.MayChoosePlan, caller.ExpiresAt).ShouldBe(("token:t1", false, false, Now));
        var refused = caller.Refuse(Deploy(provider, model));
        (refused is null).ShouldBe(isAllowed);
        if (refused is null) return;
        (refused.Status, refused.Code, refused.Param).ShouldBe((403, "model_not_allowed", "model"));
        refused.Message.ShouldContain($"is valid for openai/gpt-4o, openai/fast and not for {provider}/{model}.");
    }

    [Fact]
    public void A_session_token_for_a_provider_is_valid_for_all_of_its_models_and_no_others()
    {
        var caller = Caller.OfToken("t1", new TokenScope("openai", null, null), Now);
        (caller.Refuse(Deploy("openai", "anything")) is null, caller.Refuse(Deploy("xai", "anything")) is null).ShouldBe((true, false));
        caller.Refuse(Deploy("xai", "anything"))!.Message.ShouldContain("is valid for all models of provider 'openai' and not for xai/anything.");
        (caller.MayUseAllOf("openai"), caller.MayUseAllOf("xai"), caller.MayUseAlias("fast")).ShouldBe((true, false, false));
        var limited = Caller.OfToken("t1", Limited, Now);
        (limited.MayUseAllOf("openai"), limited.MayUseAlias("openai/fast"), limited.MayUseAlias("openai/Fast"), limited.Covers(Info("gpt-4o")), limited.Covers(Info("gpt-4.1")))
            .ShouldBe((false, true, false, true, false));
        // What a request chooses at the provider is allowed as well.
        caller.Refuse(Deploy("openai", "gpt-4o"), """{"fallbacks":["b"]}"""u8.ToArray(), isForwarded: true).ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o","messages":[]}""", null)]
    [InlineData("""{"model":"gpt-4o","fallbacks":["b"]}""", "fallbacks")]
    public void A_caller_with_some_models_may_not_let_the_provider_choose_others(string body, string? member)
    {
        var (token, key, user) = (Caller.OfToken("t1", Limited, Now), OfKey(new ScopeLimits { Models = ["openai/*"] }), OfUser(new ScopeLimits { Models = ["openai/*"] }));
        foreach (var (caller, message) in ((Caller, string)[])
            [(token, "This session token is limited to openai/gpt-4o, openai/fast, and 'fallbacks' lets The openai choose other models. "
            + "Leave it out, or ask for a token for all models of provider 'openai'."), (key, "This virtual key is limited to some models, and 'fallbacks' lets"),
            (user, "This user is limited to some models, and 'fallbacks' lets")])
        {
            var refused = caller.Refuse(Deploy("openai", "gpt-4o"), System.Text.Encoding.UTF8.GetBytes(body), isForwarded: true);
            (refused?.Status, refused?.Code, refused?.Param).ShouldBe(member is null ? (null, null, null) : (403, "model_not_allowed", member));
            if (member is not null) refused!.Message.ShouldStartWith(message);
        }
        OfKey(new ScopeLimits()).Refuse(Deploy("openai", "gpt-4o"), System.Text.Encoding.UTF8.GetBytes(body), isForwarded: true).ShouldBeNull();
    }

    /// <summary>Whether a server takes such a member is not known, so the message contains "may".</summary>
    [Fact]
    public void Members_that_only_a_server_knows_are_refused_where_it_receives_them()
    {
        var provider = FakeProvider.Create("own") with { ModelChoices = new ModelChoices { Only = ["model", "messages"] } };
        var deployment = new Deployment(provider, "m", ModelCatalogue.Embedded, "http://own.test", Secrets);
        var caller = OfKey(new ScopeLimits { Models = ["own/m"] });
        var body = """{"model":"m","of_tomorrow":1}"""u8.ToArray();
        caller.Refuse(deployment, body, isForwarded: true)!.Message.ShouldContain("'of_tomorrow' may let The own choose other models. Leave it out.");
        caller.Refuse(deployment, body, isForwarded: false).ShouldBeNull();
    }

    [Fact]
    public void A_virtual_key_and_a_user_have_the_limits_of_their_policy()
    {
        var rule = new CacheRule(60, 60, CacheRule.Key, false);
        var key = OfKey(new ScopeLimits { Models = ["openai/gpt-4*"], MayChoosePlan = true, Cache = rule });
        (key.Name, key.IsOwner, key.MayChoosePlan, key.Cache, key.ExpiresAt).ShouldBe(("key:key_1", false, true, rule, Now.AddDays(1)));
        (key.Refuse(Deploy("openai", "gpt-4o")) is null, key.Refuse(Deploy("openai", "gpt-5")) is null).ShouldBe((true, false));
        (key.Covers(Info("gpt-4o")), key.Covers(Info("gpt-5.5")), key.MayUseAllOf("openai")).ShouldBe((true, false, false));
        var user = OfUser(new ScopeLimits { Models = ["openai/*"] });
        (user.Name, user.IsOwner, user.MayChoosePlan, user.Cache, user.ExpiresAt).ShouldBe(("user:ann", false, false, null, Now));
        (user.MayUseAllOf("openai"), user.MayUseAllOf("xai")).ShouldBe((true, false));
        Caller.OfToken("t1", Limited with { Cache = rule }, Now).Cache.ShouldBe(rule);
    }

    [Fact]
    public void A_session_token_is_counted_against_its_own_limit()
    {
        var time = new FakeTimeProvider(Now);
        var admission = new Admission(new GatewayOptions(), new RequestRates(time));
        var (token, other) = (Caller.OfToken("t1", Limited, Now), Caller.OfToken("t2", Limited, Now));
        (admission.Count(token), admission.Count(token), admission.Count(other)).ShouldBe((null, null, null));
        time.Advance(TimeSpan.FromSeconds(18.5));
        var refused = admission.Count(token)!;
        (refused.Status, refused.Code, refused.RetryAfter).ShouldBe((429, "rate_limit_exceeded", "42"));
        refused.Message.ShouldBe("This session token may send 2 requests per minute on each instance of the gateway. Try again in 42 s.");
        admission.Uncount(token);
        (admission.Count(token) is null, admission.Count(token) is null).ShouldBe((true, false));
        // Callers without such a limit are not counted here.
        foreach (var free in (Caller[])[Caller.Owner, Caller.OfToken("t3", new TokenScope("openai", null, null), Now), OfKey(new ScopeLimits { RequestsPerMinute = 1 })])
            for (var i = 0; i < 5; i++)
            {
                admission.Uncount(free);
                admission.Count(free).ShouldBeNull();
            }
    }

    [Fact]
    public void Requests_that_are_open_at_once_are_limited()
    {
        var admission = new Admission(new GatewayOptions { MaxConcurrentRequests = 2 }, new RequestRates(TimeProvider.System));
        (admission.Enter(), admission.Enter()).ShouldBe((null, null));
        for (var i = 0; i < 3; i++)
        {
            var refused = admission.Enter()!;
            (refused.Status, refused.Code, refused.RetryAfter, admission.Open).ShouldBe((429, "too_many_concurrent_requests", "1", 2));
        }
        admission.Leave();
        admission.Open.ShouldBe(1);
        admission.Enter().ShouldBeNull();
        admission.Enter().ShouldNotBeNull();
        (Admission.Overloaded.Status, Admission.Overloaded.Code, Admission.Overloaded.RetryAfter).ShouldBe((503, "overloaded", "2"));
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(0.001, "1")]
    [InlineData(1, "1")]
    [InlineData(1.001, "2")]
    public void Times_to_wait_are_whole_seconds(double wait, string seconds) => Admission.Seconds(TimeSpan.FromSeconds(wait)).ShouldBe(seconds);

    /// <summary>One wrong attempt is given back once, and never more than were counted.</summary>
    [Fact]
    public void A_request_is_given_back_to_its_own_window()
    {
        var time = new FakeTimeProvider(Now);
        var rates = new RequestRates(time);
        rates.GiveBack("a");
        rates.Count.ShouldBe(0);
        rates.Take("a", 1).ShouldBeNull();
        for (var i = 0; i < 3; i++) rates.GiveBack("a");
        rates.Take("a", 1).ShouldBeNull();
        rates.Take("a", 1).ShouldBe(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromSeconds(40));
        rates.GiveBack("a");
        rates.Take("a", 1).ShouldBeNull();
        rates.Take("a", 1).ShouldBe(TimeSpan.FromSeconds(20), "the window began with the first request");
    }

    private static SettingsSecretSource Secrets { get; } = new(new Dictionary<string, string>());

    private static Deployment Deploy(string provider, string model) => new(FakeProvider.Create(provider), model, ModelCatalogue.Embedded, "http://one.test", Secrets);

    private static ModelInfo Info(string model) => ModelCatalogue.Embedded.Models.Single(info => info.Name == "openai/" + model);

    private static Caller OfKey(ScopeLimits limits) => Caller.OfKey(new CallerPolicy(
        new KeyRecord { Id = "key_1", Hash = "h", Hint = "sk", Organization = "acme", CreatedAt = Now, ExpiresAt = Now.AddDays(1), Limits = limits }, []));

    private static Caller OfUser(ScopeLimits limits) => Caller.OfUser(new CallerPolicy("acme", "ann", new NamedPolicy("p", limits), [], ConfiguredPolicies.None), Now);
}
