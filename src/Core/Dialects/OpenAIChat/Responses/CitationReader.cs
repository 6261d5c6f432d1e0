using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Reads <c>annotations</c>.</summary>
internal static class CitationReader
{
    public static readonly JsonText Member = JsonText.From("annotations");

    public static List<Citation> Read(JsonSlice annotations)
    {
        var citations = new List<Citation>();
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) citations.Add(ReadOne(cursor.TakeValue()));
        return citations;
    }

    /// <summary><c>{"type":"url_citation","url_citation":{url,title,start_index,end_index,content}}</c>; others are kept unchanged.</summary>
    public static Citation ReadOne(JsonSlice annotation)
    {
        var citation = annotation.Member("url_citation"u8);
        return new Citation
        {
            Origin = OpenAIChatDialect.DialectName,
            Native = annotation,
            Url = citation.Member("url"u8).AsText(),
            Title = citation.Member("title"u8).AsText(),
            CitedText = citation.Member("content"u8).AsText(),
            StartIndex = citation.Member("start_index"u8).AsInt64(),
            EndIndex = citation.Member("end_index"u8).AsInt64(),
        };
    }
}
