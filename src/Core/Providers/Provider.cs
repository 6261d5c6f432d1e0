using Nano.Dialects;

namespace Nano.Providers;

/// <summary>
/// Who runs models: base URL, settings, credentials and the dialects of its models. Data, with three small behaviours that
/// differ in kind: how requests are signed, what model names mean, how models are listed. Immutable and shared by all requests;
/// registered once (<c>AddGateway</c>).
/// </summary>
internal sealed record Provider
{
    /// <summary>Lower case, the part before the slash of <c>provider/model</c>: <c>openai</c>, <c>anthropic</c>, <c>google</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The id under which the catalogue knows its models: another one than <see cref="Id"/> for an instance that nano.json names.</summary>
    public string Type { get => field ?? Id; init; }

    /// <summary>Its name in telemetry, by the OpenTelemetry conventions for generative AI where they list it (<c>gen_ai.provider.name</c>).</summary>
    public string TelemetryName { get => field ?? Type; init; }

    /// <summary>Requests carry <c>traceparent</c>, so that the provider's own spans join the trace.</summary>
    public bool SendsTraceContext { get; init; }

    /// <summary>The name that people use.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Other ids in the panel's addresses (<c>claude</c>); models are named by <see cref="Id"/> alone.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Settings that can contain its key, in order of preference. Empty: it needs no key.</summary>
    public IReadOnlyList<string> KeySettings { get; init; } = [];

    /// <summary>Each of <see cref="KeySettings"/> is a credential of its own, and requests are spread over them; else the first one that is set is used.</summary>
    public bool HasSeveralCredentials { get; init; }

    /// <summary>A key is sent when one is set; without one requests are sent without a credential (a server on this machine).</summary>
    public bool IsKeyOptional { get; init; }

    /// <summary>Those of <see cref="KeySettings"/> that contain a document (JSON, several lines) which never becomes a header.</summary>
    public IReadOnlyList<string> DocumentSettings { get; init; } = [];

    /// <summary>
    /// Settings that together make a key where none of <see cref="KeySettings"/> is set; the last one is optional.
    /// <see cref="CredentialScheme.Sign"/> gets the parts as one text, one line each. Empty: there are none.
    /// </summary>
    public IReadOnlyList<ProviderSetting> KeyParts { get; init; } = [];

    /// <summary>How the names of its settings begin: <c>OPENAI</c> for <c>OPENAI_BASE_URL</c>.</summary>
    public string SettingPrefix { get => field ?? Id.ToUpperInvariant().Replace('-', '_'); init; }

    /// <summary>Where an operator sets its base URL, for messages.</summary>
    public string AddressSource { get => field ?? SettingPrefix + "_BASE_URL"; init; }

    /// <summary>Settings besides its keys and its base URL.</summary>
    public IReadOnlyList<ProviderSetting> OtherSettings { get; init; } = [];

    /// <summary>Without a trailing slash, cut where the provider's own SDK cuts it. Null: it runs inside the gateway.</summary>
    public string? DefaultBaseUrl { get; init; }

    /// <summary>
    /// The provider is off until its <c>_BASE_URL</c> is set, because it has no common address (a resource per customer) or none that
    /// can be assumed (a server on this machine): <see cref="DefaultBaseUrl"/> is then an example.
    /// </summary>
    public bool NeedsBaseUrl { get; init; }

    /// <summary>The setting that turns the provider on where it has no address, and an example of its value.</summary>
    public (string Setting, string? Example) AddressSetting { get => field.Setting is null ? (SettingPrefix + "_BASE_URL", DefaultBaseUrl) : field; init; }

    /// <summary>
    /// The dialects of its models, in order of fidelity: the first is the one of most models. Which of them a request takes is
    /// decided by the deployment, from the caller's dialect, the operation and what the request needs.
    /// </summary>
    public required IReadOnlyList<ModelDialect> Dialects { get; init; }

    /// <summary>How requests carry the credential.</summary>
    public required CredentialScheme Credentials { get; init; }

    /// <summary>What its model names mean.</summary>
    public IModelNaming Naming { get; init; } = PrefixNaming.None;

    /// <summary>How it lists its models; null where nothing free can be asked.</summary>
    public IModelLister? Lister { get; init; }

    /// <summary>Members of a request that choose models besides <c>model</c>: refused for callers whose models are limited.</summary>
    public ModelChoices ModelChoices { get; init; } = ModelChoices.None;

    /// <summary>Names of callers' headers that mean something to this provider and are forwarded (<c>x-grok-conv-id</c>). Never credentials.</summary>
    public IReadOnlyList<string> ForwardedHeaders { get; init; } = [];

    /// <summary>
    /// Those that are forwarded with passed-through requests only, since they decide about the form of responses; an entry that ends with
    /// <c>*</c> is the beginning of names. A caller's <c>User-Agent</c> is sent in the place of the gateway's where it is named here.
    /// </summary>
    public IReadOnlyList<string> PassthroughHeaders { get; init; } = [];

    /// <summary>A pair of the caller's query that is forwarded with passed-through requests (<c>beta=true</c>); null for none.</summary>
    public string? PassthroughQuery { get; init; }

    /// <summary>The headers with which callers ask for features of the dialect (<see cref="IDialect.DropHeaders"/>) are among <see cref="ForwardedHeaders"/>.</summary>
    public bool ForwardsFeatures { get; init; }

    /// <summary>It reads Chat's <c>models</c> itself, as the models to fall back to.</summary>
    public bool TakesModelList { get; init; }

    /// <summary>Its models are deployments that the customer has named, as in the classic paths of Azure OpenAI's clients.</summary>
    public bool HasDeployments { get; init; }

    /// <summary>Names of headers of its responses that its own clients send back (<c>x-codex-turn-state</c>): they are returned where a request is passed through.</summary>
    public IReadOnlyList<string> ReturnedHeaders { get; init; } = [];

    /// <summary>The header of an error response that contains its type where the body does not.</summary>
    public string? ErrorTypeHeader { get; init; }

    /// <summary>The transport of a provider that does not respond over the network; null for the shared one.</summary>
    public HttpMessageInvoker? Transport { get; init; }

    /// <summary>The dialect of most of its models.</summary>
    public IUpstreamDialect Dialect => Dialects[0].Dialect;
}

/// <summary>A setting of one provider alone.</summary>
/// <param name="Name">The name of the environment variable.</param>
/// <param name="Meaning">One line.</param>
internal sealed record ProviderSetting(string Name, string Meaning);
