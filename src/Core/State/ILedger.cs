namespace Nano.State;

/// <summary>
/// What was reserved and spent. Operations are idempotent: repeating one for the same attempt changes nothing; an instance passes the same <see cref="Reservation"/> to each.
/// All counters and rates of a reservation change together or not at all. All members raise <see cref="StateUnavailableException"/> when the store fails.
/// </summary>
internal interface ILedger
{
    /// <summary>Reserves the estimate in every counter, if all have enough left. A refusal changes nothing.</summary>
    ValueTask<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken);

    /// <summary>
    /// Charges the actual usage instead of the estimate, in the windows of the reservation. After the lease has ended, it corrects the presumed
    /// charge once. An attempt that the store does not know is added and charged.
    /// </summary>
    /// <returns>False when it changed nothing.</returns>
    ValueTask<bool> SettleAsync(Reservation reservation, Settlement settlement, CancellationToken cancellationToken);

    /// <summary>Nothing was served: releases the estimate.</summary>
    /// <inheritdoc cref="SettleAsync"/>
    ValueTask<bool> ReleaseAsync(Reservation reservation, string outcome, CancellationToken cancellationToken);

    /// <summary>
    /// Charges usage that became known elsewhere than where the attempt was reserved, or after it was closed: instead of the estimate of an open attempt or
    /// of a presumed charge, in the windows of the reservation.
    /// </summary>
    /// <param name="settle">The settlement for the attempt's row. It may be called more than once.</param>
    /// <returns>False when it changed nothing: the actual usage has been charged, nothing was served, or the store does not have the attempt.</returns>
    ValueTask<bool> CorrectAsync(string partition, string attempt, Func<AttemptRow, Settlement> settle, CancellationToken cancellationToken);

    /// <summary>Extends the lease of an open attempt.</summary>
    /// <inheritdoc cref="SettleAsync"/>
    ValueTask<bool> RenewAsync(Reservation reservation, DateTimeOffset leaseEnd, CancellationToken cancellationToken);

    /// <summary>What is spent and reserved in windows, in the order of their limits. A counter that does not exist yet is computed and not stored.</summary>
    ValueTask<IReadOnlyList<Counter>> CountAsync(string partition, IReadOnlyList<CounterLimit> limits, CancellationToken cancellationToken);

    /// <summary>The attempts of a request, in their order.</summary>
    ValueTask<IReadOnlyList<AttemptRow>> FindAsync(string partition, string request, CancellationToken cancellationToken);

    /// <summary>Attempts of requests that began between <paramref name="from"/> (inclusive) and <paramref name="to"/> (exclusive), in the order of their requests.</summary>
    IAsyncEnumerable<AttemptRow> ReadAsync(string partition, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>Deletes some of the attempts of requests that began before a time. It does not block other members.</summary>
    /// <returns>Whether there may be more.</returns>
    ValueTask<bool> TrimAsync(string partition, DateTimeOffset before, CancellationToken cancellationToken);
}
