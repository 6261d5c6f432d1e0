using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>The SSE event around a stream's content: its name, twice, and its sequence number.</summary>
internal sealed class StreamFrame(JsonOutput output)
{
    /// <summary>The number of events so far.</summary>
    public int Count { get; private set; }

    /// <summary>Writes the members that all events share.</summary>
    public void Begin(ReadOnlySpan<byte> type)
    {
        output.Bytes("event: "u8);
        output.Bytes(type);
        output.Bytes("\ndata: "u8);
        output.NewValue();
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
        Number("sequence_number"u8, Count++);
    }

    public void End()
    {
        output.EndObject();
        output.Bytes("\n\n"u8);
        output.NewValue();
    }

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        output.Name(name);
        output.Number(value);
    }
}
