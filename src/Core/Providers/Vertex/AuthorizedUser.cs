namespace Nano.Providers.Vertex;

/// <summary>A user's own sign-in, as created by <c>gcloud auth application-default login</c>: a refresh token (RFC 6749, section 6).</summary>
internal sealed record AuthorizedUser(string ClientId, string ClientSecret, string RefreshToken) : GoogleCredential((string?)null)
{
    private static readonly Uri TokenUri = new("https://oauth2.googleapis.com/token");

    public static GoogleCredential Read(CredentialMembers members) =>
        new AuthorizedUser(members.Text("client_id"), members.Text("client_secret"), members.Text("refresh_token"));

    public override Task<GoogleToken> FetchAsync(GoogleTokenClient client, CancellationToken cancellationToken) =>
        client.PostAsync("the sign-in of 'gcloud auth application-default login'", client.At(TokenUri),
        [
            new("grant_type", "refresh_token"),
            new("client_id", ClientId),
            new("client_secret", ClientSecret),
            new("refresh_token", RefreshToken),
        ], cancellationToken);
}
