namespace Nano.State;

/// <summary>Virtual keys and the policies of scopes, of all organizations. All members raise <see cref="StateUnavailableException"/> when the store fails.</summary>
internal interface IKeyStore
{
    /// <summary>The secret that keys are created and checked with; null while no key was ever created in the store.</summary>
    ValueTask<StoreSecret?> FindSecretAsync(CancellationToken cancellationToken);

    /// <summary>Like <see cref="FindSecretAsync"/>, but creates the secret if there is none. Concurrent instances all get the same one.</summary>
    ValueTask<StoreSecret> CreateSecretAsync(CancellationToken cancellationToken);

    /// <summary>The key with this hash, and the policies of its scopes.</summary>
    ValueTask<KeyLookup> FindByHashAsync(string hash, CancellationToken cancellationToken);

    ValueTask<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Keys in the order of their ids, which is the order of creation.</summary>
    /// <param name="after">The id after which the list begins; null for its beginning.</param>
    ValueTask<IReadOnlyList<KeyRecord>> ListAsync(string? after, int limit, CancellationToken cancellationToken);

    ValueTask AddAsync(KeyRecord record, CancellationToken cancellationToken);

    /// <summary>Changes a key, including its hashes; null when there is none. <paramref name="change"/> may be called several times.</summary>
    ValueTask<KeyRecord?> ChangeAsync(string id, Func<KeyRecord, KeyRecord> change, CancellationToken cancellationToken);

    /// <returns>False when there is no such key.</returns>
    ValueTask<bool> RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>Organizations that have, or had, a key or a policy.</summary>
    ValueTask<IReadOnlyList<string>> ListOrganizationsAsync(CancellationToken cancellationToken);

    /// <summary>The policies that these scopes have.</summary>
    ValueTask<IReadOnlyList<PolicyRecord>> FindPoliciesAsync(string organization, IReadOnlyList<string> scopes, CancellationToken cancellationToken);

    /// <summary>Creates an organization's ledger, for callers without a key. Does nothing if it exists or was lost.</summary>
    ValueTask OpenAsync(string organization, CancellationToken cancellationToken);

    /// <summary>Claims work that one instance at a time does.</summary>
    /// <returns>False while another instance has claimed it.</returns>
    ValueTask<bool> ClaimAsync(string work, DateTimeOffset now, TimeSpan time, CancellationToken cancellationToken);

    ValueTask<ScopeLimits?> FindPolicyAsync(string organization, string scope, CancellationToken cancellationToken);

    ValueTask<IReadOnlyList<PolicyRecord>> ListPoliciesAsync(CancellationToken cancellationToken);

    /// <summary>Changes a policy; null when there is none. <paramref name="change"/> may be called several times.</summary>
    ValueTask<ScopeLimits?> ChangePolicyAsync(string organization, string scope, Func<ScopeLimits, ScopeLimits> change, CancellationToken cancellationToken);

    /// <param name="limits">Null to remove the policy.</param>
    /// <returns>False when the policy to remove does not exist.</returns>
    ValueTask<bool> SetPolicyAsync(string organization, string scope, ScopeLimits? limits, CancellationToken cancellationToken);
}

/// <summary>The key of a store's hashes: a copy of the store is useless elsewhere, and guessed keys are refused without the store.</summary>
internal sealed record StoreSecret(string Hex)
{
    private byte[]? _bytes;

    public ReadOnlySpan<byte> Bytes => _bytes ??= Convert.FromHexString(Hex);

    public override string ToString() => "set";
}

/// <summary>At least one is set: a key with its policies, or no key.</summary>
/// <param name="IsLost">The store is empty: it has lost its secret as well.</param>
internal sealed record KeyLookup(KeyRecord? Key, IReadOnlyList<PolicyRecord> Policies, bool IsLost = false);

/// <summary>The limits of a scope other than a key.</summary>
/// <param name="Scope">See <see cref="ScopeName"/>.</param>
internal sealed record PolicyRecord(string Organization, string Scope, ScopeLimits Limits);

/// <summary>What a scope may use. Null means no limit.</summary>
internal sealed record ScopeLimits
{
    /// <summary>Patterns of <c>provider/model</c>, with <c>*</c> for any characters.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    public IReadOnlyList<Budget> Budgets { get; init; } = [];

