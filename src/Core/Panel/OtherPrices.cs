using Nano.Chat;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.State;

namespace Nano.Panel;

/// <summary>What attempts of the ledger would have cost with the prices that a request names, else with the catalogue's current prices.</summary>
/// <param name="named">By <c>provider/model</c>.</param>
internal sealed class OtherPrices(IReadOnlyDictionary<string, ModelPrices> named, Router router)
{
    private readonly Dictionary<(string Requested, string? Answered), ModelPrices?> _known = [];

    /// <summary>In nano-dollars. Null when there is no other price, or when the tokens of the attempt are not known.</summary>
    public long? CostOf(AttemptRow attempt)
    {
        if (attempt.State == AttemptState.Released || attempt.Settlement?.Outcome == AttemptRow.Cached) return 0;
        if (attempt.Settlement is not { } used || (used.Billed is null && used.InputTokens + used.OutputTokens == 0)) return null;
        var details = attempt.Details;
        var usage = new Usage
        {
            InputTokens = used.InputTokens,
            OutputTokens = used.OutputTokens,
            CacheReadTokens = used.CacheReadTokens,
            CacheWriteTokens = used.CacheWriteTokens,
            LongCacheWriteTokens = used.LongCacheWriteTokens,
            AudioInputTokens = used.AudioInputTokens,
            AudioOutputTokens = used.AudioOutputTokens,
            Billed = used.Billed is (var input, var output) ? new BilledTokens(input, output) : null,
        };
        return PricesOf(details.Provider, details.Model, used.PricedModel)?.Cost(usage, details.StartedAt, used.Tier) is { } usd ? Amount.NanoOf(usd) : null;
    }

    /// <param name="answered">Null when it has the prices of <paramref name="requested"/>.</param>
    private ModelPrices? PricesOf(string provider, string requested, string? answered)
    {
        var model = (Name: $"{provider}/{requested}", answered);
        if (_known.TryGetValue(model, out var prices)) return prices;
        var deployment = router.Resolve(model.Name).Deployment;
        // As the charge finds them: by the name that the response reports, then by its id in the catalogue.
        var isNamed = answered is not null && (named.TryGetValue($"{provider}/{answered}", out prices)
            || (deployment?.IdOf(answered) is { } id && named.TryGetValue($"{provider}/{id}", out prices)));
        if (!isNamed && !named.TryGetValue(model.Name, out prices)) prices = deployment?.PricesOf(answered);
        // Callers choose model names, so the ledger may contain any number of them.
        if (_known.Count >= UsageReport.MaxGroups) _known.Clear();
        return _known[model] = prices;
    }
}
