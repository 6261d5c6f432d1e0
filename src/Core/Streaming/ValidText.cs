using System.Text;
using System.Text.Unicode;

namespace Nano.Streaming;

/// <summary>
/// Repairs a provider's text that is not UTF-8: invalid bytes become U+FFFD, since every parser that validates
/// rejects JSON that contains them.
/// </summary>
internal static class ValidText
{
    /// <summary>The same bytes if they are UTF-8, else a repaired copy.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> bytes) =>
        Utf8.IsValid(bytes.Span) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));

    public static SseEvent Of(in SseEvent item)
    {
        // The other members are slices of the event, cut at ASCII bytes.
        if (Utf8.IsValid(item.Raw.IsEmpty ? item.Data.Span : item.Raw.Span)) return item;
        return new SseEvent { Raw = Of(item.Raw), Type = Of(item.Type), Data = Of(item.Data), HasData = item.HasData };
    }
}
