using Microsoft.AspNetCore.Http;
using Nano.Configuration;
using Nano.Routing;

namespace Nano.Panel;

/// <summary>The base URL that a client of this gateway takes.</summary>
internal static class BaseUrl
{
    private const string Version = "/v1";

    /// <summary>By <c>CUSTOM_ENDPOINT_URL</c>, with or without its <c>/v1</c>; else as the caller itself came. It is told to no one but this caller.</summary>
    public static string Of(HttpRequest request, GatewayOptions options)
    {
        if (options.CustomEndpointUrl is { } custom)
        {
            var address = custom.AbsoluteUri.TrimEnd('/');
            return address.EndsWith(Version, StringComparison.Ordinal) ? address : address + Version;
        }
        // Azure's front end takes https from everybody and says so in a header that may not come this far.
        var scheme = options.OnAzure ? "https" : request.Scheme;
        return $"{scheme}://{request.Host.ToUriComponent()}{Version}";
    }
}
