using System.Buffers.Binary;
using System.IO.Hashing;
using Nano.Json;

namespace Nano.Streaming;

/// <summary>
/// Splits <c>application/vnd.amazon.eventstream</c> into messages. A message has 12 bytes for its length, its headers' length
/// and a checksum of both; then headers, payload, and a checksum of the whole (Smithy, "Amazon Event Stream specification").
/// Both checksums are verified. A message that the end of the stream cuts off is ignored.
/// </summary>
/// <remarks>An event without a payload is read as <c>{}</c>, so that it is not mistaken for silence.</remarks>
internal sealed class AmazonEventStreamReader : IFrameReader
{
    private const int Prelude = 12, Checksum = 4, MaxHeaders = 128 * 1024, MaxName = 256;

    private static readonly byte[] NoPayload = "{}"u8.ToArray();
    private static readonly byte[] ExceptionMark = "exception "u8.ToArray();

    private readonly int _maxMessageBytes;
    private readonly BufferBudget? _budget;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _expected; // length of the message being read, once its prelude is verified; else 0

    /// <param name="maxMessageBytes">A longer message is a <see cref="Fault"/>.</param>
    public AmazonEventStreamReader(int maxMessageBytes = 16 * 1024 * 1024 - 1) : this(maxMessageBytes, null)
    {
    }

    /// <param name="budget">Counts the buffer while it is large; null for no limit.</param>
    internal AmazonEventStreamReader(int maxMessageBytes, BufferBudget? budget) => (_maxMessageBytes, _budget) = (maxMessageBytes, budget);

    public string? Fault { get; private set; }

    public bool HasRest => _end > _start;

    public void ReleaseIdleBuffer()
    {
        if (HasRest || _buffer.Length == 0) return;
        BufferPool.Return(_buffer, _budget);
        _buffer = [];
        _start = _end = 0;
    }

    public Memory<byte> GetMemory(int minimum = 1024)
    {
        if (_start == _end) _start = _end = 0;
        if (_buffer.Length - _end >= minimum) return _buffer.AsMemory(_end);
        var rest = _end - _start;
        if (_start > 0 && _buffer.Length - rest >= minimum) _buffer.AsSpan(_start, rest).CopyTo(_buffer);
        else
        {
            // Grow by what has arrived. Use the announced length only after a megabyte, so that a false one costs little.
            var grown = rest >= LargeBuffers.Largest && _expected > rest ? _expected + (long)minimum : Math.Max(4096, Math.Max(rest + minimum, rest * 2L));
            var larger = BufferPool.Rent(checked((int)Math.Min(grown, Array.MaxLength)), _budget);
            _buffer.AsSpan(_start, rest).CopyTo(larger);
            BufferPool.Return(_buffer, _budget);
            _buffer = larger;
        }
        (_start, _end) = (0, rest);
        return _buffer.AsMemory(_end);
    }

    public void Advance(int count) => _end += count;

    public bool TryRead(out SseEvent item)
    {
        item = default;
        if (Fault is not null) return false;
        var bytes = _buffer.AsMemory(_start, _end - _start);
        if (_expected == 0 && (bytes.Length < Prelude || !TryReadPrelude(bytes.Span))) return false;
        if (bytes.Length < _expected) return false;

        var message = bytes[.._expected];
        var content = message.Span[..^Checksum];
        if (Crc32.HashToUInt32(content) != BinaryPrimitives.ReadUInt32BigEndian(message.Span[^Checksum..])) return Fail("has an event with a wrong checksum");
        var headers = Prelude + BinaryPrimitives.ReadInt32BigEndian(content[4..]);
        if (!TryReadType(message[Prelude..headers], out var type, out var text)) return Fail("has an event with invalid headers");
        _start += _expected;
        _expected = 0;
        var payload = message[headers..^Checksum];
        item = new SseEvent { Type = type, Data = payload.Length > 0 ? payload : text.Length > 0 ? MessageOf(text) : NoPayload, HasData = true };
        return true;
    }

    public bool TryReadLast(out SseEvent item)
    {
        item = default;
        return false;
    }

    public bool IsWhole(in SseEvent item) => true;

    public void Dispose()
    {
        BufferPool.Return(_buffer, _budget);
        _buffer = [];
        _start = _end = _expected = 0;
    }

    private bool TryReadPrelude(ReadOnlySpan<byte> bytes)
    {
        // Verify the checksum first: without it the lengths are not valid.
        if (Crc32.HashToUInt32(bytes[..8]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])) return Fail("has an event with a wrong checksum");
        var total = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (total > (uint)_maxMessageBytes || headers > MaxHeaders) return Fail(FrameReaders.TooLong);
        if (total < Prelude + Checksum || headers > total - Prelude - Checksum) return Fail("has an event with invalid lengths");
        _expected = (int)total;
        return true;
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        return false;
    }

    /// <summary>Reads the message's type from the headers; <paramref name="text"/> is the message of an error, which has no payload.</summary>
    private bool TryReadType(ReadOnlyMemory<byte> headers, out ReadOnlyMemory<byte> type, out ReadOnlyMemory<byte> text)
    {
        ReadOnlyMemory<byte> kind = default, name = default;
        type = text = default;
        while (!headers.IsEmpty)
        {
            if (!TryReadHeader(ref headers, out var header, out var value)) return false;
            if (header.Span.SequenceEqual(":message-type"u8)) kind = value;
            else if (header.Span.SequenceEqual(":event-type"u8)) type = value;
            else if (header.Span.SequenceEqual(":exception-type"u8) || header.Span.SequenceEqual(":error-code"u8)) name = value;
            else if (header.Span.SequenceEqual(":error-message"u8)) text = value;
        }
        if (kind.Span.SequenceEqual("exception"u8) || kind.Span.SequenceEqual("error"u8) || !name.IsEmpty)
        {
            type = (byte[])[.. ExceptionMark, .. name.Span[..Math.Min(name.Length, MaxName)]];
            return true;
        }
        text = default;
        return true;
    }

    /// <summary>The next header; its value is empty if it is not a string.</summary>
    private static bool TryReadHeader(ref ReadOnlyMemory<byte> headers, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> value)
    {
        value = default;
        name = default;
        var bytes = headers.Span;
        var at = 1 + bytes[0];
        if (at >= bytes.Length || bytes[0] == 0) return false;
        name = headers[1..at];
        var type = bytes[at++];
        var length = type switch
        {
            0 or 1 => 0, // true, false
            2 => 1,
            3 => 2,
            4 => 4,
            5 or 8 => 8, // a long, a time
            9 => 16,
            6 or 7 => bytes.Length - at < 2 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
            _ => -1,
        };
        if (type is 6 or 7) at += 2;
        if (length < 0 || length > bytes.Length - at) return false;
        if (type == 7) value = headers.Slice(at, length);
        headers = headers[(at + length)..];
        return true;
    }

    /// <summary>The message in the form of an exception's payload.</summary>
    private static byte[] MessageOf(ReadOnlyMemory<byte> text)
    {
        using var output = new JsonOutput(text.Length + 16);
        output.BeginObject();
        output.Name("message"u8);
        output.Text(System.Text.Encoding.UTF8.GetString(text.Span));
        output.EndObject();
        return output.WrittenSpan.ToArray();
    }
}
