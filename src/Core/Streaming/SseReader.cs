using Nano.Json;

namespace Nano.Streaming;

/// <summary>One event of a stream, with SSE's field names; other framings use it too. All members borrow from the reader's buffer until its next call.</summary>
internal readonly struct SseEvent
{
    /// <summary>The event as received, with its blank line; empty for framings other than SSE.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>The <c>event:</c> field; empty when there was none.</summary>
    public ReadOnlyMemory<byte> Type { get; init; }

    /// <summary>The <c>data:</c> lines, joined by line feeds.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>False for comments, <c>id:</c>, <c>retry:</c> and blank lines alone.</summary>
    public bool HasData { get; init; }

    /// <summary>Whether the data is empty or white space: neither JSON nor an end marker.</summary>
    internal static bool IsBlank(ReadOnlySpan<byte> data) => data.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}

/// <summary>
/// Splits a byte stream into server-sent events (WHATWG HTML, "Interpreting an event stream"), however the bytes are
/// chunked: LF, CR and CRLF line ends, comments, a byte order mark, several <c>data:</c> lines. One deviation: a last
/// event without its blank line is not discarded (<see cref="TryReadLast"/>), since some providers end streams that way.
/// Not thread safe.
/// </summary>
internal sealed class SseReader : IFrameReader
{
    private readonly int _maxEventBytes;
    private readonly BufferBudget? _budget;
    private byte[] _buffer;
    private byte[] _joined = [];
    // Positions count from the first byte of the segments, which the buffer continues.
    private int _start;      // first byte of the event being read
    private int _lineStart;  // first byte of the line being read
    private int _scanned;    // no line end between _lineStart and here
    private int _end;        // end of the bytes received
    private List<(byte[] Buffer, int Length)>? _segments; // the beginning of a large event, until a line of it ends
    private int _segmentsLength;
    private int _joins;      // how often segments of this event were joined
    private bool _atStreamStart = true;

    private int _typeStart, _typeLength;
    private int _dataStart, _dataLength, _dataLines;

    /// <param name="maxEventBytes">A longer event makes <see cref="IsTooLong"/> true.</param>
    public SseReader(int maxEventBytes = 16 * 1024 * 1024) : this(maxEventBytes, null)
    {
    }

    /// <param name="budget">Counts large buffers; null for no limit.</param>
    internal SseReader(int maxEventBytes, BufferBudget? budget)
    {
        (_maxEventBytes, _budget) = (maxEventBytes, budget);
        _buffer = BufferPool.Rent(4096);
    }

    /// <summary>An event exceeded the limit; nothing more can be read.</summary>
    public bool IsTooLong => _end - _start > _maxEventBytes;

    public string? Fault => IsTooLong ? FrameReaders.TooLong : null;

    public bool HasRest => _end > _start;

    public void ReleaseIdleBuffer()
    {
        if (HasRest || _buffer.Length == 0) return;
        BufferPool.Return(_buffer, _budget);
        _buffer = [];
        _start = _lineStart = _scanned = _end = 0;
    }

    public Memory<byte> GetMemory(int minimum = 1024)
    {
        if (_segments is null && (_start == _end || (_buffer.Length - _end < minimum && _start > 0))) MoveTo(0);
        var used = _end - _segmentsLength;
        if (_buffer.Length - used >= minimum) return _buffer.AsMemory(used);
        if (_buffer.Length >= LargeBuffers.Largest && _scanned == _end)
        {
            // A large event whose line continues: the bytes so far stay in their segment.
            var next = BufferPool.Rent(Math.Max(LargeBuffers.Largest, minimum), _budget);
            (_segments ??= []).Add((_buffer, used));
            (_buffer, _segmentsLength) = (next, _end);
            return _buffer;
        }
        JoinSegments();
        var larger = BufferPool.Rent(Math.Max(4096, Math.Max(_end + minimum, _buffer.Length * 2)), _budget);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        BufferPool.Return(_buffer, _budget);
        _buffer = larger;
        return _buffer.AsMemory(_end);
    }

    public void Advance(int count)
    {
        _end += count;
        if (!_atStreamStart || _end < 3) return;
        _atStreamStart = false;
        if (_buffer.AsSpan(0, 3).SequenceEqual("\uFEFF"u8)) _start = _lineStart = _scanned = 3;
    }

    public bool TryRead(out SseEvent item) => TryRead(atEnd: false, out item);

    public bool TryReadLast(out SseEvent item)
    {
        if (TryRead(atEnd: true, out item)) return true;
        if (!HasRest) return false;
        if (_segments is not null && IsTooLong) return false;
        JoinSegments();
        if (_lineStart < _end) Field(_lineStart, _end);
        item = Take(_end);
        return true;
    }

