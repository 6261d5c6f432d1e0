using System.Buffers;

namespace Nano.Providers.Vertex;

/// <summary>The settings of Vertex AI, validated: they become part of addresses.</summary>
internal sealed record VertexSettings
{
    public const string Credentials = "VERTEX_CREDENTIALS";
    public const string ApiKey = "VERTEX_API_KEY";
    public const string Project = "VERTEX_PROJECT";
    public const string LocationSetting = "VERTEX_LOCATION";
    public const string TokenUrlSetting = "VERTEX_TOKEN_URL";
    public const string File = "GOOGLE_APPLICATION_CREDENTIALS";

    private const int MaxNameLength = 100;

    /// <summary>Characters of a project's id (some old ones have a domain and a colon first) or number, and of a location.</summary>
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.:");

    public static IReadOnlyList<ProviderSetting> Described { get; } =
    [
        new(Project, "The Google Cloud project of Vertex AI; else GOOGLE_CLOUD_PROJECT, else the one that VERTEX_CREDENTIALS names. Without any, only an API key of express mode works."),
        new(LocationSetting, "The location of Vertex AI: global (the default), us, eu or a region such as europe-west4; else GOOGLE_CLOUD_LOCATION."),
        new(File, "On a laptop: the path of a file with the content of VERTEX_CREDENTIALS (gcloud auth application-default login creates one)."),
        new(TokenUrlSetting, "Where Google's tokens for Vertex AI are asked for, if not at Google (a proxy, a test server)."),
    ];

    /// <summary>Null in express mode.</summary>
    public string? ProjectId { get; init; }

    public string Location { get; init; } = "global";

    /// <summary>The path of a file with credentials.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>Replaces all addresses of Google's token services.</summary>
    public Uri? TokenUrl { get; init; }

    /// <param name="settings">Names and values of all settings.</param>
    /// <param name="mistakes">Receives a sentence for each mistake, which names a setting and repeats no value.</param>
    /// <param name="addressProblem">The problem of an address, as the end of a sentence; null if there is none.</param>
    public static VertexSettings Read(IReadOnlyDictionary<string, string> settings, List<string> mistakes, Func<string, string?> addressProblem)
    {
        var project = Name(Project) ?? Name("GOOGLE_CLOUD_PROJECT");
        // Credentials are read again when they are used; they are validated here so that the operator sees errors at start.
        if (Value(Credentials) is { } text && !GoogleCredential.IsApiKey(text))
        {
            var (credential, problem) = GoogleCredential.Read(text, Credentials);
            if (problem is not null) mistakes.Add(problem);
            else if (credential!.ProjectId is { } own && IsName(own)) project ??= own;
        }
        var tokenUrl = Value(TokenUrlSetting);
        if (tokenUrl is not null && addressProblem(tokenUrl) is { } wrong)
        {
            mistakes.Add($"{TokenUrlSetting} {wrong}.");
            tokenUrl = null;
        }
        return new VertexSettings
        {
            ProjectId = project,
            Location = Name(LocationSetting, isHost: true) ?? Name("GOOGLE_CLOUD_LOCATION", isHost: true) ?? "global",
            CredentialsFile = Value(File),
            TokenUrl = tokenUrl is null ? null : new Uri(tokenUrl),
        };

        string? Value(string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        string? Name(string setting, bool isHost = false)
        {
            // A location is also the start of a host name.
            if (Value(setting) is not { } name || (IsName(name) && !(isHost && name.AsSpan().ContainsAny('.', ':')))) return Value(setting);
            mistakes.Add($"{setting} must be a name of Google Cloud: lower-case letters, digits and dashes.");
            return null;
        }
    }

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && !name.AsSpan().ContainsAnyExcept(NameCharacters) && !name.Contains("..", StringComparison.Ordinal);
}
