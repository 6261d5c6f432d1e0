using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Access.Entra;
using Nano.Configuration;
using Nano.Governance;
using Nano.State;
using Nano.Testing.Entra;
using Nano.Tests.State;

namespace Nano.Tests.Access;

/// <summary>When the access of a user of Entra ID ends: with the token, with the policy, or with a store that stays down.</summary>
public sealed class EntraPolicyTests : IAsyncLifetime
{
    private const string Ann = "aaaaaaaa-0000-0000-0000-000000000001";

    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly HttpMessageInvoker _network = new(new SocketsHttpHandler { UseProxy = false });

    private EntraServer _server = null!;

    public async Task InitializeAsync() => _server = await EntraServer.StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _network.Dispose();
    }

    [Fact]
    public async Task A_policy_that_has_ended_gives_way_to_the_next_one()
    {
        var callers = Create(Policy("guests", 10), Policy("staff", 120));
        var first = await ShouldBeGoodAsync(callers, Token(60));
        (first.Policy!.Scopes.Single().Policy, first.ExpiresAt).ShouldBe(("guests", Now.AddMinutes(10)));
        _time.SetUtcNow(Now.AddMinutes(10).AddSeconds(-1));
        (await ShouldBeGoodAsync(callers, Token(60))).Policy!.Scopes.Single().Policy.ShouldBe("guests");
        _time.SetUtcNow(Now.AddMinutes(10));
        var second = await ShouldBeGoodAsync(callers, Token(60));
        // The token ends first, a minute late because clocks differ.
        (second.Policy!.Scopes.Single().Policy, second.ExpiresAt).ShouldBe(("staff", Now.AddMinutes(71)));
        _time.SetUtcNow(Now.AddMinutes(120));
        (await callers.CheckAsync(Token(60))).Refused!.Code.ShouldBe("no_policy");
    }

    /// <summary>A token that was checked less than 30 s ago is checked again once it, or its policy, has ended.</summary>
    [Fact]
    public async Task A_token_that_was_checked_a_moment_ago_ends_in_time()
    {
        var callers = Create(Policy("guests", 1), Policy("staff", 120));
        var token = Token(60);
        _time.SetUtcNow(Now.AddSeconds(50));
        var first = await ShouldBeGoodAsync(callers, token);
        var again = callers.CheckAsync(token);
        again.IsCompletedSuccessfully.ShouldBeTrue();
        (await again).Caller.ShouldBeSameAs(first);
        _time.SetUtcNow(Now.AddSeconds(60));
        (await ShouldBeGoodAsync(callers, token)).Policy!.Scopes.Single().Policy.ShouldBe("staff");

        var brief = Token(2);
        await ShouldBeGoodAsync(callers, brief);
        _time.SetUtcNow(Now.AddSeconds(60 + 120 + 59));
        await ShouldBeGoodAsync(callers, brief);
        _time.SetUtcNow(Now.AddSeconds(60 + 120 + 60));
        (await callers.CheckAsync(brief)).Refused!.Code.ShouldBe("token_expired");
    }

    [Fact]
    public async Task While_the_store_is_down_a_user_is_known_for_ten_minutes()
    {
        var engine = new CountingEngine(new MemoryEngine());
        var callers = Create(new StateStore(() => engine, TimeSpan.FromDays(1), _time), Policy("staff", 120));
        var (token, brief) = (Token(60), Token(5));
        await ShouldBeGoodAsync(callers, token);
        await ShouldBeGoodAsync(callers, brief);
        engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(5));
        await ShouldBeGoodAsync(callers, brief);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        await ShouldBeGoodAsync(callers, token);
        (await callers.CheckAsync(brief)).Refused!.Code.ShouldBe("token_expired");
        _time.Advance(TimeSpan.FromTicks(1));
        var refused = (await callers.CheckAsync(token)).Refused!;
        (refused.Status, refused.Code).ShouldBe((503, "key_store_unavailable"));
        refused.Message.ShouldContain("the limits of this user");
        engine.IsDown = false;
        _time.Advance(TimeSpan.FromMinutes(1));
        await ShouldBeGoodAsync(callers, token);
    }

    [Theory]
    [InlineData("hasgroups", true)]
    [InlineData("_claim_names", true)]
    [InlineData("other", false)]
    public async Task A_token_that_does_not_list_all_groups_has_its_own_error(string claim, bool hasMore)
    {
        var claims = _server.Claims(Ann, Now, "Other");
        claims[claim] = "true";
        var refused = (await Create(Policy("staff", 120)).CheckAsync(_server.Sign(claims))).Refused!;
        (refused.Status, refused.Code, refused.Message.Contains("too many", StringComparison.Ordinal)).ShouldBe((403, "no_policy", hasMore));
    }

    /// <summary>Both ends are exact: a minute of tolerance and no more.</summary>
    [Theory]
    [InlineData("exp", -59, true)]
    [InlineData("exp", -60, false)]
    [InlineData("nbf", 60, true)]
    [InlineData("nbf", 61, false)]
    public async Task A_token_is_accepted_a_minute_around_its_times(string claim, int seconds, bool isAccepted)
    {
        var claims = _server.Claims(Ann, Now, "Staff");
        claims[claim] = Now.AddSeconds(seconds).ToUnixTimeSeconds();
        ((await Create(Policy("staff", 120)).CheckAsync(_server.Sign(claims))).Caller is not null).ShouldBe(isAccepted);
    }

    [Theory]
    [InlineData(16 * 1024, true)]
    [InlineData(16 * 1024 + 1, false)]
    public void A_token_has_at_most_16_KiB(int length, bool isToken) => EntraCallers.LooksLikeToken("eyJ" + new string('x', length - 3)).ShouldBe(isToken);

    private EntraCallers Create(params PolicyConfig[] policies) => Create(new StateStore(null, TimeSpan.FromMinutes(1), _time), policies);

    private EntraCallers Create(StateStore store, params PolicyConfig[] policies)
    {
        var options = new EntraOptions(EntraServer.Tenant, [EntraServer.Audience], _server.Authority);
        return new EntraCallers(options, new EntraKeys(options, () => _network, _time), new ConfiguredPolicies(new GatewayConfig { Policies = policies }), store, _time);
    }

    private static PolicyConfig Policy(string name, int minutes) =>
        new() { Name = name, RequestsPerMinute = 6, ExpiresAt = Now.AddMinutes(minutes), Entra = new EntraMapping(["Staff"], [], "acme") };

    private string Token(int minutes)
    {
        var claims = _server.Claims(Ann, _time.GetUtcNow(), "Staff");
        claims["exp"] = _time.GetUtcNow().AddMinutes(minutes).ToUnixTimeSeconds();
        return _server.Sign(claims);
    }

    private static async Task<Caller> ShouldBeGoodAsync(EntraCallers callers, string token)
    {
        var (caller, refused) = await callers.CheckAsync(token);
        refused.ShouldBeNull();
        return caller!;
    }
}
