using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nano.Access;

/// <summary>
/// By what attempts at the sign-in are counted: by the browser, where it was signed in here before (see
/// <see cref="PanelCookie.Browser"/>), else by the address. So those who share an address, behind a proxy, are not shut
/// out by one among them who tries keys, and who tries keys is not helped by anything they can send.
/// </summary>
internal readonly record struct SignInParty
{
    private readonly UInt128 _key;

    private SignInParty(UInt128 key) => _key = key;

    /// <summary>IPv6 by /64, which is what one customer has. Null is a party as well.</summary>
    /// <param name="address">
    /// The other end of the connection, and nothing that is in a header: a caller writes into <c>X-Forwarded-For</c> what they like.
    /// As a Functions app it is what the platform's host saw: its proxy (YARP) replaces that header by it, whatever the caller sent, and
    /// the worker's library takes it from there.
    /// </param>
    public static SignInParty Of(IPAddress? address)
    {
        if (address is null) return default;
        Span<byte> bytes = stackalloc byte[16];
        (address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6) bytes[8..].Clear();
        return new SignInParty(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <param name="id">Of the browser's token.</param>
    public static SignInParty OfBrowser(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(id.AsSpan()), hash);
        return new SignInParty(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }
}
