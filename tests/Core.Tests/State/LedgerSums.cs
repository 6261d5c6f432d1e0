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
}
