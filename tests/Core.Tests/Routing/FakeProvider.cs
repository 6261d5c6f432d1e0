using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Providers;

namespace Nano.Tests.Routing;

/// <summary>A provider that is only routed to.</summary>
internal sealed class FakeProvider(string id, params string[] prefixes) : IProvider
{
    public static IReadOnlyList<IProvider> Four { get; } =
    [
        new FakeProvider("nano") { KeySettings = [], DefaultBaseUrl = null },
        new FakeProvider("openai", "gpt-", "o1", "o3", "o4", "chatgpt-"),
        new FakeProvider("anthropic", "claude-"),
        new FakeProvider("google", "gemini-") { KeySettings = ["GOOGLE_API_KEY", "GEMINI_API_KEY"] },
        new FakeProvider("xai", "grok-"),
    ];

    public string Id => id;

    public string DisplayName => "The " + id;

    public IReadOnlyList<string> KeySettings { get; init; } = [id.ToUpperInvariant() + "_API_KEY"];

    public string? DefaultBaseUrl { get; init; } = $"https://api.{id}.test/v1";

    public IReadOnlyList<string> ModelPrefixes => prefixes;

    public IUpstreamDialect Dialect => throw new InvalidOperationException("Routing does not look at dialects.");

    public UsageRules Usage => UsageRules.OpenAI;

    public Uri BuildUri(string baseUrl, string model, bool stream) => new($"{baseUrl}/{model}{(stream ? "/stream" : "")}");

    public void Sign(HttpRequestHeaders headers, string? key) => throw new InvalidOperationException("Routing signs nothing.");
}
