using System.Net;
using Microsoft.AspNetCore.Http;
using Nano.Routing;

namespace Nano.Access;

/// <summary>Where a request comes from, as far as somebody who is trusted says so.</summary>
internal static class RemoteAddress
{
    /// <summary>
    /// The other end of the connection. In Azure that is the platform itself: its worker library puts there what the
    /// platform's front end saw, and where it did not, the last entry of <c>X-Forwarded-For</c> says it. What stands before
    /// that entry is the caller's own word. Elsewhere the header is not looked at: who stands behind a reverse proxy of
    /// their own shares its address.
    /// </summary>
    public static IPAddress? Of(HttpContext context, GatewayOptions options)
    {
        var address = context.Connection.RemoteIpAddress;
        if (!options.OnAzure || (address is not null && !IPAddress.IsLoopback(address))) return address;
        var last = context.Request.Headers["X-Forwarded-For"].ToString().AsSpan();
        last = last[(last.LastIndexOf(',') + 1)..].Trim();
        // With a port, as Azure's front end writes it: 203.0.113.7:50123.
        return IPEndPoint.TryParse(last, out var seen) ? seen.Address : address;
    }
}
