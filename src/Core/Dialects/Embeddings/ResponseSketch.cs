using System.Buffers;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>
/// The members of a response that is relayed as bytes, found without reading its numbers: a response has hundreds of thousands of them,
/// and a JSON reader costs more than the relay. Members of the top level are found by their names; a value is skipped by its brackets and
/// quotes. A truncated body, or one with unbalanced brackets, is not whole.
/// </summary>
internal struct ResponseSketch
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);

    private readonly ReadOnlyMemory<byte> _body;
    private int _at;

    public ResponseSketch(ReadOnlyMemory<byte> body) => _body = body;

    /// <summary>The body is one JSON object with balanced brackets.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Tokens of the inputs; null when the provider does not report them.</summary>
    public long? Tokens { get; set; }

    /// <summary>The model that responded.</summary>
    public string? Model { get; set; }

    /// <summary>The body is an error although its status is 200.</summary>
    public bool IsError { get; set; }

    /// <summary>The first vector is base64; null when there is none.</summary>
    public bool? IsBase64 { get; set; }

    /// <summary>Moves to the next top-level member; false at the end of the object, or if the body is not JSON.</summary>
    public bool NextMember(out JsonSlice name, out JsonSlice value)
    {
        name = value = default;
        var isFirst = _at == 0;
        if (isFirst && !TrySkip((byte)'{')) return false;
        if (TrySkip((byte)'}'))
        {
            IsWhole = Next() == 0;
            return false;
        }
        if (!isFirst && !TrySkip((byte)',')) return false;
        return Next() == (byte)'"' && Take(out name) && TrySkip((byte)':') && Next() != 0 && Take(out value);
    }

    private bool TrySkip(byte mark)
    {
        if (Next() != mark) return false;
        _at++;
        return true;
    }

    /// <summary>The next byte that is not white space; 0 at the end.</summary>
    private byte Next()
    {
        var span = _body.Span;
        while (_at < span.Length && span[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
        return _at < span.Length ? span[_at] : (byte)0;
    }

    private bool Take(out JsonSlice value)
    {
        var span = _body.Span;
        var start = _at;
        var depth = 0;
        value = default;
        if (_at >= span.Length) return false;
        if (span[_at] is not ((byte)'"' or (byte)'[' or (byte)'{'))
        {
            var length = span[_at..].IndexOfAny(",}] \t\r\n"u8);
            if (length <= 0) return false;
            _at += length;
            value = new JsonSlice(_body[start.._at]);
            return JsonSlice.IsValid(value.Span);
        }
        while (true)
        {
            var step = span[_at..].IndexOfAny(Structure);
            if (step < 0) return false;
            _at += step;
            switch (span[_at++])
            {
                case (byte)'"':
                    if (!SkipText(span)) return false;
                    break;
                case (byte)'[' or (byte)'{':
                    if (++depth > JsonCursor.MaxDepth) return false;
                    break;
                default:
                    if (--depth < 0) return false;
                    break;
            }
            if (depth != 0) continue;
            value = new JsonSlice(_body[start.._at]);
            return true;
        }
    }

    private bool SkipText(ReadOnlySpan<byte> span)
    {
        while (true)
        {
            var step = span[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (step < 0) return false;
            _at += step + 1;
            if (span[_at - 1] == (byte)'"') return true;
            if (++_at > span.Length) return false;
        }
    }

    /// <summary>Validates a small value before it is read; absent if it is not valid JSON.</summary>
    public static JsonSlice Valid(JsonSlice value) => JsonSlice.IsValid(value.Span) ? value : default;
}
