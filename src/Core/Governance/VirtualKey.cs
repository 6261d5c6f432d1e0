using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Nano.State;

namespace Nano.Governance;

/// <summary>
/// The format of virtual keys: <c>sk-nano-</c>, 256 random bits, and a tag of 64 bits, in base64url. The tag is a keyed hash, so that a
/// guessed key is recognized without the store; the store keeps another keyed hash of the whole key.
/// </summary>
internal static class VirtualKey
{
    public const string Prefix = "sk-nano-";

    /// <summary>Characters of the hash that the store keeps.</summary>
    public const int HashLength = 2 * HMACSHA256.HashSizeInBytes;

    private const int RandomBytes = 32;
    private const int TagBytes = 8;

    /// <summary>40 bytes in base64url.</summary>
    private const int Length = 8 + 54;

    /// <summary>Characters of a key that are shown in lists: enough to recognize it, too few to help in guessing.</summary>
    private const int HintLength = 8 + 4;

    public static bool LooksLikeKey(string candidate) => candidate.Length == Length && candidate.StartsWith(Prefix, StringComparison.Ordinal);

    public static string Create(StoreSecret secret)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + TagBytes];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        WriteTag(secret, bytes[..RandomBytes], bytes[RandomBytes..]);
        return Prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Whether a key was created with this secret. Takes the same time for every key.</summary>
    public static bool IsGenuine(StoreSecret secret, string key)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + TagBytes];
        // TryDecodeFromChars raises on text that is not base64url.
        if (Base64Url.DecodeFromChars(key.AsSpan(Prefix.Length), bytes, out _, out var length) != OperationStatus.Done || length != bytes.Length) return false;
        Span<byte> tag = stackalloc byte[TagBytes];
        WriteTag(secret, bytes[..RandomBytes], tag);
        return CryptographicOperations.FixedTimeEquals(tag, bytes[RandomBytes..]);
    }

    /// <summary>The hash of a key that the store keeps.</summary>
    public static string HashOf(StoreSecret secret, string key)
    {
        Span<char> hex = stackalloc char[HashLength];
        WriteHash(secret, key, hex);
        return new string(hex);
    }

    /// <inheritdoc cref="HashOf"/>
    /// <param name="key">A text for which <see cref="LooksLikeKey"/> is true.</param>
    /// <param name="hex">Has <see cref="HashLength"/> characters.</param>
    public static void WriteHash(StoreSecret secret, string key, Span<char> hex)
    {
        Span<byte> utf8 = stackalloc byte[3 * Length];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Bytes, utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        Convert.TryToHexStringLower(hash, hex, out _);
    }

    public static string HintOf(string key) => key[..HintLength];

    private static void WriteTag(StoreSecret secret, ReadOnlySpan<byte> random, Span<byte> tag)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Bytes, random, hash);
        hash[..TagBytes].CopyTo(tag);
    }
}
