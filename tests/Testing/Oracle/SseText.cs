namespace Nano.Testing.Oracle;

/// <summary>One event of a stream's text.</summary>
/// <param name="Raw">The event's own characters, with its blank line.</param>
public sealed record SseTextEvent(string Type, string Data, bool HasData, string Raw)
{
    /// <summary>Lines of the event that are neither a field nor a comment: some providers put a bare error object there.</summary>
    public string Stray { get; init; } = "";
}

/// <summary>
/// A plain reader of recorded streams, written independently of the gateway's own: the whole text is available, so it only splits
/// lines. Data at the stream's end without a blank line counts as an event.
/// </summary>
public static class SseText
{
    public static List<SseTextEvent> Events(string text)
    {
        var events = new List<SseTextEvent>();
        var (type, data, stray, hasData) = ("", new List<string>(), new List<string>(), false);
        var (start, at) = (0, text.StartsWith('\uFEFF') ? 1 : 0);
        while (at < text.Length)
        {
            var end = text.IndexOfAny(['\r', '\n'], at);
            var next = end < 0 ? text.Length : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            var line = text[at..(end < 0 ? text.Length : end)];
            at = next;
            if (line.Length > 0) Field(line);
            if (line.Length == 0 || at == text.Length)
            {
                events.Add(new SseTextEvent(type, string.Join('\n', data), hasData, text[start..at]) { Stray = string.Join('\n', stray) });
                (type, data, stray, hasData, start) = ("", [], [], false, at);
            }
        }
        return events;

        void Field(string line)
        {
            if (line[0] == ':') return;
            var colon = line.IndexOf(':');
            var name = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            if (value.StartsWith(' ')) value = value[1..];
            if (name == "event") type = value;
            else if (name == "data")
            {
                data.Add(value);
                hasData = true;
            }
            else if (name is not ("id" or "retry")) stray.Add(line);
        }
    }
}
