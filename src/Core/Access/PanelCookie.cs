using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Configuration;

namespace Nano.Access;

/// <summary>
/// The panel's cookies: one keeps a user signed in, the other recognizes a browser. A browser sends them automatically, so they are accepted only if
/// a page of another site cannot have sent the request:
/// it must have a header that neither a form nor a script of another origin can set, and it must not be cross-site.
/// </summary>
internal static class PanelCookie
{
    public const string Name = "nano_session";

    /// <summary>
    /// Marks a browser with an earlier sign-in. It grants no access: attempts to sign in are counted by it (see
    /// <see cref="SignInParty"/>). It outlives signing out.
    /// </summary>
    public const string Browser = "nano_browser";

    /// <summary>The header that the panel sets on all of its requests, to <c>1</c>.</summary>
    public const string PanelHeader = "x-nano-panel";

    /// <summary>The cookie's value if it is accepted, else null.</summary>
    public static string? Of(IHeaderDictionary headers) => headers[PanelHeader] == "1" && !IsCrossSite(headers) ? Find(headers, Name) : null;

    /// <summary>Null if the browser has none. The value is not verified.</summary>
    public static string? OfBrowser(IHeaderDictionary headers) => Find(headers, Browser);

    /// <summary>The browser reports that another site or another subdomain sent the request (Fetch Metadata, W3C).</summary>
    public static bool IsCrossSite(IHeaderDictionary headers) =>
        headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("same-origin" or "none");

    /// <summary>The value of <c>Set-Cookie</c>.</summary>
    public static string Set(string token, TimeSpan lifetime, bool secure) => string.Create(CultureInfo.InvariantCulture,
        $"{Name}={token}; Path=/; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; SameSite=Strict{(secure ? "; Secure" : "")}");

    /// <inheritdoc cref="Set"/>
    public static string SetBrowser(string token, TimeSpan lifetime, bool secure) => string.Create(CultureInfo.InvariantCulture,
        $"{Browser}={token}; Path=/api/session; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; SameSite=Strict{(secure ? "; Secure" : "")}");

    public static string Clear(bool secure) => Set("", TimeSpan.Zero, secure);

    /// <summary>
    /// A cookie is sent over plain http only on this machine. If anything indicates that the browser uses https, the cookie is
    /// secure.
    /// </summary>
    /// <param name="host">The name or address in the request's <c>Host</c> header, without a port.</param>
    public static bool MustBeSecure(IHeaderDictionary headers, bool isHttps, string host, GatewayOptions options)
    {
        if (options.OnAzure || isHttps || !BaseAddress.IsLoopback(host.Trim('[', ']'))) return true;
        var forwarded = headers["X-Forwarded-Proto"].ToString();
        return forwarded.StartsWith("https", StringComparison.OrdinalIgnoreCase) || headers.Origin.ToString().StartsWith("https:", StringComparison.OrdinalIgnoreCase);
    }

    private static string? Find(IHeaderDictionary headers, string name)
    {
        foreach (var line in headers.Cookie)
        {
            var rest = line.AsSpan();
            while (rest.Length > 0)
            {
                var end = rest.IndexOf(';');
                var pair = (end < 0 ? rest : rest[..end]).Trim();
                if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal)) return pair[(name.Length + 1)..].ToString();
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
        return null;
    }
}
