using Microsoft.AspNetCore.Http;
using Nano.Configuration;

namespace Nano.Panel;

/// <summary>The base URL for clients of this gateway.</summary>
internal static class BaseUrl
{
    private const string Version = "/v1";

    /// <summary>From <c>CUSTOM_ENDPOINT_URL</c>, with or without its <c>/v1</c>; else from the caller's own request. Only this caller receives it.</summary>
    public static string Of(HttpRequest request, GatewayOptions options)
    {
        if (options.CustomEndpointUrl is { } custom)
        {
            var address = custom.AbsoluteUri.TrimEnd('/');
            return address.EndsWith(Version, StringComparison.OrdinalIgnoreCase) ? address[..^Version.Length] + Version : address + Version;
        }
        // Azure's front end terminates https and reports it in a header that may be missing here.
        var scheme = options.OnAzure ? "https" : request.Scheme;
        return $"{scheme}://{request.Host.ToUriComponent()}{Version}";
    }
}
