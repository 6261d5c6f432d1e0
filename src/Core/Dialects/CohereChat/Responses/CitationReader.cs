using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>
/// A citation: a span of one content block, and the documents or tool results it comes from. Each source becomes one
/// <see cref="Citation"/> with the document's address and title, or the source's id if it has none.
/// </summary>
internal static class CitationReader
{
    /// <summary>The name under which a source's id is reported as lost, if no other member contains it.</summary>
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

    /// <summary>Index of the content block; null if the response does not contain it.</summary>
    public static long? BlockOf(JsonSlice citation) => citation.Member("content_index"u8).AsInt64();

    /// <param name="citation">An object.</param>
    /// <param name="before">The number of UTF-16 code units of the response's text before the block.</param>
    /// <param name="lost">Receives the members of a source that a <see cref="Citation"/> cannot express.</param>
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
        // A span without a source is still a citation.
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
        // Callers often use an address as the id of a document (cohere-chatv2-one-pdf-908416).
        if (!url.HasValue && (id.AsText().StartsWith("https://"u8) || id.AsText().StartsWith("http://"u8))) url = id.AsText();
        // The tool's result has more than an address and a title.
        if (source.Member("tool_output"u8) is { IsObject: true } result && HasMore(result) && lost?.Find(ToolOutput.Span).IsPresent != true)
            Extras.Add(ref lost, CohereChatDialect.DialectName, ToolOutput, result);
        if (!title.HasValue) title = id.AsText();
        else if (id.HasValue && id.AsText().Span != url.Span && lost?.Find(Id.Span).IsPresent != true) Extras.Add(ref lost, CohereChatDialect.DialectName, Id, id);
        return new Citation { Origin = CohereChatDialect.DialectName, Url = url, Title = title };
    }
}
