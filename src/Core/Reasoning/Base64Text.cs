using System.Buffers;
using System.Buffers.Text;

namespace Nano.Reasoning;

/// <summary>How a provider wrote a piece of state. Most state is base64 and is sealed as its decoded bytes.</summary>
internal enum TextForm : byte
{
    Plain = 0,
    Base64 = 1,
    Base64Url = 2,
    /// <summary>The URL-safe alphabet with <c>=</c> padding (OpenAI's <c>encrypted_content</c>).</summary>
    PaddedBase64Url = 3,
}

/// <summary>Base64 that is decoded only if encoding it again gives the same text, to the last bit.</summary>
internal static class Base64Text
{
    /// <summary>Fills <paramref name="bytes"/>, which must have the decoded length; false if the text is not valid.</summary>
    public static bool TryDecodeUrl(ReadOnlySpan<byte> text, Span<byte> bytes) =>
        Base64Url.DecodeFromUtf8(text, bytes, out var read, out var written) == OperationStatus.Done
        && read == text.Length && written == bytes.Length && EndsAs(text, bytes);

    /// <summary>Decodes the text; returns <see cref="TextForm.Plain"/> and writes nothing if it is not base64.</summary>
    /// <param name="bytes">At least three quarters of the text's length.</param>
    public static TextForm Decode(ReadOnlySpan<byte> text, Span<byte> bytes, out int length)
    {
        length = 0;
        if (text.Length < 8) return TextForm.Plain;
        var padding = text[^1] != (byte)'=' ? 0 : text[^2] != (byte)'=' ? 1 : 2;
        var bare = text[..^padding];
        if (bare.Length % 4 == 1 || (padding > 0 && text.Length % 4 != 0)) return TextForm.Plain;
        length = bare.Length / 4 * 3 + bare.Length % 4 * 3 / 4;
        var isUrl = bare.ContainsAny((byte)'-', (byte)'_');
        if (!isUrl && text.Length % 4 == 0)
        {
            if (Base64.DecodeFromUtf8(text, bytes, out var read, out var written) == OperationStatus.Done && read == text.Length && written == length)
            {
                Span<byte> last = stackalloc byte[4];
                Base64.EncodeToUtf8(bytes[((length - 1) / 3 * 3)..length], last, out _, out _);
                if (last.SequenceEqual(text[^4..])) return TextForm.Base64;
            }
        }
        else if (TryDecodeUrl(bare, bytes[..length])) return padding > 0 ? TextForm.PaddedBase64Url : TextForm.Base64Url;
        length = 0;
        return TextForm.Plain;
    }

    /// <summary>The original text.</summary>
    public static byte[] Encode(TextForm form, ReadOnlySpan<byte> bytes)
    {
        if (form == TextForm.Plain) return bytes.ToArray();
        if (form == TextForm.Base64)
        {
            var standard = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
            Base64.EncodeToUtf8(bytes, standard, out _, out _);
            return standard;
        }
        var bare = Base64Url.GetEncodedLength(bytes.Length);
        var text = new byte[form == TextForm.PaddedBase64Url ? (bare + 3) / 4 * 4 : bare];
        text.AsSpan(bare).Fill((byte)'=');
        Base64Url.EncodeToUtf8(bytes, text);
        return text;
    }

    /// <summary>The last characters contain no bits beyond those of the bytes.</summary>
    private static bool EndsAs(ReadOnlySpan<byte> text, ReadOnlySpan<byte> bytes)
    {
        var rest = text.Length % 4;
        if (rest == 0) return true;
        Span<byte> last = stackalloc byte[4];
        var written = Base64Url.EncodeToUtf8(bytes[(bytes.Length / 3 * 3)..], last);
        return last[..written].SequenceEqual(text[^rest..]);
    }
}
