using Nano.Json;

namespace Nano.Streaming;

/// <summary>Where an SSE event ends. Anything appended to a relayed stream must start there, or it becomes part of the event before it.</summary>
internal static class EventBoundary
{
    /// <summary>The bytes end with a blank line, by any of the three line ends (LF, CR, CRLF).</summary>
    public static bool EndsEvent(ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [.., (byte)'\n' or (byte)'\r']) return false;
        return (bytes.EndsWith("\r\n"u8) ? bytes[..^2] : bytes[..^1]) is [] or [.., (byte)'\n' or (byte)'\r'];
    }

    /// <summary>Appends the missing line ends of the last event.</summary>
    public static void Close(JsonOutput output)
    {
        var written = output.WrittenSpan;
        if (written.IsEmpty || EndsEvent(written)) return;
        // After CR, the first line feed belongs to the same line end.
        output.Bytes(written[^1] == (byte)'\n' ? "\n"u8 : "\n\n"u8);
    }

    /// <summary>Drops the bytes of an event that was not written to its end.</summary>
    public static void DropOpen(JsonOutput output)
    {
        var written = output.WrittenSpan;
        var end = written.Length;
        while (end > 0 && !EndsEvent(written[..end])) end--;
        if (end < written.Length) output.TruncateTo(end);
        output.NewValue();
    }
}
