using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>What may differ between two events of one shape.</summary>
internal enum HoleKind
{
    /// <summary>The inside of a JSON string that is not empty.</summary>
    Text,

    /// <summary>The inside of any JSON string.</summary>
    Padding,

    /// <summary>A number of at most 15 digits, without a sign, a fraction or an exponent.</summary>
    Count,
}

/// <summary>
/// The bytes of one event of a stream, with holes. Nearly all events of a stream differ from the one before in a text and a few numbers only:
/// where the bytes around the holes are the same and the holes contain valid values, parsing would find the same members. Comparing costs a
/// tenth of it. Not thread safe.
/// </summary>
internal sealed class EventShape
{
    /// <summary>A longer event is not remembered.</summary>
    public const int MaxLength = 4096;

    private const int MostDigits = 15;

    /// <summary>After shapes that matched nothing, this many events at most are not learned.</summary>
    private const int MostSkipped = 64;

    private Hole[] _holes = new Hole[8];
    private int _count;
    private byte[] _sample = [];
    private int _length;
    private bool _isKnown, _hasMatched;
    private int _misses, _skips;

    /// <summary>What the event that matched last has where the copy has something else: the holes in the order of their places.</summary>
    public ReadOnlySpan<Hole> Holes => _holes.AsSpan(0, _count);

    /// <param name="Tag">What the reader of the event calls it.</param>
    internal record struct Hole(int Start, int End, HoleKind Kind, int Tag)
    {
        private int _foundStart, _foundEnd;

        /// <summary>In the event that matched last.</summary>
        public readonly Range Found => _foundStart.._foundEnd;

        /// <summary>How much farther what is behind the hole is in the event that matched last.</summary>
        public readonly int Shift => _foundEnd - End;

        public void Find(int start, int length) => (_foundStart, _foundEnd) = (start, start + length);
    }

    /// <summary>
    /// The event is not of this shape: forgets the shape, and copies the event where it is worth learning. The copy is valid until the next
    /// call; what is read from it may be kept with the shape.
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

    /// <summary>A hole where the copy has <paramref name="value"/>. False when it is not a slice of the copy.</summary>
    public bool TryAddValue(ReadOnlySpan<byte> value, HoleKind kind, int tag = 0)
    {
        var sample = _sample.AsSpan(0, _length);
        if (value.IsEmpty || !sample.Overlaps(value, out var start) || start < 0 || start + value.Length > _length) return false;
        Add(new Hole(start, start + value.Length, kind, tag));
        return true;
    }

    /// <summary>A hole for the inside of a string that is the last member of a name, where the event has one.</summary>
    /// <param name="name">With its quotes.</param>
    public bool TryAddHole(ReadOnlySpan<byte> name, HoleKind kind)
    {
        var sample = _sample.AsSpan(0, _length);
        // A quote within a string is escaped: this is a name, or the end of one, or a whole string, behind which no colon is.
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

    /// <summary>The event differs from the copy in the holes alone.</summary>
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

    /// <summary>Where the event that matched last has what the copy has at <paramref name="position"/>, which is outside of holes.</summary>
    public int PositionOf(int position)
    {
        for (var i = _count - 1; i >= 0; i--)
            if (_holes[i].End <= position) return position + _holes[i].Shift;
        return position;
    }

    /// <summary>Where the copy has a slice of itself.</summary>
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
