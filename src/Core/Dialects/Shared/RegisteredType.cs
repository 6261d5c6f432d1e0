using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Media types as they are registered (IANA): callers use other cases, older names and parameters, which providers refuse.</summary>
internal static class RegisteredType
{
    private static readonly Dictionary<string, string> Others = new Dictionary<string, string>
    {
        ["image/jpg"] = "image/jpeg", ["image/pjpeg"] = "image/jpeg", ["image/jpe"] = "image/jpeg", ["image/jfif"] = "image/jpeg", ["image/x-png"] = "image/png",
        ["image/x-citrix-png"] = "image/png",
        ["image/x-citrix-jpeg"] = "image/jpeg", ["image/x-ms-bmp"] = "image/bmp", ["image/x-bmp"] = "image/bmp", ["image/x-webp"] = "image/webp", ["image/x-gif"] = "image/gif",
        ["application/x-pdf"] = "application/pdf", ["application/acrobat"] = "application/pdf", ["text/pdf"] = "application/pdf",
        ["audio/x-wav"] = "audio/wav", ["audio/wave"] = "audio/wav", ["audio/vnd.wave"] = "audio/wav", ["audio/x-pn-wav"] = "audio/wav", ["audio/x-mp3"] = "audio/mpeg",
        ["audio/x-mpeg"] = "audio/mpeg",
        ["audio/mpeg3"] = "audio/mpeg", ["audio/x-flac"] = "audio/flac", ["audio/x-m4a"] = "audio/mp4", ["audio/m4a"] = "audio/mp4", ["audio/x-aac"] = "audio/aac",
        ["audio/x-aiff"] = "audio/aiff",
        ["video/x-mp4"] = "video/mp4", ["video/x-m4v"] = "video/mp4", ["video/mov"] = "video/quicktime", ["video/x-quicktime"] = "video/quicktime",
    };

    /// <summary>The registered name of a type, without parameters of images and documents; an unknown type in lower case.</summary>
    public static JsonText Of(JsonText type)
    {
        var text = type.Span;
        var isPlain = !text.Contains((byte)';') && text.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0 && text.IndexOfAny((byte)' ', (byte)'\\') < 0;
        if (isPlain && !Others.ContainsKey(Chars(text))) return type;
        var written = type.ToString();
        var end = written.IndexOf(';');
        var name = (end < 0 ? written : written[..end]).Trim().ToLowerInvariant();
        // The parameters of audio describe its sampling (audio/L16;rate=24000).
        if (end >= 0 && name.StartsWith("audio/", StringComparison.Ordinal)) return type;
        return JsonText.From(Others.GetValueOrDefault(name, name));
    }

    private static string Chars(ReadOnlySpan<byte> text) => System.Text.Encoding.ASCII.GetString(text);
}
