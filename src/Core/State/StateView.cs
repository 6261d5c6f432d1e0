namespace Nano.State;

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
        // Mostly the same object: a commit of many rows has keys of one length that begin alike.
        for (var i = 0; i < keys.Count; i++) if (ReferenceEquals(keys[i], key)) return i;
        for (var i = 0; i < keys.Count; i++) if (keys[i] == key) return i;
        throw new ArgumentException($"The row '{key}' is not part of the transaction.", nameof(key));
    }
}
