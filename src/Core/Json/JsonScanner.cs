using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Nano.Json;

/// <summary>
/// Finds where tokens and whole values of JSON (RFC 8259) end, and proves them well-formed. A whole text is accepted or refused exactly as by <c>Utf8JsonReader</c>
/// with <see cref="JsonCursor.ReaderOptions"/>, which is tested, in less time: it keeps no state between tokens, and reads a
/// string with escapes as fast as one without. Positions are indexes of <c>text</c>. Malformed JSON raises <see cref="JsonException"/>.
/// </summary>
internal static class JsonScanner
{
    /// <summary>The bytes that end a run of plain characters in a string: its end, an escape, and those that it cannot contain.</summary>
    public static readonly SearchValues<byte> Stops = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    /// <summary>Strings up to this length are scanned in place: a call to the library's search costs more than they do.</summary>
    private const int ShortString = 64;

    /// <summary>The first position from <paramref name="at"/> on that is not white space; there must be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most JSON has none
    public static int SkipSpace(ReadOnlySpan<byte> text, int at) => (uint)at < (uint)text.Length && text[at] > ' ' ? at : SkipSpaces(text, at);

    /// <summary>Only white space follows.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> text, int at) => text[at..].TrimStart(" \n\r\t"u8).IsEmpty;

    /// <summary>The position after the value that begins at <paramref name="at"/>.</summary>
    public static int SkipValue(ReadOnlySpan<byte> text, int at) =>
        text[at] is (byte)'{' or (byte)'[' ? SkipContainer(text, at + 1, text[at] == '{', depth: 1) : SkipScalar(text, at);

    /// <summary>The position after the value that begins at <paramref name="at"/>, which is not an object or array.</summary>
    public static int SkipScalar(ReadOnlySpan<byte> text, int at) => text[at] switch
    {
        (byte)'"' => SkipString(text, at, out _),
        (byte)'t' => SkipWord(text, at, "true"u8),
        (byte)'f' => SkipWord(text, at, "false"u8),
        (byte)'n' => SkipWord(text, at, "null"u8),
        _ => SkipNumber(text, at),
    };

    /// <summary>The position after the string whose opening quote is at <paramref name="at"/>.</summary>
    public static int SkipString(ReadOnlySpan<byte> text, int at, out bool hasEscapes)
    {
        hasEscapes = false;
        at++;
        while (true)
        {
            at = FindStop(text, at);
            if (text[at] == '"') return at + 1;
            if (text[at] != '\\') throw new JsonException("A string contains a control character that is not escaped.");
            hasEscapes = true;
            at = SkipEscape(text, at);
        }
    }

    /// <summary>The position after the object or array whose bracket is before <paramref name="at"/>.</summary>
    /// <param name="isObject">What it is.</param>
    /// <param name="depth">Its depth: 1 for the outermost.</param>
    public static int SkipContainer(ReadOnlySpan<byte> text, int at, bool isObject, int depth)
    {
        // One bit for each container that is open: the innermost one is the lowest.
        var (kinds, outerKinds, outer) = (0UL, 0UL, depth - 1);
        at = SkipSpace(text, at);
        var isItem = text[at] != Close(isObject);
        while (true)
        {
            if (isItem)
            {
                if (isObject) at = SkipName(text, at, out _, out _);
                if (text[at] is (byte)'{' or (byte)'[')
                {
                    (outerKinds, kinds) = ((outerKinds << 1) | (kinds >> 63), (kinds << 1) | (isObject ? 1UL : 0UL));
                    isObject = text[at] == '{';
                    depth = Deeper(depth);
                    at = SkipSpace(text, at + 1);
                    isItem = text[at] != Close(isObject);
                    continue;
                }
                at = SkipScalar(text, at);
            }
            else
            {
                at++;
                if (--depth == outer) return at;
                isObject = (kinds & 1) != 0;
                (outerKinds, kinds) = (outerKinds >> 1, (kinds >> 1) | (outerKinds << 63));
            }
            at = SkipSpace(text, at);
            isItem = NextIs(text, ref at, isObject);
        }
    }

