using System.Globalization;

namespace Nano.State;

/// <summary>
/// Deletes what the ledger no longer has to keep. It commits beside the transactions of requests and never delays them: a batch that conflicts
/// with another writer is left for the next call. The cost of deleted attempts is kept as one sum per scope, in the same commit, so that budgets
/// without an end stay exact.
/// </summary>
internal static class LedgerRetention
{
    /// <summary>Rows of one commit; the sums of their scopes are additional rows.</summary>
    private const int Batch = 40;

    private const int Page = 500;

    /// <summary>A budget's window has at most 31 days, and a settlement may arrive some hours after its end.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(33);

    /// <summary>Deletes some attempts of requests that began before a time. Open attempts stay.</summary>
    /// <returns>Whether there may be more.</returns>
    public static async ValueTask<bool> TrimAsync(IStateEngine engine, string partition, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var rows = await engine.ScanAsync(partition, StateKeys.Attempts, StateKeys.Attempt(SortableId.FloorOf(before)), Batch, cancellationToken).ConfigureAwait(false);
        var writes = new List<StateWrite>();
        var costs = new Dictionary<string, Amount>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var attempt = AttemptRow.Read(row);
            if (attempt.State == AttemptState.Open) continue;
            string[] scopes = [.. attempt.Details.Scopes];
            if (writes.Count + costs.Count + scopes.Length + 1 > StateLimits.MaxWrites) break;
            writes.Add(StateWrite.Delete(row));
            foreach (var scope in scopes) costs[scope] = costs.GetValueOrDefault(scope) + attempt.Charged;
        }
        if (writes.Count == 0) return false;
        string[] names = [.. costs.Keys];
        var sums = await engine.ReadAsync(partition, [.. names.Select(StateKeys.Deleted)], cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < names.Length; i++)
            if (costs[names[i]] != default) writes.Add(StateWrite.Put(StateKeys.Deleted(names[i]), sums[i], Write(Read(sums[i]) + costs[names[i]])));
        await engine.CommitAsync(partition, writes, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Deletes the counters of windows that ended before a time.</summary>
    public static async ValueTask TrimCountersAsync(IStateEngine engine, string partition, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var from = StateKeys.Counters;
        while (true)
        {
            var rows = await engine.ScanAsync(partition, from, StateKeys.CountersEnd, Page, cancellationToken).ConfigureAwait(false);
            foreach (var ended in rows.Where(row => StartOf(row.Key) + LongestWindow < before).Chunk(Batch))
                await engine.CommitAsync(partition, [.. ended.Select(StateWrite.Delete)], cancellationToken).ConfigureAwait(false);
            if (rows.Count < Page) return;
            from = rows[^1].Key + "!";
        }
    }

    /// <summary>The cost of a scope's deleted attempts.</summary>
    public static Amount Read(StateRow? row) => row is null ? default : new Amount(row.Fields.Number("nano_usd"), row.Fields.Number("tokens"));

    private static StateFields Write(Amount amount) => new StateFields().Set("nano_usd", amount.NanoUsd).Set("tokens", amount.Tokens);

    /// <summary>The first day of a counter's window; null for one without an end.</summary>
    private static DateTimeOffset? StartOf(string key) =>
        key.LastIndexOf(':') is > 0 and var colon
        && DateTimeOffset.TryParseExact(key.AsSpan(colon + 1), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day) ? day : null;
}
