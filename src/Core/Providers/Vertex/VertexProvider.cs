using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Embeddings;
using Nano.Providers.Google;
using Nano.Secrets;

namespace Nano.Providers.Vertex;

/// <summary>
/// Google's Vertex AI: Gemini in Gemini's dialect, Claude in the platform's variant of Anthropic's. With a project, requests go to
/// <c>/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:{method}</c>; without one (express mode,
/// with only an API key) to <c>/v1/publishers/...</c> (cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview).
/// </summary>
internal static class VertexProvider
{
    /// <summary>The only version that Claude accepts there (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai).</summary>
    private const string ClaudeVersion = "vertex-2023-10-16";

    private const string ClaudeModels = "claude-*";

    /// <summary>These models use <c>embedContent</c>, all others <c>predict</c> (docs.cloud.google.com/gemini-enterprise-agent-platform/models/embeddings).</summary>
    private const string EmbedContentModels = "gemini-embedding-2*";

    /// <summary>The publisher of a model whose name does not contain one.</summary>
    private static readonly Publisher Gemini = new("google", "generateContent", "streamGenerateContent?alt=sse");

    private static readonly Publisher GeminiPredict = new("google", "predict", "predict");

    private static readonly Publisher GeminiEmbeds = new("google", "embedContent", "embedContent");

    private static readonly Publisher GeminiCount = new("google", "countTokens", "countTokens");

    private static readonly Publisher Claude = new("anthropic", "rawPredict", "streamRawPredict");

    /// <param name="gemini">Vertex AI's variant of Gemini's dialect.</param>
    public static Provider Create(IUpstreamDialect gemini, VertexSettings settings) => new()
    {
        Id = "vertex",
        DisplayName = "Google Vertex AI",
        TelemetryName = "gcp.vertex_ai",
        Aliases = ["vertex-ai"],
        KeySettings = [VertexSettings.Credentials, VertexSettings.ApiKey],
        DocumentSettings = [VertexSettings.Credentials],
        OtherSettings = VertexSettings.Described,
        DefaultBaseUrl = "https://" + Host(settings.Location),
        // Bare names of Gemini and Claude belong to their developers' providers.
        Naming = new VertexNaming(),
        Dialects =
        [
            new(gemini, (baseUrl, model, stream) => Address(settings, baseUrl, Gemini, model, stream))
            {
                Usage = UsageRules.ReasoningApart,
                Gaps = [new(ClaudeModels, DialectGap.Everything)],
            },
            new(gemini, (baseUrl, model, _) => Address(settings, baseUrl, GeminiCount, model, stream: false))
            {
                Operation = Operation.TokenCount,
                Gaps = [new(ClaudeModels, DialectGap.Everything)],
            },
            new(new HostedMessagesDialect(ClaudeVersion), (baseUrl, model, stream) => Address(settings, baseUrl, Claude, model, stream))
            {
                Models = ClaudeModels,
                Usage = UsageRules.Anthropic,
            },
            ModelDialect.ForEmbeddings(gemini, new VertexPredict(), (baseUrl, model, stream) => Address(settings, baseUrl, GeminiPredict, model, stream)) with
            {
                Gaps = [new(ClaudeModels, DialectGap.Everything), new(EmbedContentModels, DialectGap.Everything)],
            },
            ModelDialect.ForEmbeddings(gemini, GeminiEmbed.OnVertex, (baseUrl, model, stream) => Address(settings, baseUrl, GeminiEmbeds, model, stream)) with { Models =
                EmbedContentModels },
        ],
        // Routing to another model (cloud.google.com/vertex-ai/generative-ai/docs/reference/rest, RoutingConfig); the model that ranks
        // retrieved documents; and Claude's own members.
        ModelChoices = new()
        {
            Members = ["generation_config.routing_config", "tools.retrieval.vertex_rag_store.rag_retrieval_config.ranking", "fallbacks"],
            Tools = ["advisor_20260301"],
        },
        Credentials = new VertexCredential(settings),
        // The list of Google's models is free (v1beta1 publishers.models.list). Express mode has no request that is
        // documented as free.
        Lister = settings.ProjectId is null ? null : new PathLister("/v1beta1/publishers/google/models?pageSize=1", null),
    };

