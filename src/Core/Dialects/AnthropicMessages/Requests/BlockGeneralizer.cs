using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Converts blocks that only Anthropic has and whose content is text: search results, documents of blocks, tool references, summaries.</summary>
internal static class BlockGeneralizer
{
    public static void Run(List<ContentPart> parts, LossReport losses)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is ToolResultPart result) Run(result.Parts, losses);
            // In other dialects every call has this form.
            if (parts[i] is ToolCallPart { Extras: { } extras } && extras.Find("caller"u8).Member("type"u8).AsText().Is("direct"u8)) extras.Take("caller"u8);
            if (parts[i] is not OpaquePart { Origin: AnthropicMessagesDialect.DialectName } opaque || Text(opaque) is not { } made) continue;
            losses.Emulate($"messages.content.{opaque.Type}");
            parts.RemoveAt(i);
            parts.InsertRange(i, made);
            i += made.Count - 1;
        }
    }

    /// <summary>The parts that replace the block; null to keep it.</summary>
    private static List<ContentPart>? Text(OpaquePart block)
    {
        var value = block.Value;
        if (ToolReferences.Is(block)) return ToolReferences.NameOf(block) is { HasValue: true } name ? [Part("The tool "u8, name, " is available."u8)] : null;
        if (block.Type.Is("compaction"u8)) return value.Member("content"u8).AsText() is { HasValue: true } summary ? [new TextPart(summary)] : null;
        if (block.Type.Is("search_result"u8)) return SearchResult(value);
        if (block.Type.Is("document"u8)) return Document(value);
        return null;
    }

    /// <summary>The title, the address and the unchanged texts.</summary>
    private static List<ContentPart>? SearchResult(JsonSlice value)
    {
        if (Blocks(value.Member("content"u8)) is not { } content) return null;
        using var head = new JsonOutput(256);
        head.BeginText();
        head.Append(value.Member("title"u8).AsText());
        head.Append("\\n"u8);
        head.Append(value.Member("source"u8).AsText());
        head.EndText();
        return [new TextPart(new JsonText(head.WrittenSpan[1..^1].ToArray())), .. content];
    }

    private static List<ContentPart>? Document(JsonSlice value)
    {
        if (value.Member("source"u8) is not { IsObject: true } source || !source.Member("type"u8).AsText().Is("content"u8)) return null;
        var content = source.Member("content"u8);
        var parts = content.IsText ? [new TextPart(content.AsText())] : Blocks(content);
        if (parts is null) return null;
        if (value.Member("title"u8).AsText() is { HasValue: true } title) parts.Insert(0, new TextPart(title));
        return parts;
    }

    private static List<ContentPart>? Blocks(JsonSlice array)
    {
        if (!array.IsArray) return null;
        var parts = new List<ContentPart>();
        BlockReader.ReadAll(array, parts, tolerant: true, insideResult: true);
        return parts;
    }

    private static TextPart Part(ReadOnlySpan<byte> before, JsonText name, ReadOnlySpan<byte> after) =>
        new(new JsonText((byte[])[.. before, .. name.Span, .. after]));
}
