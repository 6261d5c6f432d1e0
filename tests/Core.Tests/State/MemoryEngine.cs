using Nano.State;

namespace Nano.Tests.State;

/// <summary>A store in the memory of this process. Thread safe.</summary>
internal sealed class MemoryEngine : IStateEngine
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, StateRow>> _partitions = new(StringComparer.Ordinal);

    public string Name => "memory";

    public bool Exists => true;

    public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var rows = new StateRow?[keys.Count];
        lock (_lock)
        {
            if (_partitions.TryGetValue(partition, out var found))
                for (var i = 0; i < rows.Length; i++) rows[i] = found.GetValueOrDefault(keys[i]);
        }
        return new(rows);
    }

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_partitions.TryGetValue(partition, out var found)) return new([]);
            return new([.. found.Where(row => string.CompareOrdinal(row.Key, from) >= 0 && string.CompareOrdinal(row.Key, to) < 0).Take(limit).Select(row => row.Value)]);
        }
    }

    public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        StateLimits.Check(writes);
        var versions = new long[writes.Count];
        lock (_lock)
        {
            if (!_partitions.TryGetValue(partition, out var rows)) _partitions[partition] = rows = new(StringComparer.Ordinal);
            foreach (var write in writes)
                if ((rows.TryGetValue(write.Key, out var row) ? row.Version : 0) != write.Expected) return new((long[]?)null);
            for (var i = 0; i < writes.Count; i++)
            {
                var write = writes[i];
                if (write.IsCheck)
                {
                    versions[i] = write.Expected;
                    continue;
                }
                if (write.Fields is null) rows.Remove(write.Key);
                else rows[write.Key] = new StateRow(write.Key, versions[i] = StateLimits.NewVersion(), write.Fields);
            }
        }
        return new(versions);
    }

    /// <summary>Deletes everything, like a store that restarts empty.</summary>
    public void Clear()
    {
        lock (_lock) _partitions.Clear();
    }

    public ValueTask DisposeAsync() => default;
}
