using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nano.Access;

/// <summary>
/// How attempts to sign in are counted: by the browser, if it has an earlier sign-in (see
/// <see cref="PanelCookie.Browser"/>), else by the address. So one client that guesses keys does not block others
/// behind the same proxy, and nothing that an attacker sends resets the count.
/// </summary>
internal readonly record struct SignInParty
{
    private readonly UInt128 _key;

    private SignInParty(UInt128 key) => _key = key;

    /// <summary>IPv6 by /64, the usual size of one customer's network. Null is a party too.</summary>
    /// <param name="address">
    /// The remote address of the connection, never a header: callers can write anything into <c>X-Forwarded-For</c>.
    /// In a Functions app it is the address that the platform's host saw: its proxy (YARP) overwrites that header with it, and
    /// the worker's library reads it from there.
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
