using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Nano.Dialects;
using Nano.Errors;
using Nano.Pipeline;

namespace Nano.Panel;

/// <summary>
/// <c>/access</c> and its assets. Public: they contain no data; the page requests all data from <c>/api</c>.
/// </summary>
internal sealed class PanelPageEndpoint(IDialect dialect)
{
    /// <summary>All content comes from this origin, nothing is inline, no page may frame it, and text never becomes markup.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public Task PageAsync(HttpContext context)
    {
        // The page's addresses are relative to /access, without a slash.
        if (context.Request.Path.Value is [.., '/'])
        {
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = "../access" + context.Request.QueryString.ToUriComponent();
            return Task.CompletedTask;
        }
        return SendAsync(context, PanelAssets.Embedded.Page, "no-cache");
    }

    /// <param name="name">The part after <c>/access/</c>.</param>
    public async Task AssetAsync(HttpContext context, string name)
    {
        if (PanelAssets.Embedded.Find(name) is { } asset)
        {
            await SendAsync(context, asset, "public, max-age=31536000, immutable");
            return;
        }
        // A page of another version asks for this file: no cache may remember that it is missing here.
        context.Response.Headers.CacheControl = "no-store";
        var error = new GatewayError(GatewayErrorKind.NotFound, 404, "The access panel has no such file. It may have been updated: load /access again.")
            { Code = "route_not_found" };
        try
        {
            await ErrorWriter.WriteAsync(context, dialect, error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    private static async Task SendAsync(HttpContext context, PanelAsset asset, string caching)
    {
        var response = context.Response;
        Protect(response.Headers);
        response.Headers.CacheControl = caching;
        response.Headers.ETag = asset.EntityTag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (Has(context.Request.Headers.IfNoneMatch, asset.EntityTag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var (encoding, bytes) = asset.Encoded(context.Request.Headers.AcceptEncoding);
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        response.ContentType = asset.ContentType;
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        try
        {
            await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()";
    }

    /// <summary><c>If-None-Match</c> compares weakly, and may contain several tags or <c>*</c> (RFC 9110 section 13.1.2).</summary>
    private static bool Has(Microsoft.Extensions.Primitives.StringValues header, string tag) =>
        EntityTagHeaderValue.TryParseList(header.ToArray()!, out var tags)
        && tags.Any(candidate => candidate == EntityTagHeaderValue.Any || candidate.Compare(EntityTagHeaderValue.Parse(tag), useStrongComparison: false));
}
