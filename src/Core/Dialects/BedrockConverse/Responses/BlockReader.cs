using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Responses;

/// <summary>
/// Reads the content of a response. A block's member determines its kind; a <c>type</c> beside it
/// (<c>bedrock-converse-one-partools-ce29f0</c>) is redundant.
/// </summary>
internal static class BlockReader
{
    private const string Own = BedrockConverseDialect.DialectName;

    public static void ReadAll(JsonSlice content, List<ContentPart> parts)
    {
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Read(cursor.TakeValue(), parts);
    }

    /// <summary>The reasoning in a <c>reasoningContent</c>, whole or one fragment of it.</summary>
    public static ReasoningPart ReadReasoning(JsonSlice reasoning)
    {
        // A stream has the members of reasoningText without the wrapper.
        var text = reasoning.Member("reasoningText"u8);
        if (!text.IsObject) text = reasoning;
        return new ReasoningPart(Own)
        {
            Text = text.Member("text"u8).AsText(),
            Signature = text.Member("signature"u8).AsText(),
            Opaque = reasoning.Member("redactedContent"u8).AsText(),
        };
    }

    /// <summary>An image in the response; null if it has no bytes.</summary>
    public static MediaPart? ReadImage(JsonSlice image)
    {
        var data = image.Member("source"u8).Member("bytes"u8).AsText();
        if (!data.HasValue) return null;
        var format = image.Member("format"u8).AsText();
        return new MediaPart(MediaKind.Image, new MediaSource
        {
            Data = data,
            MediaType = format.HasValue ? JsonText.From($"image/{format}") : default,
        });
    }

    /// <summary>A call that Bedrock ran itself (<c>server_tool_use</c>, <c>bedrock-converse-one-cite-0447a3</c>): the caller must not run it.</summary>
    public static bool IsOwnCall(JsonSlice call) => call.Member("type"u8).AsText() is { HasValue: true } type && !type.Is("tool_use"u8);

    private static void Read(JsonSlice block, List<ContentPart> parts)
    {
        if (!block.IsObject) throw new JsonException("A content block must be an object.");
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("type"u8) || !value.HasValue) continue;
            if (name.Is("text"u8) && value.IsText) parts.Add(new TextPart(value.AsText()));
            else if (name.Is("toolUse"u8) && value.IsObject) parts.Add(ReadCall(value));
            else if (name.Is("reasoningContent"u8) && value.IsObject) parts.Add(ReadReasoning(value));
            else if (name.Is("citationsContent"u8) && value.IsObject) ReadCited(value, parts);
            else if (name.Is("image"u8) && ReadImage(value) is { } image) parts.Add(image);
            else parts.Add(new OpaquePart(Own, name, value));
        }
    }

    private static ContentPart ReadCall(JsonSlice call)
    {
        if (IsOwnCall(call)) return new OpaquePart(Own, call.Member("type"u8).AsText(), call);
        return new ToolCallPart(call.Member("toolUseId"u8).AsText(), call.Member("name"u8).AsText())
        {
            Arguments = new ToolArguments { Json = call.Member("input"u8) },
        };
    }

    /// <summary>The cited text is inside, or (Nova) directly before; then the sources belong to that text.</summary>
    private static void ReadCited(JsonSlice cited, List<ContentPart> parts)
    {
        var before = parts.Count;
        if (cited.Member("content"u8) is { IsArray: true } content)
        {
            var cursor = new JsonCursor(content.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
                if (cursor.TakeValue().Member("text"u8).AsText() is { IsPresent: true } text) parts.Add(new TextPart(text));
        }
        if (cited.Member("citations"u8) is not { IsArray: true } list) return;
        if (parts.Count == before && parts.FindLast(part => part is TextPart) is null) parts.Add(new TextPart(JsonText.From("")));
        var owner = (TextPart)parts.FindLast(part => part is TextPart)!;
        var citations = new JsonCursor(list.Memory);
        citations.EnterArray();
        while (citations.NextElement()) (owner.Citations ??= []).Add(CitationReader.Read(citations.TakeValue()));
    }
}
