using Nano.Errors;
using Nano.State;

namespace Nano.Governance;

/// <summary>What a caller with limits may use: its identity, and the limits of all scopes on its path.</summary>
internal sealed class CallerPolicy
{
    /// <summary>Those of the windows of a recent request; null before the first.</summary>
    private volatile CurrentLimits? _limits;

    /// <summary>The policy of a virtual key.</summary>
    /// <param name="policies">Those of the key's organization, team and user.</param>
    /// <param name="named">The policy of <c>nano.json</c> that the key names.</param>
    public CallerPolicy(KeyRecord key, IReadOnlyList<PolicyRecord> policies, NamedPolicy? named = null, ConfiguredPolicies? configured = null)
        : this(key.Organization, [.. ScopesOf(policies, named, ScopeName.OfKey(key.Id)), new ScopedLimits(ScopeName.OfKey(key.Id), key.Limits)], configured)
    {
        (Team, User, Key, KeyName, Tags) = (key.Team, key.User, key.Id, key.Name, RequestTags.Add(key.TagLines, named?.TagLines));
        ExpiresAt = named?.ExpiresAt < key.ExpiresAt || key.ExpiresAt is null ? named?.ExpiresAt ?? key.ExpiresAt : key.ExpiresAt;
    }

    /// <summary>The policy of a user of Entra ID.</summary>
    /// <param name="user">The id of the user, or of an application that calls with its own identity.</param>
    /// <param name="policies">Those of the organization and the user.</param>
    public CallerPolicy(string organization, string user, NamedPolicy named, IReadOnlyList<PolicyRecord> policies, ConfiguredPolicies configured)
        : this(organization, [.. ScopesOf(policies, named, ScopeName.OfUser(user))], configured)
    {
        (User, Tags, ExpiresAt) = (user, named.TagLines, named.ExpiresAt);
    }

    private CallerPolicy(string organization, IReadOnlyList<ScopedLimits> scopes, ConfiguredPolicies? configured)
    {
        Organization = organization;
        Partition = StateKeys.Organization(organization);
        Scopes = configured is null ? scopes : [.. scopes.Select(scope => scope with { Limits = configured.Resolve(scope.Limits) })];
        HasBudget = Scopes.Any(scope => scope.Limits.Budgets.Count > 0);
        Cache = Scopes.LastOrDefault(scope => scope.Limits.Cache is not null)?.Limits.Cache;
        MayChoosePlan = Scopes.LastOrDefault(scope => scope.Limits.MayChoosePlan is not null)?.Limits.MayChoosePlan is true;
        ServesWithoutStore = Scopes.LastOrDefault(scope => scope.Limits.ServesWithoutStore is not null)?.Limits.ServesWithoutStore;
        IsCounted = HasBudget || Scopes.Any(scope => scope.Limits is { RequestsPerMinute: not null } or { TokensPerMinute: not null } or { MaxConcurrency: not null });
    }

    public string Organization { get; }

    public string? Team { get; }

    public string? User { get; }

    /// <summary>The id of the virtual key; null for a user of Entra ID.</summary>
    public string? Key { get; }

    /// <summary>Null for a key without one.</summary>
    public string? KeyName { get; }

    /// <summary>One <c>name=value</c> per line; null for none.</summary>
    public string? Tags { get; }

    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>The organization whose ledger records the caller's usage.</summary>
    public string Partition { get; }

    /// <summary>At least one limit counts something, which requires a state store.</summary>
    public bool IsCounted { get; }

    /// <summary>From the organization down to the key. A scope can appear twice, with its own limits and with those of a policy: the smaller of both apply.</summary>
    public IReadOnlyList<ScopedLimits> Scopes { get; }

    /// <summary>At least one scope limits money.</summary>
    public bool HasBudget { get; }

    /// <summary>At least one scope does not allow every model.</summary>
    public bool LimitsModels => Scopes.Any(scope => scope.Limits.Models is not null);

    /// <summary>The rule of the scope nearest to the key that has one; null for no cache.</summary>
    public CacheRule? Cache { get; }

    /// <summary>Requests may name route plans of their own; the scope nearest to the key with a setting decides.</summary>
    public bool MayChoosePlan { get; }

