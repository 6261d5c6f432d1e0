namespace Nano.State;

/// <summary>
/// What was reserved and spent. Verbs are idempotent: repeating one for the same attempt changes nothing. All counters and rates of a
/// reservation change together or not at all. All members raise <see cref="StateUnavailableException"/> when the store fails.
/// </summary>
internal interface ILedger
{
    /// <summary>Sets the estimate aside in every counter, if all have it left. A refusal leaves no trace.</summary>
    ValueTask<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken);

    /// <summary>
    /// Charges what was used in place of the estimate, in the windows of the reservation. After the lease has ended, it corrects the presumed
    /// charge once. An attempt that the store does not know is entered and charged.
    /// </summary>
    /// <returns>False when it changed nothing.</returns>
    ValueTask<bool> SettleAsync(Reservation reservation, Settlement settlement, CancellationToken cancellationToken);

    /// <summary>Nothing was served: gives the estimate back.</summary>
    /// <inheritdoc cref="SettleAsync"/>
    ValueTask<bool> ReleaseAsync(Reservation reservation, string outcome, CancellationToken cancellationToken);

    /// <summary>Extends the lease of an open attempt.</summary>
    /// <inheritdoc cref="SettleAsync"/>
    ValueTask<bool> RenewAsync(Reservation reservation, DateTimeOffset leaseEnd, CancellationToken cancellationToken);

    /// <summary>What is spent and set aside in windows, in the order of their limits. A counter that does not exist yet is computed and not kept.</summary>
    ValueTask<IReadOnlyList<Counter>> CountAsync(string partition, IReadOnlyList<CounterLimit> limits, CancellationToken cancellationToken);

    /// <summary>The attempts of a request, in their order.</summary>
    ValueTask<IReadOnlyList<AttemptRow>> FindAsync(string partition, string request, CancellationToken cancellationToken);

    /// <summary>Attempts of requests that began from <paramref name="from"/> until before <paramref name="to"/>, in the order of their requests.</summary>
    IAsyncEnumerable<AttemptRow> ReadAsync(string partition, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>Deletes some of the attempts of requests that began before a time. It does not hold up other members.</summary>
    /// <returns>Whether there may be more.</returns>
    ValueTask<bool> TrimAsync(string partition, DateTimeOffset before, CancellationToken cancellationToken);
}