    /// <summary>From the first character after an item to the next item, or to the end of its object or array.</summary>
    /// <returns>False at the closing bracket.</returns>
    public static bool NextIs(ReadOnlySpan<byte> text, ref int at, bool isObject)
    {
        if (text[at] == ',')
        {
            at = SkipSpace(text, at + 1);
            return true;
        }
        if (text[at] == Close(isObject)) return false;
        throw Invalid(text[at]);
    }

    /// <summary>From a member's name, which must be there, to its value.</summary>
    /// <param name="length">Of the name in bytes, without quotes.</param>
    public static int SkipName(ReadOnlySpan<byte> text, int at, out int length, out bool hasEscapes)
    {
        if (text[at] != '"') throw Invalid(text[at]);
        var end = SkipString(text, at, out hasEscapes);
        length = end - at - 2;
        at = SkipSpace(text, end);
        if (text[at] != ':') throw Invalid(text[at]);
        return SkipSpace(text, at + 1);
    }

    /// <summary>The depth of a container in one of <paramref name="depth"/>.</summary>
    public static int Deeper(int depth) =>
        depth < JsonCursor.MaxDepth ? depth + 1 : throw new JsonException($"The JSON is nested more than {JsonCursor.MaxDepth} levels deep.");

    private static int SkipSpaces(ReadOnlySpan<byte> text, int at)
    {
        for (; at < text.Length; at++)
            if (text[at] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) return at;
        throw Truncated();
    }

    private static byte Close(bool isObject) => isObject ? (byte)'}' : (byte)']';

    private static int FindStop(ReadOnlySpan<byte> text, int at)
    {
        if (Vector128.IsHardwareAccelerated)
        {
            for (var end = at + ShortString; at < end && at <= text.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
            {
                var bytes = Vector128.Create(text.Slice(at, Vector128<byte>.Count));
                var isControl = Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)0x1f)), bytes);
                var stops = isControl | Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\'));
                if (stops != Vector128<byte>.Zero) return at + BitOperations.TrailingZeroCount(stops.ExtractMostSignificantBits());
            }
        }
        var found = text[at..].IndexOfAny(Stops);
        return found >= 0 ? at + found : throw Truncated();
    }

    private static int SkipEscape(ReadOnlySpan<byte> text, int at)
    {
        if (at + 1 >= text.Length) throw Truncated();
        if (text[at + 1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t') return at + 2;
        if (text[at + 1] != 'u') throw Invalid(text[at + 1]);
        if (at + 6 > text.Length) throw Truncated();
        foreach (var digit in text.Slice(at + 2, 4))
            if (!char.IsAsciiHexDigit((char)digit)) throw Invalid(digit);
        return at + 6;
    }

    private static int SkipWord(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> word) =>
        text[at..].StartsWith(word) ? at + word.Length : throw Invalid(text[at]);

    private static int SkipNumber(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] == '-') at++;
        var start = at;
        at = SkipDigits(text, at);
        if (text[start] == '0' && at > start + 1) throw Invalid(text[start + 1]);
        if (at < text.Length && text[at] == '.') at = SkipDigits(text, at + 1);
        if (at < text.Length && text[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-') at++;
            at = SkipDigits(text, at);
        }
        return at;
    }

    private static int SkipDigits(ReadOnlySpan<byte> text, int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit((char)text[at])) at++;
        if (at > start) return at;
        throw at < text.Length ? Invalid(text[at]) : Truncated();
    }

    private static JsonException Invalid(byte found) =>
        new(found is > 0x20 and < 0x7f ? $"'{(char)found}' is not valid here." : $"The byte 0x{found:x2} is not valid here.");

    private static JsonException Truncated() => new("The JSON ends too early.");
}
