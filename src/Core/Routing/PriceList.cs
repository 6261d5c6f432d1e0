using Nano.Configuration;
using Nano.Providers.Catalogue;

namespace Nano.Routing;

/// <summary>The prices that <c>nano.json</c> sets. They replace those of the catalogue.</summary>
internal sealed class PriceList
{
    private readonly Dictionary<string, ModelPrices> _prices;

    public PriceList(IReadOnlyDictionary<string, ModelPriceConfig> prices) =>
        _prices = prices.ToDictionary(entry => entry.Key, entry => ModelPrices.Of(entry.Value.Input, entry.Value.Output, entry.Value.CacheRead, entry.Value.CacheWrite),
        StringComparer.Ordinal);

    public static PriceList Empty { get; } = new(new Dictionary<string, ModelPriceConfig>());

    public bool IsEmpty => _prices.Count == 0;

    /// <summary>The prices of a model by its own name alone; null for none.</summary>
    public ModelPrices? Named(string provider, string model) => IsEmpty ? null : _prices.GetValueOrDefault($"{provider}/{model}");

    /// <summary>The prices of all other models of the provider; null for none.</summary>
    public ModelPrices? OfOthers(string provider) => IsEmpty ? null : _prices.GetValueOrDefault(provider + "/*");
}
