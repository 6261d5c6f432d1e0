using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers.OpenAICompatible;

/// <summary>A vendor that answers OpenAI Chat Completions: one entry of data (<see cref="OpenAICompatibleVendors"/>).</summary>
internal sealed class OpenAICompatibleProvider(OpenAICompatibleVendor vendor, IDialect chat) : IProvider
{
    public string Id => vendor.Id;

    public string DisplayName => vendor.DisplayName;

    public IReadOnlyList<string> Aliases => vendor.Aliases;

    public IReadOnlyList<string> KeySettings { get; } = [vendor.Id.ToUpperInvariant().Replace('-', '_') + "_API_KEY"];

    public string DefaultBaseUrl => vendor.BaseUrl;

    public IReadOnlyList<string> ModelPrefixes => vendor.ModelPrefixes;

    public IDialect Dialect => chat;

    public UsageRules Usage => vendor.Usage;

    public bool StreamUsageOnRequest => vendor.StreamUsageOnRequest;

    public IReadOnlyList<string> ForwardedHeaders => vendor.ForwardedHeaders;

    public Uri BuildUri(string baseUrl, string model, bool stream) => new(baseUrl + "/chat/completions");

    public Uri BuildModelsUri(string baseUrl) => new(baseUrl + "/models");

    public void Sign(HttpRequestHeaders headers, string? key) => headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
}

/// <summary>What tells one OpenAI-compatible vendor from another.</summary>
internal sealed record OpenAICompatibleVendor
{
    /// <inheritdoc cref="IProvider.Id"/>
    public required string Id { get; init; }

    public required string DisplayName { get; init; }

    /// <inheritdoc cref="IProvider.Aliases"/>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>With the version segment, as the OpenAI SDK cuts it.</summary>
    public required string BaseUrl { get; init; }

    public IReadOnlyList<string> ModelPrefixes { get; init; } = [];

    public UsageRules Usage { get; init; } = UsageRules.OpenAI;

    /// <inheritdoc cref="IProvider.StreamUsageOnRequest"/>
    public bool StreamUsageOnRequest { get; init; } = true;

    public IReadOnlyList<string> ForwardedHeaders { get; init; } = [];
}
