using Nano.Secrets;

namespace Nano.Providers.Vertex;

/// <summary>Exchanges a credential from the settings, the vault or a file for Google's tokens. An API key needs none.</summary>
internal sealed class GoogleTokenExchange(VertexSettings settings, TokenMeans means) : ITokenExchange
{
    private const int MaxFile = 64 * 1024;

    private readonly GoogleTokenClient _client = new(means.Network, means.Time, settings.TokenUrl, means.Entra);

    public string Issuer => "Google";

    public bool WantsKey => true;

    // An instance's key has any name, so the value decides. A damaged value of the setting for credentials is reported, not sent.
    public bool Takes(in Secret key) =>
        key.Value is null ? settings.CredentialsFile is not null
        : !GoogleCredential.IsApiKey(key.Value) && (key.Setting == VertexSettings.Credentials || !GoogleCredential.IsToken(key.Value));

    public async Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken)
    {
        if (settings.ProjectId is null)
            return TokenResponse.Failed(
                $"{VertexSettings.Project} is not set, and only an API key of express mode works without a project. Set it to the id of the Google Cloud project.");
        var (name, origin) = key.Value is null ? (VertexSettings.File, SecretOrigin.Setting) : (key.Setting ?? VertexSettings.Credentials, key.Origin);
        var (text, unreadable) = key.Value is { } value ? (value, null) : await ReadFileAsync(settings.CredentialsFile!, cancellationToken).ConfigureAwait(false);
        if (unreadable is not null) return TokenResponse.Failed(unreadable);
        var (credential, problem) = GoogleCredential.Read(text!, name);
        if (problem is not null) return TokenResponse.Failed(problem);
        var asked = means.Time.GetUtcNow();
        var token = await credential!.FetchAsync(_client, cancellationToken).ConfigureAwait(false);
        return token.Value is { } good ? TokenResponse.Found(good, asked + token.Lives, origin, name) : TokenResponse.Failed(token.Problem!);
    }

    private static async Task<(string? Text, string? Problem)> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            if (file.Length > MaxFile) return (null, $"the file of {VertexSettings.File} is longer than a credential can be.");
            using var reader = new StreamReader(file);
            return (await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, $"the file of {VertexSettings.File} cannot be read ({e.GetType().Name}). Check its path and its permissions.");
        }
    }
}
