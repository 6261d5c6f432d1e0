using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;

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

    /// <summary>Settings that can hold its key, in order of preference. Empty: it needs no key.</summary>
    IReadOnlyList<string> KeySettings { get; }

    /// <summary>Without a trailing slash, cut where the provider's own SDK cuts it. Null: it runs inside the gateway.</summary>
    string? DefaultBaseUrl { get; }

    /// <summary>How bare model names of this provider begin (<c>gpt-</c>), for names that the catalogue does not know.</summary>
    IReadOnlyList<string> ModelPrefixes { get; }

    /// <summary>The dialect that this provider's models speak.</summary>
    IDialect Dialect { get; }

    UsageRules Usage { get; }

    /// <summary>A Chat stream tells usage when <c>stream_options.include_usage</c> asks for it.</summary>
    bool StreamUsageOnRequest { get; }

    /// <summary>Addresses and signs a request whose body is already written.</summary>
    void Prepare(HttpRequestMessage message, in UpstreamTarget target);

    /// <summary>The transport, when the provider does not answer over the network; null for the shared one.</summary>
    HttpMessageInvoker? Transport { get; }
}

/// <summary>What a provider needs in order to address a request.</summary>
public readonly record struct UpstreamTarget
{
    /// <summary>Without a trailing slash.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The model in the provider's own words.</summary>
    public required string Model { get; init; }

    /// <summary>Null when the provider needs none.</summary>
    public string? Key { get; init; }

    public bool Stream { get; init; }
}
