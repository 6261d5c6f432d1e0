using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Dialects;
using Nano.LocalHost.Tests.Azure;
using Nano.LocalHost.Tests.Hosting;
using Nano.Secrets;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>An alias, read from an example without the gateway's own reader.</summary>
/// <param name="Targets">In the order of the file, over all groups.</param>
internal sealed record DocumentedAlias(string Name, DocumentedTarget[] Targets, (string Model, string[] On)[] Fallbacks, int? Retries)
{
    private static readonly string[] DefaultOn = ["rate_limit", "quota", "unavailable", "timeout", "key", "not_found"];

    /// <summary>What the plan tries before a group.</summary>
    public string[] Before(int group) => [.. Targets.Where(target => target.Group < group).Select(target => target.Model)];

    public string[] Group(int group) => [.. Targets.Where(target => target.Group == group).Select(target => target.Model)];

    public string[] Models => [.. Targets.Select(target => target.Model)];

    public static DocumentedAlias Read(string name, JsonElement json)
    {
        JsonElement[] groups = json.TryGetProperty("groups", out var several) ? [.. several.EnumerateArray()] : [json];
        var targets = groups.SelectMany((group, index) => group.GetProperty("targets").EnumerateArray().Select(target => new DocumentedTarget(
            target.GetProperty("model").GetString()!, index, group.TryGetProperty("strategy", out var strategy) ? strategy.GetString()! : "priority",
            target.TryGetProperty("weight", out var weight) ? weight.GetDouble() : 1)));
        var fallbacks = json.TryGetProperty("fallbacks", out var others) ? others.EnumerateArray().Select(fallback => (fallback.GetProperty("model").GetString()!,
            fallback.TryGetProperty("on", out var on) ? on.EnumerateArray().Select(item => item.GetString()!).ToArray() : DefaultOn)) : [];
        return new(name, [.. targets], [.. fallbacks], json.TryGetProperty("retries", out var retries) ? retries.GetInt32() : null);
    }
}

/// <summary>A target of an alias.</summary>
/// <param name="Group">The index of its group.</param>
/// <param name="Strategy">Of its group.</param>
internal sealed record DocumentedTarget(string Model, int Group, string Strategy, double Weight);

/// <summary>An example of a nano.json in the documentation. Everything but its addresses and the values of its keys is as written.</summary>
internal sealed class DocumentedExample(string json)
{
    /// <summary>The token that an instance with <c>AZURE_AUTH=entra</c> gets first.</summary>
    public const string Token = "entra-token-1";

    private readonly JsonElement _root = JsonDocument.Parse(json).RootElement;

    public static IReadOnlyList<DocumentedExample> All { get; } = [.. DocumentedConfigs.All.Select(example => new DocumentedExample(example))];

    public IReadOnlyList<DocumentedAlias> Aliases => [.. Members("models").Select(alias => DocumentedAlias.Read(alias.Name, alias.Value))];

    public IReadOnlyList<JsonProperty> Instances => Members("providers");

    public IReadOnlyList<JsonProperty> Prices => Members("prices");

    public IReadOnlyList<JsonProperty> Policies => Members("policies");

    /// <summary>Null without the member.</summary>
    public JsonElement? Resilience => _root.TryGetProperty("resilience", out var resilience) ? resilience : null;

    /// <summary>The settings that an instance's <c>key</c> or <c>keys</c> name; empty for neither.</summary>
    public static string[] KeysOf(JsonElement instance) => instance.TryGetProperty("keys", out var keys) ? [.. keys.EnumerateArray().Select(key => key.GetString()!)]
        : instance.TryGetProperty("key", out var key) ? [key.GetString()!] : [];

    /// <summary>The values of which a request to a provider may carry one; empty for none.</summary>
    public string[] CredentialsOf(string provider)
    {
        if (Instances.FirstOrDefault(instance => instance.Name == provider) is not { Value.ValueKind: JsonValueKind.Object, Value: var instance })
            return [GatewayFixture.ProviderKey(provider)];
        if (instance.TryGetProperty("settings", out var settings) && settings.TryGetProperty("AZURE_AUTH", out var auth) && auth.GetString() == "entra") return [Token];
        if (KeysOf(instance) is { Length: > 0 } keys) return [.. keys.Select(GatewayFixture.ProviderKey)];
        var type = instance.TryGetProperty("type", out var named) ? named.GetString()! : provider;
        return type == "openai-compatible" ? [] : [GatewayFixture.ProviderKey(type)];
    }

    /// <summary>The host with this example. The first segment of a path at the upstream is the instance or provider.</summary>
    public async Task<RoutingGateway> StartAsync(TimeProvider? time = null, params (string Name, string Value)[] more)
    {
        var upstream = await FakeUpstream.StartAsync();
        var settings = new Dictionary<string, string>();
        foreach (var (name, value) in more) settings[name] = value;
        foreach (var key in Instances.SelectMany(instance => KeysOf(instance.Value))) settings[key] = GatewayFixture.ProviderKey(key);
        var (providers, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        foreach (var provider in providers.Where(provider => provider.DefaultBaseUrl is not null && json.Contains($"\"{provider.Id}/", StringComparison.Ordinal)))
        {
            settings[provider.SettingPrefix + GatewaySettings.BaseUrlSuffix] = Moved(provider.DefaultBaseUrl!, upstream, provider.Id);
            if (!Instances.Any(instance => instance.Name == provider.Id)) settings[provider.KeySettings[0]] = GatewayFixture.ProviderKey(provider.Id);
        }
        foreach (var instance in Instances.Where(instance => !instance.Value.TryGetProperty("base_url", out _)))
        {
            var provider = providers.Single(provider => provider.Id == instance.Name);
            settings[provider.SettingPrefix + GatewaySettings.BaseUrlSuffix] = Moved(provider.DefaultBaseUrl!, upstream, provider.Id);
        }
        var identity = new FakeIdentity();
        return await RoutingGateway.StartAsync(upstream, WithAddresses(upstream), settings, configure: builder => Configure(builder, identity, time));
    }

    private static void Configure(WebApplicationBuilder builder, FakeIdentity identity, TimeProvider? time)
    {
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(new TokenMeans(() => throw new InvalidOperationException(), time ?? TimeProvider.System, OnAzure: false)
            { Entra = scope => new EntraExchange(scope, () => identity) });
    }

    private string WithAddresses(FakeUpstream upstream)
    {
        var config = JsonNode.Parse(json)!.AsObject();
        foreach (var (id, instance) in config["providers"]?.AsObject() ?? [])
            if ((string?)instance!["base_url"] is { } address) instance["base_url"] = Moved(address, upstream, id);
        return config.ToJsonString();
    }

    private static string Moved(string address, FakeUpstream upstream, string id) => $"{upstream.BaseUrl}/{id}{new Uri(address).AbsolutePath.TrimEnd('/')}";

    private IReadOnlyList<JsonProperty> Members(string name) => _root.TryGetProperty(name, out var members) ? [.. members.EnumerateObject()] : [];
}
