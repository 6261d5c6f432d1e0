using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.Testing.Upstream;
using Yarp.ReverseProxy.Forwarder;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// The HTTP side of the stand-in for the Functions host. It sends each request twice: as an invocation, and as the request itself, forwarded
/// by YARP to the worker's own server (Azure/azure-functions-host, GrpcWorkerChannel and DefaultHttpProxyService).
/// </summary>
/// <remarks>
/// Which function runs is decided as the host decides it: functions are sorted by name, ignoring case (FunctionMetadataManager), their
/// routes are added in that order to a route collection (WebScriptHostHttpRoutesManager; WebJobsRouteBuilder of
/// Azure/azure-webjobs-sdk-extensions), and the first whose template and methods match runs. Facts/HostFactTests lists the other
/// behaviours of the host, fact by fact.
/// </remarks>
internal sealed class HostFront : IAsyncDisposable
{
    /// <summary>A header for tests: the caller's address as the host sees it. Without it, the connection's address.</summary>
    public const string CallerAddress = "test-caller-address";

    /// <summary>ScriptConstants.DefaultMaxRequestBodySize, the default of FUNCTIONS_REQUEST_BODY_SIZE_LIMIT.</summary>
    public const long DefaultBodyLimit = 104_857_600;

    private readonly WebApplication _app;
    private readonly InvocationLog _results = new();
    private readonly IWorker _worker;
    private readonly Uri _address;
    private readonly TimeSpan _activityTimeout;
    private readonly HttpMessageInvoker _client = new(
        new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null }));

    private HostFront(WebApplication app, IWorker worker, Uri address, TimeSpan activityTimeout) =>
        (_app, _worker, _address, _activityTimeout) = (app, worker, address, activityTimeout);

    /// <summary>The address for callers.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>The finished invocations that began since the last <see cref="Forget"/>.</summary>
    public IReadOnlyList<Invocation> Results => [.. _results.Current];

    public void Forget() => _results.Forget();

    /// <param name="address">The worker's HTTP address.</param>
    /// <param name="bodyLimit">The value of FUNCTIONS_REQUEST_BODY_SIZE_LIMIT.</param>
    /// <param name="activityTimeout">Null for the host's default.</param>
    public static async Task<HostFront> StartAsync(
        IWorker worker, Uri address, IEnumerable<FunctionMetadata> functions, string routePrefix, long bodyLimit = DefaultBodyLimit, TimeSpan? activityTimeout = null)
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = bodyLimit;
        });
        builder.Services.AddHttpForwarder();
        builder.Services.AddRouting();
        var app = builder.Build();
        // DefaultHttpProxyService.
        var front = new HostFront(app, worker, address, activityTimeout ?? TimeSpan.FromSeconds(240));
        var routes = new RouteCollection();
        var constraintResolver = app.Services.GetRequiredService<IInlineConstraintResolver>();
        foreach (var function in functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            var trigger = HttpTrigger.Of(function);
            var route = trigger.Route.Length > 0 ? trigger.Route : function.Name;
            var template = routePrefix.Length == 0 ? route : $"{routePrefix}/{route}";
            var constraints = new Dictionary<string, object>();
            if (trigger.Methods is { } methods) constraints.Add("httpMethod", new HttpMethodRouteConstraint([.. methods]));
            routes.Add(new Route(new RouteHandler(context => front.CallAsync(context, function)), function.Name, template, new RouteValueDictionary(), constraints,
                new RouteValueDictionary(), constraintResolver));
        }
        app.Use(ServeAsync);
        app.UseRouter(routes);
        await app.StartAsync();
        return front;
    }

    public static async Task StopAsync(WebApplication app)
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_app);
        _client.Dispose();
    }

    /// <summary>The middleware for every request: ExceptionMiddleware.</summary>
    private static async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task CallAsync(HttpContext context, FunctionMetadata function)
    {
        // The caller has its response before the invocation is over: one that began before Forget does not belong to the next test.
        var log = _results.Current;
        var invocation = Guid.NewGuid().ToString();
        // The host overwrites nothing here (DefaultHttpProxyService.StartForwarding): a caller's own value stays, and its call fails.
        context.Request.Headers.TryAdd("x-ms-invocation-id", invocation);
        // The caller's address as the platform's front end reports it to its host.
        if (context.Request.Headers.Remove(CallerAddress, out var caller)) context.Connection.RemoteIpAddress = IPAddress.Parse(caller!);
        var forwarder = context.RequestServices.GetRequiredService<IHttpForwarder>();
        var forwarding = forwarder.SendAsync(context, _address.ToString(), _client, new ForwarderRequestConfig { ActivityTimeout = _activityTimeout }).AsTask();
        var invoking = _worker.InvokeAsync(function, invocation);
        await using (context.RequestAborted.Register(() => _worker.Cancel(invocation)))
        {
            var response = await invoking;
            // As in GrpcWorkerChannel.InvokeResponse: a request that was not forwarded to its end (DefaultHttpProxyService.EnsureSuccessfulForwardingAsync)
            // is a failed invocation, even if the function succeeded and the caller broke off.
            var failure = await forwarding is not ForwarderError.None and var error ? $"Failed to proxy request with ForwarderError: {error}"
                : response.Result.Status != StatusResult.Types.Status.Success ? $"Result: {response.Result.Status}" : null;
            if (failure is not null) _results.IfCurrent(log, () => _worker.LogFailure(function.Name, failure));
            log.Enqueue(new Invocation(function.Name, response.InvocationId, response.Result));
            if (failure is not null) throw new InvalidOperationException(failure);
        }
    }

    /// <summary>The invocations that began since the last <see cref="Forget"/>.</summary>
    private sealed class InvocationLog
    {
        private readonly Lock _lock = new();

        public ConcurrentQueue<Invocation> Current { get; private set; } = new();

        public void Forget()
        {
            lock (_lock) Current = new ConcurrentQueue<Invocation>();
        }

        /// <summary>Acts if nothing was forgotten since a call began that got this log. <see cref="Forget"/> waits for it.</summary>
        public void IfCurrent(ConcurrentQueue<Invocation> log, Action act)
        {
            lock (_lock) if (log == Current) act();
        }
    }
}