    public bool IsWhole(in SseEvent item) => EventBoundary.EndsEvent(item.Raw.Span);

    public void Dispose()
    {
        foreach (var (segment, _) in _segments ?? []) BufferPool.Return(segment, _budget);
        BufferPool.Return(_buffer, _budget);
        BufferPool.Return(_joined, _budget);
        (_segments, _segmentsLength) = (null, 0);
        _buffer = _joined = [];
        _start = _lineStart = _scanned = _end = 0;
    }

    private bool TryRead(bool atEnd, out SseEvent item)
    {
        while (true)
        {
            var offset = _buffer.AsSpan(_scanned - _segmentsLength, _end - _scanned).IndexOfAny((byte)'\n', (byte)'\r');
            if (offset < 0)
            {
                _scanned = _end;
                item = default;
                return false;
            }
            if (_segments is not null && IsTooLong)
            {
                // Too little to justify joining the event into one buffer.
                item = default;
                return false;
            }
            JoinSegments();
            var lineEnd = _scanned + offset;
            var next = lineEnd + 1;
            if (_buffer[lineEnd] == (byte)'\r')
            {
                if (next == _end && !atEnd)
                {
                    // Its line feed may still arrive.
                    _scanned = lineEnd;
                    item = default;
                    return false;
                }
                if (next < _end && _buffer[next] == (byte)'\n') next++;
            }
            if (lineEnd == _lineStart)
            {
                item = Take(next);
                return true;
            }
            Field(_lineStart, lineEnd);
            _lineStart = _scanned = next;
        }
    }

    private void Field(int from, int to)
    {
        var line = _buffer.AsSpan(from, to - from);
        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? to : from + colon + 1;
        if (value < to && _buffer[value] == (byte)' ') value++;
        if (name.SequenceEqual("data"u8)) Data(value, to - value);
        else if (name.SequenceEqual("event"u8)) (_typeStart, _typeLength) = (value, to - value);
    }

    private void Data(int start, int length)
    {
        _dataLines++;
        if (_dataLines == 1)
        {
            (_dataStart, _dataLength) = (start, length);
            return;
        }
        var needed = _dataLength + 1 + length;
        if (_joined.Length < needed)
        {
            var larger = BufferPool.Rent(Math.Max(needed, _joined.Length * 2), _budget);
            if (_dataLines > 2) _joined.AsSpan(0, _dataLength).CopyTo(larger);
            BufferPool.Return(_joined, _budget);
            _joined = larger;
        }
        if (_dataLines == 2) _buffer.AsSpan(_dataStart, _dataLength).CopyTo(_joined);
        _joined[_dataLength] = (byte)'\n';
        _buffer.AsSpan(start, length).CopyTo(_joined.AsSpan(_dataLength + 1));
        _dataLength = needed;
    }

    private SseEvent Take(int end)
    {
        var item = new SseEvent
        {
            Raw = _buffer.AsMemory(_start, end - _start),
            Type = _buffer.AsMemory(_typeStart, _typeLength),
            Data = _dataLines > 1 ? _joined.AsMemory(0, _dataLength) : _buffer.AsMemory(_dataStart, _dataLength),
            HasData = _dataLines > 0,
        };
        _start = _lineStart = _scanned = end;
        _joins = 0;
        _typeStart = _typeLength = _dataStart = _dataLength = _dataLines = 0;
        return item;
    }

    /// <summary>
    /// A line of a large event has ended: the event now continues in one buffer. The first buffer is little longer than the event,
    /// since most large events are one line; later ones grow by half, so that many lines are not copied many times.
    /// </summary>
    private void JoinSegments()
    {
        if (_segments is null) return;
        var spare = _joins++ == 0 ? 4096 : _end / 2;
        var joined = BufferPool.Rent(checked((int)Math.Min((long)_end + spare, Array.MaxLength)), _budget);
        var at = 0;
        foreach (var (segment, length) in _segments)
        {
            segment.AsSpan(0, length).CopyTo(joined.AsSpan(at));
            at += length;
            BufferPool.Return(segment, _budget);
        }
        _buffer.AsSpan(0, _end - at).CopyTo(joined.AsSpan(at));
        BufferPool.Return(_buffer, _budget);
        (_buffer, _segments, _segmentsLength) = (joined, null, 0);
    }

    private void MoveTo(int to)
    {
        var shift = _start - to;
        if (shift == 0) return;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer.AsSpan(to));
        _start -= shift;
        _lineStart -= shift;
        _scanned -= shift;
        _end -= shift;
        _typeStart -= _typeLength > 0 ? shift : 0;
        _dataStart -= _dataLength > 0 ? shift : 0;
    }
}
