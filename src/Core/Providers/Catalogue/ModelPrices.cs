using System.Globalization;
using Nano.Chat;

namespace Nano.Providers.Catalogue;

/// <summary>What a model costs, in USD per million tokens, by date, size of the request, service tier and hour.</summary>
internal sealed class ModelPrices
{
    /// <summary>The version of prices without a date: the gateway's operator has set them.</summary>
    public const string Configured = "configured";

    /// <summary>The highest price that a setting may name, in USD per million tokens.</summary>
    public const decimal Highest = 1_000_000m;

    private const decimal Million = 1_000_000m;

    /// <summary>Names of the standard tier in providers' responses.</summary>
    private static readonly string[] StandardTiers = ["default", "standard", "on_demand", "auto", ""];

    /// <summary>In ascending order, at least one.</summary>
    public required IReadOnlyList<PricePeriod> Periods { get; init; }

    /// <summary>By the tier's name. A tier that is missing here has no known price, except the standard one.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PriceFactor>> ServiceTiers { get; init; } = new Dictionary<string, IReadOnlyList<PriceFactor>>();

    public PeakHours? Peak { get; init; }

    /// <summary>Configured prices, for all times and tiers. A part of the input without its own price has the input's price.</summary>
    public static ModelPrices Of(decimal input, decimal output, decimal? cacheRead = null, decimal? cacheWrite = null)
    {
        var rates = new Rates
        {
            Input = input, Output = output, CacheRead = cacheRead ?? input, CacheWrite = cacheWrite ?? input, LongCacheWrite = cacheWrite ?? input,
            AudioInput = input, AudioOutput = output,
        };
        return new ModelPrices { Periods = [new PricePeriod(DateTimeOffset.MinValue, rates, [])], HasEveryTier = true, HasOneInputPrice = true };
    }

    /// <summary>The rates apply to every service tier.</summary>
    public bool HasEveryTier { get; init; }

    /// <summary>Audio has the price of text.</summary>
    public bool HasOneInputPrice { get; init; }

    /// <summary>The name of a moment's prices in the ledger: the first day on which they apply, or <see cref="Configured"/>.</summary>
    public string? VersionAt(DateTimeOffset at) => PeriodAt(at) is not { } period ? null
        : period.From == DateTimeOffset.MinValue ? Configured
        : period.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>
    /// The cost of one response in USD. Null, never zero, if it is unknown: input or output was not counted, or a part that was
    /// used has no known price.
    /// </summary>
    /// <param name="usage">In the normal form. A part (cache, audio) that the provider did not count was not used.</param>
    /// <param name="at">When the request was made.</param>
    /// <param name="serviceTier">The tier that served it; null for the standard one.</param>
    public decimal? Cost(Usage usage, DateTimeOffset at, string? serviceTier)
    {
        if (usage.Billed is { } billed) usage = new Usage { InputTokens = billed.Input, OutputTokens = billed.Output };
        if (usage.InputTokens is not { } inputTokens || usage.OutputTokens is not { } outputTokens) return null;
        if (RatesAt(at, inputTokens) is not { } rates || Factor(at, serviceTier) is not { } factor) return null;

        var input = Count(inputTokens);
        var read = Count(usage.CacheReadTokens);
        var longWrite = Count(usage.LongCacheWriteTokens);
        var write = Math.Max(Count(usage.CacheWriteTokens), longWrite);
        // xAI has reported more cached tokens than prompt tokens (vercel/ai convert-xai-chat-usage.ts).
        var fresh = Math.Max(0, input - read - write);
        var audio = HasOneInputPrice ? 0 : Count(usage.AudioInputTokens);
        // Audio may have come from the cache, and then it is unknown which of two prices applies.
        if (audio > 0 && read + write > 0) return null;
        audio = Math.Min(audio, fresh);
        var output = Count(outputTokens);
        var audioOutput = Math.Min(Count(usage.AudioOutputTokens), output);

        return factor / Million * (
            Part(fresh - audio, rates.Input)
            + Part(audio, rates.AudioInput)
            + Part(read, rates.CacheRead)
            + Part(write - longWrite, rates.CacheWrite)
            + Part(longWrite, rates.LongCacheWrite)
            + Part(output - audioOutput, rates.Output)
            + Part(audioOutput, rates.AudioOutput));
    }

    /// <summary>The period that contains a moment; null before the first one.</summary>
    public PricePeriod? PeriodAt(DateTimeOffset at)
    {
        PricePeriod? period = null;
        foreach (var candidate in Periods) if (candidate.From <= at) period = candidate;
        return period;
    }

    private Rates? RatesAt(DateTimeOffset at, long inputTokens)
    {
        if (PeriodAt(at) is not { } period) return null;
        var rates = period.Base;
        foreach (var step in period.Steps) if (inputTokens > step.AboveInputTokens) rates = step.Rates;
        return rates;
    }

    private decimal? Factor(DateTimeOffset at, string? serviceTier)
    {
        if (HasEveryTier) return 1;
        decimal? factor = 1;
        if (serviceTier is not null && ServiceTiers.TryGetValue(serviceTier, out var dated))
        {
            factor = null;
            foreach (var candidate in dated) if (candidate.From <= at) factor = candidate.Times;
        }
        else if (serviceTier is not null && !StandardTiers.Contains(serviceTier, StringComparer.OrdinalIgnoreCase)) return null;
        return Peak?.Include(at) == true ? factor * Peak.Times : factor;
    }

    /// <summary>Counts come from providers and may be negative.</summary>
    private static decimal Count(long? tokens) => Math.Max(0, tokens ?? 0);

    /// <summary>Null, which makes the whole sum null, for tokens that were used and have no known price.</summary>
    private static decimal? Part(decimal tokens, decimal? rate) => tokens == 0 ? 0 : tokens * rate;
}
