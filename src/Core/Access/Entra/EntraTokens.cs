using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nano.Configuration;
using Nano.Errors;

namespace Nano.Access.Entra;

/// <summary>Checks access tokens of Entra ID: signature, issuer, audience, lifetime, and that they are access tokens.</summary>
internal sealed class EntraTokens(EntraOptions options, EntraKeys keys, TimeProvider time)
{
    /// <summary>Characters. A token with 200 groups has about 11,000.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Clocks differ. The library's own tolerance is five minutes at both ends.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60);

    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = MaxLength };

    private static readonly GatewayError Expired = Refused("token_expired", "The access token has expired. Ask Entra ID for a new one.");
    private static readonly GatewayError NotYet = Refused("invalid_token", "The access token is not valid yet.");
    private static readonly GatewayError NotAccess =
        Refused("invalid_token", "The token is not an access token: it names no application that it was issued to. Send an access token, not an ID token.");

    private readonly GatewayError _invalid = Refused("invalid_token",
        $"The access token is not one of Entra ID for this gateway: it was altered, or its tenant is not {options.Tenant}, or its audience is not {string.Join(" or ", options.Audiences)}.");

    /// <summary>Exactly one of the two is set. Raises nothing.</summary>
    /// <exception cref="EntraUnavailableException">Its key cannot be looked up.</exception>
    public async ValueTask<(EntraUser? User, GatewayError? Refused)> CheckAsync(string text)
    {
        try
        {
            var unread = Handler.ReadJsonWebToken(text);
            if (unread.Alg != SecurityAlgorithms.RsaSha256 || unread.Kid is not { Length: > 0 } id) return (null, _invalid);
            var set = await keys.FindAsync(id).ConfigureAwait(false);
            if (!set.Keys.TryGetValue(id, out var key)) return (null, _invalid);
            var result = await Handler.ValidateTokenAsync(text, new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
                IssuerSigningKey = key,
                RequireSignedTokens = true,
                ValidIssuers = set.Issuers,
                // The library ignores a slash at the end.
                AudienceValidator = (audiences, _, _) => audiences.Any(audience => options.Audiences.Contains(audience, StringComparer.Ordinal)),
                // Compared with the gateway's clock, so that the error has its own message.
                ValidateLifetime = false,
            }).ConfigureAwait(false);
            return result is { IsValid: true, SecurityToken: JsonWebToken token } ? Judge(token) : (null, _invalid);
        }
        catch (Exception e) when (e is not EntraUnavailableException)
        {
            // Whatever the reader raises for these bytes, they are not a token.
            return (null, _invalid);
        }
    }

    private (EntraUser?, GatewayError?) Judge(JsonWebToken token)
    {
        var now = time.GetUtcNow();
        if (token.ValidTo == DateTime.MinValue) return (null, _invalid);
        var end = new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + ClockTolerance;
        if (end <= now) return (null, Expired);
        if (new DateTimeOffset(token.ValidFrom, TimeSpan.Zero) > now + ClockTolerance) return (null, NotYet);
        // ID tokens are for the same audience where an application calls its own API; only access tokens name the client.
        if (Value(token, "azp") is null && Value(token, "appid") is null) return (null, NotAccess);
        if (Value(token, "oid") is not { } user || !Guid.TryParseExact(user, "D", out _)) return (null, _invalid);
        return (new EntraUser(user, Values(token, "roles"), Values(token, "groups"), HasMoreGroups(token), end), null);
    }

    /// <summary>A token lists at most 200 groups; for a user with more it contains only the address where they can be read.</summary>
    private static bool HasMoreGroups(JsonWebToken token) => token.TryGetPayloadValue<object>("_claim_names", out _) || Value(token, "hasgroups") is not null;

    private static string? Value(JsonWebToken token, string name) => token.TryGetPayloadValue<object>(name, out var value) && value?.ToString() is { Length: > 0 } text ? text
        : null;

    private static List<string> Values(JsonWebToken token, string name) => [.. token.Claims.Where(claim => claim.Type == name).Select(claim => claim.Value)];

    private static GatewayError Refused(string code, string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = code };
}

/// <summary>The user or application that an access token identifies.</summary>
/// <param name="Id">The object id of the user, or of the application that calls for itself.</param>
/// <param name="HasMoreGroups">The token does not have all groups.</param>
/// <param name="ExpiresAt">When the token stops being accepted.</param>
internal sealed record EntraUser(string Id, IReadOnlyList<string> Roles, IReadOnlyList<string> Groups, bool HasMoreGroups, DateTimeOffset ExpiresAt);
