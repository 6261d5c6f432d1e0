using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Dialects;
using Nano.Errors;

namespace Nano.Endpoints;

/// <summary>
/// What a host serves. A host with routing of its own calls a route's <see cref="GatewayRoute.Serve"/>; a host without
/// hands every request to <see cref="HandleAsync"/>. Neither lets an exception out.
/// </summary>
public sealed class Gateway
{
    private readonly HostNames? _hostNames;
    private readonly Dictionary<string, GatewayRoute[]> _exact;
    private readonly GatewayRoute[] _prefixed;

    internal Gateway(ChatEndpoint chat, ModelsEndpoint models, HealthEndpoint health, DialectSet dialects, HostNames? hostNames)
    {
        _hostNames = hostNames;
        Chat = chat;
        Models = models;
        Health = health;
        Dialects = dialects;
        _exact = GatewayRoutes.All.Where(r => !r.TakesRest).GroupBy(r => r.Pattern).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        _prefixed = [.. GatewayRoutes.All.Where(r => r.TakesRest)];
    }

    internal ChatEndpoint Chat { get; }

    internal ModelsEndpoint Models { get; }

    internal HealthEndpoint Health { get; }

    internal DialectSet Dialects { get; }

    /// <summary>Serves any request, also those that no route takes.</summary>
    public Task HandleAsync(HttpContext context)
    {
        if (_hostNames?.Refuse(context.Request.Host.Value) is { } stranger) return TellAsync(context, stranger);
        var path = context.Request.Path.Value ?? "";
        if (path.Length > 1 && path[^1] == '/') path = path[..^1];
        if (_exact.TryGetValue(path, out var routes))
        {
            foreach (var route in routes)
                if (Takes(route, context.Request.Method)) return route.Serve(this, context, "");
            return WrongMethodAsync(context, routes);
        }
        foreach (var route in _prefixed)
        {
            if (!path.StartsWith(route.Prefix, StringComparison.Ordinal) || path.Length == route.Prefix.Length) continue;
            return Takes(route, context.Request.Method) ? route.Serve(this, context, path[route.Prefix.Length..]) : WrongMethodAsync(context, [route]);
        }
        return NotFoundAsync(context, path);
    }

    private static bool Takes(GatewayRoute route, string method) =>
        method == route.Method || (route.Method == HttpMethods.Get && HttpMethods.IsHead(method));

    private Task WrongMethodAsync(HttpContext context, GatewayRoute[] routes)
    {
        var allowed = string.Join(", ", routes.Select(r => r.Method));
        context.Response.Headers.Allow = allowed;
        return TellAsync(context, new GatewayError(GatewayErrorKind.MethodNotAllowed, 405, $"{routes[0].Pattern} takes {allowed}, not {Visible(context.Request.Method)}."));
    }

    private Task NotFoundAsync(HttpContext context, string path)
    {
        var routes = string.Join(", ", GatewayRoutes.All.Select(r => $"{r.Method} {r.Pattern}"));
        return TellAsync(context, new GatewayError(GatewayErrorKind.NotFound, 404, $"There is nothing at '{Visible(path)}'. The gateway serves {routes}.") { Code = "route_not_found" });
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

    private static string Visible(string text) => text.Length > 200 ? text[..200] + "..." : text;
}
