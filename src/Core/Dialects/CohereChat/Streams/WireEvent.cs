using Nano.Json;

namespace Nano.Dialects.CohereChat.Streams;

/// <summary>One event of a stream, split into the members that its readers use.</summary>
internal readonly ref struct WireEvent
{
    private WireEvent(ReadOnlyMemory<byte> data)
    {
        var cursor = new JsonCursor(data);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) Type = cursor.TakeText();
            else if (cursor.NameIs("index"u8)) Index = cursor.TakeValue().AsInt64() is >= 0 and <= int.MaxValue and { } index ? index : 0;
            else if (cursor.NameIs("id"u8)) Id = cursor.TakeValue().AsText();
            else if (cursor.NameIs("delta"u8)) Delta = cursor.TakeValue();
            else if (cursor.NameIs("logprobs"u8)) Logprobs = cursor.TakeValue();
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        Message = Delta.Member("message"u8);
    }

    public JsonText Type { get; }

    /// <summary>The index of the content block or of the call; the two are counted separately.</summary>
    public long Index { get; }

    public JsonText Id { get; }

    public JsonSlice Delta { get; }

    public JsonSlice Logprobs { get; }

    public JsonSlice Message { get; }

    public JsonSlice Content => Message.Member("content"u8);

    public JsonSlice Call => Message.Member("tool_calls"u8);

    public static WireEvent Read(ReadOnlyMemory<byte> data) => new(data);
}
