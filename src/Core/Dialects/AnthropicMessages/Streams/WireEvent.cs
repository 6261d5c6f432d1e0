using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>The outermost members of a stream event.</summary>
internal readonly ref struct WireEvent
{
    /// <summary>The data's own <c>type</c>, else the SSE event name.</summary>
    public JsonText Type { get; private init; }

    /// <summary>-1 if it is missing or not valid.</summary>
    public int Index { get; private init; }

    /// <summary><c>message</c>, <c>content_block</c> or <c>delta</c>, whichever is present.</summary>
    public JsonSlice Body { get; private init; }

    public JsonSlice Usage { get; private init; }

    /// <exception cref="JsonException">The data is not a JSON object.</exception>
    public static WireEvent Read(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> data, Extras extras)
    {
        JsonText type = default;
        JsonSlice body = default, usage = default;
        var index = -1;
        var cursor = new JsonCursor(data);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8) && cursor.Token == JsonTokenType.String) type = cursor.TakeText();
            else if (cursor.NameIs("index"u8) && cursor.Token == JsonTokenType.Number) index = Index32(cursor.TakeValue());
            else if (cursor.Token == JsonTokenType.StartObject
                && (cursor.NameIs("delta"u8) || cursor.NameIs("content_block"u8) || cursor.NameIs("message"u8)))
                body = cursor.TakeValue();
            else if (cursor.NameIs("usage"u8) && cursor.Token == JsonTokenType.StartObject) usage = cursor.TakeValue();
            else extras.Add(cursor.Name, cursor.TakeValue());
        }
        cursor.ExpectEnd();
        return new WireEvent { Type = type.IsPresent ? type : new JsonText(name), Index = index, Body = body, Usage = usage };
    }

    private static int Index32(JsonSlice value) => value.AsInt64() is >= 0 and <= int.MaxValue and var index ? (int)index : -1;
}

internal enum DeltaKind
{
    Unknown,
    Text,
    Thinking,
    Signature,
    InputJson,
    Citation,
}

/// <summary>The <c>delta</c> of a <c>content_block_delta</c>.</summary>
internal readonly ref struct WireDelta
{
    public DeltaKind Kind { get; private init; }

    public JsonText Type { get; private init; }

    public JsonText Text { get; private init; }

    /// <summary>The citation.</summary>
    public JsonSlice Json { get; private init; }

    /// <summary>A delta without the member that its type requires is <see cref="DeltaKind.Unknown"/>.</summary>
    public static WireDelta Read(JsonSlice delta, Extras extras)
    {
        JsonText type = default, text = default;
        JsonSlice json = default;
        var carrier = DeltaKind.Unknown;
        var cursor = new JsonCursor(delta.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.Token == JsonTokenType.String)
            {
                if (cursor.NameIs("type"u8))
                {
                    type = cursor.TakeText();
                    continue;
                }
                var kind = Carrier(in cursor);
                if (kind != DeltaKind.Unknown)
                {
                    carrier = kind;
                    text = cursor.TakeText();
                    continue;
                }
            }
            else if (cursor.Token == JsonTokenType.StartObject && cursor.NameIs("citation"u8))
            {
                carrier = DeltaKind.Citation;
                json = cursor.TakeValue();
                continue;
            }
            extras.Add(cursor.Name, cursor.TakeValue());
        }
        return new WireDelta { Kind = carrier == Promised(type) ? carrier : DeltaKind.Unknown, Type = type, Text = text, Json = json };
    }

    private static DeltaKind Carrier(in JsonCursor cursor) =>
        cursor.NameIs("text"u8) ? DeltaKind.Text
        : cursor.NameIs("partial_json"u8) ? DeltaKind.InputJson
        : cursor.NameIs("thinking"u8) ? DeltaKind.Thinking
        : cursor.NameIs("signature"u8) ? DeltaKind.Signature
        : DeltaKind.Unknown;

    private static DeltaKind Promised(JsonText type) =>
        type.Is("text_delta"u8) ? DeltaKind.Text
        : type.Is("input_json_delta"u8) ? DeltaKind.InputJson
        : type.Is("thinking_delta"u8) ? DeltaKind.Thinking
        : type.Is("signature_delta"u8) ? DeltaKind.Signature
        : type.Is("citations_delta"u8) ? DeltaKind.Citation
        : DeltaKind.Unknown;
}
