using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes one content part that was read from this dialect.</summary>
internal static class PartWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void Write(JsonOutput output, ContentPart part)
    {
        if (part is OpaquePart opaque)
        {
            output.Raw(opaque.Value);
            return;
        }
        output.BeginObject();
        output.Name("type"u8);
        switch (part)
        {
            case TextPart text:
                output.Literal("text"u8);
                output.Name("text"u8);
                output.Text(text.Text);
                break;
            case RefusalPart refusal:
                output.Literal("refusal"u8);
                output.Name("refusal"u8);
                output.Text(refusal.Text);
                break;
            case ReasoningPart reasoning:
                output.Literal("thinking"u8);
                Thinking(output, reasoning);
                break;
            case MediaPart media:
                Media(output, media, (MediaForm)media.Form);
                break;
        }
        if (part.CacheControl.IsPresent)
        {
            output.Name("cache_control"u8);
            output.Raw(part.CacheControl);
        }
        part.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void Thinking(JsonOutput output, ReasoningPart reasoning)
    {
        if (reasoning.Extras.From(Own, "thinking"u8).IsPresent) return;
        output.Name("thinking"u8);
        output.BeginArray();
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.Text(reasoning.Text);
        output.EndObject();
        output.EndArray();
    }

    private static void Media(JsonOutput output, MediaPart media, MediaForm form)
    {
        var name = Has(form, MediaForm.InputAudio) ? "input_audio"u8 : Has(form, MediaForm.File) ? "file"u8
            : Has(form, MediaForm.VideoUrl) ? "video_url"u8 : Has(form, MediaForm.DocumentUrl) ? "document_url"u8
            : Has(form, MediaForm.FileUrl) ? "file_url"u8 : "image_url"u8;
        output.Literal(name);
        if (Has(form, MediaForm.Whole)) return;
        output.Name(name);
        if (Has(form, MediaForm.Text))
        {
            Source(output, media.Source, form);
            return;
        }
        output.BeginObject();
        if (Has(form, MediaForm.File)) File(output, media, form);
        else
        {
            output.Name(Has(form, MediaForm.InputAudio) ? "data"u8 : "url"u8);
            Source(output, media.Source, form);
            if (Has(form, MediaForm.InputAudio) && Has(form, MediaForm.Bare)) Text(output, "format"u8, MediaTypes.AudioFormat(media.Source.MediaType));
        }
        Text(output, "detail"u8, media.Detail);
        output.EndObject();
    }

    private static void File(JsonOutput output, MediaPart media, MediaForm form)
    {
        Text(output, "filename"u8, media.Name);
        Text(output, "file_id"u8, media.Source.FileId);
        if (media.Source.FileId.IsPresent) return;
        output.Name("file_data"u8);
        Source(output, media.Source, form);
    }

    private static void Source(JsonOutput output, in MediaSource source, MediaForm form)
    {
        if (Has(form, MediaForm.Bare)) output.Text(source.Data);
        else MediaTypes.WriteUrl(output, source, default);
    }

    private static bool Has(MediaForm form, MediaForm flag) => (form & flag) != 0;

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }
}
