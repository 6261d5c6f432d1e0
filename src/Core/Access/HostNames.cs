using Nano.Configuration;
using Nano.Errors;

namespace Nano.Access;

/// <summary>
/// Which <c>Host</c> values are accepted while the gateway listens on loopback. Other machines cannot reach it there, but
/// a web page in this machine's browser can, through a host name that resolves to 127.0.0.1 (DNS rebinding): for
/// the browser, the gateway then has the page's origin, and the default key is public.
/// </summary>
internal sealed class HostNames
{
    private readonly string[] _allowed;

    private HostNames(string[] allowed) => _allowed = allowed;

    /// <summary>Null if every name is accepted: other machines reach the gateway by names that it does not know.</summary>
    public static HostNames? Of(GatewayOptions options)
    {
        if (options.OnAzure || !BaseAddress.IsLoopback(options.Host)) return null;
        List<string> allowed = ["localhost", "127.0.0.1", "[::1]"];
        var listening = options.Host.Contains(':') ? $"[{options.Host}]" : options.Host;
        if (!allowed.Contains(listening)) allowed.Add(listening);
        if (options.CustomEndpointUrl is { } custom) allowed.Add(custom.Host);
        return new HostNames([.. allowed]);
    }

    /// <param name="host">The header's value, with or without a port. A request without one (HTTP/1.0) does not come from a browser.</param>
    public GatewayError? Refuse(string? host)
    {
        if (string.IsNullOrEmpty(host)) return null;
        var name = WithoutPort(host);
        foreach (var allowed in _allowed)
            if (name.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return null;
        return new GatewayError(
            GatewayErrorKind.Forbidden, 403,
            $"The gateway listens on this machine only, and its name is not '{(name.Length > 200 ? name[..200] : name)}'. Use localhost, or set {GatewaySettings.CustomEndpointUrl} to the address that callers use.")
        {
            Code = "host_not_allowed",
        };
    }

    private static ReadOnlySpan<char> WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        return colon < 0 || host[^1] == ']' ? host : host.AsSpan(0, colon);
    }
}
