using Nano.State;

namespace Nano.Tests.State;

/// <summary>Keys and policies in the registry: what is found, and what a change or a removal leaves.</summary>
public sealed class KeyStoreTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryEngine _memory = new();
    private readonly CountingEngine _engine;
    private readonly KeyStore _keys;

    public KeyStoreTests()
    {
        _engine = new CountingEngine(_memory);
        _keys = new KeyStore(new StateTransactions(_engine));
    }

    [Fact]
    public async Task A_key_is_found_by_its_hash_with_the_policies_of_its_scopes()
    {
        await _keys.CreateSecretAsync(default);
        await _keys.AddAsync(Key("1") with { Team = "web", User = "ann" }, default);
        foreach (var (organization, scope, requests) in ((string, string, long)[])[("acme", ScopeName.Organization, 1), ("acme", "team:web", 2), ("acme", "user:ann", 3),
            ("acme", "team:other", 4), ("other", ScopeName.Organization, 5)])
            (await _keys.SetPolicyAsync(organization, scope, new ScopeLimits { RequestsPerMinute = requests }, default)).ShouldBeTrue();
        var found = await _keys.FindByHashAsync("hash-1", default);
        (found.Key!.Id, found.IsLost).ShouldBe(("key_1", false));
        found.Policies.Select(policy => (policy.Organization, policy.Scope, policy.Limits.RequestsPerMinute)).ShouldBe(
            [("acme", ScopeName.Organization, 1L), ("acme", "team:web", 2), ("acme", "user:ann", 3)]);
        (await _keys.FindByHashAsync("hash-2", default)).ShouldSatisfyAllConditions(other => other.Key.ShouldBeNull(), other => other.IsLost.ShouldBeFalse());
        (await _keys.FindAsync("key_1", default))!.User.ShouldBe("ann");
        (await _keys.FindAsync("key_2", default)).ShouldBeNull();
        (await _keys.ListOrganizationsAsync(default)).ShouldBe(["acme", "other"]);
    }

    /// <summary>An emptied store has lost its keys, so they are not wrong.</summary>
    [Fact]
    public async Task A_store_without_its_secret_is_lost()
    {
        (await _keys.FindByHashAsync("hash-1", default)).IsLost.ShouldBeTrue();
        var secret = await _keys.CreateSecretAsync(default);
        (await _keys.CreateSecretAsync(default)).ShouldBe(secret);
        (await _keys.FindSecretAsync(default)).ShouldBe(secret);
        secret.Hex.ShouldMatch("^[0-9a-f]{64}$");
        (await _keys.FindByHashAsync("hash-1", default)).IsLost.ShouldBeFalse();
        _engine.Exists = false;
        var calls = _engine.Calls;
        (await _keys.FindByHashAsync("hash-1", default)).IsLost.ShouldBeTrue();
        (await _keys.FindSecretAsync(default), await _keys.FindAsync("key_1", default), await _keys.FindPolicyAsync("acme", "organization", default)).ShouldBe((null, null, null));
        (await _keys.ListAsync(null, 10, default)).ShouldBeEmpty();
        (await _keys.ListPoliciesAsync(default)).ShouldBeEmpty();
        (await _keys.FindPoliciesAsync("acme", ["organization"], default)).ShouldBeEmpty();
        (await _keys.ChangePolicyAsync("acme", "organization", limits => limits, default)).ShouldBeNull();
        (await _keys.SetPolicyAsync("acme", "organization", null, default)).ShouldBeFalse();
        _engine.Calls.ShouldBe(calls, "nothing was created yet");
    }

    [Fact]
    public async Task A_change_of_the_hash_moves_the_pointers()
    {
        await _keys.AddAsync(Key("1"), default);
        var rotated = await _keys.ChangeAsync("key_1", key => key.Rotate("hash-2", "hint", TimeSpan.FromHours(1), Now)!, default);
        rotated!.Hashes.ShouldBe(["hash-2", "hash-1"]);
        await ShouldBeKnownAsync(("hash-1", true), ("hash-2", true));
        await _keys.ChangeAsync("key_1", key => key.Rotate("hash-3", "hint", TimeSpan.FromHours(1), Now.AddHours(1))!, default);
        await ShouldBeKnownAsync(("hash-1", false), ("hash-2", true), ("hash-3", true));
        await _keys.ChangeAsync("key_1", key => key with { Name = "renamed" }, default);
        await ShouldBeKnownAsync(("hash-1", false), ("hash-2", true), ("hash-3", true));
        await _keys.ChangeAsync("key_1", key => key.Rotate("hash-4", "hint", TimeSpan.Zero, Now)!, default);
        await ShouldBeKnownAsync(("hash-2", false), ("hash-3", false), ("hash-4", true));
        (await PointersAsync()).ShouldBe(["k|hash-4"]);
        (await _keys.ChangeAsync("key_2", key => key, default)).ShouldBeNull();

        (await _keys.RemoveAsync("key_1", default)).ShouldBeTrue();
        (await _keys.RemoveAsync("key_1", default)).ShouldBeFalse();
        (await PointersAsync()).ShouldBeEmpty();
        (await _keys.FindAsync("key_1", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_removal_removes_the_pointers_of_former_keys_too()
    {
        await _keys.AddAsync(Key("1"), default);
        await _keys.AddAsync(Key("5"), default);
        await _keys.ChangeAsync("key_1", key => key.Rotate("hash-2", "hint", TimeSpan.FromHours(1), Now)!, default);
        (await _keys.RemoveAsync("key_1", default)).ShouldBeTrue();
        (await PointersAsync()).ShouldBe(["k|hash-5"]);
        (await _keys.FindByHashAsync("hash-5", default)).Key!.Id.ShouldBe("key_5");
    }

    /// <summary>Another instance rotates the key between the read and the commit.</summary>
    [Fact]
    public async Task A_change_applies_to_what_another_instance_has_written()
    {
        await _keys.AddAsync(Key("1"), default);
        var other = new KeyStore(new StateTransactions(_memory));
        var times = 0;
        var changed = await _keys.ChangeAsync("key_1", key =>
        {
            if (times++ == 0)
                other.ChangeAsync("key_1", known => known.Rotate("hash-2", "hint", TimeSpan.FromHours(1), Now)!, default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
            return key with { Name = "renamed" };
        }, default);
        (changed!.Name, changed.Hash).ShouldBe(("renamed", "hash-2"));
        var found = (await _keys.FindAsync("key_1", default))!;
        (found.Name, found.Hash, found.Formers.Single().Hash).ShouldBe(("renamed", "hash-2", "hash-1"));
        await ShouldBeKnownAsync(("hash-1", true), ("hash-2", true));
    }

    /// <summary>The gateway repeats a commit whose response was lost.</summary>
    [Fact]
    public async Task A_key_that_is_added_twice_is_there_once()
    {
        await _keys.AddAsync(Key("1"), default);
        await _keys.ChangeAsync("key_1", key => key with { IsDisabled = true }, default);
        await _keys.AddAsync(Key("1"), default);
        (await _keys.FindAsync("key_1", default))!.IsDisabled.ShouldBeTrue();
    }

    [Fact]
    public async Task Keys_are_listed_in_pages()
    {
        foreach (var id in (string[])["3", "1", "2"]) await _keys.AddAsync(Key(id), default);
        (await _keys.ListAsync(null, 2, default)).Select(key => key.Id).ShouldBe(["key_1", "key_2"]);
        (await _keys.ListAsync("key_2", 2, default)).Select(key => key.Id).ShouldBe(["key_3"]);
        (await _keys.ListAsync("key_3", 2, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Policies_are_set_changed_and_removed()
    {
        (await _keys.SetPolicyAsync("acme", "team:web", null, default)).ShouldBeFalse();
        (await _keys.ChangePolicyAsync("acme", "team:web", limits => limits, default)).ShouldBeNull();
        (await _keys.SetPolicyAsync("acme", "team:web", new ScopeLimits { RequestsPerMinute = 1 }, default)).ShouldBeTrue();
        (await _keys.SetPolicyAsync("acme", "team:web", new ScopeLimits(), default)).ShouldBeTrue();
        (await _keys.FindPolicyAsync("acme", "team:web", default))!.RequestsPerMinute.ShouldBeNull("a policy without limits is a policy");
        (await _keys.ChangePolicyAsync("acme", "team:web", limits => limits with { TokensPerMinute = 7 }, default))!.TokensPerMinute.ShouldBe(7);
        (await _keys.ListPoliciesAsync(default)).Select(policy => (policy.Organization, policy.Scope, policy.Limits.TokensPerMinute)).ShouldBe([("acme", "team:web", 7L)]);
        (await _keys.SetPolicyAsync("acme", "team:web", null, default)).ShouldBeTrue();
        (await _keys.FindPolicyAsync("acme", "team:web", default)).ShouldBeNull();
        (await _keys.ListPoliciesAsync(default)).ShouldBeEmpty();
    }

    /// <summary>A known organization without a ledger has lost it: a new one would forget what its budgets have spent.</summary>
    [Fact]
    public async Task An_organization_that_was_lost_is_not_opened_again_by_a_user()
    {
        await _keys.OpenAsync("acme", default);
        var head = (await _memory.ReadAsync("org:acme", [StateKeys.Head], default))[0]!;
        await _memory.CommitAsync("org:acme", [StateWrite.Delete(head)], default);
        await _keys.OpenAsync("acme", default);
        (await _memory.ReadAsync("org:acme", [StateKeys.Head], default))[0].ShouldBeNull();
        (await _keys.ListOrganizationsAsync(default)).ShouldBe(["acme"]);
        // An administrator who creates a key opens it.
        await _keys.AddAsync(Key("1"), default);
        (await _memory.ReadAsync("org:acme", [StateKeys.Head], default))[0].ShouldNotBeNull();
    }

    [Fact]
    public async Task One_instance_at_a_time_claims_work()
    {
        var other = new KeyStore(new StateTransactions(_memory));
        (await _keys.ClaimAsync("sweep", Now, TimeSpan.FromHours(1), default)).ShouldBeTrue();
        (await other.ClaimAsync("sweep", Now.AddHours(1).AddMilliseconds(-1), TimeSpan.FromHours(1), default)).ShouldBeFalse();
        (await _keys.ClaimAsync("sweep", Now, TimeSpan.FromHours(1), default)).ShouldBeFalse("each claim is for itself");
        (await other.ClaimAsync("other", Now, TimeSpan.FromHours(1), default)).ShouldBeTrue();
        (await other.ClaimAsync("sweep", Now.AddHours(1), TimeSpan.FromHours(1), default)).ShouldBeTrue();
        (await _keys.ClaimAsync("sweep", Now.AddHours(1.5), TimeSpan.FromHours(1), default)).ShouldBeFalse();
    }

    /// <summary>More than one read of the store returns.</summary>
    [Fact]
    public async Task All_organizations_are_listed()
    {
        foreach (var some in Enumerable.Range(0, 501).Chunk(50))
        {
            var writes = some.Select(i => StateWrite.Put($"g|org-{i:D4}", null, new StateFields().Set("is_set", 1))).ToList();
            (await _memory.CommitAsync(StateKeys.Registry, writes, default)).ShouldNotBeNull();
        }
        (await _keys.ListOrganizationsAsync(default)).ShouldBe(Enumerable.Range(0, 501).Select(i => $"org-{i:D4}"));
    }

    private static KeyRecord Key(string name) => new() { Id = "key_" + name, Hash = "hash-" + name, Hint = "sk", Organization = "acme", CreatedAt = Now };

    private async Task ShouldBeKnownAsync(params (string Hash, bool IsKnown)[] hashes)
    {
        foreach (var (hash, isKnown) in hashes) ((await _keys.FindByHashAsync(hash, default)).Key is not null).ShouldBe(isKnown, hash);
    }

    private async Task<IEnumerable<string>> PointersAsync() => (await _memory.ScanAsync(StateKeys.Registry, "k|", "k}", 100, default)).Select(row => row.Key);
}
