using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Handles white space in texts that are still escaped. Anthropic refuses blank text blocks, and white space at the end of a prefill.</summary>
internal static class EscapedText
{
    /// <summary>Whether a text is absent, empty, or only white space.</summary>
    public static bool IsBlank(JsonText text)
    {
        var rest = text.Span;
        while (rest.Length > 0)
        {
            if (rest[0] == (byte)' ') rest = rest[1..];
            else if (rest.Length > 1 && rest[0] == (byte)'\\' && rest[1] is (byte)'n' or (byte)'r' or (byte)'t') rest = rest[2..];
            else if (rest[0] is (byte)'\\' or >= 0x80) return string.IsNullOrWhiteSpace(text.ToString());
            else return false;
        }
        return true;
    }

    /// <summary>The text without spaces, tabs and line ends at its end.</summary>
    public static JsonText TrimEnd(JsonText text)
    {
        var bytes = text.Escaped;
        while (true)
        {
            var span = bytes.Span;
            if (span.EndsWith(" "u8)) bytes = bytes[..^1];
            else if (span.Length > 1 && span[^1] is (byte)'n' or (byte)'r' or (byte)'t' && IsEscape(span[..^1])) bytes = bytes[..^2];
            else return new JsonText(bytes);
        }
    }

    /// <summary>Whether the backslash at the end begins an escape, rather than ending one.</summary>
    private static bool IsEscape(ReadOnlySpan<byte> text)
    {
        var count = text.Length - text.TrimEnd((byte)'\\').Length;
        return count % 2 == 1;
    }
}
