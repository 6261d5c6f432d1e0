using System.Buffers;
using System.Buffers.Text;

namespace Nano.Json;

/// <summary>Converts between the inside of a JSON string and the UTF-8 bytes it represents (RFC 8259, section 7).</summary>
internal static class JsonEscaping
{
    /// <summary>The most bytes one input byte can become when escaped: a control character as <c>\u00XX</c>.</summary>
    public const int MaxExpansion = 6;

    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F"u8
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\"\\"u8);

    /// <summary>
    /// Decodes escapes into <paramref name="output"/> (never longer than the input) and returns the length. A lone
    /// surrogate has no UTF-8 form: its escape is kept unchanged, so that JSON inside the text keeps its meaning.
    /// </summary>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> output)
    {
        var written = 0;
        while (true)
        {
            var plain = escaped.IndexOf((byte)'\\');
            if (plain < 0)
            {
                escaped.CopyTo(output[written..]);
                return written + escaped.Length;
            }
            escaped[..plain].CopyTo(output[written..]);
            written += plain;
            escaped = escaped[plain..];
            var (used, made) = UnescapeOne(escaped, output[written..]);
            escaped = escaped[used..];
            written += made;
        }
    }

    /// <summary>
    /// Compares the decoded form of an escaped text with plain UTF-8. Half a surrogate pair equals nothing; unlike the
    /// comparisons of <c>Utf8JsonReader</c>, this one does not throw on it.
    /// </summary>
    public static bool Is(ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> utf8)
    {
        // An escape is at most six times as long as its character.
        if (escaped.Length < utf8.Length || escaped.Length > utf8.Length * MaxExpansion) return false;
        byte[]? rented = null;
        var decoded = escaped.Length <= 256 ? stackalloc byte[256] : rented = BufferPool.Rent(escaped.Length);
        var isSame = decoded[..Unescape(escaped, decoded)].SequenceEqual(utf8);
        if (rented is not null) BufferPool.Return(rented);
        return isSame;
    }

    /// <summary>
    /// The index of the first escape of half a surrogate pair (<c>\ud83d</c> without the other half after it), from
    /// <paramref name="start"/> on; -1 when there is none. Such an escape is valid JSON but represents no character.
    /// </summary>
    /// <param name="json">A JSON value, or the inside of a JSON string.</param>
    public static int IndexOfHalf(ReadOnlySpan<byte> json, int start = 0)
    {
        for (var at = start; ; )
        {
            var next = json[at..].IndexOf("\\u"u8);
            if (next < 0) return -1;
            at += next;
            if (IsEscaped(json, at) || !TryReadUnit(json[at..], out var unit)) at += 2;
            else if (!char.IsSurrogate(unit)) at += UnitLength;
            else if (char.IsHighSurrogate(unit) && BeginsWithLow(json[(at + UnitLength)..])) at += 2 * UnitLength;
            else return at;
        }
    }

    /// <summary>Replaces every half of a surrogate pair with U+FFFD. Its escape has the same length, so nothing moves.</summary>
    /// <inheritdoc cref="IndexOfHalf"/>
    public static void ReplaceHalves(Span<byte> json)
    {
        for (var at = 0; (at = IndexOfHalf(json, at)) >= 0; at += UnitLength) Replacement.CopyTo(json[at..]);
    }

    /// <summary>U+FFFD as an escape.</summary>
    public static ReadOnlySpan<byte> Replacement => "\\ufffd"u8;

    /// <summary>Bytes of one escape <c>\uXXXX</c>.</summary>
    public const int UnitLength = 6;

    /// <summary>The text begins with the escape of a low surrogate.</summary>
    public static bool BeginsWithLow(ReadOnlySpan<byte> escaped) =>
        escaped.Length >= UnitLength && escaped[0] == (byte)'\\' && TryReadUnit(escaped, out var unit) && char.IsLowSurrogate(unit);

    /// <summary>The text ends with the escape of a high surrogate, whose other half may arrive with the next piece.</summary>
    public static bool EndsWithHigh(ReadOnlySpan<byte> escaped) => EndsWithUnit(escaped, out var unit) && char.IsHighSurrogate(unit);

    /// <summary>
    /// Length in bytes of the last character of a non-empty text: an escape, the two escapes of a surrogate pair, or a UTF-8 sequence.
    /// </summary>
    public static int LengthOfLast(ReadOnlySpan<byte> escaped)
    {
        if (EndsWithUnit(escaped, out var unit))
            return char.IsLowSurrogate(unit) && EndsWithHigh(escaped[..^UnitLength]) ? 2 * UnitLength : UnitLength;
        if (escaped.Length >= 2 && escaped[^2] == (byte)'\\' && !IsEscaped(escaped, escaped.Length - 2)) return 2;
        var first = escaped.Length - 1;
        while (first > 0 && (escaped[first] & 0xC0) == 0x80) first--;
        return escaped.Length - first;
    }

    /// <summary>
    /// The length in bytes of the inside of a JSON string, up to its closing quote; -1 when it does not end or is not valid.
    /// </summary>
    /// <param name="json">Starts after the opening quote.</param>
    public static int LengthOfString(ReadOnlySpan<byte> json)
    {
        for (var at = 0; ;)
        {
            var next = json[at..].IndexOfAny(MustEscape);
            if (next < 0) return -1;
            at += next;
            if (json[at] == (byte)'"') return at;
            if (json[at] != (byte)'\\' || at + 1 == json.Length) return -1;
            if (json[at + 1] == (byte)'u')
            {
                if (!TryReadUnit(json[at..], out _)) return -1;
                at += UnitLength;
            }
            else if ("\"\\/bfnrt"u8.Contains(json[at + 1])) at += 2;
            else return -1;
        }
    }

    private static bool EndsWithUnit(ReadOnlySpan<byte> escaped, out char unit)
    {
        unit = default;
        return escaped.Length >= UnitLength && escaped[^UnitLength] == (byte)'\\' && !IsEscaped(escaped, escaped.Length - UnitLength)
            && TryReadUnit(escaped[^UnitLength..], out unit);
    }

    /// <summary>Whether the backslash at <paramref name="at"/> is the second one of an escaped backslash.</summary>
    private static bool IsEscaped(ReadOnlySpan<byte> json, int at)
    {
        var first = at;
        while (first > 0 && json[first - 1] == (byte)'\\') first--;
        return (at - first) % 2 == 1;
    }

    /// <summary>Escapes only what JSON requires (quote, backslash, control characters). <paramref name="output"/> must have six times the input's length.</summary>
    public static int Escape(ReadOnlySpan<byte> utf8, Span<byte> output)
    {
        var written = 0;
        while (true)
        {
            var plain = utf8.IndexOfAny(MustEscape);
            if (plain < 0)
            {
                utf8.CopyTo(output[written..]);
                return written + utf8.Length;
            }
            utf8[..plain].CopyTo(output[written..]);
            written += plain;
            written += EscapeOne(utf8[plain], output[written..]);
            utf8 = utf8[(plain + 1)..];
        }
    }

    /// <summary>How many bytes of <paramref name="utf8"/> need an escape; sizes a buffer exactly.</summary>
    public static int CountEscapes(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        for (int at; (at = utf8.IndexOfAny(MustEscape)) >= 0; utf8 = utf8[(at + 1)..]) count++;
        return count;
    }

    private static int EscapeOne(byte value, Span<byte> output)
    {
        output[0] = (byte)'\\';
        var brief = value switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)0,
        };
        if (brief != 0)
        {
            output[1] = brief;
            return 2;
        }
        "u00"u8.CopyTo(output[1..]);
        output[4] = (byte)"0123456789abcdef"[value >> 4];
        output[5] = (byte)"0123456789abcdef"[value & 15];
        return 6;
    }

    private static (int Used, int Made) UnescapeOne(ReadOnlySpan<byte> escaped, Span<byte> output)
    {
        if (escaped.Length < 2) return Keep(escaped, output, escaped.Length);
        switch (escaped[1])
        {
            case (byte)'n': output[0] = (byte)'\n'; return (2, 1);
            case (byte)'r': output[0] = (byte)'\r'; return (2, 1);
            case (byte)'t': output[0] = (byte)'\t'; return (2, 1);
            case (byte)'b': output[0] = (byte)'\b'; return (2, 1);
            case (byte)'f': output[0] = (byte)'\f'; return (2, 1);
            case (byte)'u': return UnescapeUnicode(escaped, output);
            default: output[0] = escaped[1]; return (2, 1);
        }
    }

    private static (int Used, int Made) UnescapeUnicode(ReadOnlySpan<byte> escaped, Span<byte> output)
    {
        if (!TryReadUnit(escaped, out var unit)) return Keep(escaped, output, 2);
        if (!char.IsSurrogate(unit)) return (6, new System.Text.Rune(unit).EncodeToUtf8(output));
        if (char.IsHighSurrogate(unit) && escaped.Length >= 12 && escaped[6] == (byte)'\\'
            && TryReadUnit(escaped[6..], out var low) && char.IsLowSurrogate(low))
            return (12, new System.Text.Rune(unit, low).EncodeToUtf8(output));
        return Keep(escaped, output, 6);
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> escaped, out char unit)
    {
        unit = default;
        if (escaped.Length < 6 || escaped[1] != (byte)'u'
            || !Utf8Parser.TryParse(escaped.Slice(2, 4), out ushort value, out var used, 'x') || used != 4)
            return false;
        unit = (char)value;
        return true;
    }

    private static (int Used, int Made) Keep(ReadOnlySpan<byte> escaped, Span<byte> output, int length)
    {
        escaped[..length].CopyTo(output);
        return (length, length);
    }
}
