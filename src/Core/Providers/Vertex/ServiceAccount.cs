using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nano.Json;

namespace Nano.Providers.Vertex;

/// <summary>
/// The key of a service account: it signs an assertion (a JWT, RS256) that is exchanged for a token
/// (developers.google.com/identity/protocols/oauth2/service-account#httprest; RFC 7523).
/// </summary>
internal sealed record ServiceAccount(string Email, string? KeyId, string PrivateKey, Uri TokenUri, string? ProjectId) : GoogleCredential(ProjectId)
{
    /// <summary>Google's maximum.</summary>
    private const int AssertionSeconds = 3600;

    /// <summary>Verifiers of signatures reject shorter keys.</summary>
    private const int LeastBits = 2048;

    public static GoogleCredential? Read(CredentialMembers members)
    {
        var email = members.Text("client_email");
        // If the file passed through a shell or a form, its line breaks may still be a backslash and an n.
        var key = members.Text("private_key").Replace("\\n", "\n", StringComparison.Ordinal);
        var address = members.Address("token_uri", "https://oauth2.googleapis.com/token");
        if (key.Length > 0 && ProblemOf(key) is { } problem) return members.Wrong("private_key", problem);
        return new ServiceAccount(email, members.TextIfAny("private_key_id"), key, address, members.ProjectId);
    }

    public override async Task<GoogleToken> FetchAsync(GoogleTokenClient client, CancellationToken cancellationToken)
    {
        var address = client.At(TokenUri);
        return await client.PostAsync("the service account's key", address,
        [
            new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            new("assertion", Assertion(address, client.Time.GetUtcNow())),
        ], cancellationToken).ConfigureAwait(false);
    }

    private string Assertion(Uri audience, DateTimeOffset now)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(PrivateKey);
        // A separate factory: the shared one would cache the key.
        var key = new RsaSecurityKey(rsa) { KeyId = KeyId, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        using var claims = new JsonOutput(512);
        claims.BeginObject();
        claims.Member("iss"u8, Email);
        claims.Member("scope"u8, Scope);
        claims.Member("aud"u8, audience.OriginalString);
        claims.Member("iat"u8, now.ToUnixTimeSeconds());
        claims.Member("exp"u8, now.ToUnixTimeSeconds() + AssertionSeconds);
        claims.EndObject();
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(Encoding.UTF8.GetString(claims.WrittenSpan), new SigningCredentials(key, SecurityAlgorithms.RsaSha256));
    }

    private static string? ProblemOf(string key)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(key);
            if (rsa.KeySize < LeastBits) return $"is an RSA key of less than {LeastBits} bits";
            rsa.ExportParameters(includePrivateParameters: true);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return "is no private RSA key in PEM form (-----BEGIN PRIVATE KEY-----), or was not copied whole";
        }
    }
}
