using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers.Anthropic;

/// <summary>Anthropic's own API (docs: Messages, "Versions").</summary>
internal sealed class AnthropicProvider(IDialect messages) : IProvider
{
    public string Id => "anthropic";

    public string DisplayName => "Anthropic";

    public IReadOnlyList<string> Aliases { get; } = ["claude"];

    public IReadOnlyList<string> KeySettings { get; } = ["ANTHROPIC_API_KEY"];

    public string DefaultBaseUrl => "https://api.anthropic.com";

    public IReadOnlyList<string> ModelPrefixes { get; } = ["claude-"];

    /// <summary>Models for what this one refuses, and the advisor, which is one (platform.claude.com/docs, "Advisor tool").</summary>
    public ModelChoices ModelChoices { get; } = new() { Members = ["fallbacks"], Tools = ["advisor_20260301"] };

    public IUpstreamDialect Dialect => messages;

    public UsageRules Usage => UsageRules.Anthropic;

    public IReadOnlyList<string> ForwardedHeaders { get; } = ["anthropic-beta"];

    public Uri BuildUri(string baseUrl, string model, bool stream) => new(baseUrl + "/v1/messages");

    public Uri BuildModelsUri(string baseUrl) => new(baseUrl + "/v1/models?limit=1");

    /// <summary>docs.anthropic.com, "List Models": at most 1,000 on a page.</summary>
    public ModelListForm ModelList { get; } = new() { Path = "/v1/models?limit=1000", PageParameter = "after_id", Next = "last_id", More = "has_more" };

    public void Sign(HttpRequestHeaders headers, string? key)
    {
        headers.TryAddWithoutValidation("x-api-key", key);
        headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
    }
}
