using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Governance;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>When a virtual key stops being valid, to the tick.</summary>
public sealed class VirtualKeyEndTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly CountingEngine _engine = new(new MemoryEngine());
    private readonly StateStore _store;

    public VirtualKeyEndTests() => _store = new StateStore(() => _engine, TimeSpan.FromDays(1), _time);

    [Theory]
    [InlineData(10, null, 10)]
    [InlineData(null, 10, 10)]
    [InlineData(10, 20, 10)]
    [InlineData(20, 10, 10)]
    public async Task A_key_ends_at_its_time_even_if_it_was_checked_a_moment_ago(int? own, int? policy, int end)
    {
        var keys = Keys(new PolicyConfig { Name = "p", RequestsPerMinute = 6, ExpiresAt = At(policy) });
        var key = await CreateAsync(record => record with { ExpiresAt = At(own), Policy = "p" });
        _time.SetUtcNow(Now.AddSeconds(end).AddTicks(-1));
        (await keys.CheckAsync(key)).Policy!.ExpiresAt.ShouldBe(Now.AddSeconds(end));
        _time.Advance(TimeSpan.FromTicks(1));
        var refused = (await keys.CheckAsync(key)).Refused!;
        (refused.Status, refused.Code).ShouldBe((401, "key_expired"));

        static DateTimeOffset? At(int? seconds) => seconds is { } known ? Now.AddSeconds(known) : null;
    }

    [Fact]
    public async Task A_key_that_is_disabled_or_whose_policy_is_missing_is_refused()
    {
        var keys = Keys(new PolicyConfig { Name = "p", RequestsPerMinute = 6 });
        var disabled = (await keys.CheckAsync(await CreateAsync(record => record with { IsDisabled = true, Policy = "missing" }))).Refused!;
        (disabled.Status, disabled.Code).ShouldBe((401, "key_disabled"));
        var missing = (await keys.CheckAsync(await CreateAsync(record => record with { Policy = "missing" }))).Refused!;
        (missing.Status, missing.Code).ShouldBe((503, "policy_not_configured"));
        var named = (await keys.CheckAsync(await CreateAsync(record => record with { Policy = "p" }))).Policy!;
        named.Scopes.Select(scope => (scope.Policy, scope.Limits.RequestsPerMinute)).ShouldBe([("p", 6L), (null, null)]);
        var own = (await keys.CheckAsync(await CreateAsync(record => record))).Policy!;
        own.Scopes.Single().Policy.ShouldBeNull();
        // An instance without nano.json refuses it too: without its policy, a key would have no limits.
        (await new VirtualKeys(_store, _time).CheckAsync(await CreateAsync(record => record with { Policy = "p" }))).Refused!.Code.ShouldBe("policy_not_configured");
    }

    [Fact]
    public async Task A_key_is_read_again_after_30_seconds()
    {
        var keys = Keys();
        var key = await CreateAsync(record => record);
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        var calls = _engine.Calls;
        _time.Advance(VirtualKeys.Lifetime - TimeSpan.FromTicks(1));
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        _engine.Calls.ShouldBe(calls);
        _time.Advance(TimeSpan.FromTicks(1));
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        _engine.Calls.ShouldBeGreaterThan(calls);
    }

    [Fact]
    public async Task While_the_store_is_down_a_key_is_known_for_ten_minutes()
    {
        var keys = Keys();
        var key = await CreateAsync(record => record);
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        _engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        _time.Advance(TimeSpan.FromTicks(1));
        (await keys.CheckAsync(key)).Refused!.Code.ShouldBe("key_store_unavailable");
    }

    /// <summary>The secret of a store that was replaced is read at most every two seconds, whatever keys arrive.</summary>
    [Fact]
    public async Task A_key_of_a_store_that_was_replaced_is_valid_within_two_seconds()
    {
        var keys = Keys();
        (await keys.CheckAsync(await CreateAsync(record => record))).Policy.ShouldNotBeNull();
        var replaced = new StoreSecret(new string('c', 64));
        var row = (await _engine.ReadAsync(StateKeys.Registry, ["s"], default))[0]!;
        (await _engine.CommitAsync(StateKeys.Registry, [StateWrite.Put("s", row, new StateFields().Set("secret", replaced.Hex))], default)).ShouldNotBeNull();
        var key = VirtualKey.Create(replaced);
        await _store.Keys.AddAsync(Record(replaced, key), default);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        (await keys.CheckAsync(key)).Refused!.Code.ShouldBe("invalid_api_key");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await keys.CheckAsync(key)).Policy.ShouldNotBeNull();
    }

    private VirtualKeys Keys(params PolicyConfig[] policies) => new(_store, _time, new ConfiguredPolicies(new GatewayConfig { Policies = policies }));

    private async Task<string> CreateAsync(Func<KeyRecord, KeyRecord> change)
    {
        var secret = await _store.Keys.CreateSecretAsync(default);
        var key = VirtualKey.Create(secret);
        await _store.Keys.AddAsync(change(Record(secret, key)), default);
        return key;
    }

    private static KeyRecord Record(StoreSecret secret, string key) => new()
        { Id = "key_" + SortableId.New(Now), Hash = VirtualKey.HashOf(secret, key), Hint = VirtualKey.HintOf(key), Organization = "acme", CreatedAt = Now };
}
