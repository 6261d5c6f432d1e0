using System.Text;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// The top-level members of a request body, in order, as slices of it. Edits remove, rename or replace them; other members
/// are written unchanged. Not thread safe. Dispose returns the buffers of replaced values.
/// </summary>
internal sealed class BodyMembers : IDisposable
{
    private readonly List<(JsonText Name, JsonSlice Value)> _members = new(24);
    private readonly List<JsonOutput> _values = [];
    private readonly JsonOutput _output;

    /// <param name="output">The output to which the request will be written.</param>
    public BodyMembers(ReadOnlyMemory<byte> body, JsonOutput output)
    {
        _output = output;
        Length = body.Length;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            _members.Add((name, cursor.TakeValue()));
        }
    }

    /// <summary>The body's length in bytes, for sizing buffers.</summary>
    public int Length { get; }

    public bool IsChanged { get; private set; }

    /// <summary>A member's value; absent when there is none.</summary>
    public JsonSlice Find(ReadOnlySpan<byte> name)
    {
        var at = IndexOf(name);
        return at < 0 ? default : _members[at].Value;
    }

    /// <summary>A member with a value that is not <c>null</c>.</summary>
    public bool Has(ReadOnlySpan<byte> name) => Find(name).HasValue;

    /// <summary>Removes a member and returns its value, absent if there was none.</summary>
    public JsonSlice Remove(ReadOnlySpan<byte> name)
    {
        var at = IndexOf(name);
        if (at < 0) return default;
        var value = _members[at].Value;
        _members.RemoveAt(at);
        IsChanged = true;
        return value;
    }

    /// <inheritdoc cref="Remove(ReadOnlySpan{byte})"/>
    /// <param name="name">At most 64 characters of ASCII: a name from a provider's list.</param>
    public JsonSlice Remove(string name)
    {
        Span<byte> bytes = stackalloc byte[64];
        return Remove(bytes[..Encoding.UTF8.GetBytes(name, bytes)]);
    }

    /// <summary>Removes every member that a provider with a closed schema does not accept, and reports those that have an effect.</summary>
    public void RemoveAllBut(IReadOnlySet<string> taken, LossReport losses)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            var (name, value) = _members[i];
            if (taken.Contains(name.ToString())) continue;
            _members.RemoveAt(i);
            IsChanged = true;
            if (value.HasValue && !value.IsFalse && !IdleMember.Is(name, value)) losses.Drop(name.ToString());
        }
    }

    public void RemoveNulls() => IsChanged |= _members.RemoveAll(member => member.Value.IsNull) > 0;

    public void Rename(string from, string to)
    {
        var at = IndexOf(Encoding.UTF8.GetBytes(from));
        if (at < 0) return;
        _members[at] = (JsonText.From(to), _members[at].Value);
        IsChanged = true;
    }

    /// <summary>Replaces a member's value, or adds the member.</summary>
    public void Set(ReadOnlySpan<byte> name, JsonSlice value)
    {
        var at = IndexOf(name);
        if (at < 0) _members.Add((new JsonText(name.ToArray()), value));
        else _members[at] = (_members[at].Name, value);
        IsChanged = true;
    }

    /// <inheritdoc cref="Set(ReadOnlySpan{byte}, JsonSlice)"/>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) => Set(name, new JsonSlice(json.ToArray()));

    /// <summary>An output for a new value; it lives as long as these members.</summary>
    public JsonOutput NewValue(int sizeHint = 256)
    {
        var output = _output.CreateScratch(sizeHint);
        _values.Add(output);
        return output;
    }

    public void WriteTo(JsonOutput output)
    {
        output.BeginObject();
        foreach (var (name, value) in _members)
        {
            output.Name(name);
            output.Raw(value);
        }
        output.EndObject();
    }

    public void Dispose()
    {
        foreach (var value in _values) value.Dispose();
        _values.Clear();
    }

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _members.Count; i++)
            if (_members[i].Name.Is(name)) return i;
        return -1;
    }
}
