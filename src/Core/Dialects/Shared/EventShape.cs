using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>The kind of a value that may differ between two events of one shape.</summary>
internal enum HoleKind
{
    /// <summary>The inside of a non-empty JSON string.</summary>
    Text,

    /// <summary>The inside of any JSON string.</summary>
    Padding,

    /// <summary>A number of at most 15 digits, without a sign, a fraction or an exponent.</summary>
    Count,
}

/// <summary>
/// The bytes of one event of a stream, with holes. Nearly all events of a stream differ from the previous one only in a text and a few numbers.
/// If the bytes around the holes are the same and the holes contain valid values, parsing would find the same members. Comparing costs a
/// tenth of parsing. Not thread safe.
/// </summary>
internal sealed class EventShape
{
    /// <summary>The maximum length in bytes of an event that is remembered.</summary>
    public const int MaxLength = 4096;

    private const int MostDigits = 15;

    /// <summary>The maximum number of events that are not learned after shapes without a match.</summary>
    private const int MostSkipped = 64;

    private Hole[] _holes = new Hole[8];
    private int _count;
    private byte[] _sample = [];
    private int _length;
    private bool _isKnown, _hasMatched;
    private int _misses, _skips;

    /// <summary>The holes in the event that matched last, in order of position.</summary>
    public ReadOnlySpan<Hole> Holes => _holes.AsSpan(0, _count);

    /// <param name="Tag">The reader's name for the hole.</param>
    internal record struct Hole(int Start, int End, HoleKind Kind, int Tag)
    {
        private int _foundStart, _foundEnd;

        /// <summary>The hole's range in the event that matched last.</summary>
        public readonly Range Found => _foundStart.._foundEnd;

        /// <summary>The offset of the bytes after the hole in the event that matched last, relative to the copy.</summary>
        public readonly int Shift => _foundEnd - End;

        public void Find(int start, int length) => (_foundStart, _foundEnd) = (start, start + length);
    }

    /// <summary>
    /// For an event of another shape: discards the shape, and copies the event if it is worth learning. The copy is valid until the next
    /// call; slices of it may be kept with the shape.
    /// </summary>
    public bool TryBegin(ReadOnlyMemory<byte> data, out ReadOnlyMemory<byte> copy)
    {
        if (_isKnown) _misses = _hasMatched ? 0 : _misses + 1;
        _isKnown = _hasMatched = false;
        copy = default;
        if (data.Length > MaxLength) return false;
        if (_skips > 0)
        {
            _skips--;
            return false;
        }
        if (_misses > 2) _skips = Math.Min(MostSkipped, 1 << Math.Min(_misses, 30));
        if (_sample.Length < data.Length) _sample = new byte[data.Length + 64];
        data.CopyTo(_sample);
        _length = data.Length;
        _count = 0;
        copy = _sample.AsMemory(0, _length);
        return true;
    }

    /// <summary>Adds a hole at <paramref name="value"/>. False if it is not a slice of the copy.</summary>
    public bool TryAddValue(ReadOnlySpan<byte> value, HoleKind kind, int tag = 0)
    {
        var sample = _sample.AsSpan(0, _length);
        if (value.IsEmpty || !sample.Overlaps(value, out var start) || start < 0 || start + value.Length > _length) return false;
        Add(new Hole(start, start + value.Length, kind, tag));
        return true;
    }

    /// <summary>Adds a hole for the inside of the string in the last member with a name, if there is one.</summary>
    /// <param name="name">The member's name, quotes included.</param>
    public bool TryAddHole(ReadOnlySpan<byte> name, HoleKind kind)
    {
        var sample = _sample.AsSpan(0, _length);
        // A quote within a string is escaped, so this is a name, the end of a name, or a whole string, which no colon follows.
        var at = sample.LastIndexOf(name);
        if (at < 0) return false;
        var start = at + name.Length;
        if (start < _length && sample[start] == (byte)':') start++;
        else return false;
        if (start < _length && sample[start] == (byte)' ') start++;
        if (start == _length || sample[start++] != (byte)'"') return false;
        var length = JsonEscaping.LengthOfString(sample[start..]);
        if (length < 0 || (length == 0 && kind == HoleKind.Text)) return false;
        Add(new Hole(start, start + length, kind, 0));
        return true;
    }

    /// <summary>The shape is complete: events may be compared with it.</summary>
    public void Learn() => _isKnown = true;

    /// <summary>Whether the event differs from the copy only in the holes.</summary>
    public bool Matches(ReadOnlySpan<byte> data)
    {
        if (!_isKnown) return false;
        var sample = _sample.AsSpan(0, _length);
        var (at, from) = (0, 0);
        foreach (ref var hole in _holes.AsSpan(0, _count))
        {
            var before = sample[from..hole.Start];
            if (!data[at..].StartsWith(before)) return false;
            at += before.Length;
            var length = LengthOf(data[at..], hole.Kind);
            if (length < 0) return false;
            hole.Find(at, length);
            at += length;
            from = hole.End;
        }
        if (!data[at..].SequenceEqual(sample[from..])) return false;
        return _hasMatched = true;
    }

    /// <summary>The position in the event that matched last of the copy's <paramref name="position"/>, which is outside of holes.</summary>
    public int PositionOf(int position)
    {
        for (var i = _count - 1; i >= 0; i--)
            if (_holes[i].End <= position) return position + _holes[i].Shift;
        return position;
    }

    /// <summary>The position of a slice of the copy.</summary>
    public int PositionOf(ReadOnlySpan<byte> slice) => _sample.AsSpan(0, _length).Overlaps(slice, out var start) ? start : -1;

    private void Add(in Hole hole)
    {
        if (_count == _holes.Length) Array.Resize(ref _holes, _count * 2);
        var at = _count++;
        for (; at > 0 && _holes[at - 1].Start > hole.Start; at--) _holes[at] = _holes[at - 1];
        _holes[at] = hole;
    }

    private static int LengthOf(ReadOnlySpan<byte> data, HoleKind kind)
    {
        if (kind != HoleKind.Count)
        {
            var length = JsonEscaping.LengthOfString(data);
            return length == 0 && kind == HoleKind.Text ? -1 : length;
        }
        var digits = 0;
        while (digits < data.Length && char.IsAsciiDigit((char)data[digits])) digits++;
        return digits is 0 or > MostDigits || (digits > 1 && data[0] == (byte)'0') ? -1 : digits;
    }
}
