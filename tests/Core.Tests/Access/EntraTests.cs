using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Access.Entra;
using Nano.Configuration;
using Nano.Governance;
using Nano.State;
using Nano.Testing;
using Nano.Testing.Entra;
using Nano.Tests.State;

namespace Nano.Tests.Access;

/// <summary>Access tokens of Entra ID, against a provider with real keys on loopback.</summary>
public sealed class EntraTests : IAsyncLifetime
{
    private const string Ann = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Group = "bbbbbbbb-0000-0000-0000-00000000000b";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly HttpMessageInvoker _network = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConfiguredPolicies _policies = new(new GatewayConfig
    {
        Policies =
        [
            new PolicyConfig { Name = "heavy", RequestsPerMinute = 600, Entra = new EntraMapping(["Nano.Heavy"], [], "acme") },
            new PolicyConfig { Name = "light", RequestsPerMinute = 6, Entra = new EntraMapping(["Nano.Light"], [Group], "acme") },
            new PolicyConfig { Name = "keys-only" },
        ],
    });

    private EntraServer _server = null!;
    private EntraCallers _callers = null!;

    public async Task InitializeAsync()
    {
        _server = await EntraServer.StartAsync();
        _callers = NewInstance();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _network.Dispose();
    }

    [Fact]
    public async Task An_app_role_or_a_group_gives_the_user_the_first_matching_policy_of_the_file()
    {
        var policy = (await ShouldBeGoodAsync(Token("Nano.Light", "Nano.Heavy"))).Policy!;
        (policy.Organization, policy.User, policy.Key).ShouldBe(("acme", Ann, null));
        policy.Scopes.Single().ShouldSatisfyAllConditions(scope => scope.Scope.ShouldBe("user:" + Ann), scope => scope.Limits.RequestsPerMinute.ShouldBe(600));
        (await ShouldBeGoodAsync(Token("Nano.Light"))).Policy!.Scopes.Single().Limits.RequestsPerMinute.ShouldBe(6);
        var claims = Claims();
        claims["groups"] = new[] { "cccccccc-0000-0000-0000-00000000000c", Group.ToUpperInvariant() };
        (await ShouldBeGoodAsync(_server.Sign(claims))).Name.ShouldBe("user:" + Ann);
    }

    [Fact]
    public async Task Without_a_role_or_group_of_a_policy_a_valid_token_is_a_403()
    {
        (await RefusedAsync(Token("Nano.Other"))).ShouldBe((403, "no_policy"));
        var claims = Claims();
        claims["_claim_names"] = new Dictionary<string, string> { ["groups"] = "src1" };
        var refused = (await _callers.CheckAsync(_server.Sign(claims))).Refused!;
        (refused.Status, refused.Code).ShouldBe((403, "no_policy"));
        refused.Message.ShouldContain("too many");
    }

