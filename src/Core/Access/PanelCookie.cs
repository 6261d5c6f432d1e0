using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Routing;

namespace Nano.Access;

/// <summary>
/// The cookie that keeps the panel signed in. A browser sends it by itself, so it counts only where a page elsewhere
/// cannot have sent it: with a header that no form can set and no script of another origin may, and not across sites.
/// </summary>
internal static class PanelCookie
{
    public const string Name = "nano_session";

    /// <summary>The header that the panel sets on all of its requests, to <c>1</c>.</summary>
    public const string PanelHeader = "x-nano-panel";

    /// <summary>The cookie's value where it counts, else null.</summary>
    public static string? Of(IHeaderDictionary headers) => headers[PanelHeader] == "1" && !IsCrossSite(headers) ? Find(headers) : null;

    /// <summary>The browser says that a page elsewhere sent it, a subdomain's neighbour included (Fetch Metadata, W3C).</summary>
    public static bool IsCrossSite(IHeaderDictionary headers) =>
        headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("same-origin" or "none");

    /// <summary>The value of <c>Set-Cookie</c>.</summary>
    public static string Set(string token, TimeSpan lifetime, bool secure) => string.Create(CultureInfo.InvariantCulture,
        $"{Name}={token}; Path=/; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; SameSite=Strict{(secure ? "; Secure" : "")}");

    public static string Clear(bool secure) => Set("", TimeSpan.Zero, secure);

    /// <summary>
    /// A cookie goes over plain http only to this very machine. Where anything says that the browser came by https, it is
    /// not sent without.
    /// </summary>
    public static bool MustBeSecure(HttpRequest request, GatewayOptions options)
    {
        if (options.OnAzure || request.IsHttps || !BaseAddress.IsLoopback(request.Host.Host.Trim('[', ']'))) return true;
        var forwarded = request.Headers["X-Forwarded-Proto"].ToString();
        return forwarded.StartsWith("https", StringComparison.OrdinalIgnoreCase) || request.Headers.Origin.ToString().StartsWith("https:", StringComparison.OrdinalIgnoreCase);
    }

    private static string? Find(IHeaderDictionary headers)
    {
        foreach (var line in headers.Cookie)
        {
            var rest = line.AsSpan();
            while (rest.Length > 0)
            {
                var end = rest.IndexOf(';');
                var pair = (end < 0 ? rest : rest[..end]).Trim();
                if (pair.Length > Name.Length && pair[Name.Length] == '=' && pair.StartsWith(Name, StringComparison.Ordinal)) return pair[(Name.Length + 1)..].ToString();
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
        return null;
    }
}
