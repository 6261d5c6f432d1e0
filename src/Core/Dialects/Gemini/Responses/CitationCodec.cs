using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>
/// Sources from <c>groundingMetadata</c> (search, files), <c>citationMetadata</c> (training data) and
/// <c>urlContextMetadata</c> (fetched pages). Google counts positions in UTF-8 bytes; <see cref="TextMap"/> turns
/// them into UTF-16 units of the message's text where that is possible.
/// </summary>
internal static class CitationCodec
{
    public static void ReadGrounding(JsonSlice metadata, TextMap text, List<Citation> citations)
    {
        var chunks = Elements(metadata.Member("groundingChunks"u8));
        if (chunks.Count == 0) return;
        var used = new bool[chunks.Count];
        foreach (var support in Elements(metadata.Member("groundingSupports"u8)))
        {
            var segment = support.Member("segment"u8);
            var part = segment.Member("partIndex"u8).AsInt64() ?? 0;
            var start = text.ToUtf16(part, segment.Member("startIndex"u8).AsInt64() ?? 0);
            var end = segment.Member("endIndex"u8).AsInt64() is { } e ? text.ToUtf16(part, e) : null;
            foreach (var index in Elements(support.Member("groundingChunkIndices"u8)))
            {
                if (index.AsInt64() is not { } i || i < 0 || i >= chunks.Count) continue;
                used[i] = true;
                citations.Add(Source(chunks[(int)i]) with { StartIndex = end is null ? null : start, EndIndex = start is null ? null : end });
            }
        }
        for (var i = 0; i < chunks.Count; i++)
            if (!used[i]) citations.Add(Source(chunks[i]));
    }

    public static void ReadCitations(JsonSlice metadata, TextMap text, List<Citation> citations)
    {
        var sources = metadata.Member("citationSources"u8);
        foreach (var source in Elements(sources.IsArray ? sources : metadata.Member("citations"u8)))
        {
            var url = source.Member("uri"u8).AsText();
            var title = source.Member("title"u8).AsText();
            if (!url.HasValue && !title.HasValue) continue;
            var start = text.ToUtf16(0, source.Member("startIndex"u8).AsInt64() ?? 0);
            var end = source.Member("endIndex"u8).AsInt64() is { } e ? text.ToUtf16(0, e) : null;
            citations.Add(new Citation
            {
                Origin = GeminiDialect.DialectName, Url = url, Title = title, Native = source,
                StartIndex = end is null ? null : start, EndIndex = start is null ? null : end,
            });
        }
    }

    public static void ReadUrlContext(JsonSlice metadata, List<Citation> citations)
    {
        foreach (var entry in Elements(metadata.Member("urlMetadata"u8)))
        {
            var url = entry.Member("retrievedUrl"u8).AsText();
            if (url.HasValue) citations.Add(new Citation { Origin = GeminiDialect.DialectName, Url = url, Native = entry });
        }
    }

    /// <summary>Writes the value of <c>citationMetadata</c> for sources of another dialect.</summary>
    public static void Write(List<Citation> citations, JsonOutput output)
    {
        output.BeginObject();
        output.Name("citationSources"u8);
        output.BeginArray();
        foreach (var citation in citations)
        {
            output.BeginObject();
            if (citation.Url.HasValue)
            {
                output.Name("uri"u8);
                output.Text(citation.Url);
            }
            if (citation.Title.HasValue)
            {
                output.Name("title"u8);
                output.Text(citation.Title);
            }
            output.EndObject();
        }
        output.EndArray();
        output.EndObject();
    }

    private static Citation Source(JsonSlice chunk)
    {
        var source = chunk.Member("web"u8);
        if (!source.IsObject) source = chunk.Member("retrievedContext"u8);
        if (!source.IsObject) source = chunk.Member("maps"u8);
        return new Citation
        {
            Origin = GeminiDialect.DialectName,
            Url = source.Member("uri"u8).AsText(),
            Title = source.Member("title"u8).AsText(),
            CitedText = source.Member("text"u8).AsText(),
            Native = chunk,
        };
    }

    private static List<JsonSlice> Elements(JsonSlice list)
    {
        var elements = new List<JsonSlice>();
        if (!list.IsArray) return elements;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) elements.Add(cursor.TakeValue());
        return elements;
    }
}

/// <summary>Converts Google's byte positions within a part to UTF-16 units within the message's text.</summary>
internal readonly struct TextMap
{
    private readonly List<ContentPart>? _parts;
    private readonly bool _ascii;

    /// <summary>For a whole response.</summary>
    public TextMap(List<ContentPart> parts) => _parts = parts;

    /// <summary>For a stream, whose text is not kept: positions are known only while all text is ASCII.</summary>
    public TextMap(bool ascii) => _ascii = ascii;

    /// <summary>Null if the position is unknown.</summary>
    public long? ToUtf16(long partIndex, long bytes)
    {
        if (bytes < 0) return null;
        if (_parts is null) return _ascii && partIndex == 0 ? bytes : null;
        long before = 0, at = 0;
        foreach (var part in _parts)
        {
            // The signature of a part follows it in the neutral model and is not a part on the wire.
            if ((part.Form & Forms.SignsPartBefore) != 0) continue;
            var text = part is TextPart { Text: var t } ? t : default;
            // Part 0 is omitted on the wire, and the cited text is often not the first part (reasoning and server tools precede it).
            if (partIndex == 0 ? text.IsPresent : at == partIndex) return text.IsPresent && Units(text, bytes) is { } within ? before + within : null;
            at++;
            if (text.HasValue) before += text.ToString().Length;
        }
        return null;
    }

    private static long? Units(JsonText text, long bytes)
    {
        var span = text.Span;
        if (!text.HasEscapes && System.Text.Ascii.IsValid(span)) return bytes <= span.Length ? bytes : null;
        long seen = 0, units = 0;
        foreach (var rune in text.ToString().EnumerateRunes())
        {
            if (seen >= bytes) break;
            seen += rune.Utf8SequenceLength;
            units += rune.Utf16SequenceLength;
        }
        return seen >= bytes ? units : null;
    }
}