    /// <summary>
    /// While the store fails: true serves also requests under a budget, false refuses also those under rates only. Null: budgets are closed, and rates
    /// are open with a local share.
    /// </summary>
    public bool? ServesWithoutStore { get; }

    /// <summary>What a request at this moment counts in.</summary>
    public CurrentLimits LimitsAt(DateTimeOffset at)
    {
        if (_limits is { } known && known.Contains(at)) return known;
        return _limits = new CurrentLimits(this, at);
    }

    /// <summary>Null when every scope allows the model.</summary>
    /// <param name="model"><c>provider/model</c>.</param>
    public GatewayError? Refuse(string model)
    {
        foreach (var scope in Scopes)
        {
            if (scope.Limits.Models is not { } models || models.Any(pattern => ModelPattern.Matches(pattern, model))) continue;
            return new GatewayError(GatewayErrorKind.Forbidden, 403,
                $"{scope.Shown(KeyName)} may use {string.Join(", ", models.Take(8))}{(models.Count > 8 ? ", ..." : "")} and not {model}.")
            {
                Code = "model_not_allowed",
                Param = "model",
            };
        }
        return null;
    }

    /// <summary>The price of a model without a price in the catalogue, from the scope nearest to the key that names one; null for none.</summary>
    /// <param name="model"><c>provider/model</c>.</param>
    public PolicyPrice? PriceOf(string model)
    {
        for (var i = Scopes.Count - 1; i >= 0; i--)
            foreach (var price in Scopes[i].Limits.Prices)
                if (ModelPattern.Matches(price.Pattern, model)) return price;
        return null;
    }

    public long? DefaultOutputTokens
    {
        get
        {
            long? least = null;
            foreach (var scope in Scopes)
                if (scope.Limits.DefaultOutputTokens is { } tokens && (least is null || tokens < least)) least = tokens;
            return least;
        }
    }

    private static IEnumerable<ScopedLimits> ScopesOf(IReadOnlyList<PolicyRecord> policies, NamedPolicy? named, string last)
    {
        foreach (var policy in policies) yield return new ScopedLimits(policy.Scope, policy.Limits);
        if (named is not null) yield return new ScopedLimits(last, named.Limits, named.Name);
    }
}

/// <param name="Scope">See <see cref="ScopeName"/>.</param>
/// <param name="Policy">The name of the policy in <c>nano.json</c> that sets the limits; null for the scope's own.</param>
internal sealed record ScopedLimits(string Scope, ScopeLimits Limits, string? Policy = null)
{
    /// <summary>At the beginning of a sentence.</summary>
    /// <param name="keyName">See <see cref="ShownOf"/>.</param>
    public string Shown(string? keyName) => Policy is null ? ShownOf(Scope, keyName, isFirst: true) : $"The policy '{Policy}'";

    /// <summary>For errors: <c>the team 'web'</c>, <c>the virtual key 'ci' (key_1)</c>.</summary>
    /// <param name="keyName">The name of the caller's virtual key; without one, its id is shown alone.</param>
    public static string ShownOf(string scope, string? keyName, bool isFirst = false)
    {
        var (kind, name) = scope.IndexOf(':') is >= 0 and var colon ? (scope[..colon], scope[(colon + 1)..]) : (scope, "");
        var article = isFirst ? "The" : "the";
        if (kind != "key") return name.Length > 0 ? $"{article} {kind} '{name}'" : $"{article} {kind}";
        return string.IsNullOrEmpty(keyName) ? $"{article} virtual key '{name}'" : $"{article} virtual key '{keyName}' ({name})";
    }
}

/// <summary>Patterns of model names: <c>*</c> matches any number of characters, including none; everything else matches itself.</summary>
internal static class ModelPattern
{
    public const int MaxLength = 256;

    public static bool Matches(string pattern, string name)
    {
        // Each star matches as little as possible, and more only if the rest does not match: bounded by the product of both lengths.
        var (p, n, star, mark) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, mark) = (p++, n);
            else if (p < pattern.Length && pattern[p] == name[n]) (p, n) = (p + 1, n + 1);
            else if (star >= 0) (p, n) = (star + 1, ++mark);
            else return false;
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
