using System.Runtime.InteropServices;

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
internal sealed class StateFields
{
    private readonly List<Field> _fields = new(8);

    public int Count => _fields.Count;

    public ReadOnlySpan<Field> All => CollectionsMarshal.AsSpan(_fields);

    /// <summary>0 when the row has no such field.</summary>
    public long Number(string name)
    {
        foreach (var field in _fields) if (field.Name == name && field.Text is null) return field.Number;
        return 0;
    }

    /// <summary>Null when the row has no such field.</summary>
    public string? Text(string name)
    {
        foreach (var field in _fields) if (field.Name == name) return field.Text;
        return null;
    }

    public StateFields Set(string name, long value) => Set(new Field(name, value, null));

    /// <summary>A text that is null or empty is removed: not every engine distinguishes the two.</summary>
    public StateFields Set(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) return Set(new Field(name, 0, value));
        for (var i = _fields.Count - 1; i >= 0; i--) if (_fields[i].Name == name) _fields.RemoveAt(i);
        return this;
    }

    public StateFields Copy()
    {
        var copy = new StateFields();
        copy._fields.AddRange(_fields);
        return copy;
    }

    private StateFields Set(Field field)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Name != field.Name) continue;
            _fields[i] = field;
            return this;
        }
        _fields.Add(field);
        return this;
    }

    /// <param name="Text">Null for a number.</param>
    internal readonly record struct Field(string Name, long Number, string? Text);
}
