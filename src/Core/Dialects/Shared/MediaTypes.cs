using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Media types, with Chat's names and URLs for them.</summary>
internal static class MediaTypes
{
    public static readonly JsonText Pdf = JsonText.From("application/pdf");

    // https://platform.openai.com/docs/guides/audio: input accepts wav and mp3, output also the others; compatible providers accept more.
    private static readonly (JsonText Format, JsonText Type)[] Audio =
    [
        .. new (string, string)[]
        {
            ("wav", "audio/wav"), ("mp3", "audio/mpeg"), ("flac", "audio/flac"), ("opus", "audio/opus"), ("ogg", "audio/ogg"),
            ("aac", "audio/aac"), ("m4a", "audio/mp4"), ("webm", "audio/webm"), ("pcm16", "audio/pcm"),
        }.Select(p => (JsonText.From(p.Item1), JsonText.From(p.Item2))),
    ];

    /// <summary>The MIME type of a Chat <c>format</c>, in upper or lower case; absent for an unknown one.</summary>
    /// <param name="isExact">The format is written as <see cref="AudioFormat"/> writes it.</param>
    public static JsonText AudioType(JsonText format, out bool isExact)
    {
        isExact = false;
        foreach (var pair in Audio)
        {
            isExact = format.Is(pair.Format.Span);
            if (isExact || System.Text.Ascii.EqualsIgnoreCase(format.Span, pair.Format.Span)) return pair.Type;
        }
        return default;
    }

    /// <summary>Chat's <c>format</c> for an audio MIME type; absent for an unknown one.</summary>
    public static JsonText AudioFormat(JsonText type)
    {
        if (IsSame(type, "audio/mp3"u8)) return Audio[1].Format;
        if (IsSame(type, "audio/x-wav"u8) || IsSame(type, "audio/wave"u8)) return Audio[0].Format;
        foreach (var pair in Audio)
            if (IsSame(type, pair.Type.Span)) return pair.Format;
        return default;
    }

    /// <summary>Types are case-insensitive (RFC 6838).</summary>
    private static bool IsSame(JsonText type, ReadOnlySpan<byte> other) => System.Text.Ascii.EqualsIgnoreCase(type.Span, other);

    /// <summary>Types are case-insensitive (RFC 6838).</summary>
    public static MediaKind KindOf(JsonText type)
    {
        var top = type.Span.Length >= 5 ? type.Span[..5] : default;
        return System.Text.Ascii.EqualsIgnoreCase(top, "image"u8) ? MediaKind.Image
            : System.Text.Ascii.EqualsIgnoreCase(top, "audio"u8) ? MediaKind.Audio
            : System.Text.Ascii.EqualsIgnoreCase(top, "video"u8) ? MediaKind.Video
            : MediaKind.Document;
    }

    /// <summary>Writes the source as a URL value: its address, or a <c>data:</c> URL.</summary>
    public static void WriteUrl(JsonOutput output, in MediaSource source, ReadOnlySpan<byte> fallbackType)
    {
        if (source.Url.IsPresent)
        {
            output.Text(source.Url);
            return;
        }
        output.BeginText();
        output.Append("data:"u8);
        if (source.MediaType.IsPresent) output.Append(source.MediaType);
        else output.Append(fallbackType);
        output.Append(";base64,"u8);
        output.Append(source.Data);
        output.EndText();
    }

    /// <summary>Whether <see cref="WriteUrl"/> writes the same text again: a data URL with parameters is not restored.</summary>
    public static bool IsRestorable(in MediaSource source, JsonText text, bool bare = false) =>
        bare || source.Url.IsPresent
        || "data:;base64,"u8.Length + source.MediaType.Escaped.Length + source.Data.Escaped.Length == text.Escaped.Length;
}
