using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Secrets;

namespace Nano.Providers;

/// <summary>
/// Who runs models. Thin: where it is, how a request is addressed and signed, which dialect a model speaks there, how
/// its counts are meant. Stateless; registered once (<c>AddGateway</c>).
/// </summary>
public interface IProvider
{
    /// <summary>Lower case, the part before the slash of <c>provider/model</c>: <c>openai</c>, <c>anthropic</c>, <c>google</c>.</summary>
    string Id { get; }

    /// <summary>The name people know it by.</summary>
    string DisplayName { get; }

    /// <summary>Other words for it in the panel's addresses (<c>claude</c>); models are named by <see cref="Id"/> alone.</summary>
    IReadOnlyList<string> Aliases => [];

    /// <summary>Settings that can hold its key, in order of preference. Empty: it needs no key.</summary>
    IReadOnlyList<string> KeySettings { get; }

    /// <summary>A key is sent when there is one, and nothing is missing when there is none (a server on this machine).</summary>
    bool IsKeyOptional => false;

    /// <summary>Those of <see cref="KeySettings"/> that hold a text which goes into no header (JSON, in several lines).</summary>
    IReadOnlyList<string> DocumentSettings => [];

    /// <summary>It takes tokens that end soon in the place of a key; null when it does not, or a key is set to be used.</summary>
    TokenSignIn? SignIn => null;

    /// <summary>
    /// Settings that make a key together where none of <see cref="KeySettings"/> has one; the last may be missing. The parts are
    /// handed to <see cref="Sign(HttpRequestMessage, in BodySplice, string?)"/> as one text, a line each. Empty: there are none.
    /// </summary>
    IReadOnlyList<ProviderSetting> KeyParts => [];

    /// <summary>How the names of its settings begin: <c>OPENAI</c> for <c>OPENAI_BASE_URL</c>.</summary>
    string SettingPrefix => Id.ToUpperInvariant().Replace('-', '_');

    /// <summary>Settings besides its keys and its base URL.</summary>
    IReadOnlyList<ProviderSetting> OtherSettings => [];

    /// <summary>Without a trailing slash, cut where the provider's own SDK cuts it. Null: it runs inside the gateway.</summary>
    string? DefaultBaseUrl { get; }

    /// <summary>
    /// It is nowhere until its <c>_BASE_URL</c> is set, since it has no address (a resource of one's own) or none that can be
    /// taken for granted (a server on this machine): <see cref="DefaultBaseUrl"/> is then an example.
    /// </summary>
    bool NeedsBaseUrl => false;

    /// <summary>The setting to set where it has no address, and an example of its value.</summary>
    (string Setting, string? Example) AddressSetting => (SettingPrefix + "_BASE_URL", DefaultBaseUrl);

    /// <summary>How bare model names of this provider begin (<c>gpt-</c>), for names that the catalogue does not know.</summary>
    IReadOnlyList<string> ModelPrefixes { get; }

    /// <summary>The dialect that this provider's models speak: the one that says most, and passes bytes to most callers.</summary>
    IUpstreamDialect Dialect { get; }

    /// <summary>A second dialect of this model, for what the usual one refuses; null where there is none. Asked once per deployment.</summary>
    /// <param name="model">The model in the provider's own words.</param>
    DialectRule? SecondDialect(string model) => null;

    /// <summary>
    /// The same model at who made it: what the catalogue knows there of what it can do holds here too, what it costs does not.
    /// Null where it runs at its maker's, or nobody knows.
    /// </summary>
    /// <param name="model">The model in the provider's own words.</param>
    ModelAtMaker? MakerOf(string model) => null;

    UsageRules Usage { get; }

    /// <summary>A Chat stream tells usage when <c>stream_options.include_usage</c> asks for it.</summary>
    bool StreamUsageOnRequest => false;

