using System.Net;
using System.Net.Sockets;

namespace Nano.Configuration;

/// <summary>
/// The rule for addresses in settings. Only the operator sets them, never a caller. Keys are sent there, so the connection must be encrypted.
/// Plain http is accepted for nearby hosts: loopback and private addresses, and names of a local network (without a dot, or under
/// <c>.local</c> or <c>.internal</c>).
/// </summary>
internal static class BaseAddress
{
    /// <summary>What is wrong with the address, as the end of a sentence that begins with the setting's name; null when it is valid.</summary>
    public static string? Problem(string value, bool httpsOnly = false)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0) return "is not an absolute http or https URL";
        if (value.Any(c => c is <= ' ' or > '~')) return "has blanks, or characters that are not ASCII";
        if (uri.UserInfo.Length > 0) return "has a user or a password in it; keys have their own setting";
        if (value.Contains('?') || value.Contains('#')) return "has a query or a fragment; it must end with the path";
        if (uri.Scheme == "http" && httpsOnly) return "must begin with https://";
        if (uri.Scheme == "http" && !IsNear(uri)) return "must begin with https://; http is only for loopback, private addresses and names of a local network";
        return null;
    }

    /// <summary>An address that only this machine reaches.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsNear(Uri uri)
    {
        if (IPAddress.TryParse(uri.DnsSafeHost, out var address)) return IPAddress.IsLoopback(address) || IsPrivate(address);
        return !uri.Host.Contains('.')
            || uri.Host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>RFC 1918 and RFC 4193.</summary>
    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6) return address.IsIPv6UniqueLocal;
        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out _) && bytes switch
        {
            [10, ..] => true,
            [172, >= 16 and <= 31, ..] => true,
            [192, 168, ..] => true,
            _ => false,
        };
    }
}
