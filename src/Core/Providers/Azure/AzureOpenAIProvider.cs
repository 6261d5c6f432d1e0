using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Secrets;

namespace Nano.Providers.Azure;

/// <summary>
/// Azure OpenAI and Azure AI Foundry. A model's name is the name of its deployment. Where a request goes depends on how the
/// base URL ends:
/// <list type="bullet">
/// <item><c>.../v1</c> (<c>https://NAME.openai.azure.com/openai/v1</c>): the same for all models, which the body names;</item>
/// <item><c>.../models</c> (<c>https://NAME.services.ai.azure.com/models</c>): the same, with an API version;</item>
/// <item>anything else: with <c>AZURE_API_VERSION</c> the classic <c>/openai/deployments/{model}</c>, where the body's model
/// means nothing, without one <c>/openai/v1</c>.</item>
/// </list>
/// </summary>
/// <param name="responses">For what OpenAI's models refuse on Chat, as far as a deployment's name tells which model it is.</param>
/// <param name="apiVersion">A version such as <c>2024-12-01-preview</c>, checked; null for none.</param>
/// <param name="scope">What Entra's tokens must be good for; null for a key.</param>
internal sealed class AzureOpenAIProvider(IDialect chat, IDialect responses, string? apiVersion, string? scope = null) : IProvider
{
    public const string ApiVersion = "AZURE_API_VERSION";
    public const string Auth = "AZURE_AUTH";

    /// <summary>The first version that has Responses (learn.microsoft.com, Azure OpenAI API version lifecycle).</summary>
    private const string FirstWithResponses = "2025-03-01-preview";

    private readonly string _query = apiVersion is null ? "" : "?api-version=" + apiVersion;

    public string Id => "azure";

    public string DisplayName => "Azure OpenAI";

    public IReadOnlyList<string> KeySettings { get; } = ["AZURE_API_KEY"];

    public IReadOnlyList<ProviderSetting> OtherSettings { get; } =
    [
        new(ApiVersion, "The API version of Azure OpenAI's classic addresses, for instance 2024-10-21. Without it the v1 API is used, which needs none."),
        new(Auth, "entra to sign in to Azure OpenAI with tokens of Microsoft Entra (the app's managed identity, or 'az login') and not with a key."),
    ];

    /// <summary>What Entra's tokens must be good for; null for a key.</summary>
    internal string? Scope => scope;

    public TokenSignIn? SignIn { get; } = scope is not { } good ? null
        : new("Entra token", "Give the role 'Cognitive Services OpenAI User' on the resource to the identity that the gateway signs in with; it takes some minutes to hold.",
            means => new EntraExchange(good, () => AzureSignIn.Create(means.OnAzure)));

    public string DefaultBaseUrl => "https://NAME.openai.azure.com/openai/v1";

    public bool NeedsBaseUrl => true;

    public IReadOnlyList<string> ModelPrefixes => [];

    /// <summary>The deployment that embeds what is searched for (learn.microsoft.com, Azure OpenAI On Your Data).</summary>
    public ModelChoices ModelChoices { get; } = OpenAIModels.ModelChoices with { Members = ["data_sources.parameters.embedding_dependency"] };

    public IUpstreamDialect Dialect => chat;

    /// <summary>A deployment gets its model's name unless somebody chooses another: then nothing is known of it.</summary>
    public ModelAtMaker? MakerOf(string model) => new("openai", model);

    public DialectRule? SecondDialect(string model) => ChatGap.Find(OpenAIModels.ChatGapsOfDeployments, model, responses);

    public UsageRules Usage => UsageRules.OpenAI;

    public bool StreamUsageOnRequest => true;

    public Uri BuildUri(string baseUrl, string model, bool stream)
    {
        if (IsWhole(baseUrl)) return new Uri(baseUrl + "/chat/completions" + _query);
        // The deployment is one path segment, whatever a caller names.
        return new Uri(apiVersion is null
            ? Resource(baseUrl) + "/openai/v1/chat/completions"
            : $"{Resource(baseUrl)}/openai/deployments/{Uri.EscapeDataString(model)}/chat/completions{_query}");
    }

    /// <summary>Responses has no address of the deployment's own: the body names it. A version that is too old for it is left for the v1 API, which has none.</summary>
    public Uri BuildUri(string baseUrl, string model, bool stream, IUpstreamDialect second)
    {
        if (baseUrl.EndsWith("/v1", StringComparison.Ordinal)) return new Uri(baseUrl + "/responses" + _query);
        // Foundry's models address has Chat alone; Responses is the resource's.
        if (IsWhole(baseUrl)) return new Uri(baseUrl[..^"/models".Length] + "/openai/v1/responses");
        var isClassic = apiVersion is not null && string.CompareOrdinal(apiVersion, FirstWithResponses) >= 0;
        return new Uri(Resource(baseUrl) + (isClassic ? "/openai/responses" + _query : "/openai/v1/responses"));
    }

    public Uri BuildModelsUri(string baseUrl)
    {
        if (baseUrl.EndsWith("/v1", StringComparison.Ordinal)) return new Uri(baseUrl + "/models" + _query);
        // The models address has no list of its own.
        if (IsWhole(baseUrl)) return new Uri(baseUrl[..^"/models".Length] + "/openai/v1/models");
        return new Uri(Resource(baseUrl) + (apiVersion is null ? "/openai/v1/models" : "/openai/models" + _query));
    }

    public void Sign(HttpRequestHeaders headers, string? key)
    {
        if (SignIn is null) headers.TryAddWithoutValidation("api-key", key);
        else headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }

    /// <param name="settings">Names and values of all settings.</param>
    /// <param name="mistakes">Gets a sentence for a version that is none: it becomes part of an address.</param>
    public static AzureOpenAIProvider Create(IDialect chat, IDialect responses, IReadOnlyDictionary<string, string> settings, List<string> mistakes)
    {
        var version = Value(settings, ApiVersion);
        if (version is not null && (version.Length > 40 || !version.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')))
        {
            mistakes.Add($"{ApiVersion} must be a version such as 2024-10-21 or 2025-04-01-preview.");
            version = null;
        }
        var auth = Value(settings, Auth)?.ToLowerInvariant();
        if (auth is not (null or "key" or "entra")) mistakes.Add($"{Auth} must be 'key' or 'entra'.");
        return new AzureOpenAIProvider(chat, responses, version, auth == "entra" ? ScopeOf(Value(settings, "AZURE_BASE_URL")) : null);
    }

    /// <summary>Of the cloud that the address is in; Foundry's own addresses have a scope of their own.</summary>
    private static string ScopeOf(string? baseUrl)
    {
        var host = Uri.TryCreate(baseUrl, UriKind.Absolute, out var uri) ? uri.Host : "";
        if (host.EndsWith(".services.ai.azure.com", StringComparison.OrdinalIgnoreCase)) return "https://ai.azure.com/.default";
        var cloud = host.EndsWith(".azure.us", StringComparison.OrdinalIgnoreCase) ? "azure.us" : host.EndsWith(".azure.cn", StringComparison.OrdinalIgnoreCase) ? "azure.cn" : "azure.com";
        return $"https://cognitiveservices.{cloud}/.default";
    }

    private static string? Value(IReadOnlyDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private static bool IsWhole(string baseUrl) =>
        baseUrl.EndsWith("/v1", StringComparison.Ordinal) || baseUrl.EndsWith("/models", StringComparison.Ordinal);

    private static string Resource(string baseUrl) =>
        baseUrl.EndsWith("/openai", StringComparison.Ordinal) ? baseUrl[..^"/openai".Length] : baseUrl;
}
