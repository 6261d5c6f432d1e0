using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>What a seal is for. A seal made for one use does not open for another.</summary>
internal enum SealUse : byte
{
    /// <summary>The signature or opaque content beside a piece of reasoning.</summary>
    Thought = 1,
    /// <summary>The state in a call's id.</summary>
    CallId = 2,
    /// <summary>A call's own signature, beside the call.</summary>
    Call = 3,
    /// <summary>The deployment that stores a response, after the response's id.</summary>
    Response = 4,
}

/// <summary>
/// Seals state that is sent to a caller and opens it when it returns, for one home under one key. A sealed value is
/// <c>__nano1_</c> and base64url of 16 bytes of HMAC-SHA256 and the state. The HMAC covers home, use, state and what the
/// state belongs to, so altered, moved or foreign state does not open. Nothing is encrypted: only the provider understands
/// its state. Lives as long as a request.
/// </summary>
internal sealed class StateSeal(StateKey key, string home)
{
    private byte[]? _key;

    private const int MacLength = 16;

    // Use, length of the bound data, space for the MAC.
    private const int HeadLength = 1 + sizeof(int);

    /// <summary>Part of every sealed value of every version: one search for it shows whether a body may contain seals.</summary>
    public static ReadOnlySpan<byte> Marker => "__nano"u8;

    private static ReadOnlySpan<byte> Prefix => "__nano1_"u8;

    /// <summary>The index of the first seal of any version; -1 if there is none.</summary>
    public static int IndexOf(ReadOnlySpan<byte> text)
    {
        for (var from = 0; ;)
        {
            var at = text[from..].IndexOf(Marker);
            if (at < 0) return -1;
            at += from;
            var rest = text[(at + Marker.Length)..];
            if (rest.Length >= 2 && char.IsAsciiDigit((char)rest[0]) && (rest[1] == (byte)'_' || char.IsAsciiDigit((char)rest[1]))) return at;
            from = at + Marker.Length;
        }
    }

    /// <summary>The length in characters of a sealed state of <paramref name="stateLength"/> bytes.</summary>
    public static int LengthOf(int stateLength) => Prefix.Length + Base64Url.GetEncodedLength(MacLength + stateLength);

    /// <summary>A sealed value: ASCII that needs no escaping in JSON.</summary>
    /// <param name="bound">What the state belongs to; it opens only with the same value.</param>
    /// <param name="before">The text before the seal in the same value.</param>
    public JsonText Seal(SealUse use, ReadOnlySpan<byte> bound, ReadOnlySpan<byte> state, ReadOnlySpan<byte> before = default)
    {
        var macAt = HeadLength + bound.Length;
        var length = macAt + MacLength + state.Length;
        byte[]? rented = null;
        var bytes = length <= 2048 ? stackalloc byte[length] : (rented = BufferPool.Rent(length)).AsSpan(0, length);
        state.CopyTo(bytes[(macAt + MacLength)..]);
        Authenticate(use, bound, bytes, bytes.Slice(macAt, MacLength));
        var value = new byte[before.Length + LengthOf(state.Length)];
        before.CopyTo(value);
        Prefix.CopyTo(value.AsSpan(before.Length));
        Base64Url.EncodeToUtf8(bytes[macAt..], value.AsSpan(before.Length + Prefix.Length));
        if (rented is not null) BufferPool.Return(rented);
        return new JsonText(value);
    }

    /// <summary>The state, if exactly this value was sealed for this use, home and <paramref name="bound"/>; else null.</summary>
    public byte[]? Open(SealUse use, ReadOnlySpan<byte> bound, ReadOnlySpan<byte> value)
    {
        if (!value.StartsWith(Prefix)) return null;
        value = WithoutPadding(value[Prefix.Length..]);
        var sealedLength = value.Length / 4 * 3 + value.Length % 4 * 3 / 4;
        if (sealedLength <= MacLength || value.Length % 4 == 1) return null;
        var macAt = HeadLength + bound.Length;
        var length = macAt + sealedLength;
        byte[]? rented = null;
        var bytes = length <= 2048 ? stackalloc byte[length] : (rented = BufferPool.Rent(length)).AsSpan(0, length);
        Span<byte> given = stackalloc byte[MacLength], right = stackalloc byte[MacLength];
        byte[]? state = null;
        if (Base64Text.TryDecodeUrl(value, bytes[macAt..]))
        {
            bytes.Slice(macAt, MacLength).CopyTo(given);
            Authenticate(use, bound, bytes, right);
            if (CryptographicOperations.FixedTimeEquals(given, right)) state = bytes[(macAt + MacLength)..].ToArray();
        }
        if (rented is not null) BufferPool.Return(rented);
        return state;
    }

    /// <summary>Google's Python SDK decodes a signature and sends it with padding, which a seal is made without.</summary>
    private static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> value)
    {
        var padding = value.EndsWith("=="u8) ? 2 : value.EndsWith("="u8) ? 1 : 0;
        return value.Length % 4 == 0 ? value[..^padding] : value;
    }

    /// <param name="bytes">Head, bound data, space for the MAC, and state. This method writes all but the state.</param>
    private void Authenticate(SealUse use, ReadOnlySpan<byte> bound, Span<byte> bytes, Span<byte> mac)
    {
        bytes[0] = (byte)use;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], bound.Length);
        bound.CopyTo(bytes[HeadLength..]);
        bytes.Slice(HeadLength + bound.Length, MacLength).Clear();
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key ??= key.Derive(home), bytes, whole);
        whole[..MacLength].CopyTo(mac);
    }

    public override string ToString() => "set";
}
