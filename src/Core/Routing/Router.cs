using System.Collections.Concurrent;
using Nano.Configuration;
using Nano.Errors;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>
/// Finds what a model's name means:
/// <list type="number">
/// <item><c>provider/model</c> is that provider's model, also one that the catalogue does not know;</item>
/// <item>a bare name belongs to the provider that has it in the catalogue, the first registered one where several do;</item>
/// <item>else to the provider whose names begin like it (<see cref="IModelNaming.Prefixes"/>), the longest beginning first;</item>
/// <item>else it is a 404 that lists near names.</item>
/// </list>
/// What providers list decides nothing here, since it changes from one hour to the next: it is only told.
/// Singleton and thread safe. A name that was resolved once costs one lookup. All spellings of a model share one deployment.
/// </summary>
internal sealed class Router(IReadOnlyList<Provider> providers, ModelCatalogue catalogue, GatewayOptions options, ISecretSource secrets, ListedModels? listed = null)
{
    /// <summary>How many spellings are remembered; callers choose them, so they are bounded. Forgetting one costs a lookup and no state.</summary>
    internal const int MaxRemembered = 1024;

    private const string NoAddress = "http://nano.invalid";

    /// <summary>How many listed models a name is compared with, over all providers: an error is to cost milliseconds.</summary>
    private const int MaxCompared = 2000;

    private readonly ConcurrentDictionary<string, Deployment> _remembered = new(StringComparer.Ordinal);
    private DeploymentTable? _deployments;
    private int _count;

    /// <summary>In the order of registration.</summary>
    public IReadOnlyList<Provider> Providers => providers;

    public ModelCatalogue Catalogue => catalogue;

    internal int Remembered => _remembered.Count;

    internal DeploymentTable Deployments
    {
        get
        {
            if (_deployments is { } table) return table;
            Interlocked.CompareExchange(ref _deployments, new DeploymentTable(Create, deployment => deployment.Info is not null), null);
            return _deployments;
        }
    }

    /// <summary>
    /// Exactly one of deployment and error is there. That a provider has no key is not found here, but by
    /// <see cref="Deployment.GetKeyAsync"/>.
    /// </summary>
    /// <param name="tellsListed">The caller may learn what providers list (a session token's may not), as near names of an unknown one.</param>
    public Resolution Resolve(string model, bool tellsListed = false)
    {
        if (_remembered.TryGetValue(model, out var known)) return new Resolution(known, null);
        if (!ModelName.IsPossible(model)) return new Resolution(null, Unknown(model, tellsListed));
        if (Find(model) is not { } deployment) return new Resolution(null, Unknown(model, tellsListed));
        Remember(model, deployment);
        return new Resolution(deployment, null);
    }

    /// <summary>A provider's models: those in the catalogue, and after them what it lists beyond.</summary>
    public IEnumerable<ModelInfo> ModelsOf(Provider provider) => catalogue.Models.Where(model => model.Provider == provider.Id).Concat(listed?.Of(provider) ?? []);

