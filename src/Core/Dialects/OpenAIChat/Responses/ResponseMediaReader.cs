using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Reads the media beside an assistant's text: <c>audio</c>, and <c>images</c> in OpenRouter's form.</summary>
internal static class ResponseMediaReader
{
    public static void Read(JsonSlice audio, JsonSlice images, List<ContentPart> parts, ref MessageForm form)
    {
        if (audio.IsPresent) parts.Add(Audio(audio));
        if (!images.IsPresent) return;
        form |= MessageForm.Images;
        var cursor = new JsonCursor(images.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var part = PartReader.Read(ref cursor, Place.Answer);
            if (part is MediaPart) part.Form |= (int)MediaForm.Images;
            else part.Form = (int)OpaqueForm.Images;
            parts.Add(part);
        }
    }

    /// <summary>A response's <c>{id,data,expires_at,transcript}</c>, or a request's <c>{id}</c> of an earlier one.</summary>
    private static MediaPart Audio(JsonSlice audio)
    {
        JsonText id = default, data = default, transcript = default;
        Extras? extras = null;
        var cursor = new JsonCursor(audio.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.NameIs("id"u8) || cursor.NameIs("data"u8) || cursor.NameIs("transcript"u8) ? cursor.TakeValue() : default;
            if (value.IsText && name.Is("id"u8)) id = value.AsText();
            else if (value.IsText && name.Is("data"u8)) data = value.AsText();
            else if (value.IsText) transcript = value.AsText();
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value.IsPresent ? value : cursor.TakeValue());
        }
        return new MediaPart(MediaKind.Audio, new MediaSource { Data = data, FileId = id })
        {
            Transcript = transcript,
            Form = (int)MediaForm.Audio,
            Extras = extras,
        };
    }
}
