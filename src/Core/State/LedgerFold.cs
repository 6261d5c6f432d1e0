namespace Nano.State;

/// <summary>Counters as the sum of the ledger's attempts.</summary>
internal static class LedgerFold
{
    private const int Page = 1000;

    /// <summary>An attempt may be reserved this long after its request began.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromHours(2);

    /// <summary>
    /// A counter from the attempts of its scope that were reserved in its window. Those that do not count in it, because the limit
    /// did not exist then, are its <see cref="Counter.Base"/>.
    /// </summary>
    public static async ValueTask<Counter> ComputeAsync(IStateEngine engine, string partition, CounterLimit limit, CancellationToken cancellationToken)
    {
        if (limit.Window == CounterLimit.Open) return default;
        var deleted = await DeletedAsync().ConfigureAwait(false);
        while (true)
        {
            var counter = new Counter { Base = LedgerRetention.Read(deleted) };
            await foreach (var attempt in ReadAsync(engine, partition, limit.Start == DateTimeOffset.MinValue ? limit.Start : limit.Start - LongestRequest, limit.End, cancellationToken).ConfigureAwait(false))
            {
                if (attempt.ReservedAt < limit.Start || attempt.ReservedAt >= limit.End || !attempt.Details.Scopes.Contains(limit.Scope)) continue;
                counter = attempt.Counters.Contains(limit.Key)
                    ? Add(counter, attempt)
                    : counter with { Base = counter.Base + (attempt.State == AttemptState.Open ? attempt.Estimate : attempt.Charged) };
            }
            // Attempts that are deleted meanwhile would be counted twice, or not at all.
            var before = deleted?.Version;
            deleted = await DeletedAsync().ConfigureAwait(false);
            if (deleted?.Version == before) return counter;
        }

        // Of windows that end, nothing is deleted that counts in them.
        async ValueTask<StateRow?> DeletedAsync() =>
            limit.Start == DateTimeOffset.MinValue ? (await engine.ReadAsync(partition, [StateKeys.Deleted(limit.Scope)], cancellationToken).ConfigureAwait(false))[0] : null;
    }

    /// <summary>All counters of a partition, without their bases.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, Counter>> ComputeAllAsync(IStateEngine engine, string partition, CancellationToken cancellationToken)
    {
        var counters = new Dictionary<string, Counter>(StringComparer.Ordinal);
        await foreach (var attempt in ReadAsync(engine, partition, DateTimeOffset.MinValue, null, cancellationToken).ConfigureAwait(false))
            foreach (var key in attempt.Counters) counters[key] = Add(counters.GetValueOrDefault(key), attempt);
        return counters;
    }

    /// <summary>Attempts of requests that began in a time, in their order, page by page.</summary>
    public static async IAsyncEnumerable<AttemptRow> ReadAsync(
        IStateEngine engine, string partition, DateTimeOffset from, DateTimeOffset? to, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
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

    private static Counter Add(Counter counter, AttemptRow attempt)
    {
        if (attempt.State == AttemptState.Open) counter = counter.Reserve(attempt.Estimate);
        return counter with { Charged = counter.Charged + attempt.Charged };
    }
}
