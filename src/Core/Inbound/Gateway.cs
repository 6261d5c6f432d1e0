using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Access;
using Nano.Configuration;
using Nano.Errors;
using Nano.Panel;
using Nano.Pipeline;
using Nano.Routing;
using Nano.Upstream;

namespace Nano.Inbound;

/// <summary>
/// The gateway as hosts see it: a host passes every request to <see cref="HandleAsync"/>, whether or not it has its own routing.
/// </summary>
public sealed partial class Gateway
{
    private static readonly GatewayError Stopping = new(GatewayErrorKind.Stopping, 503, "The gateway is stopping and takes no new requests. Send the request again.")
    {
        Code = "gateway_stopping",
        RetryAfter = "1",
    };

    /// <summary>How long a caller may take to read the part of a response that was sent before a fault.</summary>
    private static readonly TimeSpan UnreadLimit = TimeSpan.FromSeconds(30);

    /// <summary>The longest part of a path or a method that a message repeats, in characters.</summary>
    private const int MaxVisible = 200;

    /// <summary>Letters by which a path may differ from a route that is suggested.</summary>
    private const int MaxSlips = 2;

    private readonly ILogger<Gateway> _log;
    private readonly Drain _drain;
    private readonly TimeProvider _time;
    private readonly Router _router;
    private readonly HostNames? _hostNames;
    private readonly BrowserOrigins? _origins;
    private readonly bool _acceptsKeyInUrl;
    private readonly Dictionary<string, GatewayRoute[]> _exact;
    private readonly GatewayRoute[] _withParameter;
    private readonly GatewayError? _unusable;
    private IReadOnlyList<string> _untold;

    internal Gateway(ChatPipeline chat, StoredResponses storedResponses, GeminiMethods gemini, ModelsEndpoint models, HealthEndpoint health, PanelEndpoints panel, InboundApis apis,
        Router router, GatewayOptions options, Drain drain, TimeProvider time, ILogger<Gateway> log)
    {
        _drain = drain;
        _acceptsKeyInUrl = options.AcceptsKeyInUrl;
        _time = time;
        _router = router;
        _log = log;
        _hostNames = HostNames.Of(options);
        _origins = BrowserOrigins.Of(options);
        _untold = options.Mistakes;
        if (options.Mistakes.Count > 0)
            _unusable = new GatewayError(GatewayErrorKind.NotConfigured, 503, $"The settings of this gateway have mistakes. {string.Join(' ', options.Mistakes)}")
                { Code = "gateway_not_configured", IsFinal = true };
        Chat = chat;
        StoredResponses = storedResponses;
        Gemini = gemini;
        Models = models;
        Health = health;
        Panel = panel;
        Apis = apis;
        _exact = GatewayRoutes.All.Where(r => !r.HasParameter).GroupBy(r => r.Pattern).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        _withParameter = [.. GatewayRoutes.All.Where(r => r.HasParameter)];
    }

    internal ChatPipeline Chat { get; }

    internal StoredResponses StoredResponses { get; }

    internal GeminiMethods Gemini { get; }

    internal ModelsEndpoint Models { get; }

    internal HealthEndpoint Health { get; }

    internal PanelEndpoints Panel { get; }

    internal InboundApis Apis { get; }

