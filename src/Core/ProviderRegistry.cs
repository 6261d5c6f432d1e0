using Nano.Configuration;
using Nano.Dialects;
using Nano.Dialects.CohereChat;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Providers;
using Nano.Providers.Anthropic;
using Nano.Providers.Azure;
using Nano.Providers.Bedrock;
using Nano.Providers.Cohere;
using Nano.Providers.Echo;
using Nano.Providers.Google;
using Nano.Providers.OpenAICompatible;
using Nano.Providers.Vertex;
using Maker = System.Func<System.Collections.Generic.IReadOnlyDictionary<string, string>, System.Collections.Generic.List<string>, Nano.Providers.Provider>;

namespace Nano;

/// <summary>Every provider, one line each, and the instances of them that <c>nano.json</c> names.</summary>
internal sealed class ProviderRegistry(DialectSet dialects, IReadOnlyDictionary<string, string> settings)
{
    private readonly List<(string Id, Maker Make)> _makers =
    [
        .. CompatibleProviders.All.Select(provider => (provider.Id, (Maker)((settings, mistakes) =>
            OpenAICompatibleProvider.Create(StreamUsageSetting.Apply(provider, settings, mistakes), dialects.OpenAIChat, dialects.OpenAIResponses)))),
        ("azure", (settings, mistakes) => AzureOpenAIProvider.Create(
            new OpenAIChatDialect(CompatibleProviders.OfAzure), new OpenAIResponsesDialect(CompatibleProviders.ResponsesOfOpenAI), settings, mistakes)),
        ("bedrock", (settings, mistakes) => BedrockProvider.Create(dialects.BedrockConverse, settings, mistakes, TimeProvider.System)),
        ("anthropic", (_, _) => AnthropicProvider.Create(dialects.AnthropicMessages)),
        ("cohere", (settings, _) => CohereProvider.Create(new CohereChatDialect(), dialects.OpenAIChat, settings)),
        ("google", (_, _) => GoogleProvider.Create(dialects.Gemini)),
        ("vertex", (settings, mistakes) => VertexProvider.Create(new GeminiDialect(onVertex: true),
            VertexSettings.Read(settings, mistakes, address => BaseAddress.Problem(address)))),
        ("nano", (_, _) => EchoProvider.Create(dialects.OpenAIChat, TimeProvider.System)),
    ];

    /// <summary>The providers that the gateway knows without nano.json, and the mistakes in their settings.</summary>
    public (IReadOnlyList<Provider> Providers, IReadOnlyList<string> Mistakes) Registered()
    {
        var mistakes = new List<string>();
        IReadOnlyList<Provider> registered = [.. _makers.Select(maker => maker.Make(settings, mistakes))];
        var (custom, wrong) = CustomProviders.Read(settings, registered, dialects.OpenAIChat);
        return ([.. registered, .. custom], [.. mistakes, .. wrong]);
    }

    /// <summary>Those providers and the instances of a configuration; an instance replaces the provider whose id it has.</summary>
    public (IReadOnlyList<Provider> Providers, IReadOnlyList<string> Mistakes) With(GatewayConfig config, IReadOnlyList<Provider> registered)
    {
        if (config.Providers.Count == 0) return (registered, []);
        var mistakes = new List<string>();
        var providers = registered.ToList();
        foreach (var instance in config.Providers)
        {
            var wrong = new List<string>();
            var made = Make(instance, registered, wrong);
            mistakes.AddRange(wrong.Select(sentence => $"/providers/{instance.Id}: {sentence}"));
            var at = providers.FindIndex(provider => provider.Id == made.Id);
            if (at >= 0) providers[at] = made;
            else providers.Add(made);
        }
        return (providers, mistakes);
    }

    private Provider Make(ProviderConfig instance, IReadOnlyList<Provider> registered, List<string> mistakes)
    {
        var made = MakeType(instance, registered, mistakes);
        var isOwn = made.Id == instance.Id;
        var keys = instance.Keys;
        if (keys.Count > 0)
        {
            made = made with
            {
                KeySettings = keys,
                KeyParts = [],
                HasSeveralCredentials = keys.Count > 1,
                DocumentSettings = made.DocumentSettings.Count > 0 ? keys : [],
            };
        }
        if (instance.BaseUrl is not null) made = made with { DefaultBaseUrl = instance.BaseUrl, NeedsBaseUrl = false, AddressSource = $"base_url of '{instance.Id}' in nano.json" };
        if (instance.SendsTraceContext) made = made with { SendsTraceContext = true };
        return isOwn ? made : WithAddress(made with { Id = instance.Id, Type = made.Type, DisplayName = $"{made.DisplayName} ({instance.Id})", Aliases = [] }, mistakes);
    }

    private Provider WithAddress(Provider instance, List<string> mistakes)
    {
        var name = GatewaySettings.BaseUrlOf(instance);
        if (!settings.TryGetValue(name, out var value) || string.IsNullOrWhiteSpace(value)) return instance;
        if (BaseAddress.Problem(value.Trim()) is { } problem) mistakes.Add($"{name} {problem}.");
        return instance with { SetBaseUrl = value.Trim().TrimEnd('/') };
    }

    /// <summary>A provider of the instance's type, built from the settings and the instance's own settings.</summary>
    private Provider MakeType(ProviderConfig instance, IReadOnlyList<Provider> registered, List<string> mistakes)
    {
        if (instance.Type == ProviderConfig.Compatible)
            return CustomProviders.OfConfig(instance.Id, dialects.OpenAIChat) with { KeySettings = [] };
        var known = registered.First(provider => provider.Id == instance.Type);
        var own = new Dictionary<string, string>(settings, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in instance.Settings) own[name] = value;
        if (instance.BaseUrl is { } url) own[known.SettingPrefix + GatewaySettings.BaseUrlSuffix] = url;
        return _makers.Find(maker => maker.Id == known.Id).Make is { } make ? make(own, mistakes) : known;
    }
}
