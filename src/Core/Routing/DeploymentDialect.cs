using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Providers;

namespace Nano.Routing;

/// <summary>
/// One of a deployment's dialects: the provider's <see cref="ModelDialect"/> for one model, with its addresses built. Shared by
/// requests.
/// </summary>
internal sealed class DeploymentDialect
{
    private readonly Deployment _deployment;
    private readonly ModelDialect _spec;
    private readonly ModelGap? _gap;
    private Uri? _address;
    private Uri? _streamAddress;
    private string? _stateHome;

    internal DeploymentDialect(Deployment deployment, ModelDialect spec)
    {
        _deployment = deployment;
        _spec = spec;
        _gap = spec.GapOf(deployment.Model);
    }

    public IUpstreamDialect Dialect => _spec.Dialect;

    public Operation Operation => _spec.Operation;

    /// <inheritdoc cref="ModelDialect.Name"/>
    public string Name => _spec.Name;

    /// <inheritdoc cref="ModelDialect.Embeddings"/>
    public IEmbeddingFormat? Embeddings => _spec.Embeddings;

    /// <inheritdoc cref="ModelDialect.SearchesWeb"/>
    public bool SearchesWeb => _spec.SearchesWeb;

    /// <summary>How to interpret the usage counts of responses.</summary>
    public UsageRules Usage => _spec.Usage;

    /// <inheritdoc cref="ModelDialect.StreamUsageOnRequest"/>
    public bool StreamUsageOnRequest => _spec.StreamUsageOnRequest;

    /// <summary>The model abilities that its gap reveals; null for none.</summary>
    internal ModelTraits? Traits => _gap?.Traits;

    /// <summary>
    /// The home of the model's reasoning state in this dialect: the state returns only to the same home. Providers refuse
    /// state of another one. A home is one provider, address, dialect and model; the date in a model's name does not count. Each of
    /// several keys is a separate home: accounts cannot read each other's state.
    /// </summary>
    public string StateHome =>
        _stateHome ??= $"{_deployment.Provider.Id} {Dialect.Name} {_deployment.BaseUrl} {ModelNames.WithoutDate(_deployment.Model)}{(_deployment.Credential is { } credential ? " " + credential : "")}";

    /// <summary>Whether a request can be sent this way.</summary>
    public bool Takes(Operation operation, in RequestNeeds needs) => _spec.Operation == operation && _gap?.Refuses(needs) != true;

    public Uri Address(bool stream) => stream
        ? _streamAddress ??= _spec.Address(_deployment.BaseUrl, _deployment.Model, stream: true)
        : _address ??= _spec.Address(_deployment.BaseUrl, _deployment.Model, stream: false);

    /// <summary>
    /// The only place that decides on passthrough: the two dialects have the same name. Dialects whose bytes differ have different
    /// names, even if another provider hosts the same developer's API (<c>gemini</c> and <c>gemini-vertex</c>).
    /// </summary>
    /// <param name="caller">The name of the caller's dialect.</param>
    public bool IsPassthroughFor(string caller) => caller == Name;
}
