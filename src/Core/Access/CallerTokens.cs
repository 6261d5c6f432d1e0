using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Nano.Errors;
using Nano.Json;
using Nano.State;

namespace Nano.Access;

/// <summary>
/// Creates and checks session tokens and panel sign-ins. A token is valid on every instance with the same gateway key, without a store. So a single
/// token cannot be revoked before it expires; a new gateway key ends all of them.
/// </summary>
internal sealed class CallerTokens(TimeProvider time)
{
    public static readonly TimeSpan SignInLifetime = TimeSpan.FromHours(8);

    public static readonly TimeSpan BrowserLifetime = TimeSpan.FromDays(90);

    private const string IdAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>Clocks of instances differ: a new token may seem to be from the future.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60);

    private static readonly GatewayError NotATokenOfOurs = Refused("invalid_api_key",
        "The session token is not one of this gateway: it was altered, made elsewhere or for another purpose, or the gateway's key has changed since. Ask for a new one.");

    private static readonly GatewayError NotYet = Refused("invalid_api_key", "The session token is not valid yet.");

    private static readonly GatewayError Expired = Refused("token_expired", "The session token has expired. Ask for a new one.");

    private static readonly GatewayError SignedOut = Refused("invalid_api_key", "You are signed out. Sign in again at /access.");

    private static readonly GatewayError SignInExpired = Refused("token_expired", "Your sign-in has expired. Sign in again at /access.");

    public MintedToken Mint(KeyMaterial key, TokenScope scope, TimeSpan lifetime) => Mint(key.SessionTokens, lifetime, scope);

    /// <summary>The panel's cookie.</summary>
    public MintedToken MintCookie(KeyMaterial key) => Mint(key.PanelCookies, SignInLifetime, null);

    /// <summary>Recognizes a browser: see <see cref="PanelCookie.Browser"/>.</summary>
    public MintedToken MintBrowser(KeyMaterial key) => Mint(key.KnownBrowsers, BrowserLifetime, null);

    /// <summary>The id in the cookie of a browser that was signed in here before; null for anything else. Raises nothing.</summary>
    public async ValueTask<string?> FindBrowserAsync(KeyMaterial key, string? cookie) =>
        cookie is not null && TokenKey.LooksLikeToken(cookie)
        && await key.KnownBrowsers.VerifyAsync(cookie).ConfigureAwait(false) is { Id: { Length: > 0 } id } token
        && new DateTimeOffset(token.ValidTo, TimeSpan.Zero) > time.GetUtcNow() ? id : null;

    /// <summary>Completes synchronously for a token that was checked within the last minute. Raises nothing.</summary>
    /// <param name="token">Something that <see cref="TokenKey.LooksLikeToken"/>.</param>
    public ValueTask<CallerCheck> CheckAsync(KeyMaterial key, string token) =>
        key.SessionTokens.Remembered.Find(token, time.GetUtcNow()) is { } known ? new(new CallerCheck(known, null)) : VerifyAsync(key.SessionTokens, token, isCookie: false);

    /// <inheritdoc cref="CheckAsync"/>
    public ValueTask<CallerCheck> CheckCookieAsync(KeyMaterial key, string cookie) =>
        !TokenKey.LooksLikeToken(cookie) ? new(new CallerCheck(null, SignedOut))
        : key.PanelCookies.Remembered.Find(cookie, time.GetUtcNow()) is { } known ? new(new CallerCheck(known, null))
        : VerifyAsync(key.PanelCookies, cookie, isCookie: true);

    private async ValueTask<CallerCheck> VerifyAsync(TokenKey key, string text, bool isCookie)
    {
        var token = await key.VerifyAsync(text).ConfigureAwait(false);
        var now = time.GetUtcNow();
        if (token is null || token.ValidTo == DateTime.MinValue) return new CallerCheck(null, isCookie ? SignedOut : NotATokenOfOurs);
        var expiresAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero);
        if (expiresAt <= now) return new CallerCheck(null, isCookie ? SignInExpired : Expired);
        if (new DateTimeOffset(token.ValidFrom, TimeSpan.Zero) > now + ClockTolerance) return new CallerCheck(null, NotYet);
        var caller = isCookie ? Caller.SignedIn(expiresAt) : Read(token, expiresAt);
        if (caller is null) return new CallerCheck(null, NotATokenOfOurs);
        key.Remembered.Add(text, caller, now);
        return new CallerCheck(caller, null);
    }

    private static Caller? Read(JsonWebToken token, DateTimeOffset expiresAt)
    {
        if (!token.TryGetPayloadValue<string>("provider", out var provider) || string.IsNullOrEmpty(provider) || string.IsNullOrEmpty(token.Id)) return null;
        // A limit that cannot be read must not become no limit.
        string[]? models = null;
        if (token.TryGetPayloadValue<object>("models", out _) && (!token.TryGetPayloadValue("models", out models) || models is null)) return null;
        int? perMinute = null;
        if (token.TryGetPayloadValue<object>("rpm", out _))
        {
            if (!token.TryGetPayloadValue<int>("rpm", out var limit)) return null;
            perMinute = limit;
        }
        var cache = token.TryGetPayloadValue<string>("cache", out var line) ? CacheRule.Read(line) : null;
        return Caller.OfToken(token.Id, new TokenScope(provider, models, perMinute) { Cache = cache }, expiresAt);
    }

    private MintedToken Mint(TokenKey key, TimeSpan lifetime, TokenScope? scope)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var expiresAt = now + lifetime;
        using var claims = new JsonOutput(512);
        claims.BeginObject();
        claims.Member("iss"u8, TokenKey.Issuer);
        claims.Member("aud"u8, key.Audience);
        claims.Member("iat"u8, now.ToUnixTimeSeconds());
        claims.Member("nbf"u8, now.ToUnixTimeSeconds());
        claims.Member("exp"u8, expiresAt.ToUnixTimeSeconds());
        claims.Member("jti"u8, RandomNumberGenerator.GetString(IdAlphabet, 16));
        if (scope is not null)
        {
            claims.Member("provider"u8, scope.Provider);
            if (scope.Models is { } models) claims.Member("models"u8, models);
            if (scope.RequestsPerMinute is { } perMinute) claims.Member("rpm"u8, perMinute);
            if (scope.Cache is { } cache) claims.Member("cache"u8, cache.Write());
        }
        claims.EndObject();
        return new MintedToken(key.Sign(Encoding.UTF8.GetString(claims.WrittenSpan)), expiresAt);
    }

    private static GatewayError Refused(string code, string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = code };
}

/// <summary>A token as text. Its holder has all its rights.</summary>
internal readonly record struct MintedToken(string Text, DateTimeOffset ExpiresAt)
{
    public override string ToString() => $"a token until {ExpiresAt:u}";
}
