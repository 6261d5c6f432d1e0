using System.Text;
using System.Text.Json;
using System.Text.Encodings.Web;

namespace Nano.Json;

/// <summary>
/// The inside of a JSON string token, still escaped, without its quotes. A string token of one dialect is valid in
/// every other, so conversions copy these bytes. Borrowed like <see cref="JsonSlice"/>. <c>default</c> is "absent",
/// which is not the empty text.
/// </summary>
internal readonly struct JsonText
{
    private readonly bool _present;

    public JsonText(ReadOnlyMemory<byte> escaped)
    {
        Escaped = escaped;
        _present = true;
    }

    public ReadOnlyMemory<byte> Escaped { get; }

    public ReadOnlySpan<byte> Span => Escaped.Span;

    public bool IsPresent => _present;

    public bool IsEmpty => Escaped.Length == 0;

    /// <summary>Present and not empty.</summary>
    public bool HasValue => Escaped.Length > 0;

    public bool HasEscapes => Span.Contains((byte)'\\');

    /// <summary>Compares the decoded text with plain ASCII or UTF-8 bytes.</summary>
    public bool Is(ReadOnlySpan<byte> utf8)
    {
        if (!_present) return false;
        if (Span.SequenceEqual(utf8)) return true;
        return HasEscapes && JsonEscaping.Is(Span, utf8);
    }

    /// <summary>How many UTF-16 units the decoded text has.</summary>
    public int CountUtf16()
    {
        if (!HasEscapes) return Encoding.UTF8.GetCharCount(Span);
        var buffer = BufferPool.Rent(Span.Length);
        var count = Encoding.UTF8.GetCharCount(buffer.AsSpan(0, JsonEscaping.Unescape(Span, buffer)));
        BufferPool.Return(buffer);
        return count;
    }

    public bool StartsWith(ReadOnlySpan<byte> utf8) => Span.StartsWith(utf8);

    /// <summary>The gateway's own text; half a surrogate pair in it (a cut emoji) becomes U+FFFD. Allocates.</summary>
    public static JsonText From(string text)
    {
        // The encoder throws on half a surrogate pair; Encoding.UTF8 replaces it.
        if (text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')) text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return new(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray());
    }

    /// <summary>The decoded text. For names, ids and diagnostics; content never becomes a .NET string on the hot path.</summary>
    public override string ToString()
    {
        if (!HasEscapes) return Encoding.UTF8.GetString(Span);
        var buffer = BufferPool.Rent(Span.Length);
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, JsonEscaping.Unescape(Span, buffer));
        }
        finally
        {
            BufferPool.Return(buffer);
        }
    }
}
