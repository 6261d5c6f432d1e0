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
    /// <summary>As the hosts files of Linux distributions have them.</summary>
    private static readonly HashSet<string> LoopbackNames = new(StringComparer.OrdinalIgnoreCase) { "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback" };

    /// <summary>The names by which a container reaches its host, at Docker and Podman.</summary>
    private static readonly HashSet<string> ContainersHost = new(StringComparer.OrdinalIgnoreCase) { "host.docker.internal", "host.containers.internal" };

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
        || (options.CustomEndpointUrl is { } endpoint && IsPublished(url, endpoint, options));

    private static bool IsListening(Uri url, GatewayOptions options)
    {
        if (url.Port != options.Port) return false;
        var own = options.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(options.Host, out var set) ? set : IPAddress.Any;
        if (IsUnspecified(own)) return IsThisMachine(url);
        // Which of the loopback addresses a name means is the system's decision.
        return AddressOf(url) is { } address ? address.Equals(own) : IPAddress.IsLoopback(own) && IsLoopbackName(HostOf(url));
    }

    /// <summary>At a host with or without a port, as a Functions host reports its own: <c>NAME.azurewebsites.net</c>, <c>localhost:7071</c>.</summary>
    private static bool IsAt(Uri url, string host) =>
        Uri.TryCreate($"{url.Scheme}://{host}", UriKind.Absolute, out var own) && own.Port == url.Port && IsSameHost(own, url);

    /// <summary>At one of the gateway's base URLs below <c>CUSTOM_ENDPOINT_URL</c>. A reverse proxy may serve a provider at another path of the same host.</summary>
    private static bool IsPublished(Uri url, Uri endpoint, GatewayOptions options)
    {
        if (endpoint.Port != url.Port) return false;
        // Other machines reach what listens in a container by its host. Then the endpoint is at the host's loopback address, and a base URL at that of the container.
        var isAtContainersHost = options.InContainer && !BaseAddress.IsLoopback(options.Host) && IsThisMachine(endpoint);
        if (isAtContainersHost ? !ContainersHost.Contains(HostOf(url)) : !IsSameHost(endpoint, url)) return false;
        var root = endpoint.AbsolutePath.TrimEnd('/');
        if (root.EndsWith("/v1", StringComparison.OrdinalIgnoreCase)) root = root[..^"/v1".Length];
        return url.AbsolutePath.StartsWith(root, StringComparison.OrdinalIgnoreCase) && PathForms.IsBase(url.AbsolutePath[root.Length..].TrimEnd('/'));
    }

    private static bool IsSameHost(Uri one, Uri other) =>
        HostOf(one).Equals(HostOf(other), StringComparison.OrdinalIgnoreCase) || (IsThisMachine(one) && IsThisMachine(other));

    /// <summary>A loopback address, the wildcard address, which a Functions host may report, or a name or an address of the machine. No name is looked up.</summary>
    private static bool IsThisMachine(Uri url) =>
        AddressOf(url) is { } address
            ? IPAddress.IsLoopback(address) || IsUnspecified(address) || IsOfThisMachine(address)
            : IsLoopbackName(HostOf(url)) || IsMachineName(HostOf(url));

    private static IPAddress? AddressOf(Uri url) =>
        !IPAddress.TryParse(url.DnsSafeHost, out var address) ? null : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Without the dot at the end of a complete name.</summary>
    private static string HostOf(Uri url) => url.Host.TrimEnd('.');

    private static bool IsUnspecified(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsLoopbackName(string host) => LoopbackNames.Contains(host) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsMachineName(string host)
    {
        var name = Environment.MachineName;
        return host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.Equals(name + ".local", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A separate method, so that the types it names are loaded only when it is called.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsOfThisMachine(IPAddress address) =>
        NetworkInterface.GetAllNetworkInterfaces().Any(card => card.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
