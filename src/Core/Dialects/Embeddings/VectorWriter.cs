using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Writes vectors in the form that the caller requests, from either form.</summary>
internal static class VectorWriter
{
    private const int FloatBytes = 4;

    /// <summary>The maximum length in bytes of a 32-bit float in its shortest form, with a comma.</summary>
    private const int LongestFloat = 20;

    public static void WriteNumbers(in EmbeddingVector vector, JsonOutput output)
    {
        if (vector.Numbers.IsPresent)
        {
            output.Raw(vector.Numbers);
            return;
        }
        var bytes = ArrayPool<byte>.Shared.Rent(vector.Base64.Span.Length + 4);
        try
        {
            var count = Decode(vector.Base64, bytes);
            Span<byte> digits = stackalloc byte[LongestFloat];
            output.BeginArray();
            for (var at = 0; at < count; at += FloatBytes)
            {
                var value = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at));
                // JSON has only finite numbers.
                if (!float.IsFinite(value) || !value.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture)) throw EmbeddingCalls.Malformed();
                output.Raw(digits[..length]);
            }
            output.EndArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public static void WriteBase64(in EmbeddingVector vector, JsonOutput output)
    {
        if (vector.Base64.IsPresent)
        {
            output.Text(vector.Base64);
            return;
        }
        var numbers = vector.Numbers.Span;
        // A number and its comma are at least two bytes.
        var bytes = ArrayPool<byte>.Shared.Rent((numbers.Length / 2 + 1) * FloatBytes);
        try
        {
            var length = Floats(numbers, bytes);
            output.BeginText();
            var span = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(length));
            if (Base64.EncodeToUtf8(bytes.AsSpan(0, length), span, out _, out var written) != OperationStatus.Done) throw EmbeddingCalls.Malformed();
            output.Advance(written);
            output.EndText();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Returns the number of decoded bytes.</summary>
    private static int Decode(JsonText text, Span<byte> bytes)
    {
        var encoded = text.Span;
        byte[]? plain = null;
        try
        {
            if (text.HasEscapes)
            {
                // Some writers escape the slash of base64.
                plain = ArrayPool<byte>.Shared.Rent(encoded.Length);
                encoded = plain.AsSpan(0, JsonEscaping.Unescape(encoded, plain));
            }
            if (Base64.DecodeFromUtf8(encoded, bytes, out _, out var count) != OperationStatus.Done || count % FloatBytes != 0) throw EmbeddingCalls.Malformed();
            return count;
        }
        finally
        {
            if (plain is not null) ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static int Floats(ReadOnlySpan<byte> numbers, Span<byte> bytes)
    {
        var length = 0;
        // The JSON is valid, so between the brackets are numbers and commas, or values that are not numbers.
        numbers = numbers[1..^1].Trim(" \t\r\n"u8);
        while (!numbers.IsEmpty)
        {
            if (!Utf8Parser.TryParse(numbers, out float value, out var used)) throw EmbeddingCalls.Malformed();
            BinaryPrimitives.WriteSingleLittleEndian(bytes[length..], value);
            length += FloatBytes;
            numbers = numbers[used..].TrimStart(" \t\r\n"u8);
            if (numbers.IsEmpty) break;
            if (numbers[0] != (byte)',') throw EmbeddingCalls.Malformed();
            numbers = numbers[1..].TrimStart(" \t\r\n"u8);
        }
        return length;
    }
}
