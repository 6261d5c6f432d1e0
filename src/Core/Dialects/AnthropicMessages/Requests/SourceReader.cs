using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Reads the <c>source</c> of image and document blocks.</summary>
internal static class SourceReader
{
    /// <summary>Null if the source is not base64, url or file with exactly the documented members.</summary>
    public static MediaSource? Read(JsonSlice source)
    {
        if (!Split(source, out var type, out var value, out var valueName, out var mediaType)) return null;
        if (type.Is("base64"u8) && valueName.Is("data"u8)) return new MediaSource { Data = value, MediaType = mediaType };
        if (mediaType.IsPresent) return null;
        if (type.Is("url"u8) && valueName.Is("url"u8)) return new MediaSource { Url = value };
        if (type.Is("file"u8) && valueName.Is("file_id"u8)) return new MediaSource { FileId = value };
        return null;
    }

    /// <summary>The text of <c>{"type":"text","media_type":"text/plain","data":"..."}</c>; absent for every other source.</summary>
    public static JsonText PlainText(JsonSlice source) =>
        Split(source, out var type, out var value, out var name, out var mediaType)
        && type.Is("text"u8) && name.Is("data"u8) && mediaType.Is("text/plain"u8) ? value : default;

    private static bool Split(JsonSlice source, out JsonText type, out JsonText value, out JsonText valueName, out JsonText mediaType)
    {
        type = value = valueName = mediaType = default;
        if (!source.IsObject) return false;
        var cursor = new JsonCursor(source.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.Token != JsonTokenType.String) return false;
            if (cursor.NameIs("type"u8)) type = cursor.TakeText();
            else if (cursor.NameIs("media_type"u8)) mediaType = cursor.TakeText();
            else if (value.IsPresent) return false;
            else
            {
                valueName = cursor.Name;
                value = cursor.TakeText();
            }
        }
        return type.IsPresent && value.IsPresent;
    }
}
