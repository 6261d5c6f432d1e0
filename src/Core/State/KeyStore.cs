using System.Security.Cryptography;

namespace Nano.State;

/// <summary>
/// Keys in the registry partition: <c>i|ID</c> is a key's record, <c>k|HASH</c> points to it, <c>p|ORGANIZATION|SCOPE</c> is a policy,
/// <c>g|ORGANIZATION</c> an organization, <c>s</c> the secret of the store.
/// </summary>
internal sealed class KeyStore(StateTransactions transactions) : IKeyStore
{
    private const string Secret = "s";
    private const int Page = 500;

    private static string Record(string id) => "i|" + id;

    private static string Pointer(string hash) => "k|" + hash;

    private static string Organization(string name) => "g|" + name;

    private static string Policy(string organization, string scope) => $"p|{organization}|{scope}";

    public async ValueTask<StoreSecret?> FindSecretAsync(CancellationToken cancellationToken) =>
        transactions.Engine.Exists ? SecretOf((await ReadAsync([Secret], cancellationToken).ConfigureAwait(false))[0]) : null;

    public async ValueTask<StoreSecret> CreateSecretAsync(CancellationToken cancellationToken) =>
        await FindSecretAsync(cancellationToken).ConfigureAwait(false)
        ?? await transactions.RunAsync(StateKeys.Registry, [Secret], view =>
        {
            if (SecretOf(view[Secret]) is { } known) return known;
            var made = new StoreSecret(RandomNumberGenerator.GetHexString(64, lowercase: true));
            view.Put(Secret, new StateFields().Set("secret", made.Hex));
            return made;
        }, cancellationToken).ConfigureAwait(false);