    /// <summary>
    /// Serves any request, including ones that match no route. It raises nothing: a Functions host reacts to an exception by ending
    /// the response, and the caller gets an empty 200, or half a response that looks complete.
    /// </summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (_untold.Count > 0) LogMistakes();
        RequestId.Assign(context, _time.GetUtcNow());
        var isAdmitted = _drain.TryEnter();
        try
        {
            await ServeAsync(context, isAdmitted);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            Log.CallerGone(_log, e);
        }
        catch (Exception e)
        {
            Log.Fault(_log, e, RequestId.Of(context));
            await TellFaultAsync(context);
        }
        finally
        {
            if (isAdmitted) _drain.Leave();
        }
    }

    /// <summary>While the host stops: aborts the requests that are still open at once, instead of giving them the rest of their time.</summary>
    public void StopNow() => _drain.Hurry();

    private async Task TellFaultAsync(HttpContext context)
    {
        try
        {
            if (!context.Response.HasStarted)
            {
                var id = RequestId.Of(context);
                context.Response.Clear();
                context.Response.Headers[RequestId.Header] = id;
                _origins?.Serve(context);
                await TellAsync(context, new GatewayError(GatewayErrorKind.Internal, 500, $"The gateway failed. Its log has details under the request id {id}.")
                    { Code = "internal_error" });
                return;
            }
        }
        catch (Exception e)
        {
            Log.Fault(_log, e, RequestId.Of(context));
        }
        // The response is not complete and must not look complete; the part that was sent still arrives.
        await ResponseAbort.RunAsync(context, TimeProvider.System, UnreadLimit);
    }

    private Task ServeAsync(HttpContext context, bool isAdmitted)
    {
        if (_hostNames?.Refuse(context.Request.Host.Value) is { } stranger) return TellAsync(context, stranger);
        if (_origins?.Serve(context) == true) return Task.CompletedTask;
        if (_acceptsKeyInUrl && context.Request.QueryString.HasValue) KeyInUrl.Move(context.Request);
        var path = context.Request.Path.Value ?? "";
        if (path.Length > 1 && path[^1] == '/') path = path[..^1];
        if (path is not (GatewayRoutes.Health or GatewayRoutes.Ready))
        {
            if (_unusable is not null) return TellAsync(context, _unusable);
            if (!isAdmitted) return RefuseAsync(context);
        }
        if (ServeRoute(context, path, "") is { } served) return served;
        if (Probes.IsProbe(path, context.Request.Method)) return Probes.ServeAsync(context, path);
        return PathForms.Canonical(path, out var deployment) is { } canonical ? ServeFormAsync(context, path, canonical, deployment) : NotFoundAsync(context, path);
    }

    /// <summary>Serves a path in a form that is not in the route table.</summary>
    private Task ServeFormAsync(HttpContext context, string path, string canonical, string deployment)
    {
        var original = context.Request.Path;
        // Errors and lists of models are written in the dialect of the request's path.
        context.Request.Path = canonical;
        if (ServeRoute(context, canonical, deployment.Length > 0 ? _router.NameOfDeployment(deployment) : "") is { } served) return served;
        context.Request.Path = original;
        return NotFoundAsync(context, path);
    }

    /// <param name="model">The model that the original path names; empty when it names none.</param>
    /// <returns>Null when no route matches the path.</returns>
    private Task? ServeRoute(HttpContext context, string path, string model)
    {
        if (_exact.TryGetValue(path, out var routes))
        {
            foreach (var route in routes)
                if (Takes(route, context.Request.Method)) return route.Serve(this, context, model);
            return WrongMethodAsync(context, routes);
        }
        foreach (var route in _withParameter)
            if (Takes(route, context.Request.Method) && route.TryMatch(path, out var parameter)) return route.Serve(this, context, parameter);
        var others = _withParameter.Where(route => route.TryMatch(path, out _)).ToArray();
        return others.Length > 0 ? WrongMethodAsync(context, others) : null;
    }

    private Task RefuseAsync(HttpContext context)
    {
        // The next request on this connection would be aborted, too.
        context.Response.Headers.Connection = "close";
        return TellAsync(context, Stopping);
    }

    private static bool Takes(GatewayRoute route, string method) =>
        method == route.Method || (route.Method == HttpMethods.Get && HttpMethods.IsHead(method));

    private Task WrongMethodAsync(HttpContext context, GatewayRoute[] routes)
    {
        var allowed = string.Join(", ", routes.Select(r => r.Method).Order(StringComparer.Ordinal));
        context.Response.Headers.Allow = allowed;
        return TellAsync(context,
            new GatewayError(GatewayErrorKind.MethodNotAllowed, 405, $"{routes[0].Shown} takes {allowed}, not {Visible(context.Request.Method)}.{Hint(context.Request)}"));
    }

    private static string Hint(HttpRequest request) =>
        BrowserOrigins.IsPreflight(request) ? $" A browser asks for a page of another origin: set {GatewaySettings.AllowedOrigins} to let it call." : "";

    private Task NotFoundAsync(HttpContext context, string path)
    {
        var meant = Meant(path, context.Request.Method) is { } near
            ? $"Did you mean {near}? The base URL of an OpenAI SDK ends with /v1, once."
            : $"The gateway serves {string.Join(", ", GatewayRoutes.All.Where(r => r.IsPublic).Select(r => $"{r.Method} {r.Shown}"))}.";
        return TellAsync(context, new GatewayError(GatewayErrorKind.NotFound, 404, $"There is nothing at '{Visible(path)}'. {meant}") { Code = "route_not_found" });
    }

    /// <summary>The route under /v1 that matches the end of a path: the base URL may lack /v1, contain it twice, or belong to another gateway.</summary>
    private static string? Meant(string path, string method)
    {
        const string version = "/v1";
        // Callers control the path, and the cost grows with its length.
        if (path.Length > MaxVisible) return null;
        for (var at = path.LastIndexOf('/'); at >= 0; at = at == 0 ? -1 : path.LastIndexOf('/', at - 1))
        {
            var end = version + path[at..];
            var near = GatewayRoutes.All.Where(r => r.IsPublic && (r.HasParameter ? r.TryMatch(end, out _) : r.Pattern == end));
            if (near.MaxBy(r => Takes(r, method)) is { } route) return $"{route.Method} {route.Shown}";
        }
        // Probably a typing mistake.
        return NearNames.Of(path, GatewayRoutes.All.Where(r => r.IsPublic && !r.HasParameter).Select(r => r.Pattern), 1) is [var pattern]
            && NearNames.Distance(path, pattern) <= MaxSlips && GatewayRoutes.All.Where(r => r.Pattern == pattern).MaxBy(r => Takes(r, method)) is { } meant
            ? $"{meant.Method} {meant.Shown}" : null;
    }

    private async Task TellAsync(HttpContext context, GatewayError error)
    {
        try
        {
            await ErrorWriter.WriteAsync(context, Apis.Of(context.Request).Dialect, error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    /// <summary>Logged with the first call, because what a Functions worker logs outside of calls is lost.</summary>
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

        [LoggerMessage(14, LogLevel.Debug, "A caller left before its response was complete.")]
        public static partial void CallerGone(ILogger logger, Exception exception);
    }
}
