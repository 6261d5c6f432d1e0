using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Providers.OpenAICompatible;

namespace Nano.Providers.Cohere;

/// <summary>
/// Cohere's own Chat API, version 2. Its compatibility API has no words for documents, citations, thinking budgets, safety modes and
/// <c>top_k</c> (https://docs.cohere.com/docs/compatibility-api, "Unsupported parameters"), and is spoken only at an address of it.
/// </summary>
internal sealed class CohereProvider(IUpstreamDialect chat) : IProvider
{
    public const string BaseUrl = "COHERE_BASE_URL";

    /// <summary>How an address of the compatibility API ends, as OpenAI's SDKs cut it.</summary>
    public const string CompatibilityPath = "/compatibility/v1";

    public string Id => "cohere";

    public string DisplayName => "Cohere";

    public IReadOnlyList<string> KeySettings { get; } = ["COHERE_API_KEY"];

    /// <summary>As Cohere's SDKs cut it (cohere-python, environment.py).</summary>
    public string DefaultBaseUrl => "https://api.cohere.com";

    public IReadOnlyList<string> ModelPrefixes => OpenAICompatibleVendors.CohereCompatibility.ModelPrefixes;

    public IUpstreamDialect Dialect => chat;

    // Cached tokens and thoughts are among the tokens (cohere-chatv2-sse-toolcall-7d75cd: 304 of 346).
    public UsageRules Usage => UsageRules.OpenAI;

    public Uri BuildUri(string baseUrl, string model, bool stream) => new(baseUrl + "/v2/chat");

    public Uri BuildModelsUri(string baseUrl) => new(baseUrl + "/v1/models?page_size=1");

    /// <summary>docs.cohere.com/reference/list-models: at most 1,000 on a page.</summary>
    public ModelListForm ModelList { get; } = new()
    {
        Path = "/v1/models?page_size=1000&endpoint=chat",
        Items = "models",
        Id = "name",
        Chat = ("endpoints", "chat"),
        PageParameter = "page_token",
        Next = "next_page_token",
    };

    public void Sign(HttpRequestHeaders headers, string? key) => headers.TryAddWithoutValidation("Authorization", "Bearer " + key);

    /// <param name="native">Cohere's dialect.</param>
    /// <param name="compatible">OpenAI Chat, for an address of the compatibility API.</param>
    /// <param name="settings">Names and values of all settings.</param>
    public static IProvider Create(IUpstreamDialect native, IDialect compatible, IReadOnlyDictionary<string, string> settings) =>
        settings.TryGetValue(BaseUrl, out var baseUrl) && baseUrl.Trim().TrimEnd('/').EndsWith(CompatibilityPath, StringComparison.OrdinalIgnoreCase)
            ? new OpenAICompatibleProvider(OpenAICompatibleVendors.CohereCompatibility, compatible)
            : new CohereProvider(native);
}
