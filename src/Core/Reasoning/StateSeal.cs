using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>What a seal is for: one that was made for one use opens in no other.</summary>
internal enum SealUse : byte
{
    /// <summary>The signature or opaque content beside a piece of reasoning.</summary>
    Thought = 1,
    /// <summary>What a call's id carries.</summary>
    CallId = 2,
    /// <summary>A call's own signature, beside the call.</summary>
    Call = 3,
    /// <summary>The deployment that keeps a response, behind the response's id.</summary>
    Response = 4,
}

/// <summary>
/// Seals state for its way through a caller and opens it on its way back, for one home under one key. A sealed value is
/// <c>__nano1_</c> and base64url of 16 bytes of HMAC-SHA256 and the state; the HMAC covers home, use, state and what the
/// state belongs to, so what was altered, moved or made elsewhere does not open. Nothing is encrypted: state has no meaning except
/// for its provider. Lives as long as a request.
/// </summary>
internal sealed class StateSeal(StateKey key, string home)
{
    private byte[]? _key;

    private const int MacLength = 16;

    // Use, length of what it is bound to, the MAC's place.
    private const int HeadLength = 1 + sizeof(int);

    /// <summary>What every sealed value of every version holds: one search for it tells whether a body needs to be looked at.</summary>
    public static ReadOnlySpan<byte> Marker => "__nano"u8;

    private static ReadOnlySpan<byte> Prefix => "__nano1_"u8;

    /// <summary>Where the first seal of any version begins; -1 where there is none.</summary>
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

    /// <summary>The characters that a sealed state of so many bytes has.</summary>
    public static int LengthOf(int stateLength) => Prefix.Length + Base64Url.GetEncodedLength(MacLength + stateLength);

    /// <summary>A sealed value: ASCII that needs no escaping in JSON.</summary>
    /// <param name="bound">What the state belongs to; without the same it does not open.</param>
    /// <param name="before">What is before the seal in the same value.</param>
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

    /// <summary>The state, when exactly this was sealed for this use, home and <paramref name="bound"/>; null for everything else.</summary>
    public byte[]? Open(SealUse use, ReadOnlySpan<byte> bound, ReadOnlySpan<byte> value)
    {
        if (!value.StartsWith(Prefix)) return null;
        value = value[Prefix.Length..];
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

    /// <param name="bytes">Head, bound, the MAC's place and state; head, bound and the MAC's place are written here.</param>
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
