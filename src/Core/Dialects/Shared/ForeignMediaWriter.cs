using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Writes media of another dialect as a content part of a Chat request.</summary>
internal static class ForeignMediaWriter
{
    /// <summary>Whether Chat has a form for it.</summary>
    public static bool CanWrite(MediaPart media) =>
        // An uploaded file's id is valid only at its provider.
        !media.Source.FileId.IsPresent && media.Kind switch
        {
            MediaKind.Image => media.Source.Url.HasValue || media.Source.Data.HasValue,
            MediaKind.Audio => media.Source.Data.HasValue && MediaTypes.AudioFormat(media.Source.MediaType).IsPresent,
            MediaKind.Document => media.Source.Data.HasValue,
            _ => false,
        };

    /// <summary>False, and nothing is written, if Chat has no form for it.</summary>
    public static bool TryWrite(JsonOutput output, MediaPart media)
    {
        if (!CanWrite(media)) return false;
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

    public static string NameOf(MediaPart media) => media.Source.FileId.IsPresent ? "file_id" : media.Kind switch
    {
        MediaKind.Image => "image",
        MediaKind.Audio => "audio",
        MediaKind.Video => "video",
        _ => "document",
    };

    private static void Begin(JsonOutput output, ReadOnlySpan<byte> type)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
        output.Name(type);
        output.BeginObject();
    }
}