    public long? RequestsPerMinute { get; init; }

    public long? TokensPerMinute { get; init; }

    public long? MaxConcurrency { get; init; }

    /// <summary>Tokens reserved for the output of a request if neither it nor its model has a limit.</summary>
    public long? DefaultOutputTokens { get; init; }

    /// <summary>Prices of models without a price in the catalogue; the first pattern that matches decides.</summary>
    public IReadOnlyList<PolicyPrice> Prices { get; init; } = [];

    /// <summary>Null leaves the decision to the scope above.</summary>
    public CacheRule? Cache { get; init; }

    /// <summary>Requests may name route plans of their own. Null leaves the decision to the scope above.</summary>
    public bool? MayChoosePlan { get; init; }

    /// <summary>While the store fails: serve also what a budget limits, or refuse also what only rates limit. Null leaves the decision to the scope above.</summary>
    public bool? ServesWithoutStore { get; init; }

    public static ScopeLimits Read(StateFields fields) => new()
    {
        Models = fields.Text("models") is { } models ? models.Split('\n') : null,
        Budgets = [.. AttemptRow.Lines(fields.Text("budgets")).Select(Budget.Read)],
        RequestsPerMinute = Positive(fields.Number("requests_per_minute")),
        TokensPerMinute = Positive(fields.Number("tokens_per_minute")),
        MaxConcurrency = Positive(fields.Number("max_concurrency")),
        DefaultOutputTokens = Positive(fields.Number("default_output_tokens")),
        Prices = [.. AttemptRow.Lines(fields.Text("prices")).Select(PolicyPrice.Read)],
        Cache = CacheRule.Read(fields.Text("cache")),
        MayChoosePlan = Flag(fields.Text("may_choose_plan")),
        ServesWithoutStore = Flag(fields.Text("serve_without_store")),
    };

    public StateFields Write(StateFields fields) => fields
        .Set("models", Models is null ? null : string.Join('\n', Models))
        .Set("budgets", string.Join('\n', Budgets.Select(budget => budget.Write())))
        .Set("requests_per_minute", RequestsPerMinute ?? 0)
        .Set("tokens_per_minute", TokensPerMinute ?? 0)
        .Set("max_concurrency", MaxConcurrency ?? 0)
        .Set("default_output_tokens", DefaultOutputTokens ?? 0)
        .Set("prices", string.Join('\n', Prices.Select(price => price.Write())))
        .Set("cache", Cache?.Write())
        .Set("may_choose_plan", Text(MayChoosePlan))
        .Set("serve_without_store", Text(ServesWithoutStore));

    private static bool? Flag(string? text) => text is null ? null : text == "true";

    private static string? Text(bool? flag) => flag is { } set ? set ? "true" : "false" : null;

    private static long? Positive(long value) => value > 0 ? value : null;
}

/// <summary>An amount of money per window.</summary>
/// <param name="Window"><c>day</c>, <c>week</c> (from Monday), <c>month</c> or <c>total</c>.</param>
/// <param name="TimeZone">The IANA name of the time zone in which the window begins.</param>
internal sealed record Budget(long NanoUsd, string Window, string TimeZone)
{
    public static Budget Read(string line)
    {
        var parts = line.Split(' ');
        return new Budget(long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1], parts[2]);
    }

    public string Write() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{NanoUsd} {Window} {TimeZone}");
}

/// <summary>A key before a rotation.</summary>
/// <param name="Until">It is valid before this time.</param>
internal sealed record FormerKey(string Hash, DateTimeOffset Until)
{
    public static FormerKey Read(string line)
    {
        var space = line.IndexOf(' ');
        return new FormerKey(line[..space], DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(line.AsSpan(space + 1), System.Globalization.CultureInfo.InvariantCulture)));
    }

    public string Write() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Hash} {Until.ToUnixTimeMilliseconds()}");
}

/// <summary>A virtual key as it is stored: never the key itself.</summary>
internal sealed record KeyRecord
{
    /// <summary>The number of former keys that can be valid at once.</summary>
    public const int MaxFormers = 8;

    /// <summary>An <see cref="Id"/> is this prefix and a <see cref="SortableId"/>.</summary>
    public const string Prefix = "key_";

