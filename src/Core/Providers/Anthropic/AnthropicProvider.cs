using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers.Anthropic;

/// <summary>Anthropic's own API (docs.anthropic.com: Messages, "Versions").</summary>
internal static class AnthropicProvider
{
    /// <summary>docs.anthropic.com, "List Models": at most 1,000 per page.</summary>
    public static PathLister Lister { get; } = new("/v1/models?limit=1", new() { Path = "/v1/models?limit=1000", PageParameter = "after_id", Next = "last_id", More = "has_more" });

    public static Provider Create(IDialect messages) => new()
    {
        Id = "anthropic",
        DisplayName = "Anthropic",
        Aliases = ["claude"],
        KeySettings = ["ANTHROPIC_API_KEY"],
        DefaultBaseUrl = "https://api.anthropic.com",
        Naming = new PrefixNaming("claude-"),
        Dialects =
        [
            new(messages, static (baseUrl, _, _) => new Uri(baseUrl + "/v1/messages")) { Usage = UsageRules.Anthropic },
            new(messages, static (baseUrl, _, _) => new Uri(baseUrl + "/v1/messages/count_tokens")) { Operation = Operation.TokenCount },
        ],
        Credentials = new KeyHeader(),
        Lister = Lister,
        ForwardedHeaders = ["anthropic-beta"],
        ForwardsFeatures = true,
        // The version determines the form of responses. Some models are served only to some clients (router-for-me/CLIProxyAPI#5402).
        PassthroughHeaders = ["anthropic-*", "User-Agent", "X-Claude-Code-Session-Id"],
        PassthroughQuery = "beta=true",
        // Fallback models for refused requests, and the advisor tool, which runs a model (platform.claude.com/docs, "Advisor tool").
        ModelChoices = new() { Members = ["fallbacks"], Tools = ["advisor_20260301"] },
    };

    private sealed class KeyHeader : CredentialScheme
    {
        public override void Sign(HttpRequestMessage message, in BodySplice body, string? key)
        {
            message.Headers.TryAddWithoutValidation("x-api-key", key);
            if (!message.Headers.Contains("anthropic-version")) message.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        }
    }
}
