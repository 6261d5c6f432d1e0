using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>MIME types: Gemini requires one for every medium, other dialects often omit it.</summary>
internal static class MediaTypes
{
    public static MediaKind KindOf(JsonText mimeType) => Shared.MediaTypes.KindOf(mimeType);

    /// <summary>
    /// Writes the type: from the data's first bytes, else the caller's own, else from the extension of the URL or name, else
    /// the most common one of the kind.
    /// </summary>
    public static void WriteType(MediaPart media, JsonOutput output)
    {
        var type = media.Source.MediaType;
        if (type.HasValue && type.Span.Contains((byte)'/'))
        {
            var registered = Shared.RegisteredType.Of(type);
            // The bytes take precedence over the caller's type: a JPEG labelled as PNG is refused.
            var told = OfBase64(media.Source.Data.Span);
            if (told.Length > 0 && (KindOf(registered) == KindOf(new JsonText(told.ToArray())) || registered.Is("application/octet-stream"u8))) output.Literal(told);
            else output.Text(registered);
        }
        else if (type.HasValue && media.Kind == MediaKind.Audio) output.Literal(OfExtension(type.Span) is { Length: > 0 } known ? known : "audio/wav"u8);
        else output.Literal(Guess(media));
    }

    private static ReadOnlySpan<byte> Guess(MediaPart media)
    {
        var guess = OfBase64(media.Source.Data.Span);
        if (guess.Length == 0) guess = OfExtension(Extension(media.Source.Url.Span));
        if (guess.Length == 0) guess = OfExtension(Extension(media.Name.Span));
        if (guess.Length > 0) return guess;
        return media.Kind switch
        {
            MediaKind.Image => "image/jpeg"u8,
            MediaKind.Audio => "audio/wav"u8,
            // Also applies to YouTube addresses (gemini-generatecontent-one-video-e673a5).
            MediaKind.Video => "video/mp4"u8,
            _ => "application/pdf"u8,
        };
    }

    private static ReadOnlySpan<byte> OfBase64(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith("iVBOR"u8)) return "image/png"u8;
        if (data.StartsWith("/9j/"u8) || data.StartsWith("\\/9j"u8)) return "image/jpeg"u8;
        if (data.StartsWith("R0lGOD"u8)) return "image/gif"u8;
        if (data.StartsWith("JVBERi"u8)) return "application/pdf"u8;
        // RIFF....WEBP and RIFF....WAVE: the form's name is at byte 8.
        if (!data.StartsWith("UklGR"u8) || data.Length < 16) return default;
        if (data[11..16].SequenceEqual("XRUJQ"u8)) return "image/webp"u8;
        if (data[11..16].SequenceEqual("XQVZF"u8)) return "audio/wav"u8;
        return default;
    }

    /// <summary>The extension of a path, without query and fragment; empty if there is none.</summary>
    private static ReadOnlySpan<byte> Extension(ReadOnlySpan<byte> url)
    {
        var end = url.IndexOfAny((byte)'?', (byte)'#');
        if (end >= 0) url = url[..end];
        var dot = url.LastIndexOf((byte)'.');
        return dot < 0 || url.Length - dot > 6 ? default : url[(dot + 1)..];
    }

    private static ReadOnlySpan<byte> OfExtension(ReadOnlySpan<byte> extension)
    {
        Span<byte> lower = stackalloc byte[8];
        if (extension.Length is 0 or > 8) return default;
        System.Text.Ascii.ToLower(extension, lower, out var length);
        ReadOnlySpan<byte> e = lower[..length];
        if (e.SequenceEqual("png"u8)) return "image/png"u8;
        if (e.SequenceEqual("jpg"u8) || e.SequenceEqual("jpeg"u8)) return "image/jpeg"u8;
        if (e.SequenceEqual("gif"u8)) return "image/gif"u8;
        if (e.SequenceEqual("webp"u8)) return "image/webp"u8;
        if (e.SequenceEqual("heic"u8)) return "image/heic"u8;
        if (e.SequenceEqual("bmp"u8)) return "image/bmp"u8;
        if (e.SequenceEqual("pdf"u8)) return "application/pdf"u8;
        // As recorded in gemini-generatecontent-one-audio-f194e1.
        if (e.SequenceEqual("mp3"u8)) return "audio/mpeg"u8;
        if (e.SequenceEqual("wav"u8)) return "audio/wav"u8;
        if (e.SequenceEqual("ogg"u8) || e.SequenceEqual("opus"u8)) return "audio/ogg"u8;
        if (e.SequenceEqual("flac"u8)) return "audio/flac"u8;
        if (e.SequenceEqual("aac"u8)) return "audio/aac"u8;
        if (e.SequenceEqual("m4a"u8)) return "audio/mp4"u8;
        if (e.SequenceEqual("pcm16"u8) || e.SequenceEqual("pcm"u8)) return "audio/pcm"u8;
        if (e.SequenceEqual("mp4"u8)) return "video/mp4"u8;
        if (e.SequenceEqual("webm"u8)) return "video/webm"u8;
        if (e.SequenceEqual("mov"u8)) return "video/quicktime"u8;
        if (e.SequenceEqual("mpeg"u8) || e.SequenceEqual("mpg"u8)) return "video/mpeg"u8;
        if (e.SequenceEqual("txt"u8)) return "text/plain"u8;
        if (e.SequenceEqual("md"u8)) return "text/markdown"u8;
        if (e.SequenceEqual("html"u8) || e.SequenceEqual("htm"u8)) return "text/html"u8;
        if (e.SequenceEqual("csv"u8)) return "text/csv"u8;
        if (e.SequenceEqual("json"u8)) return "application/json"u8;
        if (e.SequenceEqual("xml"u8)) return "text/xml"u8;
        return default;
    }
}
