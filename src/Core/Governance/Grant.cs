using Nano.Chat;
using Nano.Routing;
using Nano.State;

namespace Nano.Governance;

/// <summary>A reservation for one attempt. It is closed once: settled with what was used, or released.</summary>
/// <param name="own">The policy's price, if the catalogue has none; null for none.</param>
internal sealed class Grant(Governor governor, Reservation reservation, UsageEstimate estimate, Deployment deployment, PolicyPrice? own)
{
    private int _closed;

    /// <summary>A response with a success status has arrived: from now on the attempt is charged.</summary>
    public bool HasResponse { get; set; }

    /// <inheritdoc cref="ReserveResult.BudgetUsed"/>
    public double? BudgetUsed { get; init; }

    /// <summary>The charge in USD; null before settling and if the price is not known.</summary>
    public decimal? Cost { get; private set; }

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    public ValueTask RenewAsync() => IsClosed ? default : governor.RenewAsync(reservation);

    /// <summary>Nothing was served. Calling it again has no effect.</summary>
    public ValueTask ReleaseAsync(string outcome) => Close() ? governor.CloseAsync(reservation, null, outcome) : default;

    /// <summary>
    /// Charges what was used. If the provider did not report usage, or the price is not known, it charges an estimate: the estimated
    /// input, and an output token per event with content. Calling it again has no effect.
    /// </summary>
    /// <param name="isWhole">The response is complete. If it is not, its usage may be larger than reported.</param>
    public ValueTask SettleAsync(Usage? usage, int contentEvents, string? answered, bool isWhole, string outcome, string? losses)
    {
        if (!Close()) return default;
        var at = reservation.At;
        var prices = deployment.PricesOf(answered);
        var isReported = usage is { InputTokens: not null, OutputTokens: not null } && isWhole;
        // What was reported also decides the price: the parts of the input, and the tier.
        var used = isReported ? usage! : (usage ?? new Usage()) with
        {
            InputTokens = usage?.InputTokens ?? estimate.Input,
            OutputTokens = Math.Max(usage?.OutputTokens ?? 0, isWhole && contentEvents == 0 && usage?.OutputTokens is null ? estimate.Output : contentEvents),
        };
        var known = prices?.Cost(used, at, used.ServiceTier);
        var cost = known ?? own?.Cost(Count(used.InputTokens), Count(used.OutputTokens));
        Cost = cost;
        var settlement = new Settlement
        {
            Actual = new Amount(cost is { } usd ? Amount.NanoOf(usd) : reservation.Estimate.NanoUsd, Count(used.TotalTokens)),
            IsPresumed = !isReported || cost is null,
            InputTokens = Count(used.InputTokens),
            OutputTokens = Count(used.OutputTokens),
            CacheReadTokens = Count(used.CacheReadTokens),
            CacheWriteTokens = Count(used.CacheWriteTokens),
            LongCacheWriteTokens = Count(used.LongCacheWriteTokens),
            ReasoningTokens = Count(used.ReasoningTokens),
            PriceVersion = known is null && cost is not null ? PolicyPrice.Version : prices?.VersionAt(at),
            Tier = used.ServiceTier,
            Outcome = outcome,
            Losses = losses,
        };
        return governor.CloseAsync(reservation, settlement, outcome);
    }

    private bool Close() => Interlocked.Exchange(ref _closed, 1) == 0;

    private static long Count(long? tokens) => Math.Clamp(tokens ?? 0, 0, Usage.MostTokens);
}
