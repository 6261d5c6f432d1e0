using Nano.Errors;
using Nano.Providers.Catalogue;

namespace Nano.Configuration;

/// <summary>Reads <c>prices</c> of nano.json.</summary>
/// <param name="ids">The ids of all providers and instances.</param>
internal sealed class PriceConfigReader(IReadOnlySet<string> ids)
{
    public Dictionary<string, ModelPriceConfig> ReadAll(Dictionary<string, ConfigValue> entries)
    {
        var prices = new Dictionary<string, ModelPriceConfig>(entries.Count, StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            CheckName(name, value);
            var members = value.Members("!input", "!output", "cache_read", "cache_write");
            prices[name] = new ModelPriceConfig(Usd("input") ?? 0, Usd("output") ?? 0, Usd("cache_read"), Usd("cache_write"));

            decimal? Usd(string member) => members.TryGetValue(member, out var price) ? price.Number(0, ModelPrices.Highest) : null;
        }
        return prices;
    }

    private void CheckName(string name, ConfigValue value)
    {
        var slash = name.IndexOf('/');
        if (slash <= 0 || slash == name.Length - 1 || name.AsSpan(slash + 1) is not "*" && name.Contains('*')) value.Fail("must be named provider/model, or provider/* for all other models of the provider");
        else if (!ids.Contains(name[..slash]))
            value.Fail($"names a provider that does not exist{(NearNames.Of(name[..slash], ids, 1) is [var near] ? $"; '{near}' does" : "")}");
    }
}
