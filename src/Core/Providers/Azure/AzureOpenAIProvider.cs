using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;

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
/// <param name="apiVersion">A version such as <c>2024-12-01-preview</c>, checked; null for none.</param>
internal sealed class AzureOpenAIProvider(IDialect chat, string? apiVersion) : IProvider
{
    public const string ApiVersion = "AZURE_API_VERSION";

    private readonly string _query = apiVersion is null ? "" : "?api-version=" + apiVersion;

    public string Id => "azure";

    public string DisplayName => "Azure OpenAI";

    public IReadOnlyList<string> KeySettings { get; } = ["AZURE_API_KEY"];

    public IReadOnlyList<ProviderSetting> OtherSettings { get; } =
        [new(ApiVersion, "The API version of Azure OpenAI's classic addresses, for instance 2024-10-21. Without it the v1 API is used, which needs none.")];

    public string DefaultBaseUrl => "https://NAME.openai.azure.com/openai/v1";

    public bool NeedsBaseUrl => true;

    public IReadOnlyList<string> ModelPrefixes => [];

    public IDialect Dialect => chat;

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

    public Uri BuildModelsUri(string baseUrl)
    {
        if (baseUrl.EndsWith("/v1", StringComparison.Ordinal)) return new Uri(baseUrl + "/models" + _query);
        // The models address has no list of its own.
        if (IsWhole(baseUrl)) return new Uri(baseUrl[..^"/models".Length] + "/openai/v1/models");
        return new Uri(Resource(baseUrl) + (apiVersion is null ? "/openai/v1/models" : "/openai/models" + _query));
    }

    public void Sign(HttpRequestHeaders headers, string? key) => headers.TryAddWithoutValidation("api-key", key);

    /// <param name="settings">Names and values of all settings.</param>
    /// <param name="mistakes">Gets a sentence for a version that is none: it becomes part of an address.</param>
    public static AzureOpenAIProvider Create(IDialect chat, IReadOnlyDictionary<string, string> settings, List<string> mistakes)
    {
        if (!settings.TryGetValue(ApiVersion, out var version) || string.IsNullOrWhiteSpace(version)) return new AzureOpenAIProvider(chat, null);
        version = version.Trim();
        if (version.Length <= 40 && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')) return new AzureOpenAIProvider(chat, version);
        mistakes.Add($"{ApiVersion} must be a version such as 2024-10-21 or 2025-04-01-preview.");
        return new AzureOpenAIProvider(chat, null);
    }

    private static bool IsWhole(string baseUrl) =>
        baseUrl.EndsWith("/v1", StringComparison.Ordinal) || baseUrl.EndsWith("/models", StringComparison.Ordinal);

    private static string Resource(string baseUrl) =>
        baseUrl.EndsWith("/openai", StringComparison.Ordinal) ? baseUrl[..^"/openai".Length] : baseUrl;
}
