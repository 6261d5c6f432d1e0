using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Writes images, documents and videos: bytes as base64, or an S3 address. Bedrock fetches nothing from the web, and
/// has its own names of formats. Media that it does not support are refused here, with the reason, since the turn would be
/// useless without them.
/// </summary>
internal sealed class MediaWriter(JsonOutput output, LossReport losses)
{
    private const string Images = "image/png, image/jpeg, image/gif or image/webp";
    private const string Documents = "a PDF, a text, CSV, HTML or Markdown file, or one of Word or Excel";
    private const string Films = "video/mp4, video/quicktime, video/x-matroska, video/webm, video/x-flv, video/mpeg, video/x-ms-wmv or video/3gpp";

    private readonly DocumentNames _names = new();

    public void Write(MediaPart media)
    {
        output.BeginObject();
        output.Name(media.Kind switch { MediaKind.Image => "image"u8, MediaKind.Video => "video"u8, _ => "document"u8 });
        output.BeginObject();
        output.Name("format"u8);
        output.Literal(FormatOf(media));
        if (media.Kind == MediaKind.Document)
        {
            var name = _names.Assign(media.Name);
            if (media.Name.HasValue && !media.Name.Is(System.Text.Encoding.ASCII.GetBytes(name))) losses.Emulate("messages.content.file.filename");
            output.Name("name"u8);
            output.Text(name);
        }
        output.Name("source"u8);
        WriteSource(media);
        output.EndObject();
        output.EndObject();
    }

    private void WriteSource(MediaPart media)
    {
        var source = media.Source;
        output.BeginObject();
        if (source.Data.IsPresent)
        {
            output.Name("bytes"u8);
            output.Text(source.InStandardBase64().Data);
        }
        else if (source.Url.StartsWith("s3://"u8))
        {
            output.Name("s3Location"u8);
            output.BeginObject();
            output.Name("uri"u8);
            output.Text(source.Url);
            output.EndObject();
        }
        else
        {
            throw Refused(media, source.FileId.HasValue
                ? "has no files of its own: send the file's bytes as a base64 data URL, or its s3:// address"
                : "fetches nothing from the web: send the bytes as a base64 data URL, or an s3:// address");
        }
        output.EndObject();
    }

    private static ReadOnlySpan<byte> FormatOf(MediaPart media)
    {
        var source = media.Source;
        var type = source.MediaType.HasValue ? source.MediaType.ToString().Split(';')[0].Trim().ToLowerInvariant() : "";
        // The extension of an S3 address or of a file's name determines the format.
        var ending = EndingOf(source.Url) is { Length: > 0 } ofAddress ? ofAddress : EndingOf(media.Name);
        var (format, taken) = media.Kind switch
        {
            MediaKind.Image => (ImageFormat(type, ending, source.Data.Span), Images),
            MediaKind.Video => (VideoFormat(type, ending), Films),
            _ => (DocumentFormat(type, ending, source.Data.Span), Documents),
        };
        return format is not null ? System.Text.Encoding.ASCII.GetBytes(format) : throw Refused(media, $"takes {taken} here{(type.Length > 0 ? $", not '{type}'" : "")}");
    }

    private static string EndingOf(JsonText name)
    {
        if (!name.HasValue) return "";
        var text = name.ToString();
        var dot = text.LastIndexOf('.');
        return dot < 0 || text.Length - dot > 6 ? "" : text[(dot + 1)..].ToLowerInvariant();
    }

    /// <summary>The first bytes determine the format, since Bedrock refuses an image with the wrong type.</summary>
    private static string? ImageFormat(string type, string ending, ReadOnlySpan<byte> data) => type switch
    {
        _ when data.StartsWith("iVBORw0KGgo"u8) => "png",
        _ when data.StartsWith("/9j/"u8) || data.StartsWith("\\/9j\\/"u8) => "jpeg",
        _ when data.StartsWith("R0lGOD"u8) => "gif",
        _ when data.StartsWith("UklGR"u8) => "webp",
        "image/png" or "image/x-png" => "png",
        "image/jpeg" or "image/jpg" or "image/pjpeg" => "jpeg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ when data.IsEmpty && ending is "png" or "gif" or "webp" => ending,
        _ when data.IsEmpty && ending is "jpg" or "jpeg" => "jpeg",
        _ => null,
    };

    private static string? DocumentFormat(string type, string ending, ReadOnlySpan<byte> data) => type switch
    {
        "application/pdf" => "pdf",
        "text/csv" or "application/csv" => "csv",
        "text/html" => "html",
        "text/markdown" or "text/x-markdown" => "md",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        _ when data.StartsWith("JVBERi"u8) => "pdf",
        _ when ending is "pdf" or "csv" or "html" or "md" or "doc" or "docx" or "xls" or "xlsx" or "txt" => ending,
        "application/json" or "application/xml" or "application/yaml" or "application/x-yaml" => "txt",
        _ => type.StartsWith("text/", StringComparison.Ordinal) ? "txt" : null,
    };

    private static string? VideoFormat(string type, string ending) => type switch
    {
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/x-matroska" or "video/matroska" => "mkv",
        "video/webm" => "webm",
        "video/x-flv" => "flv",
        "video/mpeg" or "video/mpg" => "mpeg",
        "video/x-ms-wmv" or "video/wmv" => "wmv",
        "video/3gpp" => "three_gp",
        _ when ending is "mp4" or "mov" or "mkv" or "webm" or "flv" or "mpeg" or "mpg" or "wmv" => ending,
        _ when ending is "3gp" => "three_gp",
        _ => null,
    };

    private static DialectException Refused(MediaPart media, string why)
    {
        var member = media.Kind switch { MediaKind.Image => "image_url", MediaKind.Video => "video_url", _ => "file" };
        return new DialectException(GatewayError.Invalid($"Amazon Bedrock {why}.", $"messages.content.{member}", "unsupported_content"));
    }
}
