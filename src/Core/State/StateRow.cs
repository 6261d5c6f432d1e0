namespace Nano.State;

/// <summary>
/// One row of a state store. <see cref="Version"/> is a random number that changes with every write, so that a row that was deleted and
/// created again is never mistaken for the one that was read before.
/// </summary>
internal sealed record StateRow(string Key, long Version, StateFields Fields);

/// <summary>One change in a commit. The commit happens only if the row still has <paramref name="Expected"/> as its version.</summary>
/// <param name="Expected">0: the row must not exist.</param>
/// <param name="Fields">The new contents of the row; null to delete it, or to only check it.</param>
/// <param name="IsCheck">The row stays unchanged and must have the version. An engine that cannot lose rows may skip the check.</param>
internal readonly record struct StateWrite(string Key, long Expected, StateFields? Fields, bool IsCheck = false)
{
    public static StateWrite Put(string key, StateRow? before, StateFields fields) => new(key, before?.Version ?? 0, fields);

    public static StateWrite Delete(StateRow row) => new(row.Key, row.Version, null);

    public static StateWrite Check(StateRow row) => new(row.Key, row.Version, null, IsCheck: true);
}

/// <summary>
/// The fields of a row: names with a 64-bit integer or a text. Money, counts and times are integers in every engine, because engines
/// store other number types with different precision. Immutable after the row was committed.
/// </summary>
/// <param name="capacity">The number of fields that it has space for; it grows above it.</param>
internal sealed class StateFields(int capacity = 8)
{
    private Field[] _fields = new Field[capacity];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<Field> All => _fields.AsSpan(0, _count);

    /// <summary>0 when the row has no such field.</summary>
    public long Number(string name) => IndexOf(name) is >= 0 and var i && _fields[i].Text is null ? _fields[i].Number : 0;

    /// <summary>Null when the row has no such field.</summary>
    public string? Text(string name) => IndexOf(name) is >= 0 and var i ? _fields[i].Text : null;

    public StateFields Set(string name, long value) => Set(new Field(name, value, null));

    /// <summary>A text that is null or empty is removed: not every engine distinguishes the two.</summary>
    public StateFields Set(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) return Set(new Field(name, 0, value));
        if (IndexOf(name) is not (>= 0 and var i)) return this;
        _count--;
        Array.Copy(_fields, i + 1, _fields, i, _count - i);
        return this;
    }

    /// <summary>Adds a field that the row does not have. A 0 is left out: it is read for a missing number.</summary>
    public StateFields Add(string name, long value) => value == 0 ? this : Append(new Field(name, value, null));

    /// <summary>Adds a field that the row does not have. A text that is null or empty is left out.</summary>
    public StateFields Add(string name, string? value) => string.IsNullOrEmpty(value) ? this : Append(new Field(name, 0, value));

    public StateFields Copy()
    {
        var copy = new StateFields(Math.Max(_count, 1)) { _count = _count };
        All.CopyTo(copy._fields);
        return copy;
    }

    private StateFields Set(in Field field)
    {
        if (IndexOf(field.Name) is not (>= 0 and var i)) return Append(field);
        _fields[i] = field;
        return this;
    }

    private StateFields Append(in Field field)
    {
        if (_count == _fields.Length) Array.Resize(ref _fields, 2 * _count);
        _fields[_count++] = field;
        return this;
    }

    private int IndexOf(string name)
    {
        var fields = _fields;
        for (var i = 0; i < _count; i++) if (fields[i].Name == name) return i;
        return -1;
    }

    /// <param name="Text">Null for a number.</param>
    internal readonly record struct Field(string Name, long Number, string? Text);
}
