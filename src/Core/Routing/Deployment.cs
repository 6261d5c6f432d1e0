using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>One model at one provider with one credential: what a request is finally sent to. Shared by requests.</summary>
public sealed class Deployment
{
    private readonly ISecretSource _secrets;
    private readonly string? _missingAddress;
    private volatile ModelCatalogue? _catalogue;
    private ModelInfo? _info;
    private ModelTraits? _traitsAtMaker;
    private readonly DialectRule? _second;
    private string? _home;
    private string? _secondHome;
    private Uri? _uri;
    private Uri? _streamUri;
    private Uri? _secondUri;
    private Uri? _secondStreamUri;

    internal Deployment(IProvider provider, string model, ModelCatalogue catalogue, string baseUrl, ISecretSource secrets, string? missingAddress = null)
    {
        Provider = provider;
        Model = model;
        _catalogue = catalogue;
        BaseUrl = baseUrl;
        _secrets = secrets;
        _missingAddress = missingAddress;
        _second = provider.SecondDialect(model);
        Name = provider.Id + "/" + model;
        ModelJson = Quote(model);
    }

    public IProvider Provider { get; }

    /// <summary>The model in the provider's own words.</summary>
    public string Model { get; }

    /// <summary><c>provider/model</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// What the catalogue knows of the model; null when it does not know it. Looked up when first asked: the byte lane asks
    /// only after its answer is out, so that a cold start does not wait for the catalogue.
    /// </summary>
    public ModelInfo? Info
    {
        get
        {
            if (_catalogue is not { } catalogue) return _info;
            _info = catalogue.Find(Provider.Id, Model);
            if (_info is null && Provider.MakerOf(Model) is { } maker) _traitsAtMaker = catalogue.Find(maker.Provider, maker.Model)?.Traits;
            _catalogue = null;
            return _info;
        }
    }

    /// <summary>What the catalogue knows of what the model can do, here or at its maker.</summary>
    public ModelTraits? Traits => Info?.Traits ?? _traitsAtMaker ?? _second?.Traits;

    /// <summary><see cref="Model"/> as a JSON string, quotes included, ready to be spliced into a body.</summary>
    public ReadOnlyMemory<byte> ModelJson { get; }

    /// <summary>Without a trailing slash; for a provider inside the gateway, a name that never resolves.</summary>
    public string BaseUrl { get; }

    /// <summary>The dialect in which a request reaches this model.</summary>
    public IUpstreamDialect DialectFor(in RequestNeeds needs) => _second is not null && _second.Takes(needs) ? _second.Dialect : Provider.Dialect;

    /// <summary>How the counts of answers in a dialect are meant.</summary>
    /// <param name="dialect">One of <see cref="DialectFor"/>.</param>
    public UsageRules UsageOf(IUpstreamDialect dialect) =>
        _second is { Usage: { } usage } && ReferenceEquals(dialect, _second.Dialect) ? usage : Provider.Usage;

    /// <summary>Where requests for this model go.</summary>
    /// <param name="dialect">One of <see cref="DialectFor"/>; null for the usual one.</param>
    public Uri Address(bool stream, IUpstreamDialect? dialect = null)
    {
        if (_second is not null && ReferenceEquals(dialect, _second.Dialect))
            return stream
                ? _secondStreamUri ??= Provider.BuildUri(BaseUrl, Model, stream: true, dialect)
                : _secondUri ??= Provider.BuildUri(BaseUrl, Model, stream: false, dialect);
        return stream
            ? _streamUri ??= Provider.BuildUri(BaseUrl, Model, stream: true)
            : _uri ??= Provider.BuildUri(BaseUrl, Model, stream: false);
    }

    /// <summary>Where state of this model is at home, when it was said in a dialect.</summary>
    public string StateHome(IUpstreamDialect dialect) => ReferenceEquals(dialect, _second?.Dialect)
        ? _secondHome ??= HomeIn(dialect)
        : _home ??= HomeIn(dialect);

    private string HomeIn(IUpstreamDialect dialect) => $"{Provider.Id} {dialect.Name} {Provider.StateHome(BaseUrl, Model)}";

    /// <summary>The credential to sign with. Complete at once unless a key was never read before.</summary>
    public ValueTask<ProviderKey> GetKeyAsync(CancellationToken cancellationToken) =>
        _missingAddress is not null ? ValueTask.FromResult(new ProviderKey(null, NoAddress()))
        : Provider.KeySettings.Count == 0 ? ValueTask.FromResult(default(ProviderKey))
        : FindKeyAsync(cancellationToken);

    /// <summary>
    /// For when the provider refused <paramref name="refused"/>: a newer key than that, or none (and no error) when there is no
    /// newer one, or nobody can know. Looks into Key Vault ahead of its time, now and then.
    /// </summary>
    public async ValueTask<string?> FindNewerKeyAsync(string? refused, CancellationToken cancellationToken)
    {
        if (Provider.KeySettings.Count == 0) return null;
        var secret = await _secrets.RereadAsync(Provider.KeySettings, refused, cancellationToken).ConfigureAwait(false);
        return secret.Value == refused ? null : secret.Value;
    }

    private static byte[] Quote(string model)
    {
        using var output = new JsonOutput(model.Length + 2);
        output.Text(model);
        return output.WrittenSpan.ToArray();
    }

    private ValueTask<ProviderKey> FindKeyAsync(CancellationToken cancellationToken)
    {
        var found = _secrets.FindAsync(Provider.KeySettings, cancellationToken);
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(KeyOf(found.GetAwaiter().GetResult())) : Awaited(found);

        async ValueTask<ProviderKey> Awaited(ValueTask<Secret> pending) => KeyOf(await pending.ConfigureAwait(false));
    }

    private ProviderKey KeyOf(Secret secret) =>
        secret.Value is { } value ? new ProviderKey(value, null)
        : Provider.IsKeyOptional && secret.Unavailable is null ? default
        : new ProviderKey(null, Problem(secret));

    private GatewayError NoAddress() =>
        new(GatewayErrorKind.NotConfigured, 503, $"{Provider.DisplayName} is not set up here. Set {_missingAddress}, for instance to {Provider.AddressSetting.Example}.")
        {
            Code = "provider_not_configured",
            Provider = Provider.Id,
            IsFinal = true,
        };

    private string PartsOfKey() => Provider.KeyParts is [var first, var second, ..] ? $" (or {first.Name} and {second.Name})" : "";

    private GatewayError Problem(Secret secret) => new(GatewayErrorKind.NotConfigured, 503, secret.Unavailable is { } reason
        ? $"The {Provider.SignIn?.Word ?? "key"} of {Provider.DisplayName} cannot be read now: {reason}"
        : $"{Provider.DisplayName} has no key here. Set {string.Join(" or ", Provider.KeySettings)}{PartsOfKey()}, or the Key Vault secret {SecretName.Of(Provider.KeySettings[0])}.")
    {
        Code = secret.Unavailable is null ? "provider_not_configured" : "key_unavailable",
        Provider = Provider.Id,
        RetryAfter = secret.RetryAfterSeconds,
        IsFinal = secret.Unavailable is null,
    };
}

/// <summary>A provider's key, or why there is none; neither for a provider that needs none. It never shows its value.</summary>
public readonly struct ProviderKey(string? value, GatewayError? error)
{
    public string? Value { get; } = value;

    public GatewayError? Error { get; } = error;

    public override string ToString() => Error?.Message ?? (Value is null ? "no key needed" : "set");
}
