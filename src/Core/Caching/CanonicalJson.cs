using System.Security.Cryptography;
using System.Text.Json;
using Nano.Json;

namespace Nano.Caching;

/// <summary>
/// The digest of a JSON object that does not depend on white space or on the order of members. Everything else counts: names and values are
/// compared as they are written, so <c>1</c>, <c>1.0</c> and <c>1e0</c> differ, as do <c>"a"</c> and <c>"\u0061"</c>. A difference that means
/// nothing costs a miss; requests that some server may read differently never get the same digest.
/// </summary>
/// <remarks>
/// Servers differ in which of two equal names they take, and some read names without regard to case or underscores. So members whose
/// names are equal in that sense keep their order, and so does every object with a name that has an escape or a character beyond ASCII.
/// One pass over the tokens: an object's members are written one after another and, where they are not in order, are put in order at its end.
/// </remarks>
internal sealed class CanonicalJson
{
    /// <summary>Members of the objects that are open at once: a request with more is not digested.</summary>
    internal const int MaxMembers = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _json;
    private readonly BufferBudget? _budget;
    private readonly List<Member> _members = [];
    private readonly List<Level> _levels = [];
    private byte[] _buffer;
    private int _length;

    private CanonicalJson(ReadOnlyMemory<byte> json, BufferBudget? budget)
    {
        (_json, _budget) = (json, budget);
        // A container with content takes at least three bytes and gets one more.
        _buffer = BufferPool.Rent(json.Length + json.Length / 2 + 16, budget);
    }

    /// <summary>Writes the digest (SHA-256) of an object; false when it has too many members.</summary>
    /// <param name="json">JSON that was read before.</param>
    /// <param name="isLeftOut">Whether a top-level member does not count, by its raw name (without quotes) and raw value.</param>
    /// <param name="budget">Counts large buffers; null for none.</param>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    /// <exception cref="BufferBudgetException">The budget is spent.</exception>
    public static bool TryDigest(ReadOnlyMemory<byte> json, MemberFilter isLeftOut, Span<byte> digest, BufferBudget? budget = null)
    {
        var canonical = new CanonicalJson(json, budget);
        try
        {
            if (!canonical.TryWrite(isLeftOut)) return false;
            SHA256.HashData(canonical._buffer.AsSpan(0, canonical._length), digest);
            return true;
        }
        finally
        {
            BufferPool.Return(canonical._buffer, budget);
        }
    }

    private bool TryWrite(MemberFilter isLeftOut)
    {
        var json = _json.Span;
        var reader = new Utf8JsonReader(json, JsonCursor.ReaderOptions);
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    _levels.Add(new Level(_members.Count, reader.TokenType == JsonTokenType.StartObject));
                    Append(json.Slice(start, 1));
                    continue;
                case JsonTokenType.EndObject:
                    Order(_levels[^1].FirstMember);
                    goto case JsonTokenType.EndArray;
                case JsonTokenType.EndArray:
                    _members.RemoveRange(_levels[^1].FirstMember, _members.Count - _levels[^1].FirstMember);
                    _levels.RemoveAt(_levels.Count - 1);
                    Append(json.Slice(start, 1));
                    break;
                case JsonTokenType.PropertyName:
                    var name = json.Slice(start + 1, reader.ValueSpan.Length);
                    if (_levels.Count == 1 && IsLeftOut(ref reader, name, isLeftOut)) continue;
                    if (_members.Count == MaxMembers) return false;
                    _members.Add(new Member(start + 1, name.Length, _length, 0, name.ContainsAnyExceptInRange((byte)' ', (byte)'~') || name.Contains((byte)'\\')));
                    Append(json.Slice(start, name.Length + 2));
                    Append(":"u8);
                    continue;
                default:
                    Append(json[start..(int)reader.BytesConsumed]);
                    break;
            }
            // A value is complete.
            if (_levels.Count == 0) return true;
            Append(","u8);
            if (_levels[^1].IsObject) _members[^1] = _members[^1] with { End = _length };
        }
        return false;
    }

    private bool IsLeftOut(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, MemberFilter isLeftOut)
    {
        var value = reader;
        value.Read();
        var start = (int)value.TokenStartIndex;
        if (!isLeftOut.Names(name)) return false;
        value.Skip();
        if (!isLeftOut.Matches(name, new JsonSlice(_json[start..(int)value.BytesConsumed]))) return false;
        reader = value;
        return true;
    }

    private void Order(int first)
    {
        var count = _members.Count - first;
        if (count < 2) return;
        var members = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_members)[first..];
        var isOrdered = true;
        for (var i = 0; i < count; i++)
        {
            if (members[i].IsOdd) return;
            isOrdered &= i == 0 || Compare(members[i - 1], members[i]) <= 0;
        }
        if (isOrdered) return;
        var from = members[0].Start;
        var length = members[^1].End - from;
        members.Sort((a, b) => Compare(a, b) is not 0 and var order ? order : a.Start - b.Start);
        var scratch = BufferPool.Rent(length, _budget);
        var at = 0;
        foreach (var member in members)
        {
            _buffer.AsSpan(member.Start, member.End - member.Start).CopyTo(scratch.AsSpan(at));
            at += member.End - member.Start;
        }
        scratch.AsSpan(0, length).CopyTo(_buffer.AsSpan(from));
        BufferPool.Return(scratch, _budget);
    }

    /// <summary>Compares names without regard to case and underscores.</summary>
    private int Compare(in Member a, in Member b)
    {
        var left = _json.Span.Slice(a.Name, a.NameLength);
        var right = _json.Span.Slice(b.Name, b.NameLength);
        for (int i = 0, j = 0; ; i++, j++)
        {
            while (i < left.Length && left[i] == (byte)'_') i++;
            while (j < right.Length && right[j] == (byte)'_') j++;
            if (i >= left.Length || j >= right.Length) return (left.Length - i).CompareTo(0) - (right.Length - j).CompareTo(0);
            var order = Fold(left[i]) - Fold(right[j]);
            if (order != 0) return order;
        }
    }

    private static int Fold(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? letter | 0x20 : letter;

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <param name="FirstMember">The index of the object's first member; for an array, where a member would be.</param>
    private readonly record struct Level(int FirstMember, bool IsObject);

    /// <param name="Name">The position of the name in the input, without quotes.</param>
    /// <param name="Start">The position of the member in the output.</param>
    /// <param name="IsOdd">The name has escapes or characters beyond ASCII: its object is not put in order.</param>
    private readonly record struct Member(int Name, int NameLength, int Start, int End, bool IsOdd);
}

/// <summary>Which top-level members of a request do not count: those that only decide whether the response is streamed.</summary>
/// <param name="stream">The dialect has <c>stream</c>.</param>
/// <param name="options">It also has <c>stream_options</c>, whose known members only shape the stream.</param>
internal readonly struct MemberFilter(bool stream, bool options)
{
    public bool Names(ReadOnlySpan<byte> name) => (stream && name.SequenceEqual("stream"u8)) || (options && name.SequenceEqual("stream_options"u8));

    public bool Matches(ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (name.Length == "stream"u8.Length || value.IsNull) return true;
        if (!value.IsObject) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!cursor.NameIs("include_usage"u8) && !cursor.NameIs("include_obfuscation"u8)) return false;
            cursor.Skip();
        }
        return true;
    }
}