    /// <summary>Names of callers' headers that mean something to this provider and travel on (<c>x-grok-conv-id</c>). Never credentials.</summary>
    IReadOnlyList<string> ForwardedHeaders => [];

    /// <summary>What of a request chooses models besides <c>model</c>: refused for callers whose models are limited.</summary>
    ModelChoices ModelChoices => ModelChoices.None;

    /// <summary>The address of one model. Called once per deployment, not per request.</summary>
    /// <param name="baseUrl">Without a trailing slash.</param>
    /// <param name="model">The model in the provider's own words.</param>
    Uri BuildUri(string baseUrl, string model, bool stream);

    /// <summary>The address of one model for requests in its second dialect. Called once per deployment.</summary>
    /// <inheritdoc cref="BuildUri(string, string, bool)"/>
    Uri BuildUri(string baseUrl, string model, bool stream, IUpstreamDialect second) => BuildUri(baseUrl, model, stream);

    /// <summary>
    /// Where the reasoning state of a model is at home: it goes back to the same home only. What a home is says the provider,
    /// which refuses state of another one: by default the same address and the same model, whose date does not count.
    /// </summary>
    /// <param name="baseUrl">Without a trailing slash.</param>
    /// <param name="model">The model in the provider's own words.</param>
    string StateHome(string baseUrl, string model) => $"{baseUrl} {ModelNames.WithoutDate(model)}";

    /// <summary>
    /// A GET that costs nothing and is answered with JSON for a good key: the list of its models. Null for a provider inside
    /// the gateway, and for one that answers nothing for free.
    /// </summary>
    /// <param name="baseUrl">Without a trailing slash.</param>
    Uri? BuildModelsUri(string baseUrl) => null;

    /// <summary>How it lists its models; null for one whose list is not what requests can name, or that has none.</summary>
    ModelListForm? ModelList => null;

    /// <summary>Adds the credential and what else the provider demands of every request.</summary>
    /// <param name="key">Null when the provider needs none.</param>
    void Sign(HttpRequestHeaders headers, string? key);

    /// <summary>
    /// The same for a whole request, where a signature covers its method, its address and its content as well. Asked for every
    /// request, and once more for one that is sent again.
    /// </summary>
    /// <param name="body">What <paramref name="message"/> has for content; empty for a GET.</param>
    /// <inheritdoc cref="Sign(HttpRequestHeaders, string?)"/>
    void Sign(HttpRequestMessage message, in BodySplice body, string? key) => Sign(message.Headers, key);

    /// <summary>Whether an error answer says that the gateway's key is refused, beyond 401 and 403.</summary>
    bool IsKeyRefusal(int status, in ErrorDetails details) => false;

    /// <summary>What to do about a refused key, as a sentence, where it is something else than to look at the key's setting.</summary>
    string? RefusalAdvice(int status, in ErrorDetails details) => null;

    /// <summary>The header of an error answer that says its type where the body does not.</summary>
    string? ErrorTypeHeader => null;

    /// <summary>The transport, when the provider does not answer over the network; null for the shared one.</summary>
    HttpMessageInvoker? Transport => null;
}

/// <summary>A model of the catalogue.</summary>
/// <param name="Provider">An id.</param>
/// <param name="Model">In that provider's words.</param>
public readonly record struct ModelAtMaker(string Provider, string Model);

/// <summary>A setting of one provider alone.</summary>
/// <param name="Name">The name of the environment variable.</param>
/// <param name="Meaning">One line.</param>
public sealed record ProviderSetting(string Name, string Meaning);

/// <summary>Tokens in the place of a provider's key.</summary>
/// <param name="Word">What they are called in messages: <c>Entra token</c>.</param>
/// <param name="Advice">What to do when the provider refuses them, as a sentence.</param>
/// <param name="Exchange">Makes what fetches them, when the first one is wanted.</param>
public sealed record TokenSignIn(string Word, string Advice, Func<TokenMeans, ITokenExchange> Exchange);
