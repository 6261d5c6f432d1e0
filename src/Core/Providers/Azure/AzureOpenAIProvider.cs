using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Secrets;

namespace Nano.Providers.Azure;

/// <summary>
/// Azure OpenAI and Azure AI Foundry. A model's name is the name of its deployment. The end of the base URL determines the
/// address of a request:
/// <list type="bullet">
/// <item><c>.../v1</c> (<c>https://NAME.openai.azure.com/openai/v1</c>): one address for all models; the body names the model;</item>
/// <item><c>.../models</c> (<c>https://NAME.services.ai.azure.com/models</c>): the same, with an API version;</item>
/// <item>anything else: with <c>AZURE_API_VERSION</c> the classic <c>/openai/deployments/{model}</c>, which ignores the body's
/// model; without it <c>/openai/v1</c>.</item>
/// </list>
/// </summary>
internal sealed class AzureOpenAIProvider
{
    public const string ApiVersion = "AZURE_API_VERSION";
    public const string Auth = "AZURE_AUTH";

    /// <summary>The first version that has Responses (learn.microsoft.com, Azure OpenAI API version lifecycle).</summary>
    private const string FirstWithResponses = "2025-03-01-preview";

    private readonly string? _apiVersion;
    private readonly string _query;

    private AzureOpenAIProvider(string? apiVersion)
    {
        _apiVersion = apiVersion;
        _query = apiVersion is null ? "" : "?api-version=" + apiVersion;
    }

