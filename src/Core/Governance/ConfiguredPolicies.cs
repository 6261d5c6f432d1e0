using Nano.Configuration;
using Nano.State;

namespace Nano.Governance;

/// <summary>The policies of <c>nano.json</c>, and the targets of its aliases for limits that name models. Replaced as a whole; thread safe.</summary>
internal sealed class ConfiguredPolicies
{
    /// <summary>The policies without the file.</summary>
    public static readonly ConfiguredPolicies None = new(GatewayConfig.Empty);

    private volatile Content _content;

    public ConfiguredPolicies(GatewayConfig config) => _content = new Content(config);

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<NamedPolicy> All => _content.Policies;

    public void Apply(GatewayConfig config) => _content = new Content(config);

    public NamedPolicy? Find(string name) => All.FirstOrDefault(policy => policy.Name == name);

    /// <summary>Limits in which a pattern that matches an alias also matches the models of its targets: requests are checked by the model that they are sent to.</summary>
    public ScopeLimits Resolve(ScopeLimits limits) => limits.Models is { } models && _content.Aliases.Count > 0 ? limits with { Models = _content.Resolve(models) } : limits;

    private sealed class Content(GatewayConfig config)
    {
        public IReadOnlyList<NamedPolicy> Policies { get; } = [.. config.Policies.Select(NamedPolicy.Of)];

        public IReadOnlyList<AliasConfig> Aliases { get; } = config.Models;

        public IReadOnlyList<string> Resolve(IReadOnlyList<string> models) =>
        [
            .. models.Concat(models.Where(pattern => !pattern.Contains('/'))
            .SelectMany(pattern => Aliases.Where(alias => ModelPattern.Matches(pattern, alias.Name)).SelectMany(Targets))).Distinct(StringComparer.Ordinal),
        ];

        private static IEnumerable<string> Targets(AliasConfig alias) =>
            alias.Groups.SelectMany(group => group.Targets.Select(target => target.Model)).Concat(alias.Fallbacks.Select(fallback => fallback.Model));
    }
}

/// <summary>A policy of <c>nano.json</c>: limits of each virtual key that names it, and of each user of Entra ID whom it is mapped to.</summary>
internal sealed record NamedPolicy(string Name, ScopeLimits Limits)
{
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>One <c>name=value</c> per line; null for none.</summary>
    public string? TagLines { get; init; }

    /// <summary>The users of Entra ID that it applies to; null for none.</summary>
    public EntraMapping? Entra { get; init; }

    public static NamedPolicy Of(PolicyConfig config) => new(config.Name, new ScopeLimits
    {
        Models = config.Models.Count > 0 ? config.Models : null,
        Budgets = [.. config.Budgets.Select(budget => new Budget(Amount.NanoOf(budget.Usd), budget.Window, budget.TimeZone))],
        RequestsPerMinute = config.RequestsPerMinute,
        TokensPerMinute = config.TokensPerMinute,
        MaxConcurrency = config.Concurrency,
        DefaultOutputTokens = config.DefaultOutputTokens,
        Prices = [.. config.Prices.Select(price => new PolicyPrice(price.Pattern, price.Input, price.Output))],
        MayChoosePlan = config.MayChoosePlan ? true : null,
        ServesWithoutStore = config.ServesWithoutStore,
        Cache = CacheOf(config.Cache),
    })
    {
        ExpiresAt = config.ExpiresAt,
        TagLines = config.Tags.Count == 0 ? null : string.Join('\n', config.Tags.Select(tag => $"{tag.Key}={tag.Value}")),
        Entra = config.Entra,
    };

    private static CacheRule? CacheOf(CacheConfig? config) => config is null ? null : new CacheRule(config.Seconds, config.MaxSeconds, config.Scope, config.SingleFlight);
}
