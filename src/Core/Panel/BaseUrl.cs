using Microsoft.AspNetCore.Http;
using Nano.Configuration;
using Nano.Routing;

namespace Nano.Panel;

/// <summary>The base URL that a client of this gateway takes.</summary>
internal static class BaseUrl
{
    private const string Version = "/v1";

    /// <summary>By <c>CUSTOM_ENDPOINT_URL</c>, with or without its <c>/v1</c>; else as the caller itself came. Only this caller receives it.</summary>
    public static string Of(HttpRequest request, GatewayOptions options)
    {
        if (options.CustomEndpointUrl is { } custom)
        {
            var address = custom.AbsoluteUri.TrimEnd('/');
            return address.EndsWith(Version, StringComparison.Ordinal) ? address : address + Version;
        }
        // Azure's front end terminates https and reports it in a header that may be missing here.
        var scheme = options.OnAzure ? "https" : request.Scheme;
        return $"{scheme}://{request.Host.ToUriComponent()}{Version}";
    }
}
