using Nano.Chat;
using Nano.Configuration;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Tests.Routing;

/// <summary>A request has the price of the model that responded.</summary>
public sealed class ServedPricesTests
{
    private static readonly Router Router = new(
        [.. FakeProvider.Four, FakeProvider.Create("mistral"), FakeProvider.Create("deepseek"), FakeProvider.Create("groq"), FakeProvider.Create("openrouter")],
        ModelCatalogue.Embedded, new GatewayOptions(), new SettingsSecretSource(new Dictionary<string, string>()));

    [Theory]
    // The requested model, or none in the response.
    [InlineData("openai/gpt-5.5", null, "openai/gpt-5.5")]
    [InlineData("openai/gpt-5.5", "", "openai/gpt-5.5")]
    [InlineData("openai/gpt-5.5", "gpt-5.5", "openai/gpt-5.5")]
    [InlineData("openai/gpt-5.5", "GPT-5.5", "openai/gpt-5.5")]
    [InlineData("google/gemini-2.5-pro", "models/gemini-2.5-pro", "google/gemini-2.5-pro")]
    // A dated snapshot, in its three spellings, and an alias.
    [InlineData("openai/gpt-5.5", "gpt-5.5-2026-04-23", "openai/gpt-5.5")]
    [InlineData("anthropic/claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5")]
    [InlineData("openai/gpt-4.1", "gpt-4.1-0613", "openai/gpt-4.1")]
    [InlineData("openai/gpt-5.6", "gpt-5.6-sol", "openai/gpt-5.6-sol")]
    [InlineData("mistral/mistral-small-latest", "mistral-small-2603", "mistral/mistral-small-latest")]
    [InlineData("mistral/mistral-medium-latest", "mistral-medium-3.5", "mistral/mistral-medium-3.5")]
    // Another model of that provider in the catalogue.
    [InlineData("openai/gpt-5.5", "gpt-5.4-mini", "openai/gpt-5.4-mini")]
    [InlineData("openai/gpt-5.5", "gpt-5.4-2026-03-05", "openai/gpt-5.4")]
    [InlineData("openai/gpt-of-tomorrow", "gpt-5.4-mini", "openai/gpt-5.4-mini")]
    [InlineData("deepseek/deepseek-chat", "deepseek-v4-flash", "deepseek/deepseek-flash")]
    [InlineData("google/gemini-2.5-pro-preview-05-06", "models/gemini-2.5-pro", "google/gemini-2.5-pro")]
    [InlineData("groq/groq/compound", "openai/gpt-oss-120b", "groq/openai/gpt-oss-120b")]
    // A snapshot with other prices than its model.
    [InlineData("openai/gpt-4o", "gpt-4o-2024-05-13", null)]
    [InlineData("openai/gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o")]
    // Another model that is not in the catalogue: never the price of the requested one.
    [InlineData("openai/gpt-5.5", "gpt-of-tomorrow", null)]
    [InlineData("openai/gpt-5.5", "claude-haiku-4-5", null)]
    [InlineData("openai/gpt-5.5", "gpt-5.5-codex", null)]
    [InlineData("openai/gpt-5.5", "gpt-5", null)]
    [InlineData("openai/gpt-5.5", "gpt-5.5-12345", null)]
    [InlineData("mistral/mistral-medium-latest", "mistral-medium-2312", null)]
    [InlineData("anthropic/claude-opus-5-5", "claude-opus-5-1", null)]
    [InlineData("openrouter/openrouter/auto", "openai/gpt-5.5", null)]
    // Neither is known.
    [InlineData("openai/gpt-of-tomorrow", "gpt-of-tomorrow", null)]
    public void The_model_that_responded_is_priced(string asked, string? answered, string? priced)
    {
        var prices = Router.Resolve(asked).Deployment!.PricesOf(answered);
        if (priced is null) prices.ShouldBeNull();
        else prices.ShouldBeSameAs(ModelCatalogue.Embedded.Models.Single(model => model.Name == priced).Prices);
    }

    /// <summary>nano.json takes precedence over the catalogue; a custom server may report any model name.</summary>
    [Theory]
    [InlineData("openrouter/own", null, "1")]
    [InlineData("openrouter/own", "own", "1")]
    [InlineData("openrouter/own", "/models/own.gguf", "1")]
    [InlineData("openrouter/own", "other", "3")]
    [InlineData("openrouter/any", null, "2")]
    [InlineData("openrouter/any", "something", "2")]
    [InlineData("openai/gpt-5.5-2026-04-23", null, "4")]
    [InlineData("openai/gpt-5.5-2026-04-23", "gpt-5.5-2026-04-23", "4")]
    [InlineData("groq/groq/compound", "openai/gpt-oss-120b", "5")]
    [InlineData("groq/openai/gpt-oss-120b", "of-tomorrow", "5")]
    [InlineData("openai/gpt-5.5", "gpt-5.5-2026-04-23", "4")]
    [InlineData("openai/gpt-5.5", "gpt-of-tomorrow", null)]
    [InlineData("openai/gpt-of-tomorrow", null, null)]
    public void Prices_that_the_owner_sets_replace_those_of_the_catalogue(string asked, string? answered, string? dollars)
    {
        var router = new Router([.. FakeProvider.Four, FakeProvider.Create("openrouter"), FakeProvider.Create("groq")], ModelCatalogue.Embedded, new GatewayOptions(),
            new SettingsSecretSource(new Dictionary<string, string>()), config: new GatewayConfig
            {
                Prices = new Dictionary<string, ModelPriceConfig>
                {
                    ["openrouter/own"] = new(1, 1, null, null), ["openrouter/*"] = new(2, 2, null, null), ["openrouter/other"] = new(3, 3, null, null),
                    ["openai/gpt-5.5"] = new(4, 4, null, null), ["groq/*"] = new(5, 5, null, null),
                },
            });
        var prices = router.Resolve(asked).Deployment!.PricesOf(answered);
        var usage = new Usage { InputTokens = 400_000, OutputTokens = 600_000, CacheReadTokens = 300_000, AudioInputTokens = 50_000 };
        var cost = prices?.Cost(usage, DateTimeOffset.UnixEpoch.AddYears(60), "priority");
        cost.ShouldBe(dollars is null ? null : decimal.Parse(dollars, System.Globalization.CultureInfo.InvariantCulture));
        prices?.VersionAt(DateTimeOffset.UtcNow).ShouldBe("configured");
    }
}
