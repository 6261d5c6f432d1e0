using System.Security.Cryptography;
using System.Text;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>One model at one provider with one credential: the final target of a request. Shared by requests.</summary>
internal sealed class Deployment
{
    private readonly ISecretSource _secrets;
    private readonly IReadOnlyList<string> _keySettings;
    private readonly string? _missingAddress;
    private readonly ModelCatalogue _models;
    private readonly PriceList _prices;
    private ModelPrices? _ownPrices;
    private volatile bool _hasOwnPrices;
    private ModelTraits? _traitsOfGaps;
    private volatile bool _hasTraitsOfGaps;
    private volatile ModelCatalogue? _catalogue;
    private ModelInfo? _info;
    private ModelTraits? _traitsAtMaker;
    private RoutePlan? _alone;
    private string? _keeper;
    private string? _listedName;
    private Answered? _answered;
    private readonly DeploymentDialect[] _dialects;

    /// <param name="credential">For a provider whose keys are separate credentials: which one.</param>
    /// <param name="prices">Prices that replace those of the catalogue.</param>
    internal Deployment(
        Provider provider, string model, ModelCatalogue catalogue, string baseUrl, ISecretSource secrets, string? missingAddress = null, int credential = 0,
        PriceList? prices = null)
    {
        _prices = prices ?? PriceList.Empty;
        _keySettings = provider.HasSeveralCredentials ? [provider.KeySettings[credential]] : provider.KeySettings;
        Credential = provider.HasSeveralCredentials ? _keySettings[0] : null;
        Provider = provider;
        Model = model;
        _models = _catalogue = catalogue;
        BaseUrl = baseUrl;
        _secrets = secrets;
        _missingAddress = missingAddress;
        Name = provider.Id + "/" + model;
        ModelJson = Quote(model);
        _dialects = [.. provider.Dialects.Where(dialect => dialect.Serves(model)).Select(dialect => new DeploymentDialect(this, dialect))];
    }

    public Provider Provider { get; }

    /// <summary>The setting of its key if the provider has several; null otherwise. Not secret, but not shown to callers.</summary>
    public string? Credential { get; }

    /// <summary>The name, with the setting of its key where the provider has several: <c>openai/gpt-5.5#OPENAI_API_KEY_2</c>.</summary>
    public string Label => Credential is null ? Name : $"{Name}#{Credential}";

    /// <summary>
    /// The name in the ids of responses that it stores. Where the provider has several keys, it ends in a short hash of the setting of its key:
    /// accounts cannot read each other's responses, and callers can decode the ids.
    /// </summary>
    public string Keeper => _keeper ??= Credential is null ? Name : $"{Name}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Credential)).AsSpan(0, 4))}";

    /// <summary>The plan of a request that names this deployment: only this one.</summary>
    public RoutePlan Alone => _alone ??= RoutePlan.Of(this);

    /// <summary>It has returned a response with a success status.</summary>
    public bool HasServed { get; private set; }

    public void MarkServed() => HasServed = true;

    /// <summary>The model name that the provider uses.</summary>
    public string Model { get; }

    /// <summary><c>provider/model</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// The catalogue's data of the model; null when the model is not in it. Looked up on first use: the passthrough needs it
    /// only after its response is sent, so that a cold start does not wait for the catalogue.
    /// </summary>
    public ModelInfo? Info
    {
        get
        {
            if (_catalogue is not { } catalogue) return _info;
            _info = catalogue.Find(Provider.Type, Model);
            if (_info is null)
            {
                var maker = Provider.Naming.MakerOf(Model) ?? new ModelAtMaker(Provider.Type, Model);
                _traitsAtMaker = catalogue.Find(maker.Provider, maker.Model)?.Traits ?? ModelFamilies.Find(maker.Provider, maker.Model);
            }
            _catalogue = null;
            return _info;
        }
    }

    /// <summary><see cref="Model"/> as the catalogue lists it (<see cref="ModelInfo.ListedName"/>); null when it is not in the catalogue.</summary>
    public string? ListedName => _listedName ??= Info?.ListedName(Model);

    /// <summary>The model's abilities from the catalogue, here or at its developer; else from its family; else from its dialects' gaps.</summary>
    public ModelTraits? Traits => Info?.Traits ?? _traitsAtMaker ?? TraitsOfGaps();

