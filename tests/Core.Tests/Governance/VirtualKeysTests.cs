using Microsoft.Extensions.Time.Testing;
using Nano.Governance;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>How instances cache keys, and how they respond while the store is down.</summary>
public sealed class VirtualKeysTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEngine _memory = new();
    private readonly CountingEngine _engine;
    private readonly StateStore _store;
    private readonly VirtualKeys _keys;

    public VirtualKeysTests()
    {
        _engine = new CountingEngine(_memory);
        _store = NewStore();
        _keys = new VirtualKeys(_store, _time);
    }

    [Fact]
    public async Task A_key_costs_the_store_one_look_up_in_30_seconds()
    {
        var (_, key) = await CreateAsync();
        await ShouldBeGoodAsync(_keys, key);
        var calls = _engine.Calls;
        for (var i = 0; i < 100; i++) await ShouldBeGoodAsync(_keys, key);
        _engine.Calls.ShouldBe(calls);
        _time.Advance(VirtualKeys.Lifetime);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ShouldBeGoodAsync(_keys, key)));
        (_engine.Calls - calls).ShouldBeLessThanOrEqualTo(3, "one look-up for all that wait for it");
    }

    [Fact]
    public async Task A_key_that_was_revoked_elsewhere_is_refused_within_30_seconds()
    {
        var (id, key) = await CreateAsync();
        var other = new VirtualKeys(NewStore(), _time);
        await ShouldBeGoodAsync(other, key);
        await _store.Keys.RemoveAsync(id, default);
        _time.Advance(VirtualKeys.Lifetime);
        (await other.CheckAsync(key)).Refused!.Code.ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task Every_key_stays_valid_until_the_end_that_its_rotation_promised()
    {
        var (id, first) = await CreateAsync();
        var second = await RotateAsync(id, TimeSpan.FromHours(24));
        _time.Advance(TimeSpan.FromHours(1));
        var third = await RotateAsync(id, TimeSpan.FromHours(2));
        foreach (var key in new[] { first, second, third }) await ShouldBeGoodAsync(_keys, key);
        (await _store.Keys.FindAsync(id, default))!.FormerUntil.ShouldBe(_time.GetUtcNow() + TimeSpan.FromHours(23), "the last end");
        _time.Advance(TimeSpan.FromHours(2));
        (await _keys.CheckAsync(second)).Refused!.Code.ShouldBe("key_expired");
        foreach (var key in new[] { first, third }) await ShouldBeGoodAsync(_keys, key);
        _time.Advance(TimeSpan.FromHours(21));
        (await _keys.CheckAsync(first)).Refused!.Code.ShouldBe("key_expired");
        await ShouldBeGoodAsync(_keys, third);
        // The next rotation forgets keys that have ended.
        await RotateAsync(id, TimeSpan.FromHours(1));
        (await _store.Keys.FindAsync(id, default))!.Formers.Count.ShouldBe(1);
        _keys.Forget();
        (await _keys.CheckAsync(first)).Refused!.Code.ShouldBe("invalid_api_key");
    }

    /// <summary>The gateway's own 503 advises to try again: the key that is in use must survive it.</summary>
    [Fact]
    public async Task A_rotation_that_is_repeated_because_its_response_was_lost_ends_no_key()
    {
        var (id, first) = await CreateAsync();
        _engine.LosesNextResponse = true;
        await Should.ThrowAsync<StateUnavailableException>(() => RotateAsync(id, TimeSpan.FromHours(24)));
        _engine.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(10));
        var shown = await RotateAsync(id, TimeSpan.FromHours(24));
        (await _store.Keys.FindAsync(id, default))!.Formers.Count.ShouldBe(2);
        foreach (var key in new[] { first, shown }) await ShouldBeGoodAsync(_keys, key);
    }

    [Fact]
    public async Task A_rotation_without_overlap_and_a_revocation_end_all_former_keys()
    {
        var (id, first) = await CreateAsync();
        var second = await RotateAsync(id, TimeSpan.FromHours(24));
        var third = await RotateAsync(id, TimeSpan.Zero);
        foreach (var key in new[] { first, second }) (await _keys.CheckAsync(key)).Refused!.Code.ShouldBe("invalid_api_key");
        await ShouldBeGoodAsync(_keys, third);
        await RotateAsync(id, TimeSpan.FromHours(1));
        (await _store.Keys.RemoveAsync(id, default)).ShouldBeTrue();
        _keys.Forget();
        (await _keys.CheckAsync(third)).Refused!.Code.ShouldBe("invalid_api_key");
        (await _memory.ScanAsync(StateKeys.Registry, "k|", "k}", 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rotation_is_refused_rather_than_end_a_valid_key()
    {
        var (id, _) = await CreateAsync();
        for (var i = 0; i < KeyRecord.MaxFormers; i++) await RotateAsync(id, TimeSpan.FromHours(1));
        var record = (await _store.Keys.FindAsync(id, default))!;
        record.Rotate("h", "hint", TimeSpan.FromHours(1), _time.GetUtcNow()).ShouldBeNull();
        record.Rotate("h", "hint", TimeSpan.Zero, _time.GetUtcNow())!.Formers.ShouldBeEmpty();
        record.Rotate("h", "hint", TimeSpan.FromHours(1), _time.GetUtcNow().AddHours(1))!.Formers.Count.ShouldBe(1);
    }

    /// <summary>Rows from before a key could have several former ones.</summary>
    [Fact]
    public void A_row_with_one_former_key_is_read()
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
        var record = KeyRecord.Read(new StateFields().Set("hash", "now").Set("former_hash", "before").Set("former_until", until.ToUnixTimeMilliseconds()), "key_1");
        record.Formers.ShouldBe([new FormerKey("before", until)]);
        record.Rotate("next", "hint", TimeSpan.FromHours(1), until.AddMinutes(-1))!.Hashes.ShouldBe(["next", "now", "before"]);
        KeyRecord.Read(new StateFields().Set("hash", "now").Set("former_until", 0), "key_1").Formers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hundred_thousand_guessed_keys_in_a_minute_cost_the_store_at_most_one_look_up_in_two_seconds()
    {
        await CreateAsync();
        var guess = VirtualKey.Create(new StoreSecret(new string('a', 64)));
        (await _keys.CheckAsync(guess)).Refused!.Code.ShouldBe("invalid_api_key");
        var calls = _engine.Calls;
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 1667; i++)
            {
                var characters = guess.ToCharArray();
                for (var at = VirtualKey.Prefix.Length; at < characters.Length; at += 5) characters[at] = (char)('a' + (second * 1667 + i * at) % 26);
                (await _keys.CheckAsync(new string(characters))).Refused.ShouldNotBeNull();
            }
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        (_engine.Calls - calls).ShouldBeLessThanOrEqualTo(31);
    }

    [Fact]
    public async Task While_the_store_is_down_known_keys_stay_valid_and_no_key_is_a_401()
    {
        var (_, known) = await CreateAsync();
        var (_, unseen) = await CreateAsync();
        await ShouldBeGoodAsync(_keys, known);
        _engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(2));
        await ShouldBeGoodAsync(_keys, known);
        var refused = (await _keys.CheckAsync(unseen)).Refused!;
        (refused.Status, refused.Code, refused.RetryAfter).ShouldBe((503, "key_store_unavailable", "1"));
        _time.Advance(TimeSpan.FromMinutes(10));
        (await _keys.CheckAsync(known)).Refused!.Status.ShouldBe(503);
        _engine.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        await ShouldBeGoodAsync(_keys, known);
        await ShouldBeGoodAsync(_keys, unseen);
    }

    [Fact]
    public async Task An_instance_that_starts_while_the_store_is_down_returns_503_and_recovers_automatically()
    {
        var (_, key) = await CreateAsync();
        _engine.IsDown = true;
        var instance = new VirtualKeys(NewStore(), _time);
        for (var i = 0; i < 20; i++) (await instance.CheckAsync(key)).Refused!.Status.ShouldBe(503);
        _engine.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        await ShouldBeGoodAsync(instance, key);
    }

    [Fact]
    public async Task Keys_that_an_emptied_store_has_lost_are_a_503()
    {
        var (_, key) = await CreateAsync();
        await ShouldBeGoodAsync(_keys, key);
        _memory.Clear();
        _time.Advance(TimeSpan.FromMinutes(11));
        (await _keys.CheckAsync(key)).Refused!.Status.ShouldBe(503);
    }

    /// <summary>Those that join a look-up are as well off as the request that began it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_that_wait_for_a_look_up_that_fails_get_the_last_result(bool isDown)
    {
        var (_, key) = await CreateAsync();
        await ShouldBeGoodAsync(_keys, key);
        _time.Advance(VirtualKeys.Lifetime);
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        var waiting = Enumerable.Range(0, 3).Select(_ => ShouldBeGoodAsync(_keys, key)).ToArray();
        _engine.IsDown = isDown;
        if (!isDown) _memory.Clear();
        gate.SetResult();
        await Task.WhenAll(waiting);
        // Its age has not changed.
        _time.Advance(TimeSpan.FromMinutes(10));
        (await Task.WhenAll(_keys.CheckAsync(key).AsTask(), _keys.CheckAsync(key).AsTask())).ShouldAllBe(check => check.Refused!.Status == 503);
    }

    private StateStore NewStore() => new(() => _engine, TimeSpan.FromMinutes(1), _time);

    private async Task<(string Id, string Key)> CreateAsync()
    {
        var secret = await _store.Keys.CreateSecretAsync(default);
        var key = VirtualKey.Create(secret);
        var id = "key_" + SortableId.New(_time.GetUtcNow());
        await _store.Keys.AddAsync(new KeyRecord { Id = id, Hash = VirtualKey.HashOf(secret, key), Hint = VirtualKey.HintOf(key), Organization = "acme",
            CreatedAt = _time.GetUtcNow() }, default);
        return (id, key);
    }

    private async Task<string> RotateAsync(string id, TimeSpan overlap)
    {
        var secret = await _store.Keys.CreateSecretAsync(default);
        var key = VirtualKey.Create(secret);
        var now = _time.GetUtcNow();
        (await _store.Keys.ChangeAsync(id, record => record.Rotate(VirtualKey.HashOf(secret, key), VirtualKey.HintOf(key), overlap, now)!, default)).ShouldNotBeNull();
        _keys.Forget();
        return key;
    }

    private static async Task ShouldBeGoodAsync(VirtualKeys keys, string key)
    {
        var (policy, refused) = await keys.CheckAsync(key);
        refused.ShouldBeNull();
        policy!.Organization.ShouldBe("acme");
    }
}
