using Nano.Dialects;

namespace Nano.Providers;

/// <summary>
/// Who runs models: base URL, settings, credentials and the dialects of its models. Data, with three small behaviours that
/// differ in kind: how requests are signed, what model names mean, how models are listed. Immutable and shared by all requests;
/// registered once, in <c>AddGateway</c>.
/// </summary>
internal sealed record Provider
{
    /// <summary>Lower case, the part before the slash of <c>provider/model</c>: <c>openai</c>, <c>anthropic</c>, <c>google</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The id under which the catalogue lists its models. Differs from <see cref="Id"/> for an instance in nano.json.</summary>
    public string Type { get => field ?? Id; init; }

    /// <summary>Its name in telemetry (<c>gen_ai.provider.name</c>): the name in the OpenTelemetry conventions for generative AI, if listed there.</summary>
    public string TelemetryName { get => field ?? Type; init; }

    /// <summary>Requests carry <c>traceparent</c>, so that the provider's own spans join the trace.</summary>
    public bool SendsTraceContext { get; init; }

    /// <summary>The name that people use.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Other ids in the panel's addresses (<c>claude</c>). Model names use <see cref="Id"/> only.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Settings that can contain its key, in order of preference. Empty: it needs no key.</summary>
    public IReadOnlyList<string> KeySettings { get; init; } = [];

    /// <summary>Each of <see cref="KeySettings"/> is a separate credential, and requests are spread over them. If false, the first one that is set is used.</summary>
    public bool HasSeveralCredentials { get; init; }

    /// <summary>A key is sent if one is set; otherwise requests have no credential (a server on this machine).</summary>
    public bool IsKeyOptional { get; init; }

    /// <summary>Those of <see cref="KeySettings"/> that contain a document (JSON, several lines) which never becomes a header.</summary>
    public IReadOnlyList<string> DocumentSettings { get; init; } = [];

    /// <summary>
    /// Settings that together form a key if none of <see cref="KeySettings"/> is set; the last one is optional.
    /// <see cref="CredentialScheme.Sign"/> receives the parts as one text, one line each. Empty if there are none.
    /// </summary>
    public IReadOnlyList<ProviderSetting> KeyParts { get; init; } = [];

    /// <summary>The prefix of its settings' names: <c>OPENAI</c> for <c>OPENAI_BASE_URL</c>.</summary>
    public string SettingPrefix { get => field ?? Id.ToUpperInvariant().Replace('-', '_'); init; }

    /// <summary>Where an operator sets its base URL, for messages.</summary>
    public string AddressSource { get => field ?? SettingPrefix + "_BASE_URL"; init; }

    /// <summary>Settings besides its keys and its base URL.</summary>
    public IReadOnlyList<ProviderSetting> OtherSettings { get; init; } = [];

    /// <summary>Without a trailing slash, in the form that the provider's own SDK uses. Null: it runs inside the gateway.</summary>
    public string? DefaultBaseUrl { get; init; }

    /// <summary>
    /// The base URL in the settings of an instance that a later <c>nano.json</c> may add: the settings are read once, for the providers at start. Null if there is none.
    /// </summary>
    public string? SetBaseUrl { get; init; }

    /// <summary>
    /// The provider is off until its <c>_BASE_URL</c> is set, because it has no common address (a resource per customer) or no
    /// predictable one (a server on this machine). <see cref="DefaultBaseUrl"/> is then an example.
    /// </summary>
    public bool NeedsBaseUrl { get; init; }

    /// <summary>The setting that turns on a provider without an address, and an example of its value.</summary>
    public (string Setting, string? Example) AddressSetting { get => field.Setting is null ? (SettingPrefix + "_BASE_URL", DefaultBaseUrl) : field; init; }

    /// <summary>
    /// The dialects of its models, in order of fidelity: most models use the first. The deployment chooses the dialect of a
    /// request from the caller's dialect, the operation and what the request needs.
    /// </summary>
    public required IReadOnlyList<ModelDialect> Dialects { get; init; }

    /// <summary>How requests carry the credential.</summary>
    public required CredentialScheme Credentials { get; init; }

    /// <summary>What its model names mean.</summary>
    public IModelNaming Naming { get; init; } = PrefixNaming.None;

    /// <summary>How it lists its models; null if it has no free request for that.</summary>
    public IModelLister? Lister { get; init; }

    /// <summary>Members of a request, besides <c>model</c>, that choose models: refused for callers with a model limit.</summary>
    public ModelChoices ModelChoices { get; init; } = ModelChoices.None;

    /// <summary>Names of callers' headers that this provider uses and that are forwarded (<c>x-grok-conv-id</c>). Never credentials.</summary>
    public IReadOnlyList<string> ForwardedHeaders { get; init; } = [];

    /// <summary>
    /// Headers that are forwarded on the passthrough only, since they affect the form of responses. An entry that ends with
    /// <c>*</c> is a prefix. If <c>User-Agent</c> is listed, the caller's value replaces the gateway's.
    /// </summary>
    public IReadOnlyList<string> PassthroughHeaders { get; init; } = [];

    /// <summary>A query parameter of the caller that is forwarded on the passthrough (<c>beta=true</c>); null for none.</summary>
    public string? PassthroughQuery { get; init; }

    /// <summary><see cref="ForwardedHeaders"/> includes the headers that request features of the dialect (<see cref="IDialect.DropHeaders"/>).</summary>
    public bool ForwardsFeatures { get; init; }

    /// <summary>It reads Chat's <c>models</c> itself, as its list of fallback models.</summary>
    public bool TakesModelList { get; init; }

    /// <summary>Its models are deployments named by the customer, as in the classic paths of Azure OpenAI's clients.</summary>
    public bool HasDeployments { get; init; }

    /// <summary>Response headers that its own clients send back (<c>x-codex-turn-state</c>): returned to the caller on the passthrough.</summary>
    public IReadOnlyList<string> ReturnedHeaders { get; init; } = [];

    /// <summary>The header of an error response that contains the error's type if the body does not.</summary>
    public string? ErrorTypeHeader { get; init; }

    /// <summary>The transport of a provider that does not respond over the network; null for the shared one.</summary>
    public HttpMessageInvoker? Transport { get; init; }

    /// <summary>The dialect of most of its models.</summary>
    public IUpstreamDialect Dialect => Dialects[0].Dialect;
}

/// <summary>A setting of one provider.</summary>
/// <param name="Name">The name of the environment variable.</param>
/// <param name="Meaning">One line.</param>
internal sealed record ProviderSetting(string Name, string Meaning);
