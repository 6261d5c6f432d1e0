using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>
/// A citation: a span of one content block, and the documents or tool results that it comes from. Each source becomes one
/// <see cref="Citation"/>; its address and title are those of the document, where it has any, else the source's id.
/// </summary>
internal static class CitationReader
{
    /// <summary>Under this name a source is kept whose id is told by nothing else.</summary>
    private static readonly JsonText Id = JsonText.From("sources.id");

    private static readonly JsonText ToolOutput = JsonText.From("sources.tool_output");

    private static bool HasMore(JsonSlice result)
    {
        var cursor = new JsonCursor(result.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!cursor.NameIs("url"u8) && !cursor.NameIs("title"u8)) return true;
            cursor.Skip();
        }
        return false;
    }

    /// <summary>Whether it belongs to reasoning, which has no sources in other dialects.</summary>
    public static bool IsOfReasoning(JsonSlice citation) => citation.Member("type"u8).AsText().Is("THINKING_CONTENT"u8);

    public static bool IsOfPlan(JsonSlice citation) => citation.Member("type"u8).AsText().Is("PLAN"u8);

    /// <summary>Index of the content block; null where the response does not say.</summary>
    public static long? BlockOf(JsonSlice citation) => citation.Member("content_index"u8).AsInt64();

    /// <param name="citation">An object.</param>
    /// <param name="before">How many UTF-16 units of the response's text are before the block.</param>
    /// <param name="lost">Takes what a source says and a <see cref="Citation"/> does not.</param>
    public static List<Citation> Read(JsonSlice citation, long before, ref Extras? lost)
    {
        var found = new List<Citation>();
        var start = citation.Member("start"u8).AsInt64() + before;
        var end = citation.Member("end"u8).AsInt64() + before;
        var text = citation.Member("text"u8).AsText();
        var sources = citation.Member("sources"u8);
        if (sources.IsArray)
        {
            var cursor = new JsonCursor(sources.Memory);
            cursor.EnterArray();
            while (cursor.NextElement()) found.Add(Of(cursor.TakeValue(), ref lost));
        }
        // A span that names no source is cited all the same.
        if (found.Count == 0) found.Add(new Citation { Origin = CohereChatDialect.DialectName });
        for (var i = 0; i < found.Count; i++) found[i] = found[i] with { StartIndex = start, EndIndex = end, CitedText = text, Native = citation };
        return found;
    }

    private static Citation Of(JsonSlice source, ref Extras? lost)
    {
        var said = source.Member("document"u8);
        if (!said.IsObject) said = source.Member("tool_output"u8);
        var id = source.Member("id"u8);
        var url = said.Member("url"u8).AsText();
        var title = said.Member("title"u8).AsText();
        // Callers name their documents by what they are, often by an address (cohere-chatv2-one-pdf-908416).
        if (!url.HasValue && (id.AsText().StartsWith("https://"u8) || id.AsText().StartsWith("http://"u8))) url = id.AsText();
        // What the tool returned is more than its address and title.
        if (source.Member("tool_output"u8) is { IsObject: true } result && HasMore(result) && lost?.Find(ToolOutput.Span).IsPresent != true)
            Extras.Add(ref lost, CohereChatDialect.DialectName, ToolOutput, result);
        if (!title.HasValue) title = id.AsText();
        else if (id.HasValue && id.AsText().Span != url.Span && lost?.Find(Id.Span).IsPresent != true) Extras.Add(ref lost, CohereChatDialect.DialectName, Id, id);
        return new Citation { Origin = CohereChatDialect.DialectName, Url = url, Title = title };
    }
}
