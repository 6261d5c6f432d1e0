using System.Buffers;
using System.Buffers.Text;

namespace Nano.Json;

/// <summary>
/// Writes JSON (and the SSE lines around it) into one pooled buffer. Borrowed slices are copied unchanged; the writer adds
/// commas; nothing is validated, since every slice was validated when it was read. Not thread safe. Dispose returns the
/// buffer.
/// </summary>
internal sealed class JsonOutput : IBufferWriter<byte>, IDisposable
{
    /// <summary>Characters of a text that is converted without a rented buffer.</summary>
    private const int MaxOnStack = 128;

    private readonly BufferBudget? _budget;
    private readonly int _expected;
    private byte[] _buffer;
    private int _length;
    private bool _comma;

    /// <param name="sizeHint">Bytes expected, so that a large body is not copied while the buffer grows.</param>
    public JsonOutput(int sizeHint = 1024) : this(sizeHint, null)
    {
    }

    /// <param name="budget">Counts the buffer while it is large. Writing raises <see cref="BufferBudgetException"/> when the budget is spent; what was written is kept.</param>
    /// <param name="expected">Bytes to allocate at the first write, for an output that may stay empty.</param>
    internal JsonOutput(int sizeHint, BufferBudget? budget, int expected = 0)
    {
        _budget = budget;
        _expected = expected;
        _buffer = BufferPool.Rent(Math.Max(sizeHint, 256), budget);
    }

    public int Length => _length;

    /// <summary>Bytes that fit before the buffer grows.</summary>
    internal int Capacity => _buffer.Length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>Another output that counts against the same budget, for intermediate results.</summary>
    internal JsonOutput CreateScratch(int sizeHint = 1024) => new(sizeHint, _budget);

    /// <summary>Discards what was written and keeps the buffer.</summary>
    public void Clear()
    {
        _length = 0;
        _comma = false;
    }

    /// <summary>Discards what was written and returns the buffer until something is written again.</summary>
    public void Release()
    {
        var buffer = _buffer;
        _buffer = [];
        Clear();
        BufferPool.Return(buffer, _budget);
    }

    /// <summary>Like <see cref="Release"/>, but leaves the buffer to the garbage collector: something may still be reading from it.</summary>
    internal void Abandon()
    {
        var buffer = _buffer;
        _buffer = [];
        Clear();
        BufferPool.Abandon(buffer, _budget);
    }

    /// <summary>Goes back to an earlier <see cref="Length"/> and discards what was written since.</summary>
    public void TruncateTo(int length)
    {
        _length = length;
        _comma = length > 0 && _buffer[length - 1] is not ((byte)'{' or (byte)'[' or (byte)':' or (byte)',');
    }

    /// <summary>
    /// Replaces the line ends written since <paramref name="start"/> with spaces, so that JSON copied from elsewhere
    /// fits on one SSE <c>data:</c> line. A JSON string cannot contain a raw line end.
    /// </summary>
    public void PutOnOneLine(int start)
    {
        var written = _buffer.AsSpan(start, _length - start);
        written.Replace((byte)'\n', (byte)' ');
        written.Replace((byte)'\r', (byte)' ');
    }

    /// <summary>
    /// Replaces every half of a surrogate pair written since <paramref name="start"/> with U+FFFD: no target accepts one, and
    /// it represents no character.
    /// </summary>
    public void ReplaceHalves(int start = 0) => JsonEscaping.ReplaceHalves(_buffer.AsSpan(start, _length - start));

