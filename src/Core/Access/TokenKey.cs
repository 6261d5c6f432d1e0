using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Nano.Access;

/// <summary>
/// Signs and verifies the JWTs (RFC 7519) of one purpose: HS256 with a key that HKDF-SHA256 (RFC 5869) derives from the
/// gateway's key, and a separate audience. Thread safe; created for the first token of its purpose.
/// </summary>
internal sealed class TokenKey
{
    public const string Issuer = "nano";

    /// <summary>Characters. Longer tokens are neither checked nor issued: proxies before the gateway limit the size of headers.</summary>
    public const int MaxLength = 6 * 1024;

    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = MaxLength, SetDefaultTimesOnTokenCreation = false };

    private readonly SigningCredentials _credentials;
    private readonly TokenValidationParameters _rules;

    public TokenKey(string gatewayKey, string purpose, string audience)
    {
        Audience = audience;
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(gatewayKey), 32, info: Encoding.UTF8.GetBytes(purpose));
        _credentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256);
        _rules = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = ["JWT"],
            ValidIssuer = Issuer,
            ValidAudience = audience,
            IssuerSigningKey = _credentials.Key,
            RequireSignedTokens = true,
            // Compared with the gateway's clock and reported separately from forged tokens: see CallerTokens.
            ValidateLifetime = false,
        };
    }

    public string Audience { get; }

    /// <summary>Callers of tokens that were verified a moment ago.</summary>
    public RememberedCallers Remembered { get; } = new();

    /// <summary>Only a text that begins like a JWT (<c>{"</c> in base64) and is not too long is parsed.</summary>
    public static bool LooksLikeToken(string candidate) => candidate.StartsWith("eyJ", StringComparison.Ordinal) && candidate.Length <= MaxLength;

    /// <param name="claims">A JSON object that includes issuer and audience.</param>
    public string Sign(string claims) => Handler.CreateToken(claims, _credentials);

    /// <summary>The token, if this key signed it for this purpose; its times are not checked. Raises nothing.</summary>
    public async ValueTask<JsonWebToken?> VerifyAsync(string token)
    {
        try
        {
            var result = await Handler.ValidateTokenAsync(token, _rules).ConfigureAwait(false);
            return result.IsValid ? result.SecurityToken as JsonWebToken : null;
        }
        catch (Exception)
        {
            // Whatever the reader raises for these bytes, they are not a token.
            return null;
        }
    }
}
