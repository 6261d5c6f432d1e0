using Nano.Chat;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.State;

namespace Nano.Panel;

/// <summary>What attempts of the ledger would have cost with the prices that a request names, else with the catalogue's current prices.</summary>
/// <param name="named">By <c>provider/model</c>.</param>
internal sealed class OtherPrices(IReadOnlyDictionary<string, ModelPrices> named, Router router)
{
    private readonly Dictionary<string, ModelPrices?> _known = new(StringComparer.Ordinal);

    /// <summary>In nano-dollars. Null when there is no other price, or when the tokens of the attempt are not known.</summary>
    public long? CostOf(AttemptRow attempt)
    {
        if (attempt.State == AttemptState.Released || attempt.Settlement?.Outcome == AttemptRow.Cached) return 0;
        if (attempt.Settlement is not { } used || used.InputTokens + used.OutputTokens == 0) return null;
        var details = attempt.Details;
        var usage = new Usage
        {
            InputTokens = used.InputTokens,
            OutputTokens = used.OutputTokens,
            CacheReadTokens = used.CacheReadTokens,
            CacheWriteTokens = used.CacheWriteTokens,
            LongCacheWriteTokens = used.LongCacheWriteTokens,
        };
        return PricesOf($"{details.Provider}/{details.Model}")?.Cost(usage, details.StartedAt, used.Tier) is { } usd ? Amount.NanoOf(usd) : null;
    }

    private ModelPrices? PricesOf(string model)
    {
        if (_known.TryGetValue(model, out var prices)) return prices;
        if (!named.TryGetValue(model, out prices)) prices = router.Resolve(model).Deployment?.Prices;
        // Callers choose model names, so the ledger may contain any number of them.
        if (_known.Count >= UsageReport.MaxGroups) _known.Clear();
        return _known[model] = prices;
    }
}
