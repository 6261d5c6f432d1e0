using System.Collections.Concurrent;
using System.Text;

namespace Nano.State;

/// <summary>
/// A ledger that borrows allotments for hot callers of this instance: an amount that is reserved in the store before any of it is used,
/// as one attempt with a lease. Requests reserve and settle within it without a round trip. Their charges are written a moment later, several
/// at once, and move from the allotment to their own rows, so counters do not change. The rest is returned when the caller is no longer hot.
/// If the instance fails, the allotment's lease ends and the unwritten part is charged as presumed: at most the allotment.
/// </summary>
/// <param name="threshold">Requests per second of one caller on this instance that make it hot.</param>
internal sealed class AllottedLedger(Ledger ledger, StateTransactions transactions, int threshold, TimeProvider time) : ILedger, IAsyncDisposable
{
    internal const int MaxCallers = 1024;

    private readonly ConcurrentDictionary<string, HotCaller> _callers = new(StringComparer.Ordinal);

    /// <summary>Attempts that were reserved within an allotment and are not in the store yet; for tests.</summary>
    internal int Unwritten => _callers.Values.Sum(caller => caller.Unwritten);

    public ValueTask<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        if (reservation.Lent is not null) return new(ReserveResult.Granted);
        // The row of a response in the background must be in the store.
        if (!reservation.Limits.IsLendable || reservation.Details.IsBackground || CallerOf(reservation) is not { } caller)
            return ledger.ReserveAsync(reservation, cancellationToken);
        return caller.Take(reservation, threshold) is { } taken ? new(taken) : ReserveInStoreAsync(caller, reservation, cancellationToken);
    }

    public ValueTask<bool> SettleAsync(Reservation reservation, Settlement settlement, CancellationToken cancellationToken) =>
        reservation.Lent is { } allotment ? new(allotment.Close(reservation, AttemptState.Settled, settlement)) : ledger.SettleAsync(reservation, settlement, cancellationToken);

    public ValueTask<bool> ReleaseAsync(Reservation reservation, string outcome, CancellationToken cancellationToken) => reservation.Lent is { } allotment
        ? new(allotment.Close(reservation, AttemptState.Released, new Settlement { Actual = default, Outcome = outcome }))
        : ledger.ReleaseAsync(reservation, outcome, cancellationToken);

    /// <summary>An attempt whose usage may become known on another instance is never part of an allotment.</summary>
    public ValueTask<bool> CorrectAsync(string partition, string attempt, Func<AttemptRow, Settlement> settle, CancellationToken cancellationToken) =>
        ledger.CorrectAsync(partition, attempt, settle, cancellationToken);

    /// <summary>The lease of an allotment is renewed as long as it is used.</summary>
    public ValueTask<bool> RenewAsync(Reservation reservation, DateTimeOffset leaseEnd, CancellationToken cancellationToken) =>
        reservation.Lent is not null ? new(!reservation.IsClosed) : ledger.RenewAsync(reservation, leaseEnd, cancellationToken);

    public ValueTask<IReadOnlyList<Counter>> CountAsync(string partition, IReadOnlyList<CounterLimit> limits, CancellationToken cancellationToken) =>
        ledger.CountAsync(partition, limits, cancellationToken);

    public ValueTask<IReadOnlyList<AttemptRow>> FindAsync(string partition, string request, CancellationToken cancellationToken) =>
        ledger.FindAsync(partition, request, cancellationToken);

    public IAsyncEnumerable<AttemptRow> ReadAsync(string partition, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        ledger.ReadAsync(partition, from, to, cancellationToken);

    public ValueTask<bool> TrimAsync(string partition, DateTimeOffset before, CancellationToken cancellationToken) => ledger.TrimAsync(partition, before, cancellationToken);

    /// <summary>Writes usage and returns the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var caller in _callers.Values) await caller.ReturnAsync().ConfigureAwait(false);
    }

    private async ValueTask<ReserveResult> ReserveInStoreAsync(HotCaller caller, Reservation reservation, CancellationToken cancellationToken)
    {
        var result = await ledger.ReserveAsync(reservation, cancellationToken).ConfigureAwait(false);
        if (result.IsGranted) return result;
        // The limit may be exhausted by the allotment that is being borrowed for this caller.
        await caller.Filling.ConfigureAwait(false);
        return caller.Take(reservation, threshold) ?? result;
    }

    /// <summary>The caller of a reservation, which its limits keep: they belong to one caller. With limits that have changed, it is another one, without allotments.</summary>
    private HotCaller? CallerOf(Reservation reservation)
    {
        var limits = reservation.Limits;
        if (limits.Hot is { HasEnded: false } known && known.IsOf(ledger)) return known;
        return limits.Hot = FindCaller(NameOf(reservation));
    }

    private HotCaller? FindCaller(string name)
    {
        if (_callers.TryGetValue(name, out var known)) return known;
        return _callers.Count >= MaxCallers && !RemoveOne() ? null : _callers.GetOrAdd(name, _ => new HotCaller(ledger, transactions, time));
    }

    private static string NameOf(Reservation reservation)
    {
        var name = new StringBuilder(256).Append(reservation.Partition).Append('\n').Append(reservation.Details.Team).Append('\n').Append(reservation.Details.User).Append('\n')
            .Append(reservation.Details.Key);
        foreach (var counter in reservation.Counters) name.Append('\n').Append(counter.Key).Append(' ').Append(counter.MaxNanoUsd);
        // Only the first attempt of an exchange counts in the rates of requests.
        foreach (var rate in reservation.Rates) name.Append('\n').Append(rate.Key).Append(' ').Append(rate.PerMinute);
        return name.ToString();
    }

    private bool RemoveOne()
    {
        foreach (var (name, caller) in _callers)
            if (caller.TryEnd() && _callers.TryRemove(KeyValuePair.Create(name, caller))) return true;
        return false;
    }
}
