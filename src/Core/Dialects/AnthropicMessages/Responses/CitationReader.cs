using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>
/// Reads citations: <c>web_search_result_location</c> has url and title, <c>search_result_location</c> source and title,
/// <c>char_location</c>, <c>page_location</c> and <c>content_block_location</c> point into a document of the request.
/// </summary>
internal static class CitationReader
{
    /// <summary>Null if there is none, or if an element of the array is not an object.</summary>
    public static List<Citation>? ReadAll(JsonSlice array)
    {
        List<Citation>? citations = null;
        var cursor = new JsonCursor(array.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            if (!value.IsObject) return null;
            (citations ??= []).Add(Read(value));
        }
        return citations;
    }

    public static bool IsEmpty(JsonSlice array)
    {
        var cursor = new JsonCursor(array.Memory);
        cursor.EnterArray();
        return !cursor.NextElement();
    }

    public static Citation Read(JsonSlice value)
    {
        JsonText url = default, title = default, cited = default;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("url"u8) || cursor.NameIs("source"u8)) url = cursor.TakeValue().AsText();
            else if (cursor.NameIs("title"u8) || cursor.NameIs("document_title"u8)) title = cursor.TakeValue().AsText();
            else if (cursor.NameIs("cited_text"u8)) cited = cursor.TakeValue().AsText();
            else cursor.Skip();
        }
        return new Citation { Origin = AnthropicMessagesDialect.DialectName, Url = url, Title = title, CitedText = cited, Native = value };
    }
}
