namespace Nano.Json;

/// <summary>
/// Gathers a message that arrives in pieces. A small message is one growing buffer. A larger one is a list of segments, so that
/// nothing is copied while more arrives; <see cref="Join"/> copies it once into a buffer of its exact length. An announced
/// length is used only after the first megabyte has arrived, so that a false one costs little. Not thread safe.
/// </summary>
/// <param name="believed">Announced lengths of up to this many bytes are allocated at once.</param>
/// <remarks>Members that need a larger buffer raise <see cref="BufferBudgetException"/> when the budget is spent; gathered bytes are kept until <see cref="Return"/>.</remarks>
internal struct GatheredBytes(BufferBudget? budget, long? announced, int believed = LargeBuffers.Largest)
{
    private byte[] _buffer = BufferPool.Rent(FirstOf(announced, believed), budget);
    private int _length;
    private List<byte[]>? _full; // segments before _buffer, each filled to its end
    private long _fullLength;

    private const int SmallFirst = 4096;

    /// <summary>Bytes gathered so far.</summary>
    public readonly long Length => _fullLength + _length;

    /// <summary>All bytes, after <see cref="Join"/>.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The next bytes go into a large buffer.</summary>
    public readonly bool IsLarge => _buffer.Length > BufferPool.LargestShared;

    /// <summary>Memory for the next bytes, never empty.</summary>
    public Memory<byte> GetMemory()
    {
        if (_length == _buffer.Length) Grow();
        return _buffer.AsMemory(_length);
    }

    public void Advance(int count) => _length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var memory = GetMemory();
            var count = Math.Min(bytes.Length, memory.Length);
            bytes[..count].CopyTo(memory.Span);
            _length += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Joins the segments into one buffer, for code that needs contiguous bytes.</summary>
    public void Join()
    {
        if (_full is null) return;
        var joined = BufferPool.Rent(checked((int)Length), budget);
        var at = 0;
        foreach (var segment in _full)
        {
            segment.CopyTo(joined, at);
            at += segment.Length;
            BufferPool.Return(segment, budget);
        }
        _buffer.AsSpan(0, _length).CopyTo(joined.AsSpan(at));
        BufferPool.Return(_buffer, budget);
        (_buffer, _length, _full, _fullLength) = (joined, at + _length, null, 0);
    }

    /// <summary>Returns all buffers. Slices of them are invalid from here on.</summary>
    public void Return()
    {
        foreach (var segment in _full ?? []) BufferPool.Return(segment, budget);
        if (_buffer is not null) BufferPool.Return(_buffer, budget);
        Forget();
    }

    /// <summary>Leaves the buffers to the garbage collector: something may still be reading from them.</summary>
    public void Abandon()
    {
        foreach (var segment in _full ?? []) BufferPool.Abandon(segment, budget);
        if (_buffer is not null) BufferPool.Abandon(_buffer, budget);
        Forget();
    }

    private static int FirstOf(long? announced, int believed) =>
        announced is not { } length ? SmallFirst : length < believed ? (int)Math.Max(length, 0) + 1 : LargeBuffers.Largest;

    private void Forget() => (_buffer, _length, _full, _fullLength) = ([], 0, null, 0);

    private void Grow()
    {
        if (_full is null && announced is { } promised && promised >= _length && promised < Array.MaxLength)
        {
            MoveTo((int)promised + 1);
            return;
        }
        if (_full is null && _buffer.Length < BufferPool.LargestShared)
        {
            MoveTo(_buffer.Length * 4);
            return;
        }
        var next = BufferPool.Rent(_buffer.Length < LargeBuffers.Largest / 4 ? BufferPool.LargestShared * 4 : LargeBuffers.Largest, budget);
        (_full ??= []).Add(_buffer);
        _fullLength += _length;
        (_buffer, _length) = (next, 0);
    }

    private void MoveTo(int length)
    {
        var larger = BufferPool.Rent(length, budget);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        BufferPool.Return(_buffer, budget);
        _buffer = larger;
    }
}