    private static Uri Address(VertexSettings settings, string baseUrl, Publisher publisher, string model, bool stream)
    {
        var place = settings.ProjectId is { } project ? $"/projects/{project}/locations/{settings.Location}" : "";
        // Escape the caller's model name, so that it is always one path segment. An '@' is safe in a path; Google uses it
        // before a version.
        var segment = Uri.EscapeDataString(model).Replace("%40", "@", StringComparison.Ordinal);
        return new Uri($"{baseUrl}/v1{place}/publishers/{publisher.Name}/models/{segment}:{(stream ? publisher.StreamMethod : publisher.Method)}");
    }

    /// <summary>
    /// The host of a region, of the two multi-regions with data residency, or of a larger area: <c>global</c> and the
    /// continents (cloud.google.com/vertex-ai/generative-ai/docs/learn/locations; davidmigloz/ai_clients_dart#305).
    /// </summary>
    private static string Host(string location) => location switch
    {
        "us" or "eu" => $"aiplatform.{location}.rep.googleapis.com",
        _ when location.Contains('-') => $"{location}-aiplatform.googleapis.com",
        _ => "aiplatform.googleapis.com",
    };

    private sealed record Publisher(string Name, string Method, string StreamMethod);

    private sealed class VertexNaming : IModelNaming
    {
        private const string ClaudePrefix = "claude-";

        public IReadOnlyList<string> Prefixes => [];

        /// <summary>A snapshot's date follows an <c>@</c> here (<c>claude-sonnet-4-5@20250929</c>) and a dash at Anthropic; <c>@default</c> means the newest.</summary>
        public ModelAtMaker? MakerOf(string model)
        {
            if (!model.StartsWith(ClaudePrefix, StringComparison.Ordinal)) return new ModelAtMaker("google", model);
            var at = model.IndexOf('@');
            if (at < 0) return new ModelAtMaker("anthropic", model);
            return new ModelAtMaker("anthropic", at + 1 < model.Length && char.IsAsciiDigit(model[at + 1]) ? $"{model[..at]}-{model[(at + 1)..]}" : model[..at]);
        }
    }

    private sealed class VertexCredential(VertexSettings settings) : CredentialScheme
    {
        public override TokenSignIn? SignIn { get; } = new("credential",
            place => $"Check {place}, and {VertexSettings.Project}: the account needs the role 'Vertex AI User' there.",
            settings, means => new GoogleTokenExchange(settings, means));

        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key)
        {
            if (GoogleCredential.IsApiKey(key)) message.Headers.TryAddWithoutValidation("x-goog-api-key", key);
            // The text of a credential, which would show a private key to the address, is never sent.
            else if (key is not null && GoogleCredential.IsToken(key)) BearerCredential.Add(message, key);
            // The gateway writes Claude's requests itself, so they are one piece.
            if (HostedBetas.Of(body.A) is { } beta) message.Headers.TryAddWithoutValidation(HostedBetas.Header, beta);
        }

        // As at AI Studio (vertexai-generatecontent-one-error-d9eb9d).
        public override bool IsRefusal(int status, in ErrorDetails details) => GoogleProvider.RefusesKey(status, details);

        public override string? Advice(int status, in ErrorDetails details, string place)
        {
            if (status == 400) return $"Check {place}.";
            // A user's own sign-in names no project to bill for requests outside of one.
            if (details.Message is { } message && message.Contains("quota project", StringComparison.OrdinalIgnoreCase))
                return "A person's own sign-in has no quota project: use the key of a service account.";
            return status != 403 ? null
                : $"Give the role 'Vertex AI User' in the project {settings.ProjectId ?? "of the key"} to the account of the credential in {place}, and see that the Vertex AI API is enabled there.";
        }
    }
}
