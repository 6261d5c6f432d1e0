using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Nano.Configuration;

namespace Nano.Inbound;

/// <summary>
/// Which web pages of other origins may call the API and read its responses (CORS). It protects the visitors of a page; callers are
/// authenticated by their keys only. The panel and its API are for the gateway's own pages.
/// </summary>
internal sealed class BrowserOrigins
{
    /// <summary>A longer list of headers does not come from a page.</summary>
    private const int MaxHeaders = 4096;

    /// <summary>Seconds; browsers limit it to two hours or less.</summary>
    private const string MaxAge = "7200";

    /// <summary>Those of all routes that pages may call: a route refuses the others itself.</summary>
    private static readonly string Methods = string.Join(", ", GatewayRoutes.All.Where(route => !IsOwn(route.Pattern)).Select(route => route.Method).Distinct());

    private readonly IReadOnlyList<string> _origins;

    private BrowserOrigins(IReadOnlyList<string> origins) => _origins = origins;

    /// <summary>Null when no origin is allowed.</summary>
    public static BrowserOrigins? Of(GatewayOptions options) => options.AllowedOrigins.Count == 0 ? null : new BrowserOrigins(options.AllowedOrigins);

    /// <summary>A browser's preflight: it asks whether a page may send a request.</summary>
    public static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>Lets the page read the response if its origin may.</summary>
    /// <returns>The request was a preflight, and its response is complete.</returns>
    public bool Serve(HttpContext context)
    {
        if (IsOwn(context.Request.Path)) return false;
        var headers = context.Response.Headers;
        var isForAll = _origins.Contains(WebOrigin.All);
        if (!isForAll) headers.Vary = HeaderNames.Origin;
        if (!isForAll && !IsAllowed(context.Request.Headers.Origin.ToString())) return false;
        headers.AccessControlAllowOrigin = isForAll ? WebOrigin.All : context.Request.Headers.Origin.ToString();
        headers.AccessControlExposeHeaders = WebOrigin.All;
        if (!IsPreflight(context.Request)) return false;
        headers.AccessControlAllowMethods = Methods;
        // A star does not cover Authorization.
        headers.AccessControlAllowHeaders = Wanted(context.Request.Headers.AccessControlRequestHeaders.ToString());
        headers.AccessControlMaxAge = MaxAge;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    /// <summary>A path of the panel and its API.</summary>
    private static bool IsOwn(PathString path) => path.StartsWithSegments("/access") || path.StartsWithSegments("/api");

    private bool IsAllowed(string origin)
    {
        foreach (var allowed in _origins)
            if (origin.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static string Wanted(string headers)
    {
        if (headers.Length is 0 or > MaxHeaders) return WebOrigin.All;
        foreach (var c in headers)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ',' or ' ')) return WebOrigin.All;
        return headers;
    }
}
