using System.Text.Json;
using Members = Nano.Providers.Catalogue.CatalogueReader.Members;

namespace Nano.Providers.Catalogue;

/// <summary>Reads the members of a model that say what it costs: <c>prices</c>, <c>serviceTiers</c>, <c>peak</c>.</summary>
internal static class PriceReader
{
    public static ModelPrices? Read(Members model)
    {
        var prices = model.Optional("prices");
        var tiers = model.Optional("serviceTiers");
        var peak = model.Optional("peak");
        if (prices is not { } periods) return tiers is null && peak is null ? null : throw new FormatException("prices are missing");
        return new ModelPrices
        {
            Periods = InOrder(periods, Period, period => period.From.UtcTicks),
            ServiceTiers = tiers is { } words ? Tiers(words) : new Dictionary<string, IReadOnlyList<PriceFactor>>(),
            Peak = peak is { } hours ? Peak(hours) : null,
        };
    }

    private static PricePeriod Period(Members members)
    {
        var from = From(members);
        var steps = members.Optional("above") is { } above ? InOrder(above, Step, step => step.AboveInputTokens) : [];
        return new PricePeriod(from, Rates(members), steps);
    }

    private static PriceStep Step(Members members) => new(members.Required("tokens").GetInt64(), Rates(members));

    private static Rates Rates(Members members) => new()
    {
        Input = Price(members.Required("input")),
        Output = Price(members.Required("output")),
        CacheRead = Price(members.Optional("cacheRead")),
        CacheWrite = Price(members.Optional("cacheWrite")),
        LongCacheWrite = Price(members.Optional("longCacheWrite")),
        AudioInput = Price(members.Optional("audioInput")),
        AudioOutput = Price(members.Optional("audioOutput")),
    };

    private static Dictionary<string, IReadOnlyList<PriceFactor>> Tiers(JsonElement element)
    {
        var tiers = new Dictionary<string, IReadOnlyList<PriceFactor>>(StringComparer.OrdinalIgnoreCase);
        foreach (var tier in element.EnumerateObject())
        {
            var factors = InOrder(tier.Value, members => new PriceFactor(From(members), Factor(members)), factor => factor.From.UtcTicks);
            if (!tiers.TryAdd(tier.Name, factors)) throw new FormatException($"{tier.Name} is there twice");
        }
        return tiers;
    }

    private static PeakHours Peak(JsonElement element)
    {
        var members = new Members(element);
        var hours = members.Required("hours");
        var spans = new (int From, int To)[hours.GetArrayLength() / 2];
        for (var i = 0; i < spans.Length; i++)
        {
            spans[i] = (hours[2 * i].GetInt32(), hours[2 * i + 1].GetInt32());
            if (spans[i].From < 0 || spans[i].To > 24 || spans[i].From >= spans[i].To) throw new FormatException("hours of the peak make no sense");
        }
        var peak = new PeakHours(
            Factor(members),
            TimeSpan.FromHours(members.Required("utcOffset").GetInt32()),
            [.. members.Required("weekdays").EnumerateArray().Select(day => (DayOfWeek)day.GetInt32())],
            spans);
        members.Finish();
        return peak;
    }

    private static decimal Factor(Members members) =>
        members.Required("times").GetDecimal() is var times and > 0 ? times : throw new FormatException("a factor is not above zero");

    private static decimal? Price(JsonElement? element) =>
        element is not { } number ? null : number.GetDecimal() is var price and >= 0 ? price : throw new FormatException("a price is negative");

    private static DateTimeOffset From(Members members) =>
        members.Optional("from") is { } day ? new DateTimeOffset(CatalogueReader.Date(day), TimeOnly.MinValue, TimeSpan.Zero) : DateTimeOffset.MinValue;

    private static List<T> InOrder<T>(JsonElement element, Func<Members, T> read, Func<T, long> order)
    {
        var list = new List<T>();
        foreach (var item in element.EnumerateArray())
        {
            var members = new Members(item);
            list.Add(read(members));
            members.Finish();
            if (list.Count > 1 && order(list[^2]) >= order(list[^1])) throw new FormatException("dates or steps are not in rising order");
        }
        return list.Count > 0 ? list : throw new FormatException("a list of prices is empty");
    }
}
