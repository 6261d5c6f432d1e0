using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes citations as <c>annotations</c>.</summary>
internal static class CitationWriter
{
    /// <summary>
    /// Writes the citations of a whole message. A citation without a position covers its text part, counted in UTF-16
    /// units of the joined content.
    /// </summary>
    public static void Write(JsonOutput output, List<ContentPart> parts)
    {
        output.Name("annotations"u8);
        output.BeginArray();
        long start = 0;
        foreach (var part in parts)
        {
            if (part is not TextPart text) continue;
            var end = start + text.Text.CountUtf16();
            if (text.Citations is { } citations)
                foreach (var citation in citations) Write(output, citation, citation.StartIndex ?? start, citation.EndIndex ?? end);
            start = end;
        }
        output.EndArray();
    }

    /// <summary>Writes one annotation, without unknown positions.</summary>
    public static void Write(JsonOutput output, Citation citation, long? start, long? end)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("url_citation"u8);
        output.Name("url_citation"u8);
        output.BeginObject();
        output.Name("url"u8);
        output.Text(citation.Url);
        output.Name("title"u8);
        output.Text(citation.Title);
        if (citation.CitedText.HasValue)
        {
            output.Name("content"u8);
            output.Text(citation.CitedText);
        }
        if (start is { } from)
        {
            output.Name("start_index"u8);
            output.Number(from);
        }
        if (end is { } to)
        {
            output.Name("end_index"u8);
            output.Number(to);
        }
        output.EndObject();
        output.EndObject();
    }
}
