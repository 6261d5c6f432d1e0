using Nano.Json;

namespace Nano.Reasoning;

/// <summary>A JSON text's plain UTF-8. Digests and seals cover this form, since clients differ in how they escape. Dispose returns the buffer.</summary>
internal ref struct PlainText
{
    private byte[]? _rented;

    public PlainText(JsonText text)
    {
        Span = text.Span;
        if (!text.HasEscapes) return;
        _rented = BufferPool.Rent(text.Span.Length);
        Span = _rented.AsSpan(0, JsonEscaping.Unescape(text.Span, _rented));
    }

    public ReadOnlySpan<byte> Span { get; }

    public void Dispose()
    {
        if (_rented is not null) BufferPool.Return(_rented);
        _rented = null;
    }

    /// <summary>Escapes plain UTF-8. Allocates only if something must be escaped.</summary>
    public static JsonText Escape(ReadOnlyMemory<byte> utf8)
    {
        var escapes = JsonEscaping.CountEscapes(utf8.Span);
        if (escapes == 0) return new JsonText(utf8);
        var escaped = new byte[utf8.Length + escapes * (JsonEscaping.MaxExpansion - 1)];
        return new JsonText(escaped.AsMemory(0, JsonEscaping.Escape(utf8.Span, escaped)));
    }
}