    public async ValueTask<KeyLookup> FindByHashAsync(string hash, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return new KeyLookup(null, [], IsLost: true);
        var rows = await ReadAsync([Pointer(hash), Secret], cancellationToken).ConfigureAwait(false);
        if (rows[0]?.Fields.Text("id") is not { } id) return new KeyLookup(null, [], IsLost: rows[1] is null);
        if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } key || !key.Hashes.Contains(hash)) return new KeyLookup(null, []);
        List<string> scopes = [ScopeName.Organization];
        if (key.Team is { } team) scopes.Add(ScopeName.OfTeam(team));
        if (key.User is { } user) scopes.Add(ScopeName.OfUser(user));
        return new KeyLookup(key, await FindPoliciesAsync(key.Organization, scopes, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<IReadOnlyList<PolicyRecord>> FindPoliciesAsync(string organization, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return [];
        var found = await ReadAsync([.. scopes.Select(scope => Policy(organization, scope))], cancellationToken).ConfigureAwait(false);
        var policies = new List<PolicyRecord>();
        for (var i = 0; i < scopes.Count; i++)
            if (found[i] is { } row) policies.Add(new PolicyRecord(organization, scopes[i], ScopeLimits.Read(row.Fields)));
        return policies;
    }

    public async ValueTask OpenAsync(string organization, CancellationToken cancellationToken)
    {
        // A known organization without a ledger has lost it.
        if (transactions.Engine.Exists && (await ReadAsync([Organization(organization)], cancellationToken).ConfigureAwait(false))[0] is not null) return;
        await OpenOrganizationAsync(organization, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        transactions.Engine.Exists && (await ReadAsync([Record(id)], cancellationToken).ConfigureAwait(false))[0] is { } row ? KeyRecord.Read(row.Fields, id) : null;

    public async ValueTask<IReadOnlyList<KeyRecord>> ListAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return [];
        var rows = await transactions.Engine.ScanAsync(StateKeys.Registry, after is null ? "i|" : Record(after) + "!", "i}", limit, cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(row => KeyRecord.Read(row.Fields, row.Key[2..]))];
    }

    public async ValueTask AddAsync(KeyRecord record, CancellationToken cancellationToken)
    {
        await OpenOrganizationAsync(record.Organization, cancellationToken).ConfigureAwait(false);
        string[] keys = [Record(record.Id), Pointer(record.Hash)];
        await transactions.RunAsync(StateKeys.Registry, keys, view =>
        {
            // A repeated commit whose first try took effect.
            if (view[keys[0]] is not null) return false;
            view.PutLast(keys[0], record.Write());
            view.PutLast(keys[1], PointerTo(record.Id));
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<KeyRecord?> ChangeAsync(string id, Func<KeyRecord, KeyRecord> change, CancellationToken cancellationToken)
    {
        while (await FindAsync(id, cancellationToken).ConfigureAwait(false) is { } known)
        {
            var wanted = change(known);
            string[] keys = [Record(id), .. known.Hashes.Append(wanted.Hash).Distinct().Select(Pointer)];
            (bool IsDone, KeyRecord? Record) result = await transactions.RunAsync<(bool, KeyRecord?)>(StateKeys.Registry, keys, view =>
            {
                if (view[keys[0]] is not { } row) return (true, null);
                var current = KeyRecord.Read(row.Fields, id);
                // After a commit with an unknown outcome: it took effect.
                if (current.Hash != known.Hash && current.Hash == wanted.Hash) return (true, current);
                // A rotation happened in between: other rows are affected.
                if (!current.Hashes.SequenceEqual(known.Hashes)) return (false, null);
                wanted = change(current);
                view.PutLast(keys[0], wanted.Write());
                foreach (var hash in known.Hashes.Except(wanted.Hashes)) view.Delete(Pointer(hash));
                if (wanted.Hash != known.Hash) view.PutLast(Pointer(wanted.Hash), PointerTo(id));
                return (true, wanted);
            }, cancellationToken).ConfigureAwait(false);
            if (result.IsDone) return result.Record;
        }
        return null;
    }

    public async ValueTask<bool> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        while (await FindAsync(id, cancellationToken).ConfigureAwait(false) is { } known)
        {
            string[] keys = [Record(id), .. known.Hashes.Distinct().Select(Pointer)];
            var isDone = await transactions.RunAsync(StateKeys.Registry, keys, view =>
            {
                if (view[keys[0]] is not { } row) return true;
                var current = KeyRecord.Read(row.Fields, id);
                if (!current.Hashes.SequenceEqual(known.Hashes)) return false;
                foreach (var key in keys) view.Delete(key);
                return true;
            }, cancellationToken).ConfigureAwait(false);
            if (isDone) return true;
        }
        return false;
    }

    public async ValueTask<IReadOnlyList<string>> ListOrganizationsAsync(CancellationToken cancellationToken) =>
        [.. (await ScanAsync("g|", "g}", cancellationToken).ConfigureAwait(false)).Select(row => row.Key[2..])];

    public async ValueTask<bool> ClaimAsync(string work, DateTimeOffset now, TimeSpan time, CancellationToken cancellationToken)
    {
        string[] keys = ["w|" + work];
        var own = StateLimits.NewVersion();
        return await transactions.RunAsync(StateKeys.Registry, keys, view =>
        {
            // The commit of an earlier try may have taken effect.
            if (view[keys[0]] is { } row && row.Fields.Number("until") > now.ToUnixTimeMilliseconds()) return row.Fields.Number("by") == own;
            view.PutLast(keys[0], new StateFields().Set("until", (now + time).ToUnixTimeMilliseconds()).Set("by", own));
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ScopeLimits?> FindPolicyAsync(string organization, string scope, CancellationToken cancellationToken) =>
        transactions.Engine.Exists && (await ReadAsync([Policy(organization, scope)], cancellationToken).ConfigureAwait(false))[0] is { } row ? ScopeLimits.Read(row.Fields) : null;

    public async ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync(CancellationToken cancellationToken) =>
        [.. (await ScanAsync("p|", "p}", cancellationToken).ConfigureAwait(false)).Select(row =>
        {
            var parts = row.Key.Split('|');
            return new PolicyRecord(parts[1], parts[2], ScopeLimits.Read(row.Fields));
        })];

    public async ValueTask<ScopeLimits?> ChangePolicyAsync(string organization, string scope, Func<ScopeLimits, ScopeLimits> change, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return null;
        var key = Policy(organization, scope);
        return await transactions.RunAsync<ScopeLimits?>(StateKeys.Registry, [key], view =>
        {
            if (view[key] is not { } row) return null;
            var changed = change(ScopeLimits.Read(row.Fields));
            view.PutLast(key, changed.Write(new StateFields().Set("is_set", 1)));
            return changed;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> SetPolicyAsync(string organization, string scope, ScopeLimits? limits, CancellationToken cancellationToken)
    {
        if (limits is not null) await OpenOrganizationAsync(organization, cancellationToken).ConfigureAwait(false);
        else if (!transactions.Engine.Exists) return false;
        var key = Policy(organization, scope);
        return await transactions.RunAsync(StateKeys.Registry, [key], view =>
        {
            if (limits is null && view[key] is null) return false;
            if (limits is null) view.Delete(key);
            else view.PutLast(key, limits.Write(new StateFields().Set("is_set", 1)));
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates the head of the organization's partition before a key can need it.</summary>
    private async ValueTask OpenOrganizationAsync(string name, CancellationToken cancellationToken)
    {
        await transactions.RunAsync(StateKeys.Organization(name), [StateKeys.Head], static view =>
        {
            if (view[StateKeys.Head] is null) view.PutLast(StateKeys.Head, new StateFields().Set("schema", 1));
            return true;
        }, cancellationToken).ConfigureAwait(false);
        var row = Organization(name);
        await transactions.RunAsync(StateKeys.Registry, [row], view =>
        {
            if (view[row] is null) view.PutLast(row, new StateFields().Set("is_set", 1));
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<List<StateRow>> ScanAsync(string from, string to, CancellationToken cancellationToken)
    {
        var all = new List<StateRow>();
        if (!transactions.Engine.Exists) return all;
        while (true)
        {
            var rows = await transactions.Engine.ScanAsync(StateKeys.Registry, from, to, Page, cancellationToken).ConfigureAwait(false);
            all.AddRange(rows);
            if (rows.Count < Page) return all;
            from = rows[^1].Key + "!";
        }
    }

    private ValueTask<IReadOnlyList<StateRow?>> ReadAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        transactions.Engine.ReadAsync(StateKeys.Registry, keys, cancellationToken);

    private static StateFields PointerTo(string id) => new StateFields().Set("id", id);

    private static StoreSecret? SecretOf(StateRow? row) => row?.Fields.Text("secret") is { } hex ? new StoreSecret(hex) : null;
}