    private ModelTraits? TraitsOfGaps()
    {
        if (_hasTraitsOfGaps) return _traitsOfGaps;
        foreach (var dialect in Provider.Dialects)
        {
            if (dialect.GapOf(Model) is not { Traits: { } traits }) continue;
            _traitsOfGaps = traits;
            break;
        }
        _hasTraitsOfGaps = true;
        return _traitsOfGaps;
    }

    /// <summary>The prices of the model, if it is the one that responds; null when none are known.</summary>
    public ModelPrices? Prices => OwnPrices ?? Info?.Prices;

    /// <summary>The owner's prices of the model: by the requested name, by its id in the catalogue, or for the provider's other models.</summary>
    private ModelPrices? OwnPrices
    {
        get
        {
            if (_prices.IsEmpty || _hasOwnPrices) return _ownPrices;
            _ownPrices = _prices.Named(Provider.Id, Model) ?? (Info is { } info ? _prices.Named(Provider.Id, info.Id) : null) ?? _prices.OfOthers(Provider.Id);
            _hasOwnPrices = true;
            return _ownPrices;
        }
    }

    /// <summary>
    /// The prices of the model that responded. A provider may serve another model than requested (a router, a fallback, a moved
    /// alias): then the prices of that model, or null when they are not known, and never those of <see cref="Model"/>. For a
    /// model that is not in the catalogue, the owner's prices apply whatever name the response reports: self-hosted servers return any name.
    /// </summary>
    /// <param name="answered">The model that the provider's response reports; null or empty when it reports none.</param>
    public ModelPrices? PricesOf(string? answered)
    {
        if (string.IsNullOrEmpty(answered) || ModelNames.AreSame(Model, answered) || answered.Equals(Name, StringComparison.OrdinalIgnoreCase)) return Prices;
        if (_prices.Named(Provider.Id, answered) is { } named) return named;
        if (Info is null && OwnPrices is { } own) return own;
        if (ServedBy(answered).Info is { } served)
            return ReferenceEquals(served, Info) ? Prices : _prices.Named(Provider.Id, served.Id) ?? _prices.OfOthers(Provider.Id) ?? served.Prices;
        if (Info is not { } info) return null;
        var isOther = info.OtherSnapshots.Any(date => answered.EndsWith(date, StringComparison.Ordinal)) || !ModelNames.IsSnapshot(Model, answered);
        return isOther ? _prices.OfOthers(Provider.Id) : Prices;
    }

    /// <summary>
    /// The name of the model that responded as the catalogue lists it (<see cref="ModelInfo.ListedName"/>); null when it is not in the catalogue, or
    /// not known.
    /// </summary>
    /// <param name="answered">As in <see cref="PricesOf"/>.</param>
    public string? ListedNameOf(string? answered) => string.IsNullOrEmpty(answered) ? null : ServedBy(answered).ListedName;

    /// <summary>The id in the catalogue of the model that responded; null when it is not listed.</summary>
    public string? IdOf(string answered) => ServedBy(answered).Info?.Id;

    /// <summary>Remembers the last one: a deployment's responses usually report one model.</summary>
    private Answered ServedBy(string answered)
    {
        if (_answered is { } last && last.Name == answered) return last;
        var name = ModelNames.WithoutFolder(answered);
        var info = _models.Find(Provider.Type, name);
        var listed = info?.ListedName(name) ?? (Info is { } own && (ModelNames.AreSame(Model, answered) || ModelNames.IsSnapshot(Model, answered)) ? own.ListedName(Model) : null);
        return _answered = new Answered(answered, info, listed);
    }

    /// <summary>Whether it may store a response whose id has this name. A name without a key may mean any key: the provider had only one then.</summary>
    public bool Keeps(string keeper) => Credential is not null && keeper.Contains('#') ? keeper == Keeper : keeper.Split('#')[0] == Name;

    /// <summary><see cref="Model"/> as a JSON string, quotes included, ready to be spliced into a body.</summary>
    public ReadOnlyMemory<byte> ModelJson { get; }

    /// <summary>Without a trailing slash; for the built-in provider, a name that never resolves.</summary>
    public string BaseUrl { get; }