    public required string Id { get; init; }

    /// <summary>The hash of the key that was issued last.</summary>
    public required string Hash { get; init; }

    /// <summary>The keys before rotations, the last one first, and when they end. The list may contain some that have ended.</summary>
    public IReadOnlyList<FormerKey> Formers { get; init; } = [];

    /// <summary>When the last of them ends; null if there are none.</summary>
    public DateTimeOffset? FormerUntil => Formers.Count == 0 ? null : Formers.Max(former => former.Until);

    /// <summary>The hashes of all keys that it has or had.</summary>
    public IEnumerable<string> Hashes => Formers.Select(former => former.Hash).Prepend(Hash);

    /// <summary>The first characters of the key, to recognize it by.</summary>
    public required string Hint { get; init; }

    public string? Name { get; init; }

    public required string Organization { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    public ScopeLimits Limits { get; init; } = new();

    /// <summary>The policy of <c>nano.json</c> that applies as well; null for none.</summary>
    public string? Policy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public bool IsDisabled { get; init; }

    /// <summary>One <c>name=value</c> per line.</summary>
    public string? TagLines => Tags.Count == 0 ? null : string.Join('\n', Tags.Select(tag => $"{tag.Key}={tag.Value}"));

    /// <summary>
    /// The same after a rotation. The key until now and the former ones stay valid until their own ends: a rotation whose response was lost is repeated, and
    /// must not end the key that is in use.
    /// </summary>
    /// <param name="overlap">How long the key until now stays valid; zero ends all keys but the new one at once.</param>
    /// <returns>Null while <see cref="MaxFormers"/> former keys are valid.</returns>
    public KeyRecord? Rotate(string hash, string hint, TimeSpan overlap, DateTimeOffset now)
    {
        if (overlap == TimeSpan.Zero) return this with { Hash = hash, Hint = hint, Formers = [] };
        var valid = Formers.Where(former => former.Until > now).ToList();
        return valid.Count >= MaxFormers ? null : this with { Hash = hash, Hint = hint, Formers = [new FormerKey(Hash, now + overlap), .. valid] };
    }

    public static KeyRecord Read(StateFields fields, string id) => new()
    {
        Id = id,
        Hash = fields.Text("hash") ?? "",
        // Rows from before there were several have these two fields only.
        Formers = fields.Text("former_hash") is { } former
            ? [new FormerKey(former, Moment(fields.Number("former_until")) ?? default), .. AttemptRow.Lines(fields.Text("formers")).Select(FormerKey.Read)] : [],
        Hint = fields.Text("hint") ?? "",
        Name = fields.Text("name"),
        Organization = fields.Text("organization") ?? "",
        Team = fields.Text("team"),
        User = fields.Text("user"),
        Tags = [.. AttemptRow.Lines(fields.Text("tags")).Select(line => KeyValuePair.Create(line[..line.IndexOf('=')], line[(line.IndexOf('=') + 1)..]))],
        Limits = ScopeLimits.Read(fields),
        Policy = fields.Text("policy"),
        CreatedAt = Moment(fields.Number("created_at")) ?? default,
        ExpiresAt = Moment(fields.Number("expires_at")),
        IsDisabled = fields.Number("disabled") != 0,
    };

    public StateFields Write() => Limits.Write(new StateFields()
        .Set("hash", Hash)
        .Set("former_hash", Formers.Count == 0 ? null : Formers[0].Hash)
        .Set("former_until", Formers.Count == 0 ? 0 : Formers[0].Until.ToUnixTimeMilliseconds())
        .Set("formers", string.Join('\n', Formers.Skip(1).Select(former => former.Write())))
        .Set("hint", Hint)
        .Set("name", Name)
        .Set("organization", Organization)
        .Set("team", Team)
        .Set("user", User)
        .Set("tags", TagLines)
        .Set("policy", Policy)
        .Set("created_at", CreatedAt.ToUnixTimeMilliseconds())
        .Set("expires_at", ExpiresAt?.ToUnixTimeMilliseconds() ?? 0)
        .Set("disabled", IsDisabled ? 1 : 0));

    private static DateTimeOffset? Moment(long milliseconds) => milliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
