using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Providers.OpenAICompatible;

namespace Nano.Providers.Cohere;

/// <summary>
/// Cohere's own Chat API, version 2. Its compatibility API cannot express documents, citations, thinking budgets, safety modes and
/// <c>top_k</c> (https://docs.cohere.com/docs/compatibility-api, "Unsupported parameters"); it is used only if the base URL is its own.
/// </summary>
internal static class CohereProvider
{
    public const string BaseUrl = "COHERE_BASE_URL";

    /// <summary>The end of the compatibility API's base URL, as OpenAI's SDKs expect it.</summary>
    public const string CompatibilityPath = "/compatibility/v1";

    /// <summary>docs.cohere.com/reference/list-models: at most 1,000 per page.</summary>
    private static readonly PathLister Lister = new("/v1/models?page_size=1", new()
    {
        Path = "/v1/models?page_size=1000&endpoint=chat",
        Items = "models",
        Id = "name",
        Chat = ("endpoints", "chat"),
        PageParameter = "page_token",
        Next = "next_page_token",
    });

    /// <param name="native">Cohere's dialect.</param>
    /// <param name="compatible">OpenAI Chat, for an address of the compatibility API.</param>
    /// <param name="settings">Names and values of all settings.</param>
    public static Provider Create(IUpstreamDialect native, IDialect compatible, IReadOnlyDictionary<string, string> settings) =>
        settings.TryGetValue(BaseUrl, out var baseUrl) && baseUrl.Trim().TrimEnd('/').EndsWith(CompatibilityPath, StringComparison.OrdinalIgnoreCase)
            ? OpenAICompatibleProvider.Create(CompatibleProviders.CohereCompatibility, compatible)
            : Native(native);

    private static Provider Native(IUpstreamDialect chat) => new()
    {
        Id = "cohere",
        DisplayName = "Cohere",
        KeySettings = ["COHERE_API_KEY"],
        // In the form that Cohere's SDKs use (cohere-python, environment.py).
        DefaultBaseUrl = "https://api.cohere.com",
        Naming = new PrefixNaming(CompatibleProviders.CohereCompatibility.ModelPrefixes),
        // Tokens include cached and reasoning tokens (cohere-chatv2-sse-toolcall-7d75cd: 304 of 346).
        Dialects =
        [
            new(chat, static (baseUrl, _, _) => new Uri(baseUrl + "/v2/chat")),
            ModelDialect.ForEmbeddings(chat, new CohereEmbed(onBedrock: false), static (baseUrl, _, _) => new Uri(baseUrl + "/v2/embed")),
        ],
        Credentials = BearerCredential.Instance,
        Lister = Lister,
    };
}
