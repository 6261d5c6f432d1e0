using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>
/// Adds what the official SDKs need and compatible servers omit: the <c>event:</c> line, without which SDKs ignore the event,
/// and <c>usage</c> in <c>message_delta</c>, without which they throw.
/// </summary>
internal static class EventRepair
{
    public static bool TryRepair(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, JsonOutput output)
    {
        var isNamed = type.Length > 0;
        if (isNamed && !type.Span.SequenceEqual("message_delta"u8)) return false;
        var before = output.Length;
        try
        {
            var json = new JsonCursor(data).TakeValue();
            var name = isNamed ? new JsonText(type) : json.Member("type"u8).AsText();
            if (!name.HasValue || name.HasEscapes) return false;
            var lacksUsage = name.Is("message_delta"u8) && !json.Member("usage"u8).IsObject;
            if (isNamed && !lacksUsage) return false;
            Write(name, json, lacksUsage, output);
            return true;
        }
        catch (JsonException)
        {
            output.TruncateTo(before);
            return false;
        }
    }

    private static void Write(JsonText name, JsonSlice json, bool lacksUsage, JsonOutput output)
    {
        output.Bytes("event: "u8);
        output.Bytes(name.Span);
        output.Bytes("\ndata: "u8);
        output.NewValue();
        var start = output.Length;
        if (lacksUsage) WriteWithUsage(json, output);
        else output.Raw(json);
        output.PutOnOneLine(start);
        output.Bytes("\n\n"u8);
    }

    private static void WriteWithUsage(JsonSlice json, JsonOutput output)
    {
        output.BeginObject();
        var cursor = new JsonCursor(json.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("usage"u8))
            {
                cursor.Skip();
                continue;
            }
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
        output.Name("usage"u8);
        output.Raw("""{"output_tokens":0}"""u8);
        output.EndObject();
    }
}
