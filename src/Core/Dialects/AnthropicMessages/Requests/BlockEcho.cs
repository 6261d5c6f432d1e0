using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Writes blocks that <see cref="BlockReader"/> read, with the same members.</summary>
internal static class BlockEcho
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    public static void WriteAll(List<ContentPart> parts, JsonOutput output)
    {
        output.BeginArray();
        foreach (var part in parts)
            // A refusal is not a block: its text is a member of stop_details.
            if (part is not RefusalPart) Write(part, output);
        output.EndArray();
    }

    public static void Write(ContentPart part, JsonOutput output)
    {
        if (part is OpaquePart opaque)
        {
            if (opaque.Origin == Own) output.Raw(opaque.Value);
            return;
        }
        output.BeginObject();
        switch (part)
        {
            case TextPart { Form: Forms.DocumentText } document:
                WritePlainDocument(document.Text, output);
                break;
            case TextPart text:
                Type("text"u8, output);
                output.Name("text"u8);
                output.Text(text.Text);
                WriteCitations(text.Citations, output);
                break;
            case ToolCallPart call:
                Type("tool_use"u8, output);
                output.Name("id"u8);
                output.Text(call.Id);
                output.Name("name"u8);
                output.Text(call.Name);
                if (call.Arguments.Json.IsPresent)
                {
                    output.Name("input"u8);
                    output.Raw(call.Arguments.Json);
                }
                break;
            case ToolResultPart result:
                WriteResult(result, output);
                break;
            case MediaPart media:
                Type(media.Kind == MediaKind.Document ? "document"u8 : "image"u8, output);
                WriteSource(media.Source, output);
                if (media.Name.IsPresent)
                {
                    output.Name("title"u8);
                    output.Text(media.Name);
                }
                break;
            case ReasoningPart { Opaque.IsPresent: true } redacted:
                Type("redacted_thinking"u8, output);
                output.Name("data"u8);
                output.Text(redacted.Opaque);
                break;
            case ReasoningPart thinking:
                WriteThinking(thinking, output);
                break;
        }
        WriteCacheControl(part.CacheControl, output);
        part.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    public static void WriteCacheControl(JsonSlice marker, JsonOutput output)
    {
        if (!marker.HasValue) return;
        output.Name("cache_control"u8);
        output.Raw(marker);
    }

    /// <summary>The members of a document block around plain text, without its braces.</summary>
    public static void WritePlainDocument(JsonText text, JsonOutput output)
    {
        Type("document"u8, output);
        output.Name("source"u8);
        output.BeginObject();
        Type("text"u8, output);
        output.Name("media_type"u8);
        output.Literal("text/plain"u8);
        output.Name("data"u8);
        output.Text(text);
        output.EndObject();
    }

    public static void WriteSource(MediaSource source, JsonOutput output)
    {
        output.Name("source"u8);
        output.BeginObject();
        if (source.Url.IsPresent)
        {
            Type("url"u8, output);
            output.Name("url"u8);
            output.Text(source.Url);
        }
        else if (source.FileId.IsPresent)
        {
            Type("file"u8, output);
            output.Name("file_id"u8);
            output.Text(source.FileId);
        }
        else
        {
            Type("base64"u8, output);
            if (source.MediaType.IsPresent)
            {
                output.Name("media_type"u8);
                output.Text(source.MediaType);
            }
            output.Name("data"u8);
            output.Text(source.Data);
        }
        output.EndObject();
    }

    private static void WriteResult(ToolResultPart result, JsonOutput output)
    {
        Type("tool_result"u8, output);
        output.Name("tool_use_id"u8);
        output.Text(result.CallId);
        if ((result.Form & Forms.ContentString) != 0 && result.Parts is [TextPart only])
        {
            output.Name("content"u8);
            output.Text(only.Text);
        }
        else if ((result.Form & Forms.ContentArray) != 0)
        {
            output.Name("content"u8);
            WriteAll(result.Parts, output);
        }
        if ((result.Form & Forms.IsErrorSaid) == 0) return;
        output.Name("is_error"u8);
        output.Boolean(result.IsError);
    }

    private static void WriteThinking(ReasoningPart thinking, JsonOutput output)
    {
        Type("thinking"u8, output);
        if (thinking.Text.IsPresent)
        {
            output.Name("thinking"u8);
            output.Text(thinking.Text);
        }
        if (!thinking.Signature.IsPresent) return;
        output.Name("signature"u8);
        output.Text(thinking.Signature);
    }

    private static void WriteCitations(List<Citation>? citations, JsonOutput output)
    {
        if (citations is null) return;
        output.Name("citations"u8);
        output.BeginArray();
        foreach (var citation in citations)
            if (citation.Origin == Own) output.Raw(citation.Native);
        output.EndArray();
    }

    private static void Type(ReadOnlySpan<byte> word, JsonOutput output)
    {
        output.Name("type"u8);
        output.Literal(word);
    }
}
