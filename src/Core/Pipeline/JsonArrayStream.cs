using Nano.Json;

namespace Nano.Pipeline;

/// <summary>
/// Writes the events of a stream as one JSON array, for callers of Gemini's <c>streamGenerateContent</c> without <c>alt=sse</c>. Each event
/// becomes an element as soon as it arrives; keep-alives are white space. Not thread safe.
/// </summary>
internal sealed class JsonArrayStream(JsonOutput output)
{
    private bool _hasBegun;

    /// <summary>What the next flush sends.</summary>
    public JsonOutput Output { get; } = output;

    /// <summary>Moves whole SSE events from <paramref name="events"/> to <see cref="Output"/>.</summary>
    /// <param name="isLast">No event follows: the array is closed.</param>
    public void Convert(JsonOutput events, bool isLast)
    {
        var rest = events.WrittenSpan;
        var isInEvent = false;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(rest[end..].StartsWith("\r\n"u8) ? end + 2 : end + 1)..];
            if (line.IsEmpty) isInEvent = false;
            if (!line.StartsWith("data:"u8)) continue;
            var data = line["data:"u8.Length..].Trim((byte)' ');
            if (data.IsEmpty) continue;
            // Data of several lines is one value, between whose tokens a line end may be.
            if (isInEvent) Output.Bytes("\n"u8);
            else Output.Bytes(_hasBegun ? ",\r\n"u8 : "["u8);
            (_hasBegun, isInEvent) = (true, true);
            Output.Bytes(data);
        }
        events.Release();
        if (!isLast) return;
        Output.Bytes(_hasBegun ? "]"u8 : "[]"u8);
    }
}
