using System.Buffers.Text;
using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>Describes the media in a message by kind, type and size, so that a new user sees that an image arrived whole.</summary>
internal static class EchoMedia
{
    private const int MaxDescribed = 16;

    /// <summary>Writes <c> I see an image (image/png, 68 bytes) and a file (report.pdf, application/pdf, 900 bytes).</c>, or nothing.</summary>
    public static void Describe(IReadOnlyList<JsonSlice> parts, JsonOutput draft)
    {
        for (var i = 0; i < parts.Count && i < MaxDescribed; i++)
        {
            draft.Bytes(i == 0 ? " I see "u8 : i == parts.Count - 1 ? " and "u8 : ", "u8);
            DescribeOne(parts[i], draft);
        }
        if (parts.Count > MaxDescribed) draft.Bytes(" and more"u8);
        if (parts.Count > 0) draft.Bytes("."u8);
    }

    private static void DescribeOne(JsonSlice part, JsonOutput draft)
    {
        var type = part.Member("type"u8).AsText();
        if (type.Is("image_url"u8))
        {
            var image = part.Member("image_url"u8);
            Item("an image"u8, default, (image.IsText ? image : image.Member("url"u8)).AsText(), draft);
        }
        else if (type.Is("input_audio"u8))
        {
            var audio = part.Member("input_audio"u8);
            Item("a sound"u8, audio.Member("format"u8).AsText(), audio.Member("data"u8).AsText(), draft);
        }
        else if (type.Is("file"u8))
        {
            var file = part.Member("file"u8);
            var data = file.Member("file_data"u8).AsText();
            Item("a file"u8, file.Member("filename"u8).AsText(), data.IsPresent ? data : file.Member("file_id"u8).AsText(), draft);
        }
        else
        {
            draft.Bytes("a part of type "u8);
            EchoResponse.AppendDecoded(type, draft);
        }
    }

    /// <param name="source">A data URL, plain base64, another URL or an id; the last two are quoted.</param>
    private static void Item(ReadOnlySpan<byte> what, JsonText name, JsonText source, JsonOutput draft)
    {
        draft.Bytes(what);
        draft.Bytes(" ("u8);
        if (name.HasValue)
        {
            EchoResponse.AppendDecoded(name, draft);
            draft.Bytes(", "u8);
        }
        var data = source.Span;
        if (source.StartsWith("data:"u8) && data.IndexOf((byte)',') is > 0 and var comma)
        {
            var mediaType = data[5..comma];
            draft.Bytes(mediaType.IndexOf((byte)';') is >= 0 and var end ? mediaType[..end] : mediaType);
            draft.Bytes(", "u8);
            Size(data[(comma + 1)..], draft);
        }
        else if (source.StartsWith("http"u8) || data.Length < 64)
        {
            EchoResponse.AppendDecoded(source, draft);
        }
        else
        {
            Size(data, draft);
        }
        draft.Bytes(")"u8);
    }

    private static void Size(ReadOnlySpan<byte> base64, JsonOutput draft)
    {
        var digits = base64.TrimEnd((byte)'=').Length;
        Utf8Formatter.TryFormat(digits / 4L * 3 + digits % 4 * 3 / 4, draft.GetSpan(20), out var used);
        draft.Advance(used);
        draft.Bytes(" bytes"u8);
    }
}
