using Nano.Json;

namespace Nano.Pipeline.Caching;

/// <summary>Comments of an event stream (keep-alives of providers, notes of the gateway) belong to one transmission, not to the response.</summary>
internal static class SseComments
{
    /// <summary>Copies whole events without their comments.</summary>
    public static void Remove(ReadOnlySpan<byte> events, JsonOutput output)
    {
        var isInEvent = false;
        while (!events.IsEmpty)
        {
            var end = events.IndexOfAny((byte)'\n', (byte)'\r');
            var length = end < 0 ? events.Length : events[end..].StartsWith("\r\n"u8) ? end + 2 : end + 1;
            var line = events[..length];
            events = events[length..];
            var isBlank = end == 0;
            // A blank line that ends no event belongs to a comment.
            if (line[0] == (byte)':' || (isBlank && !isInEvent)) continue;
            isInEvent = !isBlank;
            output.Bytes(line);
        }
    }
}
