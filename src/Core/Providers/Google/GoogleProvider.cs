using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers.Google;

/// <summary>The Gemini API of Google AI Studio. The key travels in a header: in the URL it would leak into logs and traces.</summary>
internal sealed class GoogleProvider(IDialect gemini) : IProvider
{
    public string Id => "google";

    public string DisplayName => "Google Gemini";

    public IReadOnlyList<string> Aliases { get; } = ["gemini"];

    public IReadOnlyList<string> KeySettings { get; } = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];

    public string DefaultBaseUrl => "https://generativelanguage.googleapis.com";

    public IReadOnlyList<string> ModelPrefixes { get; } = ["gemini-", "gemma-"];

    /// <summary>Routing to another model (cloud.google.com/vertex-ai/generative-ai/docs/reference/rest, RoutingConfig).</summary>
    public ModelChoices ModelChoices { get; } = new() { Members = ["generation_config.routing_config"] };

    public IUpstreamDialect Dialect => gemini;

    public UsageRules Usage => UsageRules.ReasoningApart;

    public Uri BuildUri(string baseUrl, string model, bool stream)
    {
        // The model is one path segment: whatever a caller names, it stays inside of it. (Uri would resolve "..".)
        var segment = Uri.EscapeDataString(model);
        return new Uri(stream
            ? $"{baseUrl}/v1beta/models/{segment}:streamGenerateContent?alt=sse"
            : $"{baseUrl}/v1beta/models/{segment}:generateContent");
    }

    public Uri BuildModelsUri(string baseUrl) => new(baseUrl + "/v1beta/models?pageSize=1");

    /// <summary>ai.google.dev/api/models, "models.list": at most 1,000 on a page.</summary>
    public ModelListForm ModelList { get; } = new()
    {
        Path = "/v1beta/models?pageSize=1000",
        Items = "models",
        Id = "name",
        Prefix = "models/",
        Chat = ("supportedGenerationMethods", "generateContent"),
        PageParameter = "pageToken",
        Next = "nextPageToken",
    };

    public void Sign(HttpRequestHeaders headers, string? key) => headers.TryAddWithoutValidation("x-goog-api-key", key);

    // A bad key is a 400 INVALID_ARGUMENT here (recordings gemini-*-error).
    public bool IsKeyRefusal(int status, in ErrorDetails details) => RefusesKey(status, details);

    internal static bool RefusesKey(int status, in ErrorDetails details) =>
        status == 400 && details.Message is { } message
        && (message.Contains("API key not valid", StringComparison.OrdinalIgnoreCase) || message.Contains("API key expired", StringComparison.OrdinalIgnoreCase));
}
