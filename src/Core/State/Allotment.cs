namespace Nano.State;

/// <summary>
/// An amount that this instance has borrowed, and how requests have used it. It lends to requests until it is retired; then it is returned as soon as no request
/// in it is open and all rows are written. Thread safe.
/// </summary>
/// <param name="lent">The reservation in the store.</param>
/// <param name="rates">The caller's rates after it was borrowed.</param>
/// <param name="requests">The number of requests that it is for.</param>
internal sealed class Allotment(Ledger ledger, StateTransactions transactions, TimeProvider time, Reservation lent, IReadOnlyList<RateState> rates, long requests)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);

    /// <summary>The rows that one commit writes.</summary>
    internal const int Batch = 40;

    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _storing = new(1, 1);

    /// <summary>Attempts whose rows are not in the store yet.</summary>
    private readonly Queue<ClosedAttempt> _closed = new();

    private readonly (Amount Amount, long Requests) _half = (new Amount(lent.Estimate.NanoUsd / 2, lent.Estimate.Tokens / 2), requests / 2);
    private int _open;
    private Reservation _lent = lent;
    private Amount _left = lent.Estimate;
    private long _requestsLeft = requests;
    private DateTimeOffset _leaseEnd = lent.LeaseEnd;
    private DateTimeOffset _renewAt = lent.At + RenewPeriod;
    private long _usedAt = time.GetTimestamp();
    private bool _isRetired;

    /// <summary>It accepts no more requests.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>The number of attempts in it that are open, or whose rows are not in the store yet.</summary>
    public int Unwritten
    {
        get { lock (_lock) return _open + _closed.Count; }
    }

    /// <summary>Half of it is used: borrow the next one.</summary>
    public bool IsLow
    {
        get { lock (_lock) return _requestsLeft < _half.Requests || _left.NanoUsd < _half.Amount.NanoUsd || _left.Tokens < _half.Amount.Tokens; }
    }

    /// <summary>Takes a request out of it; null when the rest is not enough.</summary>
    /// <param name="now">A timestamp of the time provider.</param>
    public ReserveResult? Take(Reservation reservation, long now)
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
            _open++;
            _usedAt = now;
            reservation.Lent = this;
            if (reservation.Rates.Count == 0) return ReserveResult.Granted;
            var states = new RateState[rates.Count];
            for (var i = 0; i < states.Length; i++)
                states[i] = rates[i] with { Remaining = rates[i].Remaining + (rates[i].Take.Kind == RateTake.Tokens ? Math.Max(0, _left.Tokens) : _requestsLeft) };
            return new ReserveResult { Rates = states };
        }
    }

    /// <summary>Records the outcome of an attempt that was taken out of it. Its row is written soon.</summary>
    /// <returns>False when the outcome was known.</returns>
    public bool Close(Reservation reservation, AttemptState state, Settlement settlement)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (reservation.IsClosed) return false;
            reservation.IsClosed = true;
            _open--;
            _closed.Enqueue(new ClosedAttempt(reservation, state, settlement, now));
            // The next request can use what this one did not; usage above its estimate cannot be taken back.
            _left += reservation.Estimate - settlement.Actual;
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
                isDone = _isRetired && _open == 0 && _closed.Count == 0;
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
            ClosedAttempt[] closed;
            lock (_lock) closed = [.. _closed.Take(Batch)];
            if (closed.Length == 0) return false;
            var used = await MoveAsync(_lent, closed).ConfigureAwait(false);
            lock (_lock)
            {
                for (var i = 0; i < closed.Length; i++) _closed.Dequeue();
                // Usage stays counted in the rates when the rest is returned.
                _lent = _lent with { Rates = [.. _lent.Rates.Select(rate => rate.Kind == RateTake.Tokens ? rate with { Count = Math.Max(0, rate.Count - used.Tokens) } : rate)] };
            }
            return true;
        }
        finally
        {
            _storing.Release();
        }
    }

    private ValueTask<Amount> MoveAsync(Reservation from, ClosedAttempt[] closed)
    {
        var own = StateKeys.Attempt(from.Attempt);
        var attempts = Array.ConvertAll(closed, static attempt => StateKeys.Attempt(attempt.Reservation.Attempt));
        string[] keys = [own, .. from.Limits.CounterKeys, .. attempts];
        return transactions.RunAsync(from.Partition, keys, view =>
        {
            var (used, moved) = (default(Amount), default(Amount));
            for (var i = 0; i < closed.Length; i++)
            {
                var charged = closed[i].Settlement.Actual;
                used += charged;
                // An earlier try has written it. A row that only excludes a refused reservation does not count.
                if (view[attempts[i]] is { } there && !Ledger.IsRefusal(AttemptRow.Read(there))) continue;
                moved += charged;
                view.PutLast(attempts[i], closed[i].Row().Write());
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
        }, CancellationToken.None, attempts);
    }

    private static Amount Less(Amount amount, Amount used) => new(Math.Max(0, amount.NanoUsd - used.NanoUsd), Math.Max(0, amount.Tokens - used.Tokens));

    private readonly record struct ClosedAttempt(Reservation Reservation, AttemptState State, Settlement Settlement, DateTimeOffset At)
    {
        /// <summary>The allotment has already been counted in the token rates.</summary>
        public AttemptRow Row() => AttemptRow.Of(Reservation, countsTokens: false) with
            { State = State, Charged = Settlement.Actual, IsPresumed = Settlement.IsPresumed, Settlement = Settlement, ClosedAt = At };
    }
}