    public static TheoryData<string, object?, string> Wrong => new()
    {
        { "iss", "https://login.microsoftonline.com/other/v2.0", "invalid_token" },
        { "aud", EntraServer.Audience + "/", "invalid_token" },
        { "aud", "api://other", "invalid_token" },
        { "exp", -61L, "token_expired" },
        { "exp", null, "invalid_token" },
        { "nbf", 120L, "invalid_token" },
        { "oid", null, "invalid_token" },
        { "oid", "organization", "invalid_token" },
        { "azp", null, "invalid_token" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_token_with_a_wrong_claim_is_a_401(string claim, object? value, string code)
    {
        var claims = Claims("Nano.Light");
        claims.Remove(claim);
        if (value is not null) claims[claim] = value is long seconds ? _time.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds() : value;
        (await RefusedAsync(_server.Sign(claims))).ShouldBe((401, code));
    }

    [Fact]
    public async Task Clocks_may_differ_by_a_minute_and_both_issuers_are_valid()
    {
        var claims = Claims("Nano.Light");
        (claims["exp"], claims["nbf"]) = (_time.GetUtcNow().AddSeconds(-50).ToUnixTimeSeconds(), _time.GetUtcNow().AddSeconds(50).ToUnixTimeSeconds());
        await ShouldBeGoodAsync(_server.Sign(claims));
        claims = Claims("Nano.Light");
        claims["iss"] = _server.FormerIssuer;
        claims.Remove("azp");
        claims["appid"] = "99999999-0000-0000-0000-000000000000";
        await ShouldBeGoodAsync(_server.Sign(claims));
    }

    [Fact]
    public async Task A_token_that_this_provider_did_not_sign_is_a_401()
    {
        var good = Token("Nano.Light");
        var parts = good.Split('.');
        var head = EntraServer.Key.Part(new { typ = "JWT", alg = "HS256", kid = "key-1" });
        var confused = head + "." + parts[1];
        string[] forged =
        [
            // Another's key under the same id.
            new EntraServer.Key("key-1").Sign(Claims("Nano.Light")),
            EntraServer.Key.Part(new { typ = "JWT", alg = "none", kid = "key-1" }) + "." + parts[1] + ".",
            // The public key as the secret of a symmetric algorithm.
            EntraServer.Key.Part(new { alg = "HS512", kid = "key-1" }) + "." + parts[1] + "." + parts[2],
            parts[0] + "." + EntraServer.Key.Part(Claims("Nano.Heavy")) + "." + parts[2],
            "eyJ" + new string('x', 400), "eyJ..", good + "." + parts[2], good[..^4],
        ];
        foreach (var token in forged)
        {
            EntraCallers.LooksLikeToken(token).ShouldBeTrue(token);
            (await RefusedAsync(token)).ShouldBe((401, "invalid_token"), token);
        }
        EntraCallers.LooksLikeToken(confused + "." + Convert.ToBase64String(HMACSHA256.HashData(_server.Current.Modulus, Encoding.ASCII.GetBytes(confused))))
            .ShouldBeTrue("its header does not begin as those of session tokens");
        (await RefusedAsync(confused + ".AAAA")).ShouldBe((401, "invalid_token"));
    }

    [Fact]
    public void A_session_token_of_the_gateway_is_not_treated_as_an_Entra_token()
    {
        var key = new KeyMaterial("the-gateways-key-0123456789");
        var token = new CallerTokens(_time).Mint(key, new TokenScope("openai", null, null), TimeSpan.FromHours(1)).Text;
        EntraCallers.LooksLikeToken(token).ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_that_is_rolled_over_is_read_at_once_and_guessed_key_ids_cost_one_read_in_10_seconds()
    {
        await ShouldBeGoodAsync(Token("Nano.Light"));
        _server.Reads.ShouldBe(2, "one for each version");
        _time.Advance(EntraKeys.UnknownPause);
        _server.RollOver("key-2");
        await ShouldBeGoodAsync(Token("Nano.Light"));
        _server.Reads.ShouldBe(4);
        for (var i = 0; i < 5; i++) (await RefusedAsync(new EntraServer.Key($"guess-{i}").Sign(Claims("Nano.Light")))).ShouldBe((401, "invalid_token"));
        _server.Reads.ShouldBe(4);
        // A guessed key id triggers the read, so a key that is rolled over directly afterwards waits for 10 s, not longer.
        _time.Advance(EntraKeys.UnknownPause);
        await RefusedAsync(new EntraServer.Key("guess").Sign(Claims("Nano.Light")));
        _server.RollOver("key-3");
        (await RefusedAsync(Token("Nano.Light"))).Status.ShouldBe(401);
        _time.Advance(EntraKeys.UnknownPause);
        await ShouldBeGoodAsync(Token("Nano.Light"));
    }

    [Fact]
    public async Task A_key_that_is_withdrawn_is_refused_once_the_keys_were_read_again()
    {
        var token = Token(lifetime: 5, "Nano.Light");
        await ShouldBeGoodAsync(token);
        _server.Withdraw("key-1");
        _server.RollOver("key-2");
        _time.Advance(EntraKeys.RefreshAge);
        await ShouldBeGoodAsync(token);
        // This starts a read in the background.
        await Wait.UntilAsync(async () =>
        {
            _callers.Forget();
            return (await _callers.CheckAsync(token)).Refused is { Status: 401, Code: "invalid_token" };
        });
    }

    [Fact]
    public async Task While_Entra_does_not_respond_known_keys_are_valid_for_a_day_and_no_token_is_a_401()
    {
        _server.IsDown = true;
        (await RefusedAsync(Token("Nano.Light"))).ShouldBe((503, "entra_unavailable"));
        _server.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        await ShouldBeGoodAsync(Token("Nano.Light"));
        _server.IsDown = true;
        _time.Advance(TimeSpan.FromHours(23));
        await ShouldBeGoodAsync(Token("Nano.Light"));
        _time.Advance(TimeSpan.FromHours(1));
        (await RefusedAsync(Token("Nano.Light"))).ShouldBe((503, "entra_unavailable"));
    }

    [Fact]
    public async Task Limits_of_the_organization_apply_and_a_store_that_fails_is_a_503()
    {
        var memory = new MemoryEngine();
        var engine = new State.CountingEngine(memory);
        var store = new StateStore(() => engine, TimeSpan.FromMinutes(1), _time);
        var callers = NewInstance(store);
        await store.Keys.SetPolicyAsync("acme", ScopeName.Organization, new ScopeLimits { RequestsPerMinute = 7 }, default);
        var token = Token(lifetime: 2, "Nano.Light");
        var policy = (await callers.CheckAsync(token)).Caller!.Policy!;
        policy.Scopes.Select(scope => (scope.Scope, scope.Limits.RequestsPerMinute)).ShouldBe([("organization", 7), ("user:" + Ann, 6)]);
        (await memory.ReadAsync("org:acme", [StateKeys.Head], default))[0].ShouldNotBeNull();
        engine.IsDown = true;
        _time.Advance(VirtualKeys.Lifetime);
        (await callers.CheckAsync(token)).Caller.ShouldNotBeNull("it was known a moment ago");
        var refused = (await callers.CheckAsync(Token("Nano.Heavy"))).Refused!;
        (refused.Status, refused.Code).ShouldBe((503, "key_store_unavailable"));
    }

    /// <summary>The limits that a check read before the change must not be remembered after it.</summary>
    [Fact]
    public async Task A_change_of_policies_during_a_check_applies_to_the_next_request()
    {
        var engine = new State.CountingEngine(new MemoryEngine());
        var store = new StateStore(() => engine, TimeSpan.FromMinutes(1), _time);
        var callers = NewInstance(store);
        await store.Keys.SetPolicyAsync("acme", ScopeName.Organization, new ScopeLimits { RequestsPerMinute = 7 }, default);
        var token = Token("Nano.Light");
        var gate = new TaskCompletionSource();
        engine.Gate = gate.Task;
        var calls = engine.Calls;
        var pending = callers.CheckAsync(token).AsTask();
        await Wait.UntilAsync(() => engine.Calls > calls);
        callers.Forget();
        gate.SetResult();
        (await pending).Caller.ShouldNotBeNull();
        calls = engine.Calls;
        (await callers.CheckAsync(token)).Caller.ShouldNotBeNull();
        engine.Calls.ShouldBeGreaterThan(calls, "it is read again");
    }

    private EntraCallers NewInstance(StateStore? store = null)
    {
        var options = new EntraOptions(EntraServer.Tenant, [EntraServer.Audience], _server.Authority);
        return new EntraCallers(options, new EntraKeys(options, () => _network, _time), _policies, store ?? new StateStore(null, TimeSpan.FromMinutes(1), _time), _time);
    }

    private Dictionary<string, object> Claims(params string[] roles) => _server.Claims(Ann, _time.GetUtcNow(), roles);

    private string Token(params string[] roles) => _server.Sign(Claims(roles));

    private string Token(int lifetime, params string[] roles)
    {
        var claims = Claims(roles);
        claims["exp"] = _time.GetUtcNow().AddHours(lifetime).ToUnixTimeSeconds();
        return _server.Sign(claims);
    }

    private async Task<Caller> ShouldBeGoodAsync(string token)
    {
        var (caller, refused) = await _callers.CheckAsync(token);
        refused.ShouldBeNull();
        return caller!;
    }

    private async Task<(int Status, string? Code)> RefusedAsync(string token)
    {
        var (caller, refused) = await _callers.CheckAsync(token);
        caller.ShouldBeNull();
        return (refused!.Status, refused.Code);
    }
}
