using System.Buffers.Text;
using System.Text.Unicode;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Writes images and documents of other dialects. Anthropic accepts JPEG, PNG, GIF, WebP, PDF and plain text; other kinds
/// are refused here, with the reason, since the turn would be useless without them.
/// </summary>
internal sealed class MediaWriter(JsonOutput output, CacheControls markers)
{
    public void Write(MediaPart media, JsonSlice cacheControl)
    {
        output.BeginObject();
        if (media.Kind == MediaKind.Image) WriteImage(media.Source);
        else WriteDocument(media);
        markers.Write(cacheControl);
        output.EndObject();
    }

    private void WriteImage(MediaSource source)
    {
        output.Name("type"u8);
        output.Literal("image"u8);
        if (!source.Data.IsPresent)
        {
            WriteReference(source, "image_url");
            return;
        }
        WriteBase64(ImageType(source), source.InStandardBase64().Data);
    }

    private void WriteDocument(MediaPart media)
    {
        var source = media.Source;
        if (!source.Data.IsPresent)
        {
            output.Name("type"u8);
            output.Literal("document"u8);
            WriteReference(source, "file");
        }
        else if (RegisteredType.Of(source.MediaType).Is("application/pdf"u8) || (!source.MediaType.HasValue && source.Data.StartsWith("JVBERi"u8)))
        {
            output.Name("type"u8);
            output.Literal("document"u8);
            WriteBase64("application/pdf"u8, source.InStandardBase64().Data);
        }
        else WritePlainText(source);
        if (EscapedText.IsBlank(media.Name)) return;
        output.Name("title"u8);
        output.Text(media.Name);
    }

    private void WriteReference(MediaSource source, string member)
    {
        if (source.Url.IsPresent && !IsWeb(source.Url))
            throw Refused($"Anthropic fetches '{member}' only from http and https addresses, or takes it as a base64 data URL.", member);
        if (!source.Url.IsPresent && !source.FileId.HasValue) throw Refused($"'{member}' has neither data nor an address.", member);
        BlockEcho.WriteSource(source, output);
    }

    private void WriteBase64(ReadOnlySpan<byte> mediaType, JsonText data)
    {
        output.Name("source"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("base64"u8);
        output.Name("media_type"u8);
        output.Literal(mediaType);
        output.Name("data"u8);
        output.Text(data);
        output.EndObject();
    }

    /// <summary>Text files are sent as text: base64 is for PDFs only.</summary>
    private void WritePlainText(MediaSource given)
    {
        var source = given.InStandardBase64();
        if (!IsTextual(source.MediaType))
            throw Refused($"Anthropic takes PDFs and text files; '{(source.MediaType.HasValue ? source.MediaType.ToString() : "a file of unknown type")}' is neither.", "file");
        var bytes = BufferPool.Rent(source.Data.Span.Length);
        try
        {
            var length = JsonEscaping.Unescape(source.Data.Span, bytes);
            if (Base64.DecodeFromUtf8InPlace(bytes.AsSpan(0, length), out var decoded) != System.Buffers.OperationStatus.Done
                || !Utf8.IsValid(bytes.AsSpan(0, decoded)))
                throw Refused("The file's data is not base64 of UTF-8 text.", "file");
            var text = bytes.AsSpan(0, decoded);
            if (text.StartsWith("\uFEFF"u8)) text = text[3..];
            output.Name("type"u8);
            output.Literal("document"u8);
            output.Name("source"u8);
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("text"u8);
            output.Name("media_type"u8);
            output.Literal("text/plain"u8);
            output.Name("data"u8);
            output.BeginText();
            output.AppendUtf8(text);
            output.EndText();
            output.EndObject();
        }
        finally
        {
            BufferPool.Return(bytes);
        }
    }

    private static ReadOnlySpan<byte> ImageType(MediaSource source)
    {
        // The first bytes determine the type, since Anthropic refuses an image with the wrong one.
        if (source.Data.StartsWith("iVBORw0KGgo"u8)) return "image/png"u8;
        if (source.Data.StartsWith("/9j/"u8) || source.Data.StartsWith("\\/9j\\/"u8)) return "image/jpeg"u8;
        if (source.Data.StartsWith("R0lGOD"u8)) return "image/gif"u8;
        if (source.Data.StartsWith("UklGR"u8)) return "image/webp"u8;
        var type = RegisteredType.Of(source.MediaType);
        if (type.Is("image/png"u8)) return "image/png"u8;
        if (type.Is("image/jpeg"u8) || type.Is("image/jpg"u8)) return "image/jpeg"u8;
        if (type.Is("image/gif"u8)) return "image/gif"u8;
        if (type.Is("image/webp"u8)) return "image/webp"u8;
        throw Refused($"Anthropic takes JPEG, PNG, GIF and WebP images, not '{type}'.", "image_url");
    }

    private static bool IsTextual(JsonText type) =>
        type.ToString() is var word && (word.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || word is "application/json" or "application/xml" or "application/yaml" or "application/x-yaml");

    private static bool IsWeb(JsonText url)
    {
        var text = url.Span;
        Span<byte> head = stackalloc byte[8];
        var length = Math.Min(text.Length, head.Length);
        for (var i = 0; i < length; i++) head[i] = (byte)(text[i] is >= (byte)'A' and <= (byte)'Z' ? text[i] + 32 : text[i]);
        head = head[..length];
        return head.StartsWith("https:"u8) || head.StartsWith("http:"u8);
    }

    private static DialectException Refused(string message, string member) =>
        new(GatewayError.Invalid(message, $"messages.content.{member}", "unsupported_content"));
}
