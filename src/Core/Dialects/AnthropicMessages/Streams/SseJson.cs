using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>Writes JSON inside one <c>data:</c> line.</summary>
internal static class SseJson
{
    /// <summary>Opens an event with its data object; <see cref="End"/> closes both.</summary>
    public static void Begin(ReadOnlySpan<byte> type, JsonOutput output)
    {
        output.Bytes("event: "u8);
        output.Bytes(type);
        output.Bytes("\ndata: "u8);
        output.NewValue();
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
    }

    public static void End(JsonOutput output)
    {
        output.EndObject();
        output.Bytes("\n\n"u8);
    }

    /// <summary>Writes a value whose white space may contain line ends, which would end the <c>data:</c> line.</summary>
    public static void Raw(JsonSlice value, JsonOutput output)
    {
        var start = output.Length;
        output.Raw(value);
        output.PutOnOneLine(start);
    }
}