    /// <summary>The models that a caller can use now: those of providers that have a key or need none.</summary>
    public async ValueTask<IReadOnlyList<ModelInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var list = new List<ModelInfo>();
        foreach (var (provider, key) in await FindKeysAsync(cancellationToken).ConfigureAwait(false))
        {
            if (IsUsable(provider, key)) list.AddRange(ModelsOf(provider));
        }
        return list;
    }

    /// <summary>One of the models of <see cref="ListAsync"/>, by any name that <see cref="Resolve"/> takes for it. Exactly one of the two is there.</summary>
    /// <inheritdoc cref="Resolve"/>
    public async ValueTask<(ModelInfo? Model, GatewayError? Error)> FindListedAsync(string name, bool tellsListed, CancellationToken cancellationToken)
    {
        var (deployment, error) = Resolve(name, tellsListed);
        if (error is not null) return (null, error);
        if ((deployment!.Info ?? listed?.Find(deployment.Provider, deployment.Model)) is not { } info)
            return (null, NotFound($"The model '{ModelName.Shown(name)}' is not in the catalogue{(listed?.Has(deployment.Provider) == true ? $", and {deployment.Provider.DisplayName} does not list it" : "")}. Requests for it are still sent to {deployment.Provider.DisplayName}."));
        var key = await deployment.GetKeyAsync(cancellationToken).ConfigureAwait(false);
        return key.Error is null ? (info, null) : (null, key.Error);
    }

    /// <summary>The keys of all providers, in their order: all at once, so that those still to be fetched are fetched together.</summary>
    public async ValueTask<IReadOnlyList<(Provider Provider, Secret Key)>> FindKeysAsync(CancellationToken cancellationToken)
    {
        var pending = new Task<Secret>[providers.Count];
        for (var i = 0; i < pending.Length; i++) pending[i] = FindKeyAsync(providers[i], cancellationToken).AsTask();
        var keys = await Task.WhenAll(pending).ConfigureAwait(false);
        return [.. providers.Zip(keys)];
    }

    /// <summary>How a provider's key is: <c>set</c>, <c>not set</c>, <c>not needed</c>, or why nobody can know.</summary>
    public string KeyState(Provider provider, in Secret key)
    {
        if (provider.KeySettings.Count == 0) return "not needed";
        if (MissingAddress(provider) is not null) return "not set";
        return key.Value is not null ? "set" : key.Unavailable ?? (provider.IsKeyOptional ? "not needed" : "not set");
    }

    /// <summary>The gateway knows where the provider is and has a key for it, or it needs none.</summary>
    public bool IsUsable(Provider provider, in Secret key) =>
        MissingAddress(provider) is null && (provider.KeySettings.Count == 0 || provider.IsKeyOptional || key.Value is not null);

    /// <summary>The base URL's setting of a provider that is nowhere without it; null when nothing is missing.</summary>
    public string? MissingAddress(Provider provider) =>
        provider.NeedsBaseUrl && !options.BaseUrls.ContainsKey(provider.Id) ? provider.AddressSetting.Setting : null;

    /// <summary>A provider's key. Nobody looks for the key of one that is nowhere.</summary>
    public ValueTask<Secret> FindKeyAsync(Provider provider, CancellationToken cancellationToken) =>
        provider.KeySettings.Count == 0 || MissingAddress(provider) is not null ? ValueTask.FromResult(Secret.Missing) : secrets.FindAsync(provider.KeySettings, cancellationToken);

    /// <summary>The same after the provider refused a key: the newer one, if there is one (<see cref="ISecretSource.RereadAsync"/>).</summary>
    public ValueTask<Secret> RereadKeyAsync(Provider provider, string? refused) => secrets.RereadAsync(provider.KeySettings, refused, CancellationToken.None);

    /// <summary>A provider by its id or another name of it (<see cref="Provider.Aliases"/>); null when there is none.</summary>
    public Provider? FindProvider(string name) =>
        Registered(name) ?? providers.FirstOrDefault(provider => provider.Aliases.Contains(name, StringComparer.Ordinal));

    /// <summary>
    /// The model name that a deployment in one of Azure OpenAI's classic paths stands for: one of the Azure resource's own where the
    /// gateway has one, else what <see cref="Resolve"/> takes the name for.
    /// </summary>
    public string NameOfDeployment(string deployment) =>
        !deployment.Contains('/') && providers.FirstOrDefault(provider => provider.HasDeployments && MissingAddress(provider) is null) is { } azure
            ? $"{azure.Id}/{deployment}"
            : deployment;

    /// <summary>Without a trailing slash; null for a provider inside the gateway.</summary>
    public string? BaseUrlOf(Provider provider) => provider.DefaultBaseUrl is null ? null : options.BaseUrls.GetValueOrDefault(provider.Id) ?? provider.DefaultBaseUrl;

    private Deployment? Find(string name)
    {
        var slash = name.IndexOf('/');
        if (slash > 0 && Registered(name.AsSpan(0, slash)) is { } named) return Deploy(named, name[(slash + 1)..]);
        // Ids with slashes of their own (qwen/qwen3-32b at Groq) are bare names too.
        var owners = catalogue.FindOwners(name);
        foreach (var provider in providers) foreach (var owner in owners) if (owner.Provider == provider.Id) return Deploy(provider, name);
        return slash < 0 && ByPrefix(name) is { } likely ? Deploy(likely, name) : null;
    }

    private Deployment Deploy(Provider provider, string model) => Deployments.Get(provider, model);

    private Deployment Create(Provider provider, string model) =>
        new(provider, model, catalogue, BaseUrlOf(provider) ?? NoAddress, secrets, MissingAddress(provider));

    private Provider? Registered(ReadOnlySpan<char> id)
    {
        foreach (var provider in providers) if (id.SequenceEqual(provider.Id)) return provider;
        return null;
    }

    private Provider? ByPrefix(string name)
    {
        Provider? best = null;
        var length = 0;
        foreach (var provider in providers)
        {
            foreach (var prefix in provider.Naming.Prefixes)
            {
                if (prefix.Length <= length || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                best = provider;
                length = prefix.Length;
            }
        }
        return best;
    }

    private void Remember(string name, Deployment deployment)
    {
        if (Interlocked.Increment(ref _count) > MaxRemembered)
        {
            _remembered.Clear();
            Volatile.Write(ref _count, 1);
        }
        _remembered.TryAdd(name, deployment);
    }

    private GatewayError Unknown(string name, bool tellsListed)
    {
        var slash = name.IndexOf('/');
        var isProviderUnknown = slash > 0 && Registered(name.AsSpan(0, slash)) is null;
        var ids = string.Join(", ", providers.Select(provider => provider.Id));
        var message = isProviderUnknown
            ? $"The model '{ModelName.Shown(name)}' does not exist: there is no provider '{ModelName.Shown(name[..slash])}' here. Providers: {ids}."
            : $"The model '{ModelName.Shown(name)}' does not exist. Name one as 'provider/model' (providers: {ids}), or see GET /v1/models.";
        var near = Near(name, slash, tellsListed);
        return NotFound(near.Count == 0 ? message : $"{message} Near names: {string.Join(", ", near)}.");
    }

    /// <summary>Models of registered providers with a like name, before or after the slash.</summary>
    private List<string> Near(string name, int slash, bool tellsListed)
    {
        var here = catalogue.Models.Where(model => Registered(model.Provider) is not null).ToList();
        // A list is only at hand for a provider that had a key when it was asked.
        if (tellsListed && listed is not null) here.AddRange(providers.SelectMany(listed.Of).Take(MaxCompared));
        var near = NearNames.Of(name, here.Select(model => slash > 0 ? model.Name : model.Id), 5);
        var more = slash > 0 ? NearNames.Of(name[(slash + 1)..], here.Select(model => model.Id), 5) : [];
        return [.. near.Concat(more).Select(id => here.First(model => model.Name == id || model.Id == id).Name).Distinct().Take(5)];
    }

    private static GatewayError NotFound(string message) => new(GatewayErrorKind.NotFound, 404, message) { Code = "model_not_found", Param = "model" };
}

/// <summary>What a model name means, or why it means nothing.</summary>
internal readonly record struct Resolution(Deployment? Deployment, GatewayError? Error);
