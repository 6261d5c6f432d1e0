using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Nano.Access;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Pipeline;
using Nano.Telemetry;

namespace Nano.Export;

/// <summary><c>GET /metrics</c> for Prometheus: with the gateway's own key, or without a key if <c>METRICS_ENDPOINT=open</c>.</summary>
public static class MetricsEndpoint
{
    public const string Path = "/metrics";

    private const string Methods = "GET, HEAD";

    private static readonly GatewayError WrongMethod = new(GatewayErrorKind.MethodNotAllowed, 405, $"{Path} takes {Methods}.");
    private static readonly GatewayError OwnerOnly = new(GatewayErrorKind.Forbidden, 403, "Metrics are for the gateway's own key (API_KEY).") { Code = "owner_only" };

    /// <summary>Runs before the gateway's own handler.</summary>
    public static void Use(WebApplication app, ExportSettings settings)
    {
        var hosts = HostNames.Of(app.Services.GetRequiredService<GatewayOptions>());
        var authenticator = app.Services.GetRequiredService<CallerAuthenticator>();
        var dialect = app.Services.GetRequiredService<DialectSet>().OpenAIChat;
        var isOpen = settings.Scrape == "open";
        // The check is part of the branch that it protects: two comparisons of the path could disagree (the package's own takes all paths below it, too).
        app.UseOpenTelemetryPrometheusScrapingEndpoint(meterProvider: null, predicate: static context => context.Request.Path == Path, path: null,
            configureBranchedPipeline: branch => branch.Use(CheckAsync), optionsName: null);

        async Task CheckAsync(HttpContext context, RequestDelegate next)
        {
            RequestId.Assign(context, TimeProvider.System.GetUtcNow());
            var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
            if (!isRead) context.Response.Headers.Allow = Methods;
            var error = hosts?.Refuse(context.Request.Host.Value) ?? (isRead ? null : WrongMethod);
            if (error is null && !isOpen)
            {
                var (caller, refused) = await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
                error = refused ?? (caller!.IsOwner ? null : OwnerOnly);
            }
            if (error is null) await next(context);
            else await ErrorWriter.WriteAsync(context, dialect, error);
        }
    }
}
