namespace Nano.State;

/// <summary>
/// Transactions of one partition that are committed together: each decides over the rows as those before it leave them. A transaction that writes nothing, needs a
/// row that is not remembered, or does not fit is not part of it. Not thread safe.
/// </summary>
/// <param name="find">A remembered row; null for one that is not remembered.</param>
internal sealed class StateBatch(Func<string, StateRow?> find)
{
    /// <summary>Rows as they will be; null for one that will be deleted.</summary>
    private readonly Dictionary<string, StateRow?> _rows = new(StringComparer.Ordinal);

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly HashSet<string> _final = new(StringComparer.Ordinal);

    public List<WaitingTransaction> Members { get; } = [];

    /// <summary>At most one for each row.</summary>
    public List<StateWrite> Writes { get; } = [];

    /// <summary>The row is not expected to be used again.</summary>
    public bool IsFinal(string key) => _final.Contains(key);

    /// <returns>False when the transaction has to be run alone. It has changed nothing then.</returns>
    public bool TryAdd(WaitingTransaction transaction)
    {
        var keys = transaction.Keys;
        var rows = new StateRow?[keys.Count];
        for (var i = 0; i < rows.Length; i++)
            if (!_rows.TryGetValue(keys[i], out rows[i]) && (rows[i] = find(keys[i])) is null && Array.IndexOf(transaction.Absent, keys[i]) < 0) return false;
        var view = new StateView(keys, rows);
        if (!transaction.TryDecide(view) || view.Writes.Count == 0) return false;
        var added = 0;
        foreach (var write in view.Writes)
        {
            if (!_places.TryGetValue(write.Key, out var place)) added++;
            // What one of them deletes, or finds unchanged, and another writes: rare, and not worth rules of its own.
            else if (Writes[place].IsCheck && !write.IsCheck || IsDelete(Writes[place]) || IsDelete(write)) return false;
        }
        if (Writes.Count + added > StateLimits.MaxWrites) return false;
        foreach (var write in view.Writes) Add(write, view.IsFinal(write.Key));
        Members.Add(transaction);
        return true;
    }

    private static bool IsDelete(in StateWrite write) => write is { Fields: null, IsCheck: false };

    private void Add(in StateWrite write, bool isFinal)
    {
        if (_places.TryGetValue(write.Key, out var place))
        {
            if (write.IsCheck) return;
            // The version that the store must have is the one that the first of them has seen.
            Writes[place] = Writes[place] with { Fields = write.Fields };
        }
        else
        {
            _places[write.Key] = Writes.Count;
            Writes.Add(write);
        }
        if (write.IsCheck) return;
        _rows[write.Key] = write.Fields is { } fields ? new StateRow(write.Key, write.Expected, fields) : null;
        if (isFinal) _final.Add(write.Key);
        else _final.Remove(write.Key);
    }
}

/// <summary>A transaction that waits for others of its partition.</summary>
internal abstract class WaitingTransaction(IReadOnlyList<string> keys, string[] absent)
{
    public IReadOnlyList<string> Keys => keys;

    public string[] Absent => absent;

    /// <summary>A commit with its writes may still take effect.</summary>
    public bool IsAfterUnknown { get; set; }

    /// <summary>Decides and keeps the result. False when it raised: alone, it will do so again.</summary>
    public abstract bool TryDecide(StateView view);

    /// <summary>Runs the transaction by itself, to its end, and keeps the result. Raises nothing.</summary>
    public abstract ValueTask RunAloneAsync();

    /// <summary>Returns the result to the caller, which goes on on this thread.</summary>
    public abstract void Execute();
}
