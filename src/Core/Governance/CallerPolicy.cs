using Nano.Errors;
using Nano.State;

namespace Nano.Governance;

/// <summary>What the caller with a virtual key may use: the key, and the limits of all scopes on its path.</summary>
internal sealed class CallerPolicy
{
    public CallerPolicy(KeyRecord key, IReadOnlyList<PolicyRecord> policies)
    {
        Key = key;
        Partition = StateKeys.Organization(key.Organization);
        Scopes = [.. policies.Select(policy => new ScopedLimits(policy.Scope, policy.Limits)), new ScopedLimits(ScopeName.OfKey(key.Id), key.Limits)];
        HasBudget = Scopes.Any(scope => scope.Limits.Budgets.Count > 0);
        Cache = Scopes.LastOrDefault(scope => scope.Limits.Cache is not null)?.Limits.Cache;
        MayChoosePlan = Scopes.LastOrDefault(scope => scope.Limits.MayChoosePlan is not null)?.Limits.MayChoosePlan is true;
    }

    public KeyRecord Key { get; }

    /// <summary>Where the organization's ledger is.</summary>
    public string Partition { get; }

    /// <summary>From the organization down to the key.</summary>
    public IReadOnlyList<ScopedLimits> Scopes { get; }

    /// <summary>Some scope limits money.</summary>
    public bool HasBudget { get; }

    /// <summary>Some scope does not allow every model.</summary>
    public bool LimitsModels => Scopes.Any(scope => scope.Limits.Models is not null);

    /// <summary>Of the scope nearest to the key that has a rule; null for no cache.</summary>
    public CacheRule? Cache { get; }

    /// <summary>Requests may name route plans of their own; the scope nearest to the key that says so decides.</summary>
    public bool MayChoosePlan { get; }

    /// <summary>Null when every scope allows the model.</summary>
    /// <param name="model"><c>provider/model</c>.</param>
    public GatewayError? Refuse(string model)
    {
        foreach (var scope in Scopes)
        {
            if (scope.Limits.Models is not { } models || models.Any(pattern => ModelPattern.Matches(pattern, model))) continue;
            return new GatewayError(GatewayErrorKind.Forbidden, 403, $"{scope.Shown} may use {string.Join(", ", models.Take(8))}{(models.Count > 8 ? ", ..." : "")} and not {model}.")
            {
                Code = "model_not_allowed",
                Param = "model",
            };
        }
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
}

/// <param name="Scope">See <see cref="ScopeName"/>.</param>
internal sealed record ScopedLimits(string Scope, ScopeLimits Limits)
{
    /// <summary>At the beginning of a sentence.</summary>
    public string Shown => ShownOf(Scope, isFirst: true);

    public static string ShownOf(string scope, bool isFirst = false)
    {
        var (kind, name) = scope.IndexOf(':') is >= 0 and var colon ? (scope[..colon], scope[(colon + 1)..]) : (scope, "");
        var shown = kind == "key" ? "virtual key" : kind;
        return $"{(isFirst ? "The " : "the ")}{shown}{(name.Length > 0 ? $" '{name}'" : "")}";
    }
}

/// <summary>Patterns of model names: <c>*</c> stands for any characters, also none; everything else for itself.</summary>
internal static class ModelPattern
{
    public const int MaxLength = 256;

    public static bool Matches(string pattern, string name)
    {
        // Each star takes as little as possible and more only when what follows does not fit: linear in the product of both lengths.
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
