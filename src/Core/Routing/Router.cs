using Nano.Configuration;
using Nano.Errors;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing.Health;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>
/// Resolves a model's name:
/// <list type="number">
/// <item><c>provider/model</c> is that provider's model, even if the catalogue does not contain it;</item>
/// <item>a bare name is an alias of <c>nano.json</c>;</item>
/// <item>else it belongs to the provider that has it in the catalogue, the first registered one if several do;</item>
/// <item>else to the provider with a matching prefix (<see cref="IModelNaming.Prefixes"/>), the longest prefix first;</item>
/// <item>else it is a 404 that lists near names.</item>
/// </list>
/// Provider model lists never affect routing, because they change hourly; they are for display only.
/// Singleton and thread safe. A name that was resolved once costs one lookup. All spellings of a model share one deployment.
/// </summary>
internal sealed class Router
{
    private readonly ModelCatalogue _catalogue;
    private readonly GatewayOptions _options;
    private readonly ListedModels? _listed;
    private readonly HealthBoard _health;
    private RouteTable _table;

    /// <param name="tokens">For providers that require sign-in; null if there are none.</param>
    public Router(IReadOnlyList<Provider> providers, ModelCatalogue catalogue, GatewayOptions options, ISecretSource secrets, ListedModels? listed = null,
        HealthBoard? health = null, GatewayConfig? config = null, TokenMeans? tokens = null)
    {
        (_catalogue, _options, _listed) = (catalogue, options, listed);
        _health = health ?? new HealthBoard(TimeProvider.System, new LocalCooldowns(TimeProvider.System), Random.Shared);
        _table = new RouteTable(providers, config ?? GatewayConfig.Empty, options.BaseUrls, catalogue, new KeySources(secrets, tokens, providers), _health);
    }

    /// <summary>In the order of registration, instances last.</summary>
    public IReadOnlyList<Provider> Providers => Table.Providers;

    public ModelCatalogue Catalogue => _catalogue;

    public HealthBoard Health => _health;

    /// <summary>The table that is in force now.</summary>
    public RouteTable Table => Volatile.Read(ref _table);

    internal int Remembered => Table.Remembered;

    internal DeploymentTable Deployments => Table.Deployments;

    /// <summary>Puts another configuration in force, for requests that arrive from now on.</summary>
    /// <param name="providers">The registered providers, and the instances of <paramref name="config"/>.</param>
    public void Apply(IReadOnlyList<Provider> providers, GatewayConfig config)
    {
        if (config.Resilience != Table.Config.Resilience) _health.Clear();
        Volatile.Write(ref _table, new RouteTable(providers, config, _options.BaseUrls, _catalogue, Table.Keys.For(providers), _health));
    }

    /// <summary>Exactly one of route and error is set.</summary>
    /// <param name="tellsListed">The error for an unknown name may suggest names that providers list (not for the caller of a session token).</param>
    public (Route? Route, GatewayError? Error) Find(string model, bool tellsListed = false)
    {
        var table = Table;
        return table.Find(model) is { } route ? (route, null) : (null, UnknownModel.Error(model, table.Providers, table.Aliases, _catalogue, tellsListed ? _listed : null));
    }

    /// <summary>
    /// One deployment for a name: for an alias, the first. Exactly one of deployment and error is set. A missing provider key is not
    /// detected here, but by <see cref="Deployment.GetKeyAsync"/>.
    /// </summary>
    /// <inheritdoc cref="Find"/>
    public Resolution Resolve(string model, bool tellsListed = false)
    {
        var (route, unknown) = Find(model, tellsListed);
        return new Resolution(route?.First, unknown);
    }

    /// <summary>A provider's models: those in the catalogue, then further ones that it lists.</summary>
    public IEnumerable<ModelInfo> ModelsOf(Provider provider)
    {
        var known = _catalogue.Models.Where(model => model.Provider == provider.Type);
        if (provider.Type != provider.Id) known = known.Select(model => model with { Provider = provider.Id, Name = provider.Id + "/" + model.Id });
        return known.Concat(_listed?.Of(provider) ?? []);
    }

