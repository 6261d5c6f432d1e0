using System.Text;
using System.Text.Unicode;

namespace Nano.Streaming;

/// <summary>
/// What a provider sends as text but is not UTF-8: bytes that begin no character become U+FFFD, since JSON that goes on with them is refused
/// by every parser that checks.
/// </summary>
internal static class ValidText
{
    /// <summary>The bytes themselves where they are UTF-8, else a copy.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> bytes) =>
        Utf8.IsValid(bytes.Span) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));

    public static SseEvent Of(in SseEvent item)
    {
        // All else is cut from the event at ASCII.
        if (Utf8.IsValid(item.Raw.IsEmpty ? item.Data.Span : item.Raw.Span)) return item;
        return new SseEvent { Raw = Of(item.Raw), Type = Of(item.Type), Data = Of(item.Data), HasData = item.HasData };
    }
}
