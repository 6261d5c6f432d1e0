using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Access;
using Nano.Dialects;
using Nano.Errors;
using Nano.Panel;
using Nano.Routing;

namespace Nano.Endpoints;

/// <summary>
/// What a host serves: it hands every request to <see cref="HandleAsync"/>, whether or not it has routing of its own.
/// </summary>
public sealed partial class Gateway
{
    /// <summary>How much of a path or a method a message repeats.</summary>
    private const int MaxVisible = 200;

    private readonly ILogger<Gateway> _log;
    private readonly HostNames? _hostNames;
    private readonly Dictionary<string, GatewayRoute[]> _exact;
    private readonly GatewayRoute[] _withParameter;
    private readonly GatewayError? _unusable;
    private IReadOnlyList<string> _untold;

    internal Gateway(ChatEndpoint chat, ModelsEndpoint models, HealthEndpoint health, PanelEndpoints panel, DialectSet dialects, GatewayOptions options, ILogger<Gateway> log)
    {
        _log = log;
        _hostNames = HostNames.Of(options);
        _untold = options.Mistakes;
        if (options.Mistakes.Count > 0) _unusable = new GatewayError(GatewayErrorKind.NotConfigured, 503, $"The settings of this gateway have mistakes. {string.Join(' ', options.Mistakes)}") { Code = "gateway_not_configured", IsFinal = true };
        Chat = chat;
        Models = models;
        Health = health;
        Panel = panel;
        Dialects = dialects;
        _exact = GatewayRoutes.All.Where(r => !r.HasParameter).GroupBy(r => r.Pattern).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        _withParameter = [.. GatewayRoutes.All.Where(r => r.HasParameter)];
    }

    internal ChatEndpoint Chat { get; }

    internal ModelsEndpoint Models { get; }

    internal HealthEndpoint Health { get; }

    internal PanelEndpoints Panel { get; }

    internal DialectSet Dialects { get; }

    /// <summary>
    /// Serves any request, also those that no route takes. It raises nothing: to a Functions host, an exception is the end
    /// of the answer, and what the caller then gets is an empty 200, or half an answer that looks whole.
    /// </summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (_untold.Count > 0) LogMistakes();
        try
        {
            await ServeAsync(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            Log.CallerGone(_log, e);
        }
        catch (Exception e)
        {
            Log.Fault(_log, e, context.TraceIdentifier);
            await TellFaultAsync(context);
        }
    }

    private async Task TellFaultAsync(HttpContext context)
    {
        try
        {
            if (!context.Response.HasStarted)
            {
                context.Response.Clear();
                await TellAsync(context, new GatewayError(GatewayErrorKind.Internal, 500, $"The gateway failed. Its log tells more under the request id {context.TraceIdentifier}.") { Code = "internal_error" });
                return;
            }
        }
        catch (Exception e)
        {
            Log.Fault(_log, e, context.TraceIdentifier);
        }
        // What was sent is not the whole answer, and must not look like one.
        context.Abort();
    }

    private Task ServeAsync(HttpContext context)
    {
        if (_hostNames?.Refuse(context.Request.Host.Value) is { } stranger) return TellAsync(context, stranger);
        var path = context.Request.Path.Value ?? "";
        if (path.Length > 1 && path[^1] == '/') path = path[..^1];
        if (_unusable is not null && path is not (GatewayRoutes.Health or GatewayRoutes.Ready)) return TellAsync(context, _unusable);
        if (_exact.TryGetValue(path, out var routes))
        {
            foreach (var route in routes)
                if (Takes(route, context.Request.Method)) return route.Serve(this, context, "");
            return WrongMethodAsync(context, routes);
        }
        foreach (var route in _withParameter)
        {
            if (!route.TryMatch(path, out var parameter)) continue;
            return Takes(route, context.Request.Method) ? route.Serve(this, context, parameter) : WrongMethodAsync(context, [route]);
        }
        return NotFoundAsync(context, path);
    }

    private static bool Takes(GatewayRoute route, string method) =>
        method == route.Method || (route.Method == HttpMethods.Get && HttpMethods.IsHead(method));

    private Task WrongMethodAsync(HttpContext context, GatewayRoute[] routes)
    {
        var allowed = string.Join(", ", routes.Select(r => r.Method));
        context.Response.Headers.Allow = allowed;
        return TellAsync(context, new GatewayError(GatewayErrorKind.MethodNotAllowed, 405, $"{routes[0].Shown} takes {allowed}, not {Visible(context.Request.Method)}."));
    }

    private Task NotFoundAsync(HttpContext context, string path)
    {
        var meant = Meant(path) is { } near
            ? $"Did you mean {near}? The base URL of an OpenAI SDK ends with /v1, once."
            : $"The gateway serves {string.Join(", ", GatewayRoutes.All.Where(r => r.IsPublic).Select(r => $"{r.Method} {r.Shown}"))}.";
        return TellAsync(context, new GatewayError(GatewayErrorKind.NotFound, 404, $"There is nothing at '{Visible(path)}'. {meant}") { Code = "route_not_found" });
    }

    /// <summary>The route under /v1 that the end of a path names: of a base URL without /v1, with it twice, or of another gateway's.</summary>
    private static string? Meant(string path)
    {
        const string version = "/v1";
        // Anyone may send a path, and the work grows with its length.
        if (path.Length > MaxVisible) return null;
        for (var at = path.LastIndexOf('/'); at >= 0; at = at == 0 ? -1 : path.LastIndexOf('/', at - 1))
        {
            var end = version + path[at..];
            if (GatewayRoutes.All.FirstOrDefault(r => r.IsPublic && (r.HasParameter ? r.TryMatch(end, out _) : r.Pattern == end)) is { } route) return $"{route.Method} {route.Shown}";
        }
        return null;
    }

    private async Task TellAsync(HttpContext context, GatewayError error)
    {
        try
        {
            await ErrorWriter.WriteAsync(context, Dialects.OfCaller(context.Request), error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    /// <summary>With the first call, since what a Functions worker logs outside of calls reaches nobody.</summary>
    private void LogMistakes()
    {
        foreach (var mistake in Interlocked.Exchange(ref _untold, [])) Log.Mistake(_log, mistake);
    }

    private static string Visible(string text) => text.Length > MaxVisible ? text[..MaxVisible] + "..." : text;

    private static partial class Log
    {
        [LoggerMessage(12, LogLevel.Error, "Request {RequestId} failed inside the gateway.")]
        public static partial void Fault(ILogger logger, Exception exception, string requestId);

        [LoggerMessage(13, LogLevel.Critical, "All calls are refused: {Mistake}")]
        public static partial void Mistake(ILogger logger, string mistake);

        [LoggerMessage(14, LogLevel.Debug, "A caller left before its answer was whole.")]
        public static partial void CallerGone(ILogger logger, Exception exception);
    }
}
