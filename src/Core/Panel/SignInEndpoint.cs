using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;

namespace Nano.Panel;

/// <summary>
/// <c>/api/session</c>: exchanges the gateway's key for a cookie that no script can read. Signing out makes the
/// browser forget it; the cookie itself expires after eight hours, or with the gateway's key.
/// </summary>
internal sealed class SignInEndpoint(PanelGate gate, GatewayKey gatewayKey, CallerTokens tokens, SignInThrottle throttle, GatewayOptions options)
{
    private static readonly string Version = typeof(SignInEndpoint).Assembly.GetName().Version?.ToString(3) ?? "";

    private static readonly GatewayError CrossSite = new(GatewayErrorKind.Forbidden, 403, "Another site sent this request. Sign in and out on the gateway's own page, /access.")
        { Code = "cross_site_request" };

    private static readonly GatewayError NotJson = new(GatewayErrorKind.UnsupportedMedia, 415, "Send {\"key\": \"...\"} with the Content-Type application/json.");

    private static readonly GatewayError NoHttps = new(GatewayErrorKind.Forbidden, 403,
        "Open /access over https. Plain http is accepted only from this machine (localhost), because the key would cross the network unencrypted.") { Code = "https_required" };

    private static readonly GatewayError NoKeyGiven = GatewayError.Invalid("'key' is missing. It is the value of the gateway's API_KEY setting.", "key",
        "missing_required_parameter");

    private static readonly GatewayError WrongKey = new(GatewayErrorKind.Unauthenticated, 401, "This is not the gateway's key. It is the value of the gateway's API_KEY setting.")
        { Code = "invalid_api_key" };

    public Task SignInAsync(HttpContext context) => gate.ServeAsync(context, 200, output => SignInAsync(context, output));

    public Task SignOutAsync(HttpContext context) => gate.ServeAsync(context, 204, _ =>
    {
        if (PanelCookie.IsCrossSite(context.Request.Headers)) return new(CrossSite);
        context.Response.Headers.Append("Set-Cookie",
            PanelCookie.Clear(PanelCookie.MustBeSecure(context.Request.Headers, context.Request.IsHttps, context.Request.Host.Host, options)));
        return default;
    });

    /// <summary>Public: whether the caller is signed in, and what the page needs to know before sign-in.</summary>
    public Task TellAsync(HttpContext context) => gate.ServeAsync(context, 200, async output =>
    {
        var (caller, _) = await gate.CheckAsync(context);
        var (key, problem) = await gatewayKey.ReadAsync(context.RequestAborted);
        var signedIn = caller?.IsOwner == true;
        output.BeginObject();
        output.Member("signed_in"u8, signedIn);
        output.Member("expires_at"u8, signedIn ? caller!.ExpiresAt : null);
        output.Member("version"u8, Version);
        output.Member("base_url"u8, BaseUrl.Of(context.Request, options));
        // Only on loopback, where it does not open the gateway to other machines.
        output.Member("default_key"u8, key?.Matches(GatewayOptions.LaptopApiKey) == true);
        output.Member("problem"u8, problem?.Message);
        // A host that refuses larger bodies itself may do so without a reason: the page does not send them.
        output.Member("max_request_bytes"u8, options.MaxRequestBytes);
        output.EndObject();
        return null;
    });

    private async ValueTask<GatewayError?> SignInAsync(HttpContext context, JsonOutput output)
    {
        var request = context.Request;
        if (PanelCookie.IsCrossSite(request.Headers)) return CrossSite;
        // A form of another site cannot send this type.
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true) return NotJson;
        var secure = PanelCookie.MustBeSecure(request.Headers, request.IsHttps, request.Host.Host, options);
        if (secure && request.Headers.Origin.ToString().StartsWith("http:", StringComparison.OrdinalIgnoreCase)) return NoHttps;

        var (key, problem) = await gatewayKey.ReadAsync(context.RequestAborted);
        if (key is null) return problem;
        var party = await tokens.FindBrowserAsync(key, PanelCookie.OfBrowser(request.Headers)) is { } browser
            ? SignInParty.OfBrowser(browser)
            : SignInParty.Of(context.Connection.RemoteIpAddress);
        if (throttle.Wait(party) is { } wait) return TooMany(wait);
        string? candidate = null;
        var unread = await gate.ReadAsync(context, isOptional: false, (name, value) =>
        {
            if (name != "key") return JsonObject.Unknown(name, "key");
            candidate = value.AsText() is { HasValue: true } text ? text.ToString() : null;
            return candidate is null ? GatewayError.Invalid("'key' must be a string that is not empty.", "key") : null;
        }, PanelGate.MaxPublicBody);
        if (unread is not null) return unread;
        if (candidate is null) return NoKeyGiven;
        // It may be a gateway key that was set a moment ago.
        if (!key.Matches(candidate) && await gatewayKey.FindNewerAsync(key, context.RequestAborted) is { } newer) (key, problem) = newer;
        if (key is null) return problem;

        // No awaits from here on, so that concurrent attempts are counted one by one.
        if (throttle.Wait(party) is { } longer) return TooMany(longer);
        if (!key.Matches(candidate))
        {
            throttle.Fail(party);
            return WrongKey;
        }
        throttle.Succeed(party);
        var cookie = tokens.MintCookie(key);
        context.Response.Headers.Append("Set-Cookie", PanelCookie.Set(cookie.Text, CallerTokens.SignInLifetime, secure));
        context.Response.Headers.Append("Set-Cookie", PanelCookie.SetBrowser(tokens.MintBrowser(key).Text, CallerTokens.BrowserLifetime, secure));
        output.BeginObject();
        output.Member("signed_in"u8, true);
        output.Member("expires_at"u8, cookie.ExpiresAt);
        output.EndObject();
        return null;
    }

    private static GatewayError TooMany(TimeSpan wait) =>
        new(GatewayErrorKind.TooManyRequests, 429, $"Too many attempts with a wrong key. Try again in {Admission.Seconds(wait)} s.")
    {
        Code = "too_many_attempts",
        RetryAfter = Admission.Seconds(wait),
    };
}
