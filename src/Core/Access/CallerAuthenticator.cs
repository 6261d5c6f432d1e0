using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nano.Access.Entra;
using Nano.Configuration;
using Nano.Errors;
using Nano.Governance;

namespace Nano.Access;

/// <summary>
/// Checks the caller's key in the headers that official SDKs use: <c>Authorization: Bearer</c>, <c>x-api-key</c>,
/// <c>api-key</c>, <c>x-goog-api-key</c>. A key in the URL is ignored here; <c>KeyInUrl</c> moves it to a header if a setting allows it.
/// Comparison takes constant time, regardless of the key's length.
/// A session token, a virtual key or an access token of Entra ID is accepted instead of the key; the panel's page sends its cookie.
/// </summary>
/// <param name="virtualKeys">Null where there are none.</param>
/// <param name="entra">Null where access tokens are not accepted.</param>
internal sealed class CallerAuthenticator(GatewayKey gatewayKey, CallerTokens tokens, VirtualKeys? virtualKeys = null, EntraCallers? entra = null)
{
    internal const string InvalidKey = "invalid_api_key";

    private static readonly GatewayError NoKey =
        Refused("No API key was given. Send the gateway's key as 'Authorization: Bearer KEY', 'x-api-key', 'api-key' or 'x-goog-api-key'. "
            + $"A key in the URL is ignored unless {GatewaySettings.KeyInUrl} is set.");

    private static readonly GatewayError WrongKey = Refused("The API key is not this gateway's key. Use the value of the gateway's API_KEY setting; "
        + $"on a laptop without that setting, the key is '{GatewayOptions.LaptopApiKey}'.");

    /// <summary>For a caller that left before the gateway's key was read.</summary>
    public static GatewayError Unread { get; } = new(GatewayErrorKind.NotConfigured, 503, "The gateway has not read its key yet. Try again shortly.")
        { Code = "gateway_not_configured" };

    /// <summary>
    /// Completes synchronously unless the gateway's key was never read, or the session token was not checked within the last minute.
    /// Raises only <see cref="OperationCanceledException"/>.
    /// </summary>
    public ValueTask<CallerCheck> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var reading = gatewayKey.ReadAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully) return Awaited(headers, reading, cancellationToken);
        var known = reading.GetAwaiter().GetResult();
        var check = Check(headers, known);
        if (check.IsCompletedSuccessfully)
        {
            var done = check.GetAwaiter().GetResult();
            return MayBeNewer(known, done) ? CheckNewerAsync(headers, known, done, cancellationToken) : ValueTask.FromResult(done);
        }
        return AwaitedCheck(headers, known, check, cancellationToken);
    }

    /// <summary>Makes a change of policies take effect at once on this instance.</summary>
    public void Forget()
    {
        virtualKeys?.Forget();
        entra?.Forget();
    }

    private async ValueTask<CallerCheck> Awaited(IHeaderDictionary headers, ValueTask<GatewayKeyReading> reading, CancellationToken cancellationToken)
    {
        var known = await reading.ConfigureAwait(false);
        return await AwaitedCheck(headers, known, Check(headers, known), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CallerCheck> AwaitedCheck(IHeaderDictionary headers, GatewayKeyReading known, ValueTask<CallerCheck> pending, CancellationToken cancellationToken)
    {
        var check = await pending.ConfigureAwait(false);
        return MayBeNewer(known, check) ? await CheckNewerAsync(headers, known, check, cancellationToken).ConfigureAwait(false) : check;
    }

    /// <summary>A key or token that does not match may belong to a key that was set a moment ago.</summary>
    private static bool MayBeNewer(GatewayKeyReading known, CallerCheck check) =>
        known.Key is not null && check.Refused is { Code: InvalidKey } refused && !ReferenceEquals(refused, NoKey);

    private async ValueTask<CallerCheck> CheckNewerAsync(IHeaderDictionary headers, GatewayKeyReading known, CallerCheck check, CancellationToken cancellationToken) =>
        await gatewayKey.FindNewerAsync(known.Key!, cancellationToken).ConfigureAwait(false) is { } newer ? await Check(headers, newer).ConfigureAwait(false) : check;

    private ValueTask<CallerCheck> Check(IHeaderDictionary headers, GatewayKeyReading reading)
    {
        if (reading.Key is not { } key) return new(new CallerCheck(null, reading.Error));
        var sent = new Sent(key);
        if (sent.IsKey(Bearer(headers.Authorization)) || sent.IsKey(headers["x-api-key"]) || sent.IsKey(headers["api-key"]) || sent.IsKey(headers["x-goog-api-key"]))
            return new(new CallerCheck(Caller.Owner, null));
        if (sent.EntraToken is { } access && entra is not null) return entra.CheckAsync(access);
        if (sent.Token is { } token) return tokens.CheckAsync(key, token);
        if (sent.VirtualKey is { } virtualKey && virtualKeys is { IsOn: true }) return CheckVirtualAsync(virtualKeys, virtualKey);
        if (!sent.IsAny && PanelCookie.Of(headers) is { } cookie) return tokens.CheckCookieAsync(key, cookie);
        return new(new CallerCheck(null, sent.IsAny ? WrongKey : NoKey));
    }

    private static async ValueTask<CallerCheck> CheckVirtualAsync(VirtualKeys keys, string key)
    {
        var (policy, refused) = await keys.CheckAsync(key).ConfigureAwait(false);
        return new CallerCheck(policy is null ? null : Caller.OfKey(policy), refused);
    }

    private static GatewayError Refused(string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = InvalidKey };

    private static string? Bearer(StringValues header)
    {
        var value = header.Count == 0 ? null : header[0];
        return value is not null && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : null;
    }

    /// <summary>The credentials that a caller sent.</summary>
    private struct Sent(KeyMaterial key)
    {
        public bool IsAny { get; private set; }

        /// <summary>The first value that looks like a session token.</summary>
        public string? Token { get; private set; }

        /// <summary>The first value that looks like an access token of Entra ID.</summary>
        public string? EntraToken { get; private set; }

        /// <summary>The first value that looks like a virtual key.</summary>
        public string? VirtualKey { get; private set; }

        public bool IsKey(StringValues header) => header.Count > 0 && IsKey(header[0]);

        public bool IsKey(string? candidate)
        {
            if (string.IsNullOrEmpty(candidate)) return false;
            IsAny = true;
            if (key.Matches(candidate)) return true;
            if (Token is null && TokenKey.LooksLikeToken(candidate)) Token = candidate;
            if (EntraToken is null && EntraCallers.LooksLikeToken(candidate)) EntraToken = candidate;
            if (VirtualKey is null && Governance.VirtualKey.LooksLikeKey(candidate)) VirtualKey = candidate;
            return false;
        }
    }
}

/// <summary>Exactly one of the two is set.</summary>
internal readonly record struct CallerCheck(Caller? Caller, GatewayError? Refused);
