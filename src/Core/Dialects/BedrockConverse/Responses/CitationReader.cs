using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Responses;

/// <summary>
/// Reads citations: <c>location</c> is <c>web</c> (url, domain) or points into a document or search result of the request,
/// whose <c>source</c> then is an address (<c>bedrock-converse-one-cite-ae3391</c>).
/// </summary>
internal static class CitationReader
{
    public static Citation Read(JsonSlice value)
    {
        JsonText url = default, source = default, title = default, cited = default;
        if (!value.IsObject) throw new JsonException("A citation must be an object.");
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("location"u8)) url = cursor.TakeValue().Member("web"u8).Member("url"u8).AsText();
            else if (cursor.NameIs("source"u8)) source = cursor.TakeValue().AsText();
            else if (cursor.NameIs("title"u8)) title = cursor.TakeValue().AsText();
            else if (cursor.NameIs("sourceContent"u8)) cited = FirstText(cursor.TakeValue());
            else cursor.Skip();
        }
        return new Citation
        {
            Origin = BedrockConverseDialect.DialectName, Url = url.HasValue ? url : source, Title = title, CitedText = cited, Native = value,
        };
    }

    private static JsonText FirstText(JsonSlice content)
    {
        if (!content.IsArray) return default;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        return cursor.NextElement() ? cursor.TakeValue().Member("text"u8).AsText() : default;
    }
}
