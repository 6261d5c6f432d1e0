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

    /// <summary>The provider generates the response whether its caller stays or not.</summary>
    public bool IsBackground => reservation.Details.IsBackground;

    /// <summary>The partition and the id of the attempt's row.</summary>
    public (string Partition, string Attempt) Row => (reservation.Partition, reservation.Attempt);

    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    public ValueTask RenewAsync() => IsClosed ? default : governor.RenewAsync(reservation);

    /// <summary>Nothing was served. Calling it again has no effect.</summary>
    public ValueTask ReleaseAsync(string outcome) => Close() ? governor.CloseAsync(reservation, null, outcome) : default;

    /// <summary>
    /// Charges what was used. If the provider did not report usage, or the price is not known, it charges an estimate: the estimated
    /// input, and an output token per event with content. Calling it again has no effect.
    /// </summary>
    /// <param name="isWhole">The response is complete. If it is not, its usage may be larger than reported.</param>
    /// <param name="goesOn">The provider generates the rest of the response without its caller: the estimated output is charged until its usage is known.</param>
    public ValueTask SettleAsync(Usage? usage, int contentEvents, string? answered, bool isWhole, string outcome, string? losses, bool goesOn = false)
    {
        if (!Close()) return default;
        var isReported = usage is { InputTokens: not null, OutputTokens: not null } && isWhole;
        var isEstimated = goesOn || (isWhole && contentEvents == 0 && usage?.OutputTokens is null);
        // What was reported also decides the price: the parts of the input, and the tier.
        var used = isReported ? usage! : (usage ?? new Usage()) with
        {
            InputTokens = usage?.InputTokens ?? estimate.Input,
            OutputTokens = Math.Max(usage?.OutputTokens ?? 0, isEstimated ? Math.Max(estimate.Output, contentEvents) : contentEvents),
        };
        (var settlement, Cost) = Charge.Of(used, isReported, deployment, answered, own, reservation.At, reservation.Estimate, outcome, losses);
        return governor.CloseAsync(reservation, settlement, outcome);
    }

    private bool Close() => Interlocked.Exchange(ref _closed, 1) == 0;
}
