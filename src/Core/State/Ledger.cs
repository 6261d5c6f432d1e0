using System.Collections.Concurrent;

namespace Nano.State;

/// <summary>
/// The ledger over any engine. A reservation is one commit: the attempt's row, its lease, and every counter and rate that it counts
/// in. Expired leases are swept by the next reservation in the partition, at most every few seconds: sweeping moves an estimate
/// from reserved to charged and never changes the remaining budget.
/// </summary>
internal sealed class Ledger(StateTransactions transactions, TimeProvider time) : ILedger
{
    /// <summary>Clocks of instances differ: other instances treat a lease as expired this much later.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);
    private const int MaxRead = 1000;
    private const int MaxCounted = 50;

    /// <summary>The limit of one sweep: the request that sweeps has to be served.</summary>
    private const int MaxSwept = 25;

    private readonly ConcurrentDictionary<string, long> _swept = new(StringComparer.Ordinal);

    public async ValueTask<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        await SweepIfDueAsync(reservation.Partition, cancellationToken).ConfigureAwait(false);
        var (attempt, lease) = (StateKeys.Attempt(reservation.Attempt), StateKeys.Lease(reservation.Attempt));
        string[] keys = [attempt, lease, .. reservation.Limits.Reserved];
        Dictionary<string, Counter>? computed = null;
        var hasSwept = false;
        while (true)
        {
            List<CounterLimit>? missing = null;
            var result = await transactions.RunAsync(reservation.Partition, keys, view =>
            {
                missing = null;
                if (view[attempt] is { } row)
                    return IsRefusal(AttemptRow.Read(row)) ? throw new StateUnavailableException("The attempt was refused while the store failed.") : ReserveResult.Granted;
                if (view[StateKeys.Head] is null) throw Lost(reservation.Partition);
                foreach (var limit in reservation.Counters)
                    if (view[limit.Key] is null && limit.Window != CounterLimit.Open && computed?.ContainsKey(limit.Key) != true) (missing ??= []).Add(limit);
                return missing is null ? Decide(view, reservation, attempt, lease, computed) : ReserveResult.Granted;
            }, cancellationToken, attempt, lease).ConfigureAwait(false);
            if (missing is not null)
            {
                var counters = await LedgerFold.ComputeAsync(transactions.Engine, reservation.Partition, missing, cancellationToken).ConfigureAwait(false);
                computed ??= [];
                for (var i = 0; i < counters.Length; i++) computed[missing[i].Key] = counters[i];
                continue;
            }
            // Attempts of an instance that failed count as open until they are swept.
            if (result.Counter?.Window != CounterLimit.Open || hasSwept) return result;
            hasSwept = true;
            if (!await SweepAsync(reservation.Partition, cancellationToken).ConfigureAwait(false)) return result;
        }
    }

    public ValueTask<bool> SettleAsync(Reservation reservation, Settlement settlement, CancellationToken cancellationToken) =>
        CloseAsync(reservation, AttemptState.Settled, settlement, cancellationToken);

    public ValueTask<bool> ReleaseAsync(Reservation reservation, string outcome, CancellationToken cancellationToken) =>
        CloseAsync(reservation, AttemptState.Released, new Settlement { Actual = default, Outcome = outcome }, cancellationToken);

    public async ValueTask<bool> CorrectAsync(string partition, string attempt, Func<AttemptRow, Settlement> settle, CancellationToken cancellationToken)
    {
        // A response may be retrieved often: once it is charged, that costs one read.
        if ((await transactions.Engine.ReadAsync(partition, [StateKeys.Attempt(attempt)], cancellationToken).ConfigureAwait(false))[0] is not { } found) return false;
        var known = AttemptRow.Read(found);
        if (Correct(known) is null) return false;
        return await ChangeAsync(partition, known, null, (row, _) => Correct(row), cancellationToken).ConfigureAwait(false);

        AttemptRow? Correct(AttemptRow row)
        {
            if (row.State == AttemptState.Released || (row.State == AttemptState.Settled && !row.IsPresumed)) return null;
            var settlement = settle(row);
            // Tokens whose price is not known are entered once.
            if (settlement.IsPresumed && row.IsCorrected) return null;
            return row with { State = AttemptState.Settled, Charged = settlement.Actual, IsPresumed = settlement.IsPresumed, IsCorrected = row.State != AttemptState.Open,
                Settlement = settlement, ClosedAt = time.GetUtcNow() };
        }
    }

    public ValueTask<bool> RenewAsync(Reservation reservation, DateTimeOffset leaseEnd, CancellationToken cancellationToken)
    {
        var lease = StateKeys.Lease(reservation.Attempt);
        return transactions.RunAsync(reservation.Partition, [lease], view =>
        {
            if (view[lease] is not { } row || row.Fields.Number("end") >= leaseEnd.ToUnixTimeMilliseconds()) return false;
            view.Put(lease, LeaseUntil(leaseEnd));
            return true;
        }, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Counter>> CountAsync(string partition, IReadOnlyList<CounterLimit> limits, CancellationToken cancellationToken)
    {
        var counters = new Counter[limits.Count];
        var missing = new List<int>();
        for (var first = 0; first < limits.Count; first += MaxCounted)
        {
            var keys = limits.Skip(first).Take(MaxCounted).Select(limit => limit.Key).ToList();
            var rows = await transactions.Engine.ReadAsync(partition, keys, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < keys.Count; i++)
            {
                counters[first + i] = Counter.Read(rows[i]);
                if (rows[i] is null) missing.Add(first + i);
            }
        }
        if (missing.Count == 0) return counters;
        var computed = await LedgerFold.ComputeAsync(transactions.Engine, partition, [.. missing.Select(i => limits[i])], cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < missing.Count; i++) counters[missing[i]] = computed[i];
        return counters;
    }

    public async ValueTask<IReadOnlyList<AttemptRow>> FindAsync(string partition, string request, CancellationToken cancellationToken)
    {
        var rows = await transactions.Engine.ScanAsync(partition, StateKeys.Attempt(request + "|"), StateKeys.Attempt(request + "}"), StateLimits.MaxWrites, cancellationToken)
            .ConfigureAwait(false);
        return [.. rows.Select(AttemptRow.Read)];
    }

    public IAsyncEnumerable<AttemptRow> ReadAsync(string partition, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        LedgerFold.ReadAsync(transactions.Engine, partition, from, to, cancellationToken);

    public async ValueTask<bool> TrimAsync(string partition, DateTimeOffset before, CancellationToken cancellationToken)
    {
        // An attempt that is open and that old belongs to an instance that failed.
        await SweepAsync(partition, cancellationToken).ConfigureAwait(false);
        if (await LedgerRetention.TrimAsync(transactions.Engine, partition, before, cancellationToken).ConfigureAwait(false)) return true;
        await LedgerRetention.TrimCountersAsync(transactions.Engine, partition, before, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Charges the attempts whose lease has ended.</summary>
    /// <returns>Whether there was one.</returns>
    public async ValueTask<bool> SweepAsync(string partition, CancellationToken cancellationToken)
    {
        _swept[partition] = time.GetTimestamp();
        var now = (time.GetUtcNow() - Grace).ToUnixTimeMilliseconds();
        var (swept, ended) = (false, 0);
        foreach (var lease in await transactions.Engine.ScanAsync(partition, StateKeys.Leases, StateKeys.LeasesEnd, MaxRead, cancellationToken).ConfigureAwait(false))
        {
            if (lease.Fields.Number("end") >= now) continue;
            if (++ended > MaxSwept) break;
            var id = lease.Key[StateKeys.Leases.Length..];
            if ((await transactions.Engine.ReadAsync(partition, [StateKeys.Attempt(id)], cancellationToken).ConfigureAwait(false))[0] is not { } row) continue;
            swept |= await ChangeAsync(partition, AttemptRow.Read(row), null, (attempt, view) =>
                attempt.State == AttemptState.Open && view[StateKeys.Lease(id)] is { } held && held.Fields.Number("end") < now
                    ? attempt with { State = AttemptState.Presumed, Charged = attempt.Estimate, IsPresumed = true, ClosedAt = time.GetUtcNow(),
                    Settlement = new Settlement { Actual = attempt.Estimate, IsPresumed = true, Outcome = "presumed" } }
                    : null, cancellationToken).ConfigureAwait(false);
        }
        return swept;
    }

    /// <summary>The row only excludes a reservation that may still arrive.</summary>
    internal static bool IsRefusal(AttemptRow row) => row.Settlement?.Outcome == AttemptRow.Refused;

    private async ValueTask SweepIfDueAsync(string partition, CancellationToken cancellationToken)
    {
        if (!_swept.TryGetValue(partition, out var last))
        {
            // An instance may use a partition only once: do not scan on first use.
            if (_swept.Count > 1024) _swept.Clear();
            _swept[partition] = time.GetTimestamp();
            return;
        }
        if (time.GetElapsedTime(last) < SweepPeriod) return;
        try
        {
            await SweepAsync(partition, cancellationToken).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // The next sweep charges the rest; it makes no difference to the remaining budget.
        }
    }

    private static ReserveResult Decide(StateView view, Reservation reservation, string attempt, string lease, Dictionary<string, Counter>? computed)
    {
        var states = new RateState[reservation.Rates.Count];
        var rates = new StateFields[reservation.Rates.Count];
        var refused = default(ReserveResult);
        for (var i = 0; i < rates.Length; i++)
        {
            var take = reservation.Rates[i];
            (var fields, var wait, states[i]) = Gcra.Take(view[take.Key]?.Fields, take, reservation.At);
            if (fields is not null) rates[i] = fields;
            else refused ??= new ReserveResult { Rate = take, RetryAfter = wait };
        }
        if (refused is null)
        {
            foreach (var limit in reservation.Counters)
            {
                var counter = CounterOf(view, limit, computed);
                var left = limit.Window == CounterLimit.Open ? limit.MaxOpen - counter.Open : limit.MaxNanoUsd - counter.Total.NanoUsd;
                // A request of unknown size counts as more than zero, so that a spent budget refuses it.
                if (left >= (limit.Window == CounterLimit.Open ? 1 : Math.Max(1, reservation.Estimate.NanoUsd))) continue;
                refused = new ReserveResult { Counter = limit, Left = Math.Max(0, left) };
                break;
            }
        }
        if (refused is not null)
        {
            // The commit that granted it may still take effect: this row excludes it.
            if (view.IsAfterUnknown) view.PutLast(attempt,
                (AttemptRow.Of(reservation) with { State = AttemptState.Released, ClosedAt = reservation.At,
                    Settlement = new Settlement { Actual = default, Outcome = AttemptRow.Refused } }).Write());
            return refused with { Rates = states };
        }
        // Remembered until they are closed, so that closing takes one round trip.
        view.Put(attempt, reservation.Row = AttemptRow.Of(reservation).Write());
        view.Put(lease, LeaseUntil(reservation.LeaseEnd));
        var isNew = false;
        double? used = null;
        foreach (var limit in reservation.Counters)
        {
            isNew |= view[limit.Key] is null;
            var counter = CounterOf(view, limit, computed).Reserve(reservation.Estimate);
            view.Put(limit.Key, counter.Write());
            if (limit.Window != CounterLimit.Open && limit.MaxNanoUsd > 0) used = Math.Max(used ?? 0, (double)counter.Total.NanoUsd / limit.MaxNanoUsd);
        }
        for (var i = 0; i < rates.Length; i++) view.Put(reservation.Rates[i].Key, rates[i]);
        // Counters may begin at zero only in a partition that has not been lost.
        if (isNew) view.Check(StateKeys.Head);
        return new ReserveResult { Rates = states, BudgetUsed = used };
    }

    private static Counter CounterOf(StateView view, CounterLimit limit, Dictionary<string, Counter>? computed) =>
        view[limit.Key] is { } row ? Counter.Read(row) : computed?.GetValueOrDefault(limit.Key) ?? default;

    private ValueTask<bool> CloseAsync(Reservation reservation, AttemptState state, Settlement settlement, CancellationToken cancellationToken) =>
        ChangeAsync(reservation.Partition, AttemptRow.Of(reservation), reservation, (row, _) => row.State is AttemptState.Open or AttemptState.Presumed ? row with
        {
            State = state,
            Charged = settlement.Actual,
            IsPresumed = settlement.IsPresumed,
            IsCorrected = row.State == AttemptState.Presumed,
            Settlement = settlement,
            ClosedAt = time.GetUtcNow(),
        } : null, cancellationToken);

    /// <summary>Changes an attempt and its counters.</summary>
    /// <param name="known">The known state of the attempt: its counters and rates never change.</param>
    /// <param name="reservation">Adds an attempt that the store does not have; null if it must exist.</param>
    private ValueTask<bool> ChangeAsync(string partition, AttemptRow known, Reservation? reservation, Func<AttemptRow, StateView, AttemptRow?> change,
        CancellationToken cancellationToken)
    {
        var (key, lease) = (StateKeys.Attempt(known.Id), StateKeys.Lease(known.Id));
        string[] keys = reservation is not null ? [key, lease, .. reservation.Limits.Closed] : [key, lease, .. known.Counters, .. known.Rates.Select(rate => rate.Key)];
        return transactions.RunAsync(partition, keys, view =>
        {
            var row = view[key];
            if (row is null && reservation is null) return false;
            // An attempt that the store lost counts from now on, as if it had been reserved now. One that is still as this instance has written it need not be read.
            var before = row is null ? known with { State = AttemptState.Released } : row.Fields == reservation?.Row ? known : AttemptRow.Read(row);
            if (change(row is null ? known : before, view) is not { } after) return false;
            view.PutLast(key, after.Write());
            view.Delete(lease);
            // A missing counter is computed from the attempts when it is needed.
            foreach (var counter in known.Counters)
                if (view[counter] is { } count && (before.State == AttemptState.Open || before.Charged != after.Charged))
                    view.Put(counter, Counter.Read(count).Move(before, after).Write());
            foreach (var rate in known.Rates)
                if (row is not null && view[rate.Key] is { } taken && after.State is AttemptState.Settled or AttemptState.Released)
                    view.Put(rate.Key, Gcra.Correct(taken.Fields, rate.PerMinute, before.State == AttemptState.Open ? rate.Count : before.Charged.Tokens, after.Charged.Tokens));
            return true;
        }, cancellationToken);
    }

    private static StateFields LeaseUntil(DateTimeOffset end) => new StateFields(1).Set("end", end.ToUnixTimeMilliseconds());

    private static StateUnavailableException Lost(string partition) =>
        new($"The store has no state of '{partition}' any more. It may have been emptied or restored; budgets stay closed until the organization's keys are created again.");
}
