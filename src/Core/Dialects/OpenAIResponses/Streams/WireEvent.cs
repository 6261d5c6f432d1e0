using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// The members of one stream event, found in one scan. Nearly all events are deltas, so their members are compared first;
/// <c>obfuscation</c> (padding against eavesdroppers) and <c>sequence_number</c> are skipped.
/// </summary>
internal readonly ref struct WireEvent
{
    /// <summary>The data's own <c>type</c>, else the SSE event name.</summary>
    public JsonText Type { get; private init; }

    /// <summary>-1 if it is missing or not valid.</summary>
    public int OutputIndex { get; private init; }

    /// <summary>The index of a content part, or of a summary's piece.</summary>
    public int PartIndex { get; private init; }

    public JsonText Delta { get; private init; }

    public JsonText ItemId { get; private init; }

    public Place Place => new(ItemId, OutputIndex, PartIndex);

    /// <summary>The complete value of a <c>done</c> event: <c>text</c>, <c>refusal</c>, <c>arguments</c> or <c>input</c>.</summary>
    public JsonText Whole { get; private init; }

    public JsonSlice Item { get; private init; }

    public JsonSlice Response { get; private init; }

    public JsonSlice Annotation { get; private init; }

    public JsonSlice Logprobs { get; private init; }

    /// <param name="name">The SSE event name.</param>
    public static WireEvent Of(in PlainEvent plain, ReadOnlyMemory<byte> name) => new()
    {
        Type = plain.Type.HasValue ? plain.Type : new JsonText(name),
        OutputIndex = plain.OutputIndex,
        PartIndex = plain.PartIndex,
        Delta = plain.Delta,
        ItemId = plain.ItemId,
    };

    /// <summary>Reads any event.</summary>
    /// <exception cref="JsonException">The data is not a JSON object.</exception>
    public static WireEvent Walk(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> data)
    {
        JsonText type = default, delta = default, whole = default, itemId = default;
        JsonSlice item = default, response = default, annotation = default, logprobs = default;
        int output = -1, part = 0;
        var cursor = new JsonCursor(data);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            switch (cursor.Token)
            {
                case JsonTokenType.String when cursor.NameIs("delta"u8):
                    delta = cursor.TakeText();
                    break;
                case JsonTokenType.String when cursor.NameIs("type"u8):
                    type = cursor.TakeText();
                    break;
                case JsonTokenType.String when cursor.NameIs("text"u8) || cursor.NameIs("arguments"u8) || cursor.NameIs("refusal"u8) || cursor.NameIs("input"u8):
                    whole = cursor.TakeText();
                    break;
                case JsonTokenType.String when cursor.NameIs("item_id"u8):
                    itemId = cursor.TakeText();
                    break;
                case JsonTokenType.Number when cursor.NameIs("output_index"u8):
                    output = Index(cursor.TakeValue());
                    break;
                case JsonTokenType.Number when cursor.NameIs("content_index"u8) || cursor.NameIs("summary_index"u8):
                    part = Math.Max(0, Index(cursor.TakeValue()));
                    break;
                case JsonTokenType.StartArray when cursor.NameIs("logprobs"u8):
                    logprobs = cursor.TakeValue();
                    break;
                case JsonTokenType.StartObject when cursor.NameIs("item"u8):
                    item = cursor.TakeValue();
                    break;
                case JsonTokenType.StartObject when cursor.NameIs("response"u8):
                    response = cursor.TakeValue();
                    break;
                case JsonTokenType.StartObject when cursor.NameIs("annotation"u8):
                    annotation = cursor.TakeValue();
                    break;
                default:
                    cursor.Skip();
                    break;
            }
        }
        cursor.ExpectEnd();
        return new WireEvent
        {
            Type = type.HasValue ? type : new JsonText(name),
            OutputIndex = output,
            PartIndex = part,
            Delta = delta,
            ItemId = itemId,
            Whole = whole,
            Item = item,
            Response = response,
            Annotation = annotation,
            Logprobs = logprobs,
        };
    }

    private static int Index(JsonSlice value) => value.AsInt64() is >= 0 and <= int.MaxValue and var index ? (int)index : -1;
}
