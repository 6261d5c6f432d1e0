using System.Collections.Concurrent;

namespace Nano.State;

/// <summary>
/// Reads rows, decides and commits, and retries while other writers interfere. Transactions of one partition run one after the other within
/// this process. Recently written rows are remembered with their versions, so that an undisturbed transaction is one round trip: a
/// decision over remembered rows counts only if its commit succeeds.
/// </summary>
internal sealed class StateTransactions(IStateEngine engine)
{
    private const int MaxTries = 64;
    private const int MaxUnknown = 2;
    private const int MaxPartitions = 1024;

    /// <summary>For all partitions, so memory does not grow with the number of keys. Above it, all rows are forgotten and read again by the next transactions.</summary>
    internal const int MaxRemembered = 16_384;

    private readonly ConcurrentDictionary<string, Partition> _partitions = new(StringComparer.Ordinal);
    private int _remembered;

    public IStateEngine Engine => engine;

    /// <param name="keys">The rows that the decision may read and change.</param>
    /// <param name="absent">Rows that are assumed to be missing until a commit fails.</param>
    /// <exception cref="StateUnavailableException">The store failed, and failed again when retried. Whether the last commit took effect is unknown.</exception>
    public async ValueTask<T> RunAsync<T>(string partition, IReadOnlyList<string> keys, Func<StateView, T> decide, CancellationToken cancellationToken, params string[] absent)
    {
        var own = PartitionOf(partition);
        await own.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var unknown = 0;
            for (var tries = 1; ; tries++)
            {
                var (view, isFresh) = await ViewAsync(partition, own, keys, absent, mayRemember: tries == 1, cancellationToken).ConfigureAwait(false);
                view.IsAfterUnknown = unknown > 0;
                var result = decide(view);
                if (view.Writes.Count == 0)
                {
                    if (isFresh) return result;
                    // Remembered rows may be outdated: no refusal depends on them.
                    Forget(own, keys);
                    continue;
                }
                try
                {
                    if (await engine.CommitAsync(partition, view.Writes, cancellationToken).ConfigureAwait(false) is { } versions)
                    {
                        Count(own.Remember(view, versions));
                        return result;
                    }
                    Forget(own, keys);
                    if (tries == MaxTries) throw new StateUnavailableException($"{MaxTries} commits lost against other writers.");
                    if (tries > 2) await Task.Delay(Random.Shared.Next(1, Math.Min(4 * tries, 50)), cancellationToken).ConfigureAwait(false);
                }
                catch (StateUnavailableException) when (++unknown <= MaxUnknown)
                {
                    // The commit may have happened, or may still happen. Retrying the same one shows which, and excludes the other.
                    Forget(own, keys);
                }
            }
        }
        catch
        {
            Forget(own, keys);
            throw;
        }
        finally
        {
            own.Gate.Release();
        }
    }

    private async ValueTask<(StateView View, bool IsFresh)> ViewAsync(string partition, Partition own, IReadOnlyList<string> keys, string[] absent, bool mayRemember,
        CancellationToken cancellationToken)
    {
        var rows = new StateRow?[keys.Count];
        if (mayRemember && own.TryFind(keys, absent, rows)) return (new StateView(keys, rows), false);
        var read = await engine.ReadAsync(partition, keys, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < rows.Length; i++) rows[i] = read[i];
        return (new StateView(keys, rows), true);
    }

    /// <summary>The approximate number of remembered rows.</summary>
    internal int Remembered => _partitions.Values.Sum(partition => partition.Count);

    private void Forget(Partition own, IReadOnlyList<string> keys) => Interlocked.Add(ref _remembered, -own.Forget(keys));

    private void Count(int added)
    {
        if (Interlocked.Add(ref _remembered, added) <= MaxRemembered) return;
        Interlocked.Exchange(ref _remembered, 0);
        foreach (var partition in _partitions.Values) partition.ForgetAll();
    }

    private Partition PartitionOf(string name)
    {
        if (_partitions.TryGetValue(name, out var known)) return known;
        // Gates in use are kept; a second gate for the same partition only costs conflicts.
        if (_partitions.Count >= MaxPartitions)
        {
            _partitions.Clear();
            Interlocked.Exchange(ref _remembered, 0);
        }
        return _partitions.GetOrAdd(name, static _ => new Partition());
    }

    /// <summary>Only the owner of the gate uses its rows; any thread may replace them with an empty set.</summary>
    private sealed class Partition
    {
        private volatile Dictionary<string, StateRow> _rows = new(StringComparer.Ordinal);

        /// <summary>Approximate: others may be in the gate.</summary>
        public int Count => _rows.Count;

        public void ForgetAll() => _rows = new Dictionary<string, StateRow>(StringComparer.Ordinal);

        public SemaphoreSlim Gate { get; } = new(1, 1);

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

        /// <returns>The number of rows by which it has grown.</returns>
        public int Remember(StateView view, long[] versions)
        {
            var known = _rows;
            var before = known.Count;
            foreach (var key in view.Keys)
                if (view[key] is { } row) known[key] = row;
            for (var i = 0; i < view.Writes.Count; i++)
            {
                var write = view.Writes[i];
                if (write.IsCheck) continue;
                if (write.Fields is { } fields && !view.IsFinal(write.Key)) known[write.Key] = new StateRow(write.Key, versions[i], fields);
                else known.Remove(write.Key);
            }
            return known.Count - before;
        }
    }
}

/// <summary>The rows of one transaction, and its changes.</summary>
internal sealed class StateView(IReadOnlyList<string> keys, StateRow?[] rows)
{
    private List<string>? _final;

    public IReadOnlyList<string> Keys => keys;

    public List<StateWrite> Writes { get; } = new(keys.Count);

    /// <summary>An earlier commit of this transaction may still take effect.</summary>
    public bool IsAfterUnknown { get; set; }

    public StateRow? this[string key] => rows[IndexOf(key)];

    public void Put(string key, StateFields fields) => Writes.Add(StateWrite.Put(key, this[key], fields));

    /// <summary>Like <see cref="Put"/>, for a row that is not expected to be used again: it is not remembered.</summary>
    public void PutLast(string key, StateFields fields)
    {
        Put(key, fields);
        (_final ??= []).Add(key);
    }

    public bool IsFinal(string key) => _final?.Contains(key) == true;

    public void Delete(string key)
    {
        if (this[key] is { } row) Writes.Add(StateWrite.Delete(row));
    }

    public void Check(string key)
    {
        if (this[key] is { } row) Writes.Add(StateWrite.Check(row));
    }

    private int IndexOf(string key)
    {
        for (var i = 0; i < keys.Count; i++) if (keys[i] == key) return i;
        throw new ArgumentException($"The row '{key}' is not part of the transaction.", nameof(key));
    }
}
