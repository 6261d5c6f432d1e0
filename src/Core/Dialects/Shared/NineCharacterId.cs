using System.Buffers.Binary;
using System.Security.Cryptography;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Ids of tool calls for Mistral: nine letters or digits. Another provider's id is hashed, so that a call and its result
/// still match; 62^9 ids make a collision within a conversation very unlikely.
/// </summary>
internal static class NineCharacterId
{
    private const int Length = 9;

    public static bool Is(JsonText id)
    {
        if (id.Span.Length != Length) return false;
        foreach (var c in id.Span)
            if (!char.IsAsciiLetterOrDigit((char)c)) return false;
        return true;
    }

    /// <summary>Writes the id as a JSON string.</summary>
    public static void Write(JsonText id, JsonOutput output)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id.Span, hash);
        var rest = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        Span<byte> text = stackalloc byte[Length];
        foreach (ref var c in text)
        {
            c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8[(int)(rest % 62)];
            rest /= 62;
        }
        output.Literal(text);
    }
}
