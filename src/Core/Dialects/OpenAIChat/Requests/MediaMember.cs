using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// The member of a content part that contains its media: <c>image_url</c>, <c>video_url</c>, <c>input_audio</c> or
/// <c>file</c>, and <c>document_url</c> (<c>mistral-chat-one-pdf-693f84</c>) or <c>file_url</c>, as an object or, from some
/// clients, as a string.
/// </summary>
internal struct MediaMember
{
    private JsonText _url, _detail, _data, _format, _fileData, _fileId, _fileName;
    private bool _more;
    private MediaForm _form;
    private JsonSlice _whole;

    public JsonText Name { get; private set; }

    public static bool Knows(ref JsonCursor cursor) =>
        cursor.Token is JsonTokenType.String or JsonTokenType.StartObject
        && (cursor.NameIs("image_url"u8) || cursor.NameIs("input_audio"u8) || cursor.NameIs("file"u8) || cursor.NameIs("video_url"u8)
            || cursor.NameIs("document_url"u8) || cursor.NameIs("file_url"u8));

    public static MediaMember Read(ref JsonCursor cursor)
    {
        var media = new MediaMember { Name = cursor.Name };
        if (cursor.NameIs("video_url"u8)) media._form = MediaForm.VideoUrl;
        else if (cursor.NameIs("input_audio"u8)) media._form = MediaForm.InputAudio;
        else if (cursor.NameIs("file"u8)) media._form = MediaForm.File;
        else if (cursor.NameIs("document_url"u8)) media._form = MediaForm.DocumentUrl;
        else if (cursor.NameIs("file_url"u8)) media._form = MediaForm.FileUrl;
        if (cursor.Token == JsonTokenType.String)
        {
            media._form |= MediaForm.Text;
            media._whole = cursor.TakeValue();
            media._url = media._whole.AsText();
            return media;
        }
        var start = cursor.Position;
        cursor.EnterObject();
        while (cursor.NextMember()) media.Member(ref cursor);
        media._whole = cursor.ValueSince(start);
        return media;
    }

    private void Member(ref JsonCursor cursor)
    {
        if (cursor.Token != JsonTokenType.String) More(ref cursor);
        else if (cursor.NameIs("url"u8)) _url = cursor.TakeText();
        else if (cursor.NameIs("detail"u8)) _detail = cursor.TakeText();
        else if (cursor.NameIs("data"u8)) _data = cursor.TakeText();
        else if (cursor.NameIs("format"u8)) _format = cursor.TakeText();
        else if (cursor.NameIs("file_data"u8)) _fileData = cursor.TakeText();
        else if (cursor.NameIs("file_id"u8)) _fileId = cursor.TakeText();
        else if (cursor.NameIs("filename"u8)) _fileName = cursor.TakeText();
        else More(ref cursor);
    }

    private void More(ref JsonCursor cursor)
    {
        _more = true;
        cursor.Skip();
    }

    /// <summary>Null if the member has no source.</summary>
    public readonly MediaPart? Build(ref Extras? extras)
    {
        if ((_form & MediaForm.InputAudio) != 0) return Audio(ref extras);
        if ((_form & MediaForm.File) != 0) return File(ref extras);
        // Perplexity also accepts plain base64 there, without a type (perplexity-chat-one-websearch-2a1f97).
        if (!_url.HasValue || ((_form & (MediaForm.DocumentUrl | MediaForm.FileUrl)) != 0 && Source(_url).Bare)) return null;
        var source = MediaSource.FromUrl(_url);
        var kind = (_form & MediaForm.VideoUrl) != 0 ? MediaKind.Video
            : (_form & MediaForm.DocumentUrl) != 0 ? MediaKind.Document
            : (_form & MediaForm.FileUrl) != 0 ? MediaTypes.KindOf(source.MediaType)
            : MediaKind.Image;
        var whole = _more || Count(_data, _format, _fileData, _fileId, _fileName) > 0 || !MediaTypes.IsRestorable(source, _url);
        return Finish(new MediaPart(kind, source) { Detail = _detail }, _form, whole, ref extras);
    }

    private readonly MediaPart? Audio(ref Extras? extras)
    {
        var data = (_form & MediaForm.Text) != 0 ? _url : _data;
        if (!data.HasValue) return null;
        var (source, bare) = Source(data);
        var type = MediaTypes.AudioType(_format, out var isExact);
        var form = _form | (bare ? MediaForm.Bare : 0);
        if (bare && type.IsPresent) source = source with { MediaType = type };
        var whole = _more || (type.IsPresent && !isExact) || Count(_detail, _fileData, _fileId, _fileName) > 0 || !MediaTypes.IsRestorable(source, data, bare)
            || (_form & MediaForm.Text) == 0 && (_url.IsPresent || _format.IsPresent != (bare && type.IsPresent));
        return Finish(new MediaPart(MediaKind.Audio, source), form, whole, ref extras);
    }

    private readonly MediaPart? File(ref Extras? extras)
    {
        if (!_fileData.HasValue)
        {
            if (!_fileId.HasValue) return null;
            return Finish(new MediaPart(MediaKind.Document, new MediaSource { FileId = _fileId }) { Name = _fileName }, _form,
                _more || _fileData.IsPresent || Count(_url, _detail, _data, _format) > 0, ref extras);
        }
        var (source, bare) = Source(_fileData);
        // %PDF- in base64: the only file that OpenAI accepts without a type.
        if (bare && _fileData.StartsWith("JVBERi"u8)) source = source with { MediaType = MediaTypes.Pdf };
        var whole = _more || Count(_url, _detail, _data, _format, _fileId) > 0 || !MediaTypes.IsRestorable(source, _fileData, bare);
        return Finish(new MediaPart(MediaTypes.KindOf(source.MediaType), source) { Name = _fileName }, _form | (bare ? MediaForm.Bare : 0), whole, ref extras);
    }

    private readonly MediaPart Finish(MediaPart part, MediaForm form, bool whole, ref Extras? extras)
    {
        part.Form = (int)(whole ? form | MediaForm.Whole : form);
        if (whole) Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, Name, _whole, Lost(form, part.Source.MediaType.IsPresent));
        return part;
    }

    /// <summary>The members that the part cannot express.</summary>
    private readonly Extras? Lost(MediaForm form, bool isTyped)
    {
        Extras? lost = null;
        if (!_whole.IsObject) return lost;
        var cursor = new JsonCursor(_whole.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var isSaid = cursor.Token == JsonTokenType.String
                && ((form & MediaForm.InputAudio) != 0 ? name.Is("data"u8) || (isTyped && name.Is("format"u8))
                    : (form & MediaForm.File) != 0 ? name.Is("file_data"u8) || name.Is("file_id"u8) || name.Is("filename"u8)
                    : name.Is("url"u8) || name.Is("detail"u8));
            var value = cursor.TakeValue();
            if (!isSaid) Extras.Add(ref lost, OpenAIChatDialect.DialectName, name, value);
        }
        return lost;
    }

    /// <summary>Base64 alone, a <c>data:</c> URL, or a web address.</summary>
    private static (MediaSource Source, bool Bare) Source(JsonText text)
    {
        var bare = !text.StartsWith("data:"u8) && !text.StartsWith("http:"u8) && !text.StartsWith("https:"u8);
        return (bare ? new MediaSource { Data = text } : MediaSource.FromUrl(text), bare);
    }

    private static int Count(params ReadOnlySpan<JsonText> texts)
    {
        var count = 0;
        foreach (var text in texts)
            if (text.IsPresent) count++;
        return count;
    }
}
