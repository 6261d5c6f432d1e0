using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Reads content blocks of requests and responses. A block of an unknown type, and in responses also one of an
/// unexpected shape, becomes an <see cref="OpaquePart"/>.
/// </summary>
internal static class BlockReader
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    /// <summary>Adds the blocks of an array to <paramref name="parts"/>.</summary>
    /// <param name="tolerant">True for responses: undocumented blocks are kept unchanged, not refused.</param>
    public static void ReadAll(JsonSlice array, List<ContentPart> parts, bool tolerant, bool insideResult = false)
    {
        var cursor = new JsonCursor(array.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) parts.Add(Read(cursor.TakeValue(), tolerant, insideResult));
    }

    public static ContentPart Read(JsonSlice block, bool tolerant, bool insideResult = false)
    {
        if (!block.IsObject && !tolerant) throw new JsonException("A content block must be an object.");
        var type = block.Member("type"u8).AsText();
        if (!type.IsPresent && !tolerant) throw new JsonException("A content block must have a 'type'.");
        ContentPart? part;
        if (type.Is("text"u8)) part = Text(block);
        else if (type.Is("tool_use"u8)) part = ToolUse(block);
        // A result cannot contain results: nested ones are left unchanged, so that nesting needs no second scan.
        else if (type.Is("tool_result"u8) && !insideResult) part = ToolResult(block, tolerant);
        else if (type.Is("image"u8)) part = Media(block, MediaKind.Image);
        else if (type.Is("document"u8)) part = Media(block, MediaKind.Document);
        else if (type.Is("thinking"u8)) part = Thinking(block);
        else if (type.Is("redacted_thinking"u8)) part = RedactedThinking(block);
        else return new OpaquePart(Own, type, block);
        if (part is not null) return part;
        if (tolerant) return new OpaquePart(Own, type, block);
        throw new DialectException(GatewayError.Invalid($"A content block of type '{type}' is incomplete or of the wrong shape.", "messages.content"));
    }

    private static TextPart? Text(JsonSlice block)
    {
        JsonText text = default;
        JsonSlice cache = default;
        List<Citation>? citations = null;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("text"u8) && cursor.Token == JsonTokenType.String) text = cursor.TakeText();
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else if (cursor.NameIs("citations"u8) && cursor.Token == JsonTokenType.StartArray)
            {
                var name = cursor.Name;
                var array = cursor.TakeValue();
                citations = CitationReader.ReadAll(array);
                if (citations is null) Extras.Add(ref extras, Own, name, array);
            }
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        return text.IsPresent ? new TextPart(text) { CacheControl = cache, Citations = citations, Extras = extras } : null;
    }

    private static ToolCallPart? ToolUse(JsonSlice block)
    {
        JsonText id = default, name = default;
        JsonSlice input = default, cache = default;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("id"u8) && cursor.Token == JsonTokenType.String) id = cursor.TakeText();
            else if (cursor.NameIs("name"u8) && cursor.Token == JsonTokenType.String) name = cursor.TakeText();
            else if (cursor.NameIs("input"u8)) input = cursor.TakeValue();
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        if (!id.IsPresent || !name.IsPresent) return null;
        return new ToolCallPart(id, name) { Arguments = new ToolArguments { Json = input }, CacheControl = cache, Extras = extras };
    }

    private static ToolResultPart? ToolResult(JsonSlice block, bool tolerant)
    {
        JsonText id = default;
        JsonSlice content = default, cache = default;
        var isError = false;
        var form = 0;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("tool_use_id"u8) && cursor.Token == JsonTokenType.String) id = cursor.TakeText();
            else if (cursor.NameIs("content"u8) && cursor.Token is JsonTokenType.String or JsonTokenType.StartArray) content = cursor.TakeValue();
            else if (cursor.NameIs("is_error"u8) && cursor.Token is JsonTokenType.True or JsonTokenType.False)
            {
                isError = cursor.Token == JsonTokenType.True;
                form |= Forms.IsErrorSaid;
            }
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        if (!id.IsPresent) return null;
        var part = new ToolResultPart(id) { IsError = isError, CacheControl = cache, Extras = extras };
        if (content.IsText)
        {
            form |= Forms.ContentString;
            part.Parts.Add(new TextPart(content.AsText()));
        }
        else if (content.IsArray)
        {
            form |= Forms.ContentArray;
            ReadAll(content, part.Parts, tolerant, insideResult: true);
        }
        part.Form = form;
        return part;
    }

    private static ContentPart? Media(JsonSlice block, MediaKind kind)
    {
        JsonText titleName = default;
        JsonSlice title = default, source = default, cache = default;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("source"u8)) source = cursor.TakeValue();
            else if (cursor.NameIs("title"u8) && kind == MediaKind.Document && cursor.Token == JsonTokenType.String)
            {
                titleName = cursor.Name;
                title = cursor.TakeValue();
            }
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        if (SourceReader.PlainText(source) is { IsPresent: true } text && kind == MediaKind.Document)
        {
            if (title.IsPresent) Extras.Add(ref extras, Own, titleName, title);
            return new TextPart(text) { Form = Forms.DocumentText, CacheControl = cache, Extras = extras };
        }
        if (SourceReader.Read(source) is { } from)
            return new MediaPart(kind, from) { Name = title.AsText(), CacheControl = cache, Extras = extras };
        // Sources that only Anthropic has (a document of content blocks) are kept whole.
        return source.IsObject ? new OpaquePart(Own, block.Member("type"u8).AsText(), block) : null;
    }

    private static ReasoningPart? Thinking(JsonSlice block)
    {
        JsonText text = default, signature = default;
        JsonSlice cache = default;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("thinking"u8) && cursor.Token == JsonTokenType.String) text = cursor.TakeText();
            else if (cursor.NameIs("signature"u8) && cursor.Token == JsonTokenType.String) signature = cursor.TakeText();
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        // A signature without text is a complete block too: the request asked to omit the text.
        if (!text.IsPresent && !signature.IsPresent) return null;
        return new ReasoningPart(Own) { Text = text, Signature = signature, CacheControl = cache, Extras = extras };
    }

    private static ReasoningPart? RedactedThinking(JsonSlice block)
    {
        JsonText data = default;
        Extras? extras = null;
        var cursor = new JsonCursor(block.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) cursor.Skip();
            else if (cursor.NameIs("data"u8) && cursor.Token == JsonTokenType.String) data = cursor.TakeText();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        return data.IsPresent ? new ReasoningPart(Own) { Opaque = data, Extras = extras } : null;
    }
}
