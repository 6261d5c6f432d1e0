namespace Nano.State;

/// <summary>
/// An amount that this instance has borrowed, and how requests have used it. It lends to requests until it is retired; then it is returned as soon as no request
/// in it is open and all rows are written. Thread safe.
/// </summary>
/// <param name="lent">The reservation in the store.</param>
/// <param name="rates">The caller's rates after it was borrowed.</param>
/// <param name="requests">The number of requests that it is for.</param>
/// <param name="written">Called with each attempt whose row is in the store.</param>
internal sealed class Allotment(Ledger ledger, StateTransactions transactions, TimeProvider time, Reservation lent, IReadOnlyList<RateState> rates, long requests,
    Action<string> written)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);

    /// <summary>The rows that one commit writes.</summary>
    internal const int Batch = 40;

    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _storing = new(1, 1);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttemptRow> _closed = new(StringComparer.Ordinal);
    private readonly (Amount Amount, long Requests) _half = (new Amount(lent.Estimate.NanoUsd / 2, lent.Estimate.Tokens / 2), requests / 2);
    private Reservation _lent = lent;
    private Amount _left = lent.Estimate;
    private long _requestsLeft = requests;
    private DateTimeOffset _leaseEnd = lent.LeaseEnd;
    private DateTimeOffset _renewAt = lent.At + RenewPeriod;
    private long _usedAt = time.GetTimestamp();
    private bool _isRetired;

    /// <summary>It accepts no more requests.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>Half of it is used: borrow the next one.</summary>
    public bool IsLow
    {
        get { lock (_lock) return _requestsLeft < _half.Requests || _left.NanoUsd < _half.Amount.NanoUsd || _left.Tokens < _half.Amount.Tokens; }
    }

    /// <summary>Takes a request out of it; null when the rest is not enough.</summary>
    public ReserveResult? Take(Reservation reservation)
    {
        lock (_lock)
        {
            // If the lease is about to end, another instance may charge it.
            if (_isRetired || reservation.At >= _leaseEnd - RenewPeriod || _requestsLeft < 1 || _left.NanoUsd < reservation.Estimate.NanoUsd
                || _left.Tokens < reservation.Estimate.Tokens) return null;
            // A request of unknown cost counts as more than nothing, as in the store.
            if (_left.NanoUsd < 1 && reservation.Counters.Count > 0) return null;
            _left -= reservation.Estimate;
            _requestsLeft--;
            _open.Add(reservation.Attempt);
            _usedAt = time.GetTimestamp();
            return new ReserveResult
                { Rates = reservation.Rates.Count == 0 ? []
                : [.. rates.Select(state => state with { Remaining = state.Remaining + (state.Take.Kind == RateTake.Tokens ? Math.Max(0, _left.Tokens) : _requestsLeft) })] };
        }
    }

    /// <summary>Records the outcome of an attempt. Its row is written soon.</summary>
    /// <returns>False when the outcome was known.</returns>
    public bool Close(AttemptRow row)
    {
        lock (_lock)
        {
            if (!_open.Remove(row.Id)) return false;
            _closed[row.Id] = row with { ClosedAt = time.GetUtcNow() };
            // The next request can use what this one did not; usage above its estimate cannot be taken back.
            _left += row.Estimate - row.Charged;
            return true;
        }
    }

    public void Retire()
    {
        lock (_lock) _isRetired = true;
    }

    /// <summary>Until it is returned: writes usage, renews the lease, and retires when it is no longer used.</summary>
    public async Task RunAsync()
    {
        do
        {
            await Task.Delay(Tick, time).ConfigureAwait(false);
            lock (_lock) _isRetired |= time.GetElapsedTime(_usedAt) >= IdleTime;
        }
        while (!await TickAsync().ConfigureAwait(false));
    }

    /// <returns>It was returned. Raises nothing: after a failure of the store, the next call tries again.</returns>
    public async ValueTask<bool> TickAsync()
    {
        try
        {
            while (await WriteAsync().ConfigureAwait(false)) { }
            var now = time.GetUtcNow();
            Reservation current;
            bool isDone;
            lock (_lock)
            {
                isDone = _isRetired && _open.Count == 0 && _closed.Count == 0;
                if (!isDone && now < _renewAt) return false;
                current = _lent;
            }
            if (isDone)
            {
                // This also returns the unused part of a presumed charge.
                await ledger.ReleaseAsync(current, "allotment", CancellationToken.None).ConfigureAwait(false);
                return true;
            }
            var end = now + Lease;
            var isRenewed = await ledger.RenewAsync(current, end, CancellationToken.None).ConfigureAwait(false);
            lock (_lock)
            {
                if (isRenewed) (_leaseEnd, _renewAt) = (end, now + RenewPeriod);
                // Its estimate was charged: it accepts no more requests, and the rows that are written correct the charge.
                else (_isRetired, _renewAt) = (true, DateTimeOffset.MaxValue);
            }
            return false;
        }
        catch (StateUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Writes the rows of some attempts, and subtracts their charges from the allotment, in one commit.</summary>
    /// <returns>Whether there were any.</returns>
    private async ValueTask<bool> WriteAsync()
    {
        await _storing.WaitAsync().ConfigureAwait(false);
        try
        {
            List<AttemptRow> rows;
            lock (_lock) rows = [.. _closed.Values.Take(Batch)];
            if (rows.Count == 0) return false;
            var used = await MoveAsync(_lent, rows).ConfigureAwait(false);
            lock (_lock)
            {
                foreach (var row in rows) _closed.Remove(row.Id);
                // Usage stays counted in the rates when the rest is returned.
                _lent = _lent with { Rates = [.. _lent.Rates.Select(rate => rate.Kind == RateTake.Tokens ? rate with { Count = Math.Max(0, rate.Count - used.Tokens) } : rate)] };
            }
            foreach (var row in rows) written(row.Id);
            return true;
        }
        finally
        {
            _storing.Release();
        }
    }

    private ValueTask<Amount> MoveAsync(Reservation from, List<AttemptRow> rows)
    {
        var own = StateKeys.Attempt(from.Attempt);
        string[] keys = [own, .. from.Counters.Select(counter => counter.Key), .. rows.Select(row => StateKeys.Attempt(row.Id))];
        return transactions.RunAsync(from.Partition, keys, view =>
        {
            var (used, moved) = (default(Amount), default(Amount));
            foreach (var row in rows)
            {
                used += row.Charged;
                // An earlier try has written it. A row that only excludes a refused reservation does not count.
                if (view[StateKeys.Attempt(row.Id)] is { } there && !Ledger.IsRefusal(AttemptRow.Read(there))) continue;
                moved += row.Charged;
                // The allotment has already been counted in the token rates.
                view.PutLast(StateKeys.Attempt(row.Id), (row with { Rates = [] }).Write());
            }
            if (view.Writes.Count == 0) return used;
            var before = view[own] is { } found ? AttemptRow.Read(found) : null;
            var open = before?.State == AttemptState.Open ? before.Estimate : default;
            var presumed = before?.State == AttemptState.Presumed ? before.Charged : default;
            if (before is not null && before.State is AttemptState.Open or AttemptState.Presumed)
                view.Put(own, (before with { Estimate = Less(before.Estimate, moved), Charged = Less(presumed, moved),
                    Rates = [.. before.Rates.Select(rate => rate with { Count = Math.Max(0, rate.Count - moved.Tokens) })] }).Write());
            foreach (var limit in from.Counters)
            {
                if (view[limit.Key] is not { } row) continue;
                var counter = Counter.Read(row);
                view.Put(limit.Key, (counter with
                {
                    Reserved = counter.Reserved - (open - Less(open, moved)),
                    Charged = counter.Charged + moved - (presumed - Less(presumed, moved)),
                }).Write());
            }
            return used;
        }, CancellationToken.None, [.. rows.Select(row => StateKeys.Attempt(row.Id))]);
    }

    private static Amount Less(Amount amount, Amount used) => new(Math.Max(0, amount.NanoUsd - used.NanoUsd), Math.Max(0, amount.Tokens - used.Tokens));
}
