using System.Buffers;
using System.Text.Json;

namespace Nano.Providers.Vertex;

/// <summary>
/// A Google credential in its JSON form: a service account's key, a user's own sign-in, or a federation with the gateway's
/// identity in Azure. It never exposes its secrets.
/// </summary>
/// <param name="ProjectId">The project in the credential; null if there is none.</param>
internal abstract record GoogleCredential(string? ProjectId)
{
    /// <summary>The scope of tokens: all of Google Cloud, limited by the account's permissions.</summary>
    public const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private const int MaxLength = 64 * 1024;

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Fetches one token.</summary>
    public abstract Task<GoogleToken> FetchAsync(GoogleTokenClient client, CancellationToken cancellationToken);

    public sealed override string ToString() => GetType().Name;

    /// <summary>Google Cloud has two kinds of API keys. Tokens begin with <c>ya29.</c>, credentials with a brace.</summary>
    public static bool IsApiKey(string? key) =>
        key is not null && (key.StartsWith("AIza", StringComparison.Ordinal) || key.StartsWith("AQ.", StringComparison.Ordinal));

    /// <summary>It has the form of a bearer token (RFC 6750, b64token). A credential never has: JSON has braces and quotes.</summary>
    public static bool IsToken(string key) => key.Length > 0 && !key.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <summary>Exactly one of the two is set.</summary>
    /// <param name="name">The source of the text, for the problem: a sentence that contains nothing of the text.</param>
    public static (GoogleCredential? Credential, string? Problem) Read(string text, string name)
    {
        if (text.Length > MaxLength) return (null, $"{name} is not a Google credential: it is too long.");
        if (!text.AsSpan().TrimStart().StartsWith("{"))
            return (null, $"{name} is not a service account's JSON key: it must be the text of the file, which begins with a brace. The path of a file goes into {VertexSettings.File}, an API key into {VertexSettings.ApiKey}.");
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            var members = new CredentialMembers(document.RootElement, name);
            var credential = members.Text("type") switch
            {
                "service_account" => ServiceAccount.Read(members),
                "authorized_user" => AuthorizedUser.Read(members),
                "external_account" => ExternalAccount.Read(members),
                _ => members.Wrong("type", "is none that Nano knows: service_account, authorized_user or external_account"),
            };
            return (members.Problem is null ? credential : null, members.Problem);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second exception is raised for half of a surrogate pair.
            return (null, $"{name} is not valid JSON. Was the file copied whole, and are its quotes kept?");
        }
    }
}

/// <summary>A Google token, or the reason why there is none.</summary>
/// <param name="Lives">Its lifetime from the time of the request.</param>
internal readonly record struct GoogleToken(string? Value, TimeSpan Lives, string? Problem)
{
    public static GoogleToken Failed(string problem) => new(null, default, problem);

    public override string ToString() => Problem ?? "a token";
}

/// <summary>Reads members of a credential. The first invalid one is the problem.</summary>
/// <param name="name">The source of the credential.</param>
internal sealed class CredentialMembers(JsonElement members, string name)
{
    public string? Problem { get; private set; }

    public string? ProjectId => members.TryGetProperty("project_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    /// <summary>A required text.</summary>
    /// <param name="path">A member, or a nested one: <c>credential_source.url</c>.</param>
    public string Text(string path)
    {
        if (TextIfAny(path) is { Length: > 0 } text) return text;
        Wrong(path, "is missing");
        return "";
    }

    public string? TextIfAny(string path)
    {
        var element = members;
        foreach (var part in path.Split('.'))
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(part, out element)) return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }

    /// <summary>An address of a token service. Keys and tokens are sent there, so only Google's addresses are accepted.</summary>
    public Uri Address(string path, string otherwise)
    {
        var said = TextIfAny(path) ?? otherwise;
        if (Uri.TryCreate(said, UriKind.Absolute, out var uri) && uri is { Scheme: "https", IsDefaultPort: true, UserInfo: "" } && IsGoogles(uri.Host)) return uri;
        Wrong(path, $"is no address of Google's (https, under googleapis.com); {VertexSettings.TokenUrlSetting} names another");
        return new Uri(otherwise);
    }

    /// <returns>Always null, as the result of a failed read.</returns>
    public GoogleCredential? Wrong(string path, string what)
    {
        Problem ??= $"{name} is not a {Kind()}: member {path} {what}.";
        return null;
    }

    private string Kind() => TextIfAny("type") switch
    {
        "authorized_user" => "person's sign-in to Google",
        "external_account" => "workload identity federation",
        _ => "service account's JSON key",
    };

    // Keys created before 2018 contain accounts.google.com.
    private static bool IsGoogles(string host) =>
        host.EndsWith(".googleapis.com", StringComparison.OrdinalIgnoreCase) || host.Equals("accounts.google.com", StringComparison.OrdinalIgnoreCase);
}