    /// <summary>The models that a caller can use now: aliases, and models of providers that have a key or need none.</summary>
    public async ValueTask<IReadOnlyList<ModelInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var table = Table;
        var list = new List<ModelInfo>();
        foreach (var alias in table.Aliases) list.Add(table.Find(alias)!.Alias!.Describe());
        foreach (var (provider, key) in await FindKeysAsync(cancellationToken).ConfigureAwait(false))
        {
            if (IsUsable(provider, key)) list.AddRange(ModelsOf(provider));
        }
        return list;
    }

    /// <summary>One of the models of <see cref="ListAsync"/>, by any name that <see cref="Find"/> resolves to it. Exactly one of the two is set.</summary>
    /// <inheritdoc cref="Find"/>
    public async ValueTask<(ModelInfo? Model, GatewayError? Error)> FindListedAsync(string name, bool tellsListed, CancellationToken cancellationToken)
    {
        var (route, error) = Find(name, tellsListed);
        if (error is not null) return (null, error);
        if (route!.Alias is { Name: not null } alias) return (alias.Describe(), null);
        var deployment = route.First;
        if ((deployment.Info ?? _listed?.Find(deployment.Provider, deployment.Model)) is not { } info)
            return (null, UnknownModel.NotFound(
                $"The model '{ModelName.Shown(name)}' is not in the catalogue{(_listed?.Has(deployment.Provider) == true ? $", and {deployment.Provider.DisplayName} does not list it" : "")}. Requests for it are still sent to {deployment.Provider.DisplayName}."));
        var key = await deployment.GetKeyAsync(cancellationToken).ConfigureAwait(false);
        return key.Error is null ? (info, null) : (null, key.Error);
    }

    /// <summary>The keys of all providers, in their order; missing ones are fetched in parallel.</summary>
    public async ValueTask<IReadOnlyList<(Provider Provider, Secret Key)>> FindKeysAsync(CancellationToken cancellationToken)
    {
        var providers = Providers;
        var pending = new Task<Secret>[providers.Count];
        for (var i = 0; i < pending.Length; i++) pending[i] = FindKeyAsync(providers[i], cancellationToken).AsTask();
        var keys = await Task.WhenAll(pending).ConfigureAwait(false);
        return [.. providers.Zip(keys)];
    }

    /// <summary>The state of a provider's key: <c>set</c>, <c>not set</c>, <c>not needed</c>, or why it is unknown.</summary>
    public string KeyState(Provider provider, in Secret key)
    {
        if (provider.KeySettings.Count == 0) return "not needed";
        if (MissingAddress(provider) is not null) return "not set";
        return key.Value is not null ? "set" : key.Unavailable ?? (provider.IsKeyOptional ? "not needed" : "not set");
    }

    /// <summary>The provider has an address, and a key or no need for one.</summary>
    public bool IsUsable(Provider provider, in Secret key) =>
        MissingAddress(provider) is null && (provider.KeySettings.Count == 0 || provider.IsKeyOptional || key.Value is not null);

    /// <inheritdoc cref="RouteTable.MissingAddress"/>
    public string? MissingAddress(Provider provider) => Table.MissingAddress(provider);

    /// <summary>A provider's key. The key of a provider without an address is not looked up.</summary>
    public ValueTask<Secret> FindKeyAsync(Provider provider, CancellationToken cancellationToken) =>
        provider.KeySettings.Count == 0 || MissingAddress(provider) is not null ? ValueTask.FromResult(Secret.Missing)
        : Table.Keys.Of(provider).FindAsync(provider.KeySettings, cancellationToken);

    /// <summary>The same after the provider refused a key: a newer one, if there is one (<see cref="ISecretSource.RereadAsync"/>).</summary>
    public ValueTask<Secret> RereadKeyAsync(Provider provider, string? refused) => Table.Keys.Of(provider).RereadAsync(provider.KeySettings, refused, CancellationToken.None);

    /// <summary>A provider by its id or another name of it (<see cref="Provider.Aliases"/>); null when there is none.</summary>
    public Provider? FindProvider(string name) =>
        Table.FindProvider(name) ?? Providers.FirstOrDefault(provider => provider.Aliases.Contains(name, StringComparer.Ordinal));

    /// <summary>
    /// The model name for a deployment in one of Azure OpenAI's classic paths: an alias, else a deployment of the Azure resource if the gateway has
    /// one, else the name that <see cref="Resolve"/> finds.
    /// </summary>
    public string NameOfDeployment(string deployment) =>
        !deployment.Contains('/') && !Table.HasAlias(deployment) && Providers.FirstOrDefault(provider => provider.HasDeployments && MissingAddress(provider) is null) is { } azure
            ? $"{azure.Id}/{deployment}"
            : deployment;

    /// <inheritdoc cref="RouteTable.BaseUrlOf"/>
    public string? BaseUrlOf(Provider provider) => Table.BaseUrlOf(provider);
}

/// <summary>The meaning of a model name, or the error if it has none.</summary>
internal readonly record struct Resolution(Deployment? Deployment, GatewayError? Error);
