namespace Nano.State;

/// <summary>Counters as the sum of the ledger's attempts.</summary>
internal static class LedgerFold
{
    private const int Page = 1000;

    /// <summary>An attempt may be reserved this long after its request began.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromHours(2);

    /// <summary>A key is created before its requests begin. Clocks of instances differ, and a request begins before its key is checked.</summary>
    private static readonly TimeSpan KeyMargin = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Counters from the attempts of their scopes that were reserved in their windows, in one pass and in the order of their limits. Attempts that do not count
    /// in one, because the limit did not exist then, form its <see cref="Counter.Base"/>.
    /// </summary>
    public static async ValueTask<Counter[]> ComputeAsync(IStateEngine engine, string partition, IReadOnlyList<CounterLimit> limits, CancellationToken cancellationToken)
    {
        var counters = new Counter[limits.Count];
        var windows = limits.Where(limit => limit.Window != CounterLimit.Open).ToList();
        if (windows.Count == 0) return counters;
        var start = windows.Min(FirstOf);
        var end = windows.Any(limit => limit.End is null) ? null : windows.Max(limit => limit.End);
        // For windows that end, retention deletes nothing that counts in them.
        var scopes = windows.Where(limit => limit.Start == DateTimeOffset.MinValue).Select(limit => limit.Scope).Distinct().ToList();
        var deleted = await DeletedAsync().ConfigureAwait(false);
        while (true)
        {
            for (var i = 0; i < counters.Length; i++)
                counters[i] = new Counter
                    { Base = limits[i].Window != CounterLimit.Open && limits[i].Start == DateTimeOffset.MinValue ? LedgerRetention.Read(deleted[scopes.IndexOf(limits[i].Scope)])
                    : default };
            await foreach (var attempt in ReadAsync(engine, partition, start, end, cancellationToken).ConfigureAwait(false))
            {
                for (var i = 0; i < counters.Length; i++)
                {
                    var limit = limits[i];
                    if (limit.Window == CounterLimit.Open || attempt.ReservedAt < limit.Start || attempt.ReservedAt >= limit.End || !attempt.Details.Scopes.Contains(limit.Scope))
                        continue;
                    counters[i] = attempt.Counters.Contains(limit.Key)
                        ? Add(counters[i], attempt)
                        : counters[i] with { Base = counters[i].Base + (attempt.State == AttemptState.Open ? attempt.Estimate : attempt.Charged) };
                }
            }
            // Attempts that are deleted in the meantime would be counted twice, or not at all.
            var before = deleted;
            deleted = await DeletedAsync().ConfigureAwait(false);
            if (deleted.Select(row => row?.Version).SequenceEqual(before.Select(row => row?.Version))) return counters;
        }

        async ValueTask<IReadOnlyList<StateRow?>> DeletedAsync() =>
            scopes.Count == 0 ? [] : await engine.ReadAsync(partition, [.. scopes.Select(StateKeys.Deleted)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Attempts of requests that began in a period, in order, page by page.</summary>
    public static async IAsyncEnumerable<AttemptRow> ReadAsync(
        IStateEngine engine, string partition, DateTimeOffset from, DateTimeOffset? to,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = from == DateTimeOffset.MinValue ? StateKeys.Attempts : StateKeys.Attempt(SortableId.FloorOf(from));
        var end = to is { } last ? StateKeys.Attempt(SortableId.FloorOf(last)) : StateKeys.AttemptsEnd;
        while (true)
        {
            var rows = await engine.ScanAsync(partition, next, end, Page, cancellationToken).ConfigureAwait(false);
            foreach (var row in rows) yield return AttemptRow.Read(row);
            if (rows.Count < Page) yield break;
            next = rows[^1].Key + "!";
        }
    }

    /// <summary>No request that counts began earlier.</summary>
    private static DateTimeOffset FirstOf(CounterLimit limit)
    {
        var first = limit.Start == DateTimeOffset.MinValue ? limit.Start : limit.Start - LongestRequest;
        return ScopeName.KeyCreatedAt(limit.Scope) - KeyMargin is { } created && created > first ? created : first;
    }

    private static Counter Add(Counter counter, AttemptRow attempt)
    {
        if (attempt.State == AttemptState.Open) counter = counter.Reserve(attempt.Estimate);
        return counter with { Charged = counter.Charged + attempt.Charged };
    }
}
