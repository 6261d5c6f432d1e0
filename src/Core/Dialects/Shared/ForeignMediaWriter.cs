using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Writes media of another dialect as a content part of a Chat request.</summary>
internal static class ForeignMediaWriter
{
    /// <summary>Whether the model takes it and Chat has a form for it.</summary>
    public static bool CanWrite(MediaPart media, in MediaForms forms) =>
        // An uploaded file's id is valid only at its provider.
        !media.Source.FileId.IsPresent && media.Kind switch
        {
            MediaKind.Image => forms.TakesImages && (media.Source.Url.HasValue || media.Source.Data.HasValue),
            MediaKind.Audio => forms.TakesAudio && media.Source.Data.HasValue && MediaTypes.AudioFormat(media.Source.MediaType).IsPresent,
            MediaKind.Document => forms.TakesDocuments
                && (media.Source.Data.HasValue || (media.Source.Url.HasValue && forms.Documents is DocumentForm.DocumentUrl or DocumentForm.FileUrl)),
            _ => false,
        };

    /// <summary>False, and nothing is written, if it cannot be.</summary>
    public static bool TryWrite(JsonOutput output, MediaPart media, in MediaForms forms)
    {
        if (!CanWrite(media, forms)) return false;
        var source = media.Source.InStandardBase64();
        switch (media.Kind)
        {
            case MediaKind.Image:
                Begin(output, "image_url"u8);
                output.Name("url"u8);
                MediaTypes.WriteUrl(output, source, "image/png"u8);
                if (media.Detail.HasValue)
                {
                    output.Name("detail"u8);
                    output.Text(media.Detail);
                }
                break;
            case MediaKind.Audio:
                Begin(output, "input_audio"u8);
                output.Name("data"u8);
                output.Text(source.Data);
                output.Name("format"u8);
                output.Text(MediaTypes.AudioFormat(source.MediaType));
                break;
            case MediaKind.Document when forms.Documents == DocumentForm.DocumentUrl:
                DocumentUrl(output, media, source);
                return true;
            case MediaKind.Document when forms.Documents == DocumentForm.FileUrl:
                Begin(output, "file_url"u8);
                output.Name("url"u8);
                // Base64 without the head of a data URL (perplexity-chat-one-websearch-2a1f97).
                if (source.Data.HasValue) output.Text(source.Data);
                else output.Text(source.Url);
                break;
            default:
                Begin(output, "file"u8);
                output.Name("filename"u8);
                // OpenAI requires a name beside the data.
                if (media.Name.HasValue) output.Text(media.Name);
                else output.Literal("document.pdf"u8);
                output.Name("file_data"u8);
                MediaTypes.WriteUrl(output, source, "application/pdf"u8);
                break;
        }
        output.EndObject();
        output.EndObject();
        return true;
    }

    /// <summary>The text in its place in a tool's result, so that the model does not take the result for empty.</summary>
    public static TextPart Omitted(MediaPart media) => new(JsonText.From($"[{WordOf(media.Kind)} omitted]"));

    public static string NameOf(MediaPart media) => media.Source.FileId.IsPresent ? "file_id" : WordOf(media.Kind);

    private static string WordOf(MediaKind kind) => kind switch
    {
        MediaKind.Image => "image",
        MediaKind.Audio => "audio",
        MediaKind.Video => "video",
        _ => "document",
    };

    /// <summary>As in <c>mistral-chat-one-pdf-0de35b</c>.</summary>
    private static void DocumentUrl(JsonOutput output, MediaPart media, in MediaSource source)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("document_url"u8);
        output.Name("document_url"u8);
        MediaTypes.WriteUrl(output, source, "application/pdf"u8);
        if (media.Name.HasValue)
        {
            output.Name("document_name"u8);
            output.Text(media.Name);
        }
        output.EndObject();
    }

    private static void Begin(JsonOutput output, ReadOnlySpan<byte> type)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
        output.Name(type);
        output.BeginObject();
    }
}
