using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Embeddings;

namespace Nano.Providers.Google;

/// <summary>The Gemini API of Google AI Studio. The key is sent in a header: in the URL it would leak into logs and traces.</summary>
internal static class GoogleProvider
{
    /// <summary>ai.google.dev/api/models, "models.list": at most 1,000 per page.</summary>
    public static PathLister Lister { get; } = new("/v1beta/models?pageSize=1", new()
    {
        Path = "/v1beta/models?pageSize=1000",
        Items = "models",
        Id = "name",
        Prefix = "models/",
        Chat = ("supportedGenerationMethods", "generateContent"),
        PageParameter = "pageToken",
        Next = "nextPageToken",
    });

    public static Provider Create(IDialect gemini) => new()
    {
        Id = "google",
        DisplayName = "Google Gemini",
        TelemetryName = "gcp.gemini",
        Aliases = ["gemini"],
        KeySettings = ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        DefaultBaseUrl = "https://generativelanguage.googleapis.com",
        Naming = new PrefixNaming("gemini-", "gemma-"),
        Dialects =
        [
            new(gemini, Address) { Usage = UsageRules.ReasoningApart },
            new(gemini, static (baseUrl, model, _) => Address(baseUrl, model, "countTokens")) { Operation = Operation.TokenCount },
            ModelDialect.ForEmbeddings(gemini, GeminiEmbed.Batch, static (baseUrl, model, _) => Address(baseUrl, model, "batchEmbedContents")),
            ModelDialect.ForEmbeddings(gemini, GeminiEmbed.One, static (baseUrl, model, _) => Address(baseUrl, model, "embedContent")),
        ],
        // Routing to another model (cloud.google.com/vertex-ai/generative-ai/docs/reference/rest, RoutingConfig).
        ModelChoices = new() { Members = ["generation_config.routing_config"] },
        Credentials = new KeyHeader(),
        Lister = Lister,
    };

    /// <summary>An invalid key is a 400 INVALID_ARGUMENT here (recordings gemini-*-error).</summary>
    internal static bool RefusesKey(int status, in ErrorDetails details) =>
        status == 400 && details.Message is { } message
        && (message.Contains("API key not valid", StringComparison.OrdinalIgnoreCase) || message.Contains("API key expired", StringComparison.OrdinalIgnoreCase));

    private static Uri Address(string baseUrl, string model, bool stream) => Address(baseUrl, model, stream ? "streamGenerateContent?alt=sse" : "generateContent");

    /// <summary>Escapes the caller's model name, so that it is always one path segment. (Uri would resolve "..".)</summary>
    private static Uri Address(string baseUrl, string model, string method) => new($"{baseUrl}/v1beta/models/{Uri.EscapeDataString(model)}:{method}");

    private sealed class KeyHeader : CredentialScheme
    {
        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key) => message.Headers.TryAddWithoutValidation("x-goog-api-key", key);

        public override bool IsRefusal(int status, in ErrorDetails details) => RefusesKey(status, details);
    }
}
