using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using Nano.Configuration;
using Nano.Providers;

namespace Nano.Inbound;

/// <summary>
/// Base URLs of providers that are addresses of the gateway itself. A request for such a provider would come back, again and again, until
/// <c>MAX_CONCURRENT_REQUESTS</c> ends it. It happens by accident: agents and SDKs read <c>ANTHROPIC_BASE_URL</c> and <c>OPENAI_BASE_URL</c> too, and a shell
/// that points them at the gateway also starts the gateway.
/// </summary>
internal static class OwnAddress
{
    /// <summary>One sentence for each setting or <c>base_url</c> that is the gateway's own address. No value is repeated.</summary>
    /// <param name="config">Its addresses take precedence over those of settings.</param>
    public static IEnumerable<string> Mistakes(GatewayOptions options, GatewayConfig config, IReadOnlyList<Provider> providers) =>
        providers.Select(provider => Mistake(options, config, provider)).OfType<(string Source, string Sentence)>()
            .DistinctBy(mistake => mistake.Source).Select(mistake => mistake.Sentence);

    private static (string Source, string Sentence)? Mistake(GatewayOptions options, GatewayConfig config, Provider provider)
    {
        // What a provider has without one of these is its public address, or an example.
        var configured = config.Providers.FirstOrDefault(instance => instance.Id == provider.Id)?.BaseUrl;
        if ((configured ?? options.BaseUrls.GetValueOrDefault(provider.Id) ?? provider.SetBaseUrl) is not { } address) return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || !IsOwn(url, options)) return null;
        var source = configured is null ? GatewaySettings.BaseUrlOf(provider) : provider.AddressSource;
        return (source, $"{source} is an address of this gateway, so requests to {provider.DisplayName} would come back to it. Remove it where the gateway starts, "
            + "or set it to the provider's address. Set variables that clients read (an agent's base URL and key) only in the client's command.");
    }

    private static bool IsOwn(Uri url, GatewayOptions options) =>
        (options.FunctionsHost is { } host ? IsAt(url, host) : IsListening(url, options))
        || (options.CustomEndpointUrl is { } endpoint && IsPublished(url, endpoint, options.Host));

    private static bool IsListening(Uri url, GatewayOptions options)
    {
        if (url.Port != options.Port) return false;
        var own = options.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(options.Host, out var set) ? set : IPAddress.Any;
        var isAny = own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any);
        // A name of this machine: which of its loopback addresses it means is the system's decision.
        if (!IPAddress.TryParse(url.DnsSafeHost, out var address))
            return IsLocalName(url.Host) ? isAny || IPAddress.IsLoopback(own) : isAny && url.Host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return isAny ? IPAddress.IsLoopback(address) || IsOfThisMachine(address) : address.Equals(own);
    }

    /// <summary>A separate method, so that the types it names are loaded only when it is called.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsOfThisMachine(IPAddress address) =>
        NetworkInterface.GetAllNetworkInterfaces().Any(card => card.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));

    /// <summary>At a host with or without a port, as a Functions host reports its own: <c>NAME.azurewebsites.net</c>, <c>localhost:7071</c>.</summary>
    private static bool IsAt(Uri url, string host) =>
        Uri.TryCreate($"{url.Scheme}://{host}", UriKind.Absolute, out var own) && own.Port == url.Port && IsSameHost(own, url);

    /// <summary>At one of the gateway's base URLs below <c>CUSTOM_ENDPOINT_URL</c>. A reverse proxy may serve a provider at another path of the same host.</summary>
    private static bool IsPublished(Uri url, Uri endpoint, string listensOn)
    {
        if (endpoint.Port != url.Port || !IsSameHost(endpoint, url)) return false;
        // A gateway that listens on more than loopback may run in a container. Then the endpoint is at its host's loopback address, and the base URL at that of the container.
        if (IsHere(endpoint) && !BaseAddress.IsLoopback(listensOn)) return false;
        var root = endpoint.AbsolutePath.TrimEnd('/');
        if (root.EndsWith("/v1", StringComparison.OrdinalIgnoreCase)) root = root[..^"/v1".Length];
        return url.AbsolutePath.StartsWith(root, StringComparison.OrdinalIgnoreCase) && PathForms.IsBase(url.AbsolutePath[root.Length..].TrimEnd('/'));
    }

    private static bool IsSameHost(Uri one, Uri other) =>
        one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase) || (IsHere(one) && IsHere(other));

    /// <summary>A loopback address, or the wildcard address, which a Functions host may report.</summary>
    private static bool IsHere(Uri url) => BaseAddress.IsLoopback(url.DnsSafeHost) || url.DnsSafeHost is "0.0.0.0" or "::";

    private static bool IsLocalName(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
