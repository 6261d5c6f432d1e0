using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.Testing.Upstream;
using Yarp.ReverseProxy.Forwarder;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// A stand-in for the Azure Functions host. It starts the worker, asks for its functions, and passes each request on twice: as an invocation
/// over gRPC, and as the request itself, forwarded by YARP to the worker's own server (Azure/azure-functions-host, DefaultHttpProxyService and
/// GrpcWorkerChannel).
/// </summary>
/// <remarks>
/// Which function runs is decided as the host decides it: functions are sorted by name, ignoring case (FunctionMetadataManager), their
/// routes are added in that order to a route collection (WebScriptHostHttpRoutesManager; WebJobsRouteBuilder of
/// Azure/azure-webjobs-sdk-extensions), and the first whose template and methods match runs. What no route matches is an empty 404.
/// </remarks>
internal sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>A header of the tests' own: the address that the caller has for the host. Without it, the connection's.</summary>
    public const string CallerAddress = "test-caller-address";

    private readonly WebApplication _rpc;
    private readonly WorkerChannel _channel;
    private readonly WorkerProcess _worker;
    private readonly WebApplication _front;
    private readonly InvocationLog _results;
    private readonly Func<HostLog, bool> _logFilter;

    private FunctionsHost(WebApplication rpc, WorkerChannel channel, WorkerProcess worker, WebApplication front, IReadOnlyList<FunctionMetadata> functions, InvocationLog results,
        Func<HostLog, bool> logFilter)
    {
        (_rpc, _channel, _worker, _front, Functions, _results, _logFilter) = (rpc, channel, worker, front, functions, results, logFilter);
    }

    /// <summary>The functions that the worker reported.</summary>
    public IReadOnlyList<FunctionMetadata> Functions { get; }

    /// <summary>Where callers go.</summary>
    public Uri Address => new(_front.Urls.First());

    public IReadOnlyList<RpcLog> Logs => _channel.Logs;

    /// <summary>What the host logs, after the filter of host.json.</summary>
    public IReadOnlyList<HostLog> HostLogs => [.. _channel.HostLogs.Where(_logFilter)];

    /// <summary>Each invocation that is over: which function ran, and how it ended.</summary>
    public IReadOnlyList<Invocation> Results => [.. _results.Current];

    public IReadOnlyList<string> Output => _worker.Output;

    public int WorkerId => _worker.Id;

    /// <summary>Asks the worker to end, as a host does that stops.</summary>
    public void Terminate() => _channel.Terminate();

    /// <param name="signal">Such as <c>TERM</c>.</param>
    public Task SignalAsync(string signal) => _worker.SignalAsync(signal);

    /// <summary>Waits until the worker has ended and all its messages are here.</summary>
    /// <returns>The worker's exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _worker.ExitedAsync(CancellationToken.None);
        await _channel.Ended;
        return _worker.ExitCode;
    }

    public void Forget()
    {
        _results.Forget();
        _channel.Forget();
    }

    /// <param name="folder">A published worker; without it, what was built of src/Functions.</param>
    public static async Task<FunctionsHost> StartAsync(IReadOnlyDictionary<string, string> settings, string? folder = null)
    {
        folder ??= WorkerProcess.Folder;
        var channel = new WorkerChannel();
        var rpc = await StartRpcAsync(channel);
        var worker = WorkerProcess.Start(new Uri(rpc.Urls.First()), settings, folder);
        try
        {
            using var started = new CancellationTokenSource();
            var starting = channel.StartAsync(folder);
            await Task.WhenAny(starting, worker.ExitedAsync(started.Token));
            if (!starting.IsCompleted) throw new InvalidOperationException("The worker has ended.");
            await started.CancelAsync();
            var (http, functions) = await starting;
            var results = new InvocationLog();
            var front = await StartFrontAsync(channel, http, functions, HostFile.RoutePrefix(folder), results);
            return new FunctionsHost(rpc, channel, worker, front, functions, results, HostFile.LogFilter(folder));
        }
        catch (Exception e)
        {
            channel.Terminate();
            await worker.DisposeAsync();
            await rpc.DisposeAsync();
            throw new InvalidOperationException("The worker did not start. It said:\n" + string.Join('\n', worker.Output), e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_front);
        _channel.Terminate();
        await _worker.DisposeAsync();
        await StopAsync(_rpc);
    }

    private static async Task StopAsync(WebApplication app)
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private static async Task<WebApplication> StartRpcAsync(WorkerChannel channel)
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(channel);
        var app = builder.Build();
        app.MapGrpcService<WorkerChannel>();
        await app.StartAsync();
        return app;
    }

    private static async Task<WebApplication> StartFrontAsync(WorkerChannel channel, Uri worker, IEnumerable<FunctionMetadata> functions, string routePrefix, InvocationLog results)
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            // ScriptConstants.DefaultMaxRequestBodySize, the default of FUNCTIONS_REQUEST_BODY_SIZE_LIMIT.
            kestrel.Limits.MaxRequestBodySize = 104_857_600;
        });
        builder.Services.AddHttpForwarder();
        builder.Services.AddRouting();
        var app = builder.Build();
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var client = new HttpMessageInvoker(
            new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null }));
        var routes = new RouteCollection();
        var constraintResolver = app.Services.GetRequiredService<IInlineConstraintResolver>();
        foreach (var function in functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            var trigger = HttpTrigger.Of(function);
            var template = routePrefix.Length == 0 ? trigger.Route : $"{routePrefix}/{trigger.Route}";
            var constraints = new Dictionary<string, object>();
            if (trigger.Methods is { } methods) constraints.Add("httpMethod", new HttpMethodRouteConstraint([.. methods]));
            routes.Add(new Route(new RouteHandler(context => CallAsync(context, function)), function.Name, template, new RouteValueDictionary(), constraints,
                new RouteValueDictionary(), constraintResolver));
        }
        app.UseRouter(routes);
        await app.StartAsync();
        return app;

        async Task CallAsync(HttpContext context, FunctionMetadata function)
        {
            // The caller has its response before the invocation is over: one that began before Forget is not of the next test.
            var log = results.Current;
            var invocation = Guid.NewGuid().ToString();
            // The host overwrites nothing here (DefaultHttpProxyService.StartForwarding): a caller's own value stays, and its call fails.
            context.Request.Headers.TryAdd("x-ms-invocation-id", invocation);
            // What the platform's front end tells its host of the caller's address.
            if (context.Request.Headers.Remove(CallerAddress, out var caller)) context.Connection.RemoteIpAddress = IPAddress.Parse(caller!);
            var forwarding = forwarder.SendAsync(context, worker.ToString(), client, new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(240) }).AsTask();
            var invoking = channel.InvokeAsync(function, invocation);
            await using (context.RequestAborted.Register(() => channel.Cancel(invocation)))
            {
                var response = await invoking;
                // As DefaultHttpProxyService.EnsureSuccessfulForwardingAsync: what could not be forwarded to its end is a failed invocation, even when
                // the function succeeded and the caller broke off.
                if (await forwarding is not ForwarderError.None and var error) channel.LogFailure(function.Name, $"Failed to proxy request with ForwarderError: {error}");
                log.Enqueue(new Invocation(function.Name, response.InvocationId, response.Result));
            }
        }
    }

    /// <summary>The invocations that began since the last <see cref="Forget"/>.</summary>
    private sealed class InvocationLog
    {
        public ConcurrentQueue<Invocation> Current { get; private set; } = new();

        public void Forget() => Current = new ConcurrentQueue<Invocation>();
    }
}