    /// <param name="responses">For requests that OpenAI's models refuse on Chat, if the deployment's name shows which model it is.</param>
    /// <param name="settings">Names and values of all settings.</param>
    /// <param name="mistakes">Receives a sentence for each invalid value: the version becomes part of an address.</param>
    public static Provider Create(IDialect chat, IDialect responses, IReadOnlyDictionary<string, string> settings, List<string> mistakes)
    {
        var version = Value(settings, ApiVersion);
        if (version is not null && (version.Length > 40 || !version.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')))
        {
            mistakes.Add($"{ApiVersion} must be a version such as 2024-10-21 or 2025-04-01-preview.");
            version = null;
        }
        var auth = Value(settings, Auth)?.ToLowerInvariant();
        if (auth is not (null or "key" or "entra")) mistakes.Add($"{Auth} must be 'key' or 'entra'.");
        return new AzureOpenAIProvider(version).Describe(chat, responses, auth == "entra" ? new EntraToken(ScopeOf(Value(settings, "AZURE_BASE_URL"))) : new KeyHeader());
    }

    private Provider Describe(IDialect chat, IDialect responses, CredentialScheme credentials) => new()
    {
        Id = "azure",
        DisplayName = "Azure OpenAI",
        TelemetryName = "azure.ai.openai",
        KeySettings = ["AZURE_API_KEY"],
        OtherSettings =
        [
            new(ApiVersion, "The API version for Azure OpenAI's classic API, for example 2024-10-21. Without it, the gateway uses the v1 API, which needs no version."),
            new(Auth, "entra to sign in to Azure OpenAI with Microsoft Entra (the app's managed identity, or 'az login') instead of a key."),
        ],
        HasDeployments = true,
        DefaultBaseUrl = "https://NAME.openai.azure.com/openai/v1",
        NeedsBaseUrl = true,
        Naming = new DeploymentNaming(),
        Dialects =
        [
            new(chat, ChatAddress) { StreamUsageOnRequest = true, Gaps = OpenAIModels.ChatGapsOfDeployments },
            new(responses, ResponsesAddress),
            ModelDialect.ForEmbeddings(chat, OpenAIEmbeddings.Plain, EmbeddingsAddress),
        ],
        // The deployment that embeds search queries (learn.microsoft.com, Azure OpenAI On Your Data).
        ModelChoices = OpenAIModels.ModelChoices with { Members = ["data_sources.parameters.embedding_dependency"] },
        Credentials = credentials,
        // The list has every base model of the region but not the customer's deployments, so it is not shown.
        Lister = new Lister(CheckAddress),
    };

    private Uri ChatAddress(string baseUrl, string model, bool stream) => ModelAddress(baseUrl, model, "chat/completions");

    private Uri EmbeddingsAddress(string baseUrl, string model, bool stream) => ModelAddress(baseUrl, model, "embeddings");

    private Uri ModelAddress(string baseUrl, string model, string path)
    {
        if (IsWhole(baseUrl)) return new Uri($"{baseUrl}/{path}{_query}");
        // Escape the name, so that it is always one path segment.
        return new Uri(_apiVersion is null
            ? $"{Resource(baseUrl)}/openai/v1/{path}"
            : $"{Resource(baseUrl)}/openai/deployments/{Uri.EscapeDataString(model)}/{path}{_query}");
    }

    /// <summary>Responses has no address per deployment: the body names it. A version too old for Responses is ignored, and the v1 API is used.</summary>
    private Uri ResponsesAddress(string baseUrl, string model, bool stream)
    {
        if (baseUrl.EndsWith("/v1", StringComparison.Ordinal)) return new Uri(baseUrl + "/responses" + _query);
        // Foundry's models address has only Chat; Responses is at the resource's address.
        if (IsWhole(baseUrl)) return new Uri(baseUrl[..^"/models".Length] + "/openai/v1/responses");
        var isClassic = _apiVersion is not null && string.CompareOrdinal(_apiVersion, FirstWithResponses) >= 0;
        return new Uri(Resource(baseUrl) + (isClassic ? "/openai/responses" + _query : "/openai/v1/responses"));
    }

    private Uri CheckAddress(string baseUrl)
    {
        if (baseUrl.EndsWith("/v1", StringComparison.Ordinal)) return new Uri(baseUrl + "/models" + _query);
        // The models address has no list.
        if (IsWhole(baseUrl)) return new Uri(baseUrl[..^"/models".Length] + "/openai/v1/models");
        return new Uri(Resource(baseUrl) + (_apiVersion is null ? "/openai/v1/models" : "/openai/models" + _query));
    }

    /// <summary>The token scope of the address's cloud; Foundry's own addresses have another scope.</summary>
    private static string ScopeOf(string? baseUrl)
    {
        var host = Uri.TryCreate(baseUrl, UriKind.Absolute, out var uri) ? uri.Host : "";
        if (host.EndsWith(".services.ai.azure.com", StringComparison.OrdinalIgnoreCase)) return "https://ai.azure.com/.default";
        var cloud = host.EndsWith(".azure.us", StringComparison.OrdinalIgnoreCase) ? "azure.us"
            : host.EndsWith(".azure.cn", StringComparison.OrdinalIgnoreCase) ? "azure.cn" : "azure.com";
        return $"https://cognitiveservices.{cloud}/.default";
    }

    private static string? Value(IReadOnlyDictionary<string, string> settings, string name) =>
        settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private static bool IsWhole(string baseUrl) =>
        baseUrl.EndsWith("/v1", StringComparison.Ordinal) || baseUrl.EndsWith("/models", StringComparison.Ordinal);

    private static string Resource(string baseUrl) =>
        baseUrl.EndsWith("/openai", StringComparison.Ordinal) ? baseUrl[..^"/openai".Length] : baseUrl;

    private sealed class KeyHeader : CredentialScheme
    {
        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key) => message.Headers.TryAddWithoutValidation("api-key", key);
    }

    /// <param name="scope">What the tokens must be valid for.</param>
    internal sealed class EntraToken(string scope) : CredentialScheme
    {
        public string Scope => scope;

        public override TokenSignIn? SignIn { get; } = new("Entra token",
            _ => "Give the role 'Cognitive Services OpenAI User' on the resource to the identity that the gateway signs in with; it takes some minutes to apply.",
            scope, means => means.Entra(scope));

        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key) => BearerCredential.Add(message, key);
    }

    /// <summary>A deployment has its model's name by default. If its owner chooses another name, the model is unknown.</summary>
    private sealed class DeploymentNaming : IModelNaming
    {
        public IReadOnlyList<string> Prefixes => [];

        public ModelAtMaker? MakerOf(string model) => new("openai", model);
    }

    private sealed class Lister(Func<string, Uri> checkAddress) : IModelLister
    {
        public Uri CheckAddress(string baseUrl) => checkAddress(baseUrl);

        public ModelListForm? Form => null;
    }
}
