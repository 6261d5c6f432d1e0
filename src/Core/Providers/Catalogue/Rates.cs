namespace Nano.Providers.Catalogue;

/// <summary>Prices in USD per million tokens. Null means "unknown", not free.</summary>
internal sealed record Rates
{
    /// <summary>Input that is neither read from the cache nor written to it.</summary>
    public decimal? Input { get; init; }

    public decimal? Output { get; init; }

    public decimal? CacheRead { get; init; }

    /// <summary>Cache writes with the short lifetime (Anthropic 5 min, OpenAI 30 min).</summary>
    public decimal? CacheWrite { get; init; }

    /// <summary>Cache writes with the long lifetime (Anthropic 1 h, OpenAI 12 h).</summary>
    public decimal? LongCacheWrite { get; init; }

    public decimal? AudioInput { get; init; }

    public decimal? AudioOutput { get; init; }
}

/// <summary>Rates that apply from a moment until the next period begins.</summary>
/// <param name="From">Midnight UTC of the first day: sources give days, not hours.</param>
/// <param name="Base">For requests to which no step applies.</param>
/// <param name="Steps">In ascending order.</param>
internal sealed record PricePeriod(DateTimeOffset From, Rates Base, IReadOnlyList<PriceStep> Steps);

/// <summary>Rates of the whole request, all of its tokens, when its input (cache included) has more tokens than this.</summary>
internal sealed record PriceStep(long AboveInputTokens, Rates Rates);

/// <summary>A factor on every rate, from a moment until the next factor begins.</summary>
internal sealed record PriceFactor(DateTimeOffset From, decimal Times);

/// <summary>Hours of the week with another price. Public holidays count as normal weekdays.</summary>
/// <param name="Times">The factor on every rate in these hours.</param>
/// <param name="Offset">The offset from UTC of the hours' time zone.</param>
/// <param name="Weekdays">The days on which they apply; Sunday is 0.</param>
/// <param name="Hours">Pairs of whole hours in that time zone: from (inclusive) and to (exclusive).</param>
internal sealed record PeakHours(decimal Times, TimeSpan Offset, IReadOnlyList<int> Weekdays, IReadOnlyList<int> Hours)
{
    public bool Include(DateTimeOffset moment)
    {
        var local = moment.ToOffset(Offset);
        if (!Weekdays.Contains((int)local.DayOfWeek)) return false;
        for (var i = 0; i < Hours.Count; i += 2) if (local.Hour >= Hours[i] && local.Hour < Hours[i + 1]) return true;
        return false;
    }
}
