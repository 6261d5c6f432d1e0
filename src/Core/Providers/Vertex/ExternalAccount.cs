using Nano.Json;
using Nano.Secrets;

namespace Nano.Providers.Vertex;

/// <summary>
/// Workload identity federation with Azure, without a key. An Entra token of the app's managed identity is exchanged for a Google
/// token (RFC 8693). If the configuration names an account, that token is exchanged for one of the account
/// (cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds).
/// </summary>
/// <param name="EntraScope">The scope of Entra's token: the application that Google's pool trusts.</param>
/// <param name="Impersonation">The address for the account's token; null to use the federated token itself.</param>
internal sealed record ExternalAccount(string Audience, string SubjectTokenType, string EntraScope, Uri TokenUri, Uri? Impersonation) : GoogleCredential((string?)null)
{
    private const int LifeSeconds = 3600;

    private const int MaxResourceLength = 256;

    public static GoogleCredential? Read(CredentialMembers members)
    {
        var audience = members.Text("audience");
        var type = members.Text("subject_token_type");
        var source = members.Text("credential_source.url");
        var address = members.Address("token_url", "https://sts.googleapis.com/v1/token");
        const string impersonation = "service_account_impersonation_url";
        var account = members.TextIfAny(impersonation) is { Length: > 0 } said ? members.Address(impersonation, said) : null;
        // The address is a virtual machine's metadata service, which a Functions app does not have: only its resource is used.
        if (members.Problem is null && Resource(source) is not { } resource)
            return members.Wrong("credential_source.url",
                "is none of Azure's (resource=...), and others are not supported. Make it with 'gcloud iam workload-identity-pools create-cred-config ... --azure --app-id-uri=...'");
        return new ExternalAccount(audience, type, Resource(source) + "/.default", address, account);
    }

    public override async Task<GoogleToken> FetchAsync(GoogleTokenClient client, CancellationToken cancellationToken)
    {
        var entra = await client.Entra(EntraScope).FetchAsync(Secret.Missing, cancellationToken).ConfigureAwait(false);
        if (entra.Token is not { } subject) return GoogleToken.Failed(entra.Problem!);
        var federated = await client.PostAsync("the token of Entra", client.At(TokenUri),
        [
            new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            new("audience", Audience),
            new("scope", Scope),
            new("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            new("subject_token_type", SubjectTokenType),
            new("subject_token", subject),
        ], cancellationToken).ConfigureAwait(false);
        return federated.Value is { } token && Impersonation is not null
            ? await client.PostAsync("to speak for the service account", Impersonation, Request(), token, cancellationToken).ConfigureAwait(false)
            : federated;
    }

    private static byte[] Request()
    {
        using var body = new JsonOutput(256);
        body.BeginObject();
        body.Member("scope"u8, [Scope]);
        body.Member("lifetime"u8, $"{LifeSeconds}s");
        body.EndObject();
        return body.WrittenSpan.ToArray();
    }

    /// <summary>The value of <c>resource</c> in an address; null if it is missing or cannot be a scope.</summary>
    private static string? Resource(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)) return null;
        foreach (var pair in uri.Query.TrimStart('?').Split('&'))
        {
            if (!pair.StartsWith("resource=", StringComparison.Ordinal)) continue;
            var value = Uri.UnescapeDataString(pair["resource=".Length..]).TrimEnd('/');
            return value.Length is > 0 and <= MaxResourceLength && value.All(c => c is > ' ' and <= '~') ? value : null;
        }
        return null;
    }
}
