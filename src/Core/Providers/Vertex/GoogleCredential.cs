using System.Text.Json;

namespace Nano.Providers.Vertex;

/// <summary>
/// A credential of Google's in its JSON form: the key of a service account, a person's own sign-in, or a federation with who the
/// gateway is in Azure. It never shows what is secret in it.
/// </summary>
/// <param name="ProjectId">The project that it names, if it names one.</param>
internal abstract record GoogleCredential(string? ProjectId)
{
    /// <summary>What tokens are for: all of Google Cloud, as far as the account may go there.</summary>
    public const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    private const int MaxLength = 64 * 1024;

    /// <summary>One token.</summary>
    public abstract Task<GoogleToken> FetchAsync(GoogleTokenClient client, CancellationToken cancellationToken);

    public sealed override string ToString() => GetType().Name;

    /// <summary>Of Google Cloud's API keys there are two kinds; tokens begin with <c>ya29.</c>, credentials with a brace.</summary>
    public static bool IsApiKey(string? key) =>
        key is not null && (key.StartsWith("AIza", StringComparison.Ordinal) || key.StartsWith("AQ.", StringComparison.Ordinal));

    /// <summary>Exactly one of the two is set.</summary>
    /// <param name="name">What holds the text, for the problem: a sentence without anything of the text.</param>
    public static (GoogleCredential? Credential, string? Problem) Read(string text, string name)
    {
        if (text.Length > MaxLength) return (null, $"{name} is not a credential of Google: it is longer than one can be.");
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
            // The second is for half of a surrogate pair.
            return (null, $"{name} is not valid JSON. Was the file copied whole, and are its quotes kept?");
        }
    }
}

/// <summary>A token of Google's, or why there is none.</summary>
/// <param name="Lives">From when it was asked for.</param>
internal readonly record struct GoogleToken(string? Value, TimeSpan Lives, string? Problem)
{
    public static GoogleToken Failed(string problem) => new(null, default, problem);

    public override string ToString() => Problem ?? "a token";
}

/// <summary>Members of a credential. The first that is wrong is the problem.</summary>
/// <param name="name">What holds the credential.</param>
internal sealed class CredentialMembers(JsonElement members, string name)
{
    public string? Problem { get; private set; }

    public string? ProjectId => members.TryGetProperty("project_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    /// <summary>A text that must be there.</summary>
    /// <param name="path">A member, or one inside of another: <c>credential_source.url</c>.</param>
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

    /// <summary>An address that tokens are asked for at. Keys and tokens go there, so only Google's are taken.</summary>
    public Uri Address(string path, string otherwise)
    {
        var said = TextIfAny(path) ?? otherwise;
        if (Uri.TryCreate(said, UriKind.Absolute, out var uri) && uri is { Scheme: "https", IsDefaultPort: true, UserInfo: "" } && IsGoogles(uri.Host)) return uri;
        Wrong(path, $"is no address of Google's (https, under googleapis.com); {VertexSettings.TokenUrlSetting} names another");
        return new Uri(otherwise);
    }

    /// <returns>Null, for what cannot be read.</returns>
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

    // accounts.google.com is in keys that were made before 2018.
    private static bool IsGoogles(string host) =>
        host.EndsWith(".googleapis.com", StringComparison.OrdinalIgnoreCase) || host.Equals("accounts.google.com", StringComparison.OrdinalIgnoreCase);
}
