using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Errors;
using Nano.Providers.Google;
using Nano.Secrets;

namespace Nano.Providers.Vertex;

/// <summary>
/// Google's Vertex AI: Gemini in Gemini's dialect, Claude in Anthropic's as the platform hosts it. With a project requests go to
/// <c>/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:{method}</c>, without one (express mode,
/// with an API key alone) to <c>/v1/publishers/...</c> (cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview).
/// </summary>
internal sealed class VertexProvider : IProvider
{
    /// <summary>The only version that Claude knows there (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai).</summary>
    private const string ClaudeVersion = "vertex-2023-10-16";

    /// <summary>Where a model is when its name tells nothing.</summary>
    private static readonly Publisher Gemini = new("", "google", "generateContent", "streamGenerateContent?alt=sse");

    private static readonly Publisher Claude = new("claude-", "anthropic", "rawPredict", "streamRawPredict");

    private readonly VertexSettings _settings;
    private readonly DialectRule _claude = new(new HostedMessagesDialect(ClaudeVersion), DialectGap.Everything) { Usage = UsageRules.Anthropic };

    public VertexProvider(IUpstreamDialect gemini, VertexSettings settings)
    {
        _settings = settings;
        Dialect = gemini;
        DefaultBaseUrl = "https://" + Host(settings.Location);
        SignIn = new TokenSignIn("credential",
            $"Check {VertexSettings.Credentials} (in Key Vault the secret {SecretName.Of(VertexSettings.Credentials)}) or {VertexSettings.ApiKey}, and {VertexSettings.Project}: the account needs the role 'Vertex AI User' there.",
            means => new GoogleTokenExchange(settings, means));
    }

    public string Id => "vertex";

    public string DisplayName => "Google Vertex AI";

    public IReadOnlyList<string> Aliases { get; } = ["vertex-ai"];

    public IReadOnlyList<string> KeySettings { get; } = [VertexSettings.Credentials, VertexSettings.ApiKey];

    public IReadOnlyList<string> DocumentSettings { get; } = [VertexSettings.Credentials];

    public TokenSignIn? SignIn { get; }

    public IReadOnlyList<ProviderSetting> OtherSettings => VertexSettings.Described;

    public string DefaultBaseUrl { get; }

    /// <summary>Bare names of Gemini and Claude are their makers'.</summary>
    public IReadOnlyList<string> ModelPrefixes => [];

    /// <summary>Routing to another model (cloud.google.com/vertex-ai/generative-ai/docs/reference/rest, RoutingConfig); the model that ranks what is retrieved; and Claude's own.</summary>
    public ModelChoices ModelChoices { get; } = new() { Members = ["generation_config.routing_config", "tools.retrieval.vertex_rag_store.rag_retrieval_config.ranking", "fallbacks"], Tools = ["advisor_20260301"] };

    public IUpstreamDialect Dialect { get; }

    public DialectRule? SecondDialect(string model) => Claude.Has(model) ? _claude : null;

    /// <summary>A snapshot's date stands behind an <c>@</c> here (<c>claude-sonnet-4-5@20250929</c>) and behind a dash at Anthropic; <c>@default</c> says nothing.</summary>
    public ModelAtMaker? MakerOf(string model)
    {
        if (!Claude.Has(model)) return new ModelAtMaker("google", model);
        var at = model.IndexOf('@');
        if (at < 0) return new ModelAtMaker("anthropic", model);
        return new ModelAtMaker("anthropic", at + 1 < model.Length && char.IsAsciiDigit(model[at + 1]) ? $"{model[..at]}-{model[(at + 1)..]}" : model[..at]);
    }

    public UsageRules Usage => UsageRules.ReasoningApart;

    public Uri BuildUri(string baseUrl, string model, bool stream) => BuildUri(baseUrl, Gemini, model, stream);

    public Uri BuildUri(string baseUrl, string model, bool stream, IUpstreamDialect second) => BuildUri(baseUrl, Claude, model, stream);

    /// <summary>
    /// The list of Google's models, which costs nothing (v1beta1 publishers.models.list). None in express mode, where nothing is
    /// said to be free.
    /// </summary>
    public Uri? BuildModelsUri(string baseUrl) => _settings.ProjectId is null ? null : new Uri(baseUrl + "/v1beta1/publishers/google/models?pageSize=1");

    public void Sign(HttpRequestHeaders headers, string? key)
    {
        if (GoogleCredential.IsApiKey(key)) headers.TryAddWithoutValidation("x-goog-api-key", key);
        else headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }

    // As at AI Studio (vertexai-generatecontent-one-error-d9eb9d).
    public bool IsKeyRefusal(int status, in ErrorDetails details) => GoogleProvider.RefusesKey(status, details);

    public string? RefusalAdvice(int status, in ErrorDetails details)
    {
        if (status == 400) return $"Check the setting {VertexSettings.ApiKey} or the Key Vault secret '{SecretName.Of(VertexSettings.ApiKey)}'.";
        // A person's own sign-in names no project that pays for what is asked outside of one.
        if (details.Message is { } said && said.Contains("quota project", StringComparison.OrdinalIgnoreCase))
            return "A person's own sign-in has no quota project: use the key of a service account.";
        return status != 403 ? null
            : $"Give the role 'Vertex AI User' in the project {_settings.ProjectId ?? "of the key"} to the account of {VertexSettings.Credentials}, and see that the Vertex AI API is enabled there.";
    }

    private Uri BuildUri(string baseUrl, Publisher publisher, string model, bool stream)
    {
        var place = _settings.ProjectId is { } project ? $"/projects/{project}/locations/{_settings.Location}" : "";
        // The model is one path segment: whatever a caller names, it stays inside of it. An '@' means nothing in a path, and is how
        // Google writes a version.
        var segment = Uri.EscapeDataString(model).Replace("%40", "@", StringComparison.Ordinal);
        return new Uri($"{baseUrl}/v1{place}/publishers/{publisher.Name}/models/{segment}:{(stream ? publisher.StreamMethod : publisher.Method)}");
    }

    /// <summary>
    /// Of a region, of the two multi-regions with data residency, and of everything that is larger: <c>global</c>, and the
    /// continents (cloud.google.com/vertex-ai/generative-ai/docs/learn/locations; davidmigloz/ai_clients_dart#305).
    /// </summary>
    private static string Host(string location) => location switch
    {
        "us" or "eu" => $"aiplatform.{location}.rep.googleapis.com",
        _ when location.Contains('-') => $"{location}-aiplatform.googleapis.com",
        _ => "aiplatform.googleapis.com",
    };

    /// <summary>Whose models begin so, and what is asked of them.</summary>
    private sealed record Publisher(string Prefix, string Name, string Method, string StreamMethod)
    {
        public bool Has(string model) => model.StartsWith(Prefix, StringComparison.Ordinal);
    }
}