    /// <summary>
    /// The dialect for a request: among those that can express it, the caller's own (passthrough), else one that searches the web if the request
    /// needs that, else the first one in the provider's order of fidelity. Null when the model does not offer the operation.
    /// </summary>
    /// <param name="caller">The name of the caller's dialect, or of the operation's API.</param>
    public DeploymentDialect? Choose(string caller, Operation operation, in RequestNeeds needs)
    {
        DeploymentDialect? searching = null, first = null, refusing = null;
        foreach (var dialect in _dialects)
        {
            if (dialect.Operation != operation) continue;
            refusing ??= dialect;
            if (!dialect.Takes(operation, needs)) continue;
            if (dialect.IsPassthroughFor(caller)) return dialect;
            first ??= dialect;
            if (needs.WebSearch && dialect.SearchesWeb) searching ??= dialect;
        }
        // If no dialect can express it, the provider's own refusal is the clearest error.
        return searching ?? first ?? refusing;
    }

    /// <summary>The credential to sign with. Completes synchronously unless a key was never read before.</summary>
    public ValueTask<ProviderKey> GetKeyAsync(CancellationToken cancellationToken) =>
        _missingAddress is not null ? ValueTask.FromResult(ProviderKey.None(NoAddress()))
        : _keySettings.Count == 0 ? ValueTask.FromResult(default(ProviderKey))
        : FindKeyAsync(cancellationToken);

    /// <summary>
    /// Called when the provider refused <paramref name="refused"/>: returns a newer key, or none (and no error) when there is no
    /// newer one or it cannot be read. Reads Key Vault ahead of schedule, at a limited rate.
    /// </summary>
    public async ValueTask<ProviderKey> FindNewerKeyAsync(string? refused, CancellationToken cancellationToken)
    {
        if (_keySettings.Count == 0) return default;
        var secret = await _secrets.RereadAsync(_keySettings, refused, cancellationToken).ConfigureAwait(false);
        return secret.Value is null || secret.Value == refused ? default : ProviderKey.Of(secret);
    }

    /// <param name="Name">As the response reports it.</param>
    private sealed record Answered(string Name, ModelInfo? Info, string? ListedName);

    private static byte[] Quote(string model)
    {
        using var output = new JsonOutput(model.Length + 2);
        output.Text(model);
        return output.WrittenSpan.ToArray();
    }

    private ValueTask<ProviderKey> FindKeyAsync(CancellationToken cancellationToken)
    {
        var found = _secrets.FindAsync(_keySettings, cancellationToken);
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(KeyOf(found.GetAwaiter().GetResult())) : Awaited(found);

        async ValueTask<ProviderKey> Awaited(ValueTask<Secret> pending) => KeyOf(await pending.ConfigureAwait(false));
    }

    private ProviderKey KeyOf(Secret secret) =>
        secret.Value is not null ? ProviderKey.Of(secret)
        : Provider.IsKeyOptional && secret.Unavailable is null ? default
        : ProviderKey.None(Problem(secret));

    private GatewayError NoAddress() =>
        new(GatewayErrorKind.NotConfigured, 503, $"{Provider.DisplayName} is not set up here. Set {_missingAddress}, for instance to {Provider.AddressSetting.Example}.")
        {
            Code = "provider_not_configured",
            Provider = Provider.Id,
            IsFinal = true,
        };

    private string PartsOfKey() => Provider.KeyParts is [var first, var second, ..] ? $" (or {first.Name} and {second.Name})" : "";

    private GatewayError Problem(Secret secret) => new(GatewayErrorKind.NotConfigured, 503, secret.Unavailable is { } reason
        ? $"The {Provider.Credentials.SignIn?.Word ?? "key"} of {Provider.DisplayName} cannot be read now: {reason}"
        : $"{Provider.DisplayName} has no key here. Set {string.Join(" or ", _keySettings)}{PartsOfKey()}, or the Key Vault secret {SecretName.Of(_keySettings[0])}.")
    {
        Code = secret.Unavailable is null ? "provider_not_configured" : "key_unavailable",
        Provider = Provider.Id,
        RetryAfter = secret.RetryAfterSeconds,
        IsFinal = secret.Unavailable is null,
    };
}