    public void BeginObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void BeginArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    /// <summary>A member name that needs no escaping.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        var span = Reserve(name.Length + 4);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        span[at++] = (byte)'"';
        name.CopyTo(span[at..]);
        at += name.Length;
        span[at++] = (byte)'"';
        span[at++] = (byte)':';
        _length += at;
        _comma = false;
    }

    public void Name(JsonText name) => Name(name.Span);

    /// <summary>One whole value, copied unchanged.</summary>
    public void Raw(JsonSlice value) => Raw(value.Span);

    /// <inheritdoc cref="Raw(JsonSlice)"/>
    public void Raw(ReadOnlySpan<byte> json)
    {
        var span = Reserve(json.Length + 1);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        json.CopyTo(span[at..]);
        _length += at + json.Length;
        _comma = true;
    }

    /// <summary>A string value from text that is already escaped.</summary>
    public void Text(JsonText text) => Literal(text.Span);

    /// <summary>A string value that needs no escaping.</summary>
    public void Literal(ReadOnlySpan<byte> text)
    {
        var span = Reserve(text.Length + 3);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        span[at++] = (byte)'"';
        text.CopyTo(span[at..]);
        at += text.Length;
        span[at++] = (byte)'"';
        _length += at;
        _comma = true;
    }

    /// <summary>A string value from a .NET string, escaped. For the gateway's own texts.</summary>
    public void Text(string text)
    {
        BeginText();
        AppendText(text);
        EndText();
    }

    public void Number(long value)
    {
        var span = Reserve(21);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        Utf8Formatter.TryFormat(value, span[at..], out var used);
        _length += at + used;
        _comma = true;
    }

    public void Number(double value)
    {
        var span = Reserve(33);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        value.TryFormat(span[at..], out var used, default, System.Globalization.CultureInfo.InvariantCulture);
        _length += at + used;
        _comma = true;
    }

    public void Boolean(bool value) => Raw(value ? "true"u8 : "false"u8);

    public void Null() => Raw("null"u8);

    /// <summary>Opens a string value that is appended to in pieces.</summary>
    public void BeginText() => Open((byte)'"');

    public void EndText() => Close((byte)'"');

    /// <summary>Between <see cref="BeginText"/> and <see cref="EndText"/>: text that is already escaped.</summary>
    public void Append(JsonText text) => Bytes(text.Span);

    /// <summary>Between <see cref="BeginText"/> and <see cref="EndText"/>: bytes that need no escaping.</summary>
    public void Append(ReadOnlySpan<byte> plain) => Bytes(plain);

    /// <summary>Between <see cref="BeginText"/> and <see cref="EndText"/>: UTF-8, escaped as it is written.</summary>
    public void AppendUtf8(ReadOnlySpan<byte> utf8)
    {
        var span = Reserve(utf8.Length + JsonEscaping.CountEscapes(utf8) * (JsonEscaping.MaxExpansion - 1));
        _length += JsonEscaping.Escape(utf8, span);
    }

    /// <summary>Between <see cref="BeginText"/> and <see cref="EndText"/>: a .NET string, escaped as it is written.</summary>
    public void AppendText(string text)
    {
        if (text.Length <= MaxOnStack)
        {
            Span<byte> utf8 = stackalloc byte[3 * MaxOnStack];
            AppendUtf8(utf8[..System.Text.Encoding.UTF8.GetBytes(text, utf8)]);
            return;
        }
        var scratch = BufferPool.Rent(System.Text.Encoding.UTF8.GetMaxByteCount(text.Length), _budget);
        try
        {
            AppendUtf8(scratch.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(text, scratch)));
        }
        finally
        {
            BufferPool.Return(scratch, _budget);
        }
    }

    /// <summary>A JSON value as a string value that contains it: <c>{"a":1}</c> becomes <c>"{\"a\":1}"</c>.</summary>
    public void TextOfJson(JsonSlice json)
    {
        BeginText();
        AppendUtf8(json.Span);
        EndText();
    }

    /// <summary>
    /// The JSON value that a string contains: <c>"{\"a\":1}"</c> becomes <c>{"a":1}</c>. False, and nothing is written,
    /// when the text is not exactly one JSON value.
    /// </summary>
    public bool TryJsonOfText(JsonText text)
    {
        var before = _length;
        var span = Reserve(text.Span.Length + 1);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        var made = JsonEscaping.Unescape(text.Span, span[at..]);
        if (!JsonSlice.IsValid(span.Slice(at, made)))
        {
            _length = before;
            return false;
        }
        _length += at + made;
        _comma = true;
        return true;
    }

    /// <summary>Bytes outside of JSON: SSE field names, line ends, comments.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Starts a new top-level value: no comma before it.</summary>
    public void NewValue() => _comma = false;

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => Reserve(Math.Max(sizeHint, 1));

    public void Dispose() => Release();

    private void Open(byte bracket)
    {
        var span = Reserve(2);
        var at = 0;
        if (_comma) span[at++] = (byte)',';
        span[at++] = bracket;
        _length += at;
        _comma = false;
    }

    private void Close(byte bracket)
    {
        Reserve(1)[0] = bracket;
        _length++;
        _comma = true;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int count)
    {
        // Large buffers grow by half: both exist while one is copied into the other.
        var grown = _buffer.Length > LargeBuffers.Largest ? _buffer.Length * 3L / 2 : _buffer.Length * 2L;
        var larger = BufferPool.Rent(checked((int)Math.Min(Array.MaxLength, Math.Max(Math.Max((long)_length + count, grown), Math.Max(_expected, 256)))), _budget);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        BufferPool.Return(_buffer, _budget);
        _buffer = larger;
    }
}
