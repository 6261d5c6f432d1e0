using Nano.State;

namespace Nano.Tests.State;

/// <summary>What the counters of a ledger must be: the sums of its attempts, without bases.</summary>
internal static class LedgerSums
{
    public static async Task<IReadOnlyDictionary<string, Counter>> OfAsync(IStateEngine engine, string partition)
    {
        var counters = new Dictionary<string, Counter>(StringComparer.Ordinal);
        await foreach (var attempt in LedgerFold.ReadAsync(engine, partition, DateTimeOffset.MinValue, null, default))
        {
            foreach (var key in attempt.Counters)
            {
                var counter = counters.GetValueOrDefault(key);
                if (attempt.State == AttemptState.Open) counter = counter.Reserve(attempt.Estimate);
                counters[key] = counter with { Charged = counter.Charged + attempt.Charged };
            }
        }
        return counters;
    }

    /// <returns>The first counter that is not the sum of its rows; null if there is none.</returns>
    public static async Task<string?> DifferenceAsync(IStateEngine engine, string partition)
    {
        var sums = await OfAsync(engine, partition);
        foreach (var row in await engine.ScanAsync(partition, StateKeys.Counters, StateKeys.CountersEnd, 1000, default))
        {
            var counter = Counter.Read(row);
            if (!sums.TryGetValue(row.Key, out var sum)) return $"{row.Key}: {counter}, without rows";
            sum = sum with { Base = counter.Base };
            if (counter != sum) return $"{row.Key}: {counter}, its rows: {sum}";
        }
        return null;
    }
}
