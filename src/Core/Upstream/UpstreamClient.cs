using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Nano.Configuration;
using Nano.Providers;

namespace Nano.Upstream;

/// <summary>The only outgoing HTTP client: a connection pool for all providers, and the classification of its failures.</summary>
internal sealed class UpstreamClient : IDisposable
{
    private static readonly string[] ProxySettings = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

    private readonly HttpMessageInvoker _network;

    public UpstreamClient(GatewayOptions options) => _network = new HttpMessageInvoker(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // Looking up a proxy costs time on every request; an outgoing proxy is set by the usual variables or not at all.
        UseProxy = ProxySettings.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))),
        ActivityHeadersPropagator = null,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        // So that changed addresses of a provider are found.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxResponseHeadersLength = 64,
        // Abort a response that is not read to its end: by default, the handler continues reading it for two seconds, in which the
        // provider generates tokens that no caller gets.
        ResponseDrainTimeout = TimeSpan.Zero,
    });

    /// <summary>For requests that do not belong to a caller: tokens.</summary>
    public HttpMessageInvoker Network => _network;

    /// <summary>Sends once. Raises only <see cref="OperationCanceledException"/>, when the caller has left.</summary>
    /// <param name="token">The clock's token, or one that is cancelled with it.</param>
    public async ValueTask<AttemptOutcome> SendAsync(HttpRequestMessage message, Provider provider, RequestClock clock, CancellationToken token)
    {
        try
        {
            return new AttemptOutcome { Response = await StartAsync(message, provider, token) };
        }
        catch (Exception e) when (Classify(e, provider, clock) is { } outcome)
        {
            return outcome;
        }
    }

    /// <summary>Sends once, for the path of every request, where one more asynchronous method is a measurable cost. <see cref="Classify"/> takes what it raises.</summary>
    internal Task<HttpResponseMessage> StartAsync(HttpRequestMessage message, Provider provider, CancellationToken token) =>
        (provider.Transport ?? _network).SendAsync(message, token);

    /// <summary>The outcome that a failure to send means; null when the caller has left, and for faults of the gateway.</summary>
    internal static AttemptOutcome? Classify(Exception failure, Provider provider, RequestClock clock) => failure switch
    {
        OperationCanceledException when clock.CallerGone.IsCancellationRequested => null,
        OperationCanceledException when clock.TimedOut => new AttemptOutcome { Error = UpstreamErrors.TooSlow(provider) },
        // The handler's own ConnectTimeout.
        OperationCanceledException => new AttemptOutcome { Error = UpstreamErrors.Unreachable(provider, "it did not accept a connection in time"), NothingSent = true },
        HttpRequestException e => new AttemptOutcome { Error = UpstreamErrors.Unreachable(provider, Reason(e)), NothingSent = NeverArrived(e) },
        IOException => new AttemptOutcome { Error = UpstreamErrors.Unreachable(provider, "the connection broke off") },
        _ => null,
    };

    public void Dispose() => _network.Dispose();

    private static bool NeverArrived(HttpRequestException e) => e.HttpRequestError is
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;

    private static string Reason(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its host name cannot be resolved",
        HttpRequestError.SecureConnectionError => e.InnerException is AuthenticationException ? "its TLS certificate is not trusted" : "no secure connection could be made",
        HttpRequestError.ConnectionError => (e.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "the connection was refused",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no route to it",
            _ => "no connection could be made",
        },
        HttpRequestError.ResponseEnded => "it closed the connection without a response",
        HttpRequestError.ConfigurationLimitExceeded => "its response's headers are too large",
        HttpRequestError.InvalidResponse => "its response is not valid HTTP",
        _ => "the connection broke off",
    };
}
