using System.Collections.Concurrent;

namespace Nano.State;

/// <summary>
/// The remembered rows of one partition, and the transactions that wait for it. Only the owner of the gate uses the rows; any thread may replace them with an
/// empty set.
/// </summary>
internal sealed class StatePartition
{
    private volatile Dictionary<string, StateRow> _rows = new(StringComparer.Ordinal);

    /// <summary>Approximate: others may be in the gate.</summary>
    public int Count => _rows.Count;

    public void ForgetAll() => _rows = new Dictionary<string, StateRow>(StringComparer.Ordinal);

    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>What waits for the gate.</summary>
    public ConcurrentQueue<WaitingTransaction> Queue { get; } = new();

    public StateRow? Find(string key) => _rows.GetValueOrDefault(key);

    public bool TryFind(IReadOnlyList<string> keys, string[] absent, StateRow?[] rows)
    {
        var known = _rows;
        if (known.Count == 0) return false;
        for (var i = 0; i < rows.Length; i++)
            if (!known.TryGetValue(keys[i], out rows[i]) && Array.IndexOf(absent, keys[i]) < 0) return false;
        return true;
    }

    /// <returns>The number of removed rows.</returns>
    public int Forget(IReadOnlyList<string> keys)
    {
        var known = _rows;
        var forgotten = 0;
        foreach (var key in keys) if (known.Remove(key)) forgotten++;
        return forgotten;
    }

    /// <param name="isFresh">The rows of the view were read from the store, not remembered.</param>
    /// <returns>The number of rows by which it has grown.</returns>
    public int Remember(StateView view, long[] versions, bool isFresh)
    {
        var known = _rows;
        var before = known.Count;
        if (isFresh)
            foreach (var key in view.Keys)
                if (view[key] is { } row) known[key] = row;
        Apply(known, view.Writes, versions, view.IsFinal);
        return known.Count - before;
    }

    /// <inheritdoc cref="Remember(StateView, long[], bool)"/>
    public int Remember(IReadOnlyList<StateRow?> read)
    {
        var known = _rows;
        var before = known.Count;
        foreach (var row in read) if (row is not null) known[row.Key] = row;
        return known.Count - before;
    }

    /// <inheritdoc cref="Remember(StateView, long[], bool)"/>
    public int Remember(StateBatch batch, long[] versions)
    {
        var known = _rows;
        var before = known.Count;
        Apply(known, batch.Writes, versions, batch.IsFinal);
        return known.Count - before;
    }

    private static void Apply(Dictionary<string, StateRow> known, List<StateWrite> writes, long[] versions, Func<string, bool> isFinal)
    {
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            if (write.IsCheck) continue;
            if (write.Fields is { } fields && !isFinal(write.Key)) known[write.Key] = new StateRow(write.Key, versions[i], fields);
            else known.Remove(write.Key);
        }
    }
}
