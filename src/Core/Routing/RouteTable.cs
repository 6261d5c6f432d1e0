using System.Collections.Concurrent;
using Nano.Configuration;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing.Health;

namespace Nano.Routing;

/// <summary>
/// Everything that one configuration determines: the providers and their instances, their addresses, their deployments, and the meaning of
/// names. Replaced as a whole when <c>nano.json</c> changes; a request keeps the one that it began with. Thread safe.
/// </summary>
internal sealed class RouteTable
{
    /// <summary>How many spellings are remembered; callers choose them, so the number is bounded. A forgotten one costs a look-up and no state.</summary>
    internal const int MaxRemembered = 1024;

    private const string NoAddress = "http://nano.invalid";

    private readonly ConcurrentDictionary<string, Route> _remembered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _baseUrls;
    private readonly Dictionary<string, Route> _aliases;
    private readonly Lazy<DeploymentTable> _deployments;
    private readonly ModelCatalogue _catalogue;
    private readonly HealthBoard _health;
    private readonly PriceList _prices;
    private int _count;

    /// <param name="providers">The registered providers, and the instances of <paramref name="config"/>.</param>
    /// <param name="baseUrls">By provider id, from settings.</param>
    public RouteTable(
        IReadOnlyList<Provider> providers, GatewayConfig config, IReadOnlyDictionary<string, string> baseUrls,
        ModelCatalogue catalogue, KeySources keys, HealthBoard health)
    {
        Providers = providers;
        Config = config;
        Keys = keys;
        _catalogue = catalogue;
        _health = health;
        _prices = config.Prices.Count == 0 ? PriceList.Empty : new PriceList(config.Prices);
        _baseUrls = new Dictionary<string, string>(baseUrls, StringComparer.Ordinal);
        foreach (var instance in config.Providers)
            if (instance.BaseUrl is { } url) _baseUrls[instance.Id] = url;
        _deployments = new Lazy<DeploymentTable>(() => new DeploymentTable(Create, deployment => deployment.Info is not null));
        _aliases = config.Models.ToDictionary(alias => alias.Name, alias => new Route(AliasRoute.Compile(alias, config.Resilience, health, Deploy)), StringComparer.Ordinal);
    }

    /// <summary>In the order of registration, instances last.</summary>
    public IReadOnlyList<Provider> Providers { get; }

    public GatewayConfig Config { get; }

    public KeySources Keys { get; }

    public IEnumerable<string> Aliases => _aliases.Keys;

    public bool HasAlias(string name) => _aliases.ContainsKey(name);

    internal DeploymentTable Deployments => _deployments.Value;

    internal int Remembered => _remembered.Count;

    /// <summary>The meaning of a name; null if it has none.</summary>
    public Route? Find(string name)
    {
        if (_remembered.TryGetValue(name, out var known)) return known;
        if (_aliases.TryGetValue(name, out var alias)) return alias;
        if (!ModelName.IsPossible(name) || Locate(name) is not { } found) return null;
        var route = found.Provider.HasSeveralCredentials
            ? new Route(AliasRoute.OfCredentials(Deploy(found.Provider, found.Model), Config.Resilience, _health))
            : new Route(Deployments.Get(found.Provider, found.Model));
        Remember(name, route);
        return route;
    }

    /// <summary>The aliases whose plans contain a deployment, by the name in its health.</summary>
    public ILookup<string, string> AliasesByDeployment() =>
        _aliases.Values.SelectMany(route => route.Alias!.Health.Select(health => (health.Name, Alias: route.Alias.Name!))).Distinct()
        .ToLookup(item => item.Name, item => item.Alias, StringComparer.Ordinal);

    /// <summary>The setting of the base URL of a provider that has no address without it; null when nothing is missing.</summary>
    public string? MissingAddress(Provider provider) => provider.NeedsBaseUrl && !_baseUrls.ContainsKey(provider.Id) ? provider.AddressSetting.Setting : null;

    /// <summary>Without a trailing slash; null for the built-in provider.</summary>
    public string? BaseUrlOf(Provider provider) =>
        provider.DefaultBaseUrl is null ? null : _baseUrls.GetValueOrDefault(provider.Id) ?? provider.SetBaseUrl ?? provider.DefaultBaseUrl;

    /// <summary>The deployments that may store a response, by the name in its id (<see cref="Deployment.Keeper"/>); none if the provider does not exist.</summary>
    public IReadOnlyList<Deployment> KeepersOf(string keeper) => [.. (Deploy(keeper.Split('#')[0]) ?? []).Where(deployment => deployment.Keeps(keeper))];

    public Provider? FindProvider(ReadOnlySpan<char> id)
    {
        foreach (var provider in Providers) if (id.SequenceEqual(provider.Id)) return provider;
        return null;
    }

    private (Provider Provider, string Model)? Locate(string name)
    {
        var slash = name.IndexOf('/');
        if (slash > 0 && FindProvider(name.AsSpan(0, slash)) is { } named) return (named, name[(slash + 1)..]);
        // Ids that contain slashes (qwen/qwen3-32b at Groq) are bare names too.
        var owners = _catalogue.FindOwners(name);
        foreach (var provider in Providers) foreach (var owner in owners) if (owner.Provider == provider.Id) return (provider, name);
        return slash < 0 && ByPrefix(name) is { } likely ? (likely, name) : null;
    }

    /// <summary>The deployments of <c>provider/model</c>, one for each credential; null when the provider does not exist.</summary>
    private Deployment[]? Deploy(string name)
    {
        var slash = name.IndexOf('/');
        return slash > 0 && FindProvider(name.AsSpan(0, slash)) is { } provider ? Deploy(provider, name[(slash + 1)..]) : null;
    }

    /// <summary>The deployments of a provider's model, one for each credential.</summary>
    public Deployment[] Deploy(Provider provider, string model)
    {
        var deployments = new Deployment[provider.HasSeveralCredentials ? provider.KeySettings.Count : 1];
        for (var i = 0; i < deployments.Length; i++) deployments[i] = Deployments.Get(provider, model, i);
        return deployments;
    }

    private Deployment Create(Provider provider, string model, int credential) =>
        new(provider, model, _catalogue, BaseUrlOf(provider) ?? NoAddress, Keys.Of(provider), MissingAddress(provider), credential, _prices);

    /// <summary>Bare names belong to the providers themselves, never to an instance of one.</summary>
    private Provider? ByPrefix(string name)
    {
        Provider? best = null;
        var length = 0;
        foreach (var provider in Providers)
        {
            if (provider.Type != provider.Id) continue;
            foreach (var prefix in provider.Naming.Prefixes)
            {
                if (prefix.Length <= length || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                best = provider;
                length = prefix.Length;
            }
        }
        return best;
    }

    private void Remember(string name, Route route)
    {
        if (Interlocked.Increment(ref _count) > MaxRemembered)
        {
            _remembered.Clear();
            Volatile.Write(ref _count, 1);
        }
        _remembered.TryAdd(name, route);
    }
}
