using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.Testing.Upstream;
using Yarp.ReverseProxy.Forwarder;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// What the Azure Functions host is to a worker: it starts it, learns its functions, and gives each call that one of their
/// routes takes to it twice, as an invocation over gRPC and as the request itself, forwarded by YARP to the worker's
/// own server (Azure/azure-functions-host, DefaultHttpProxyService and GrpcWorkerChannel).
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>A header of the tests' own: the address that the caller has for the host. Without it, the connection's.</summary>
    public const string CallerAddress = "test-caller-address";

    private readonly WebApplication _rpc;
    private readonly WorkerChannel _channel;
    private readonly WorkerProcess _worker;
    private readonly WebApplication _front;
    private readonly ConcurrentQueue<InvocationResponse> _results;

    private FunctionsHost(WebApplication rpc, WorkerChannel channel, WorkerProcess worker, WebApplication front, ConcurrentQueue<InvocationResponse> results)
    {
        (_rpc, _channel, _worker, _front, _results) = (rpc, channel, worker, front, results);
    }

    /// <summary>Where callers go.</summary>
    public Uri Address => new(_front.Urls.First());

    public IReadOnlyList<RpcLog> Logs => _channel.Logs;

    /// <summary>How each invocation that is over ended.</summary>
    public IReadOnlyList<InvocationResponse> Results => [.. _results];

    public IReadOnlyList<string> Output => _worker.Output;

    public int WorkerId => _worker.Id;

    public void Forget()
    {
        _results.Clear();
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
            var results = new ConcurrentQueue<InvocationResponse>();
            var front = await StartFrontAsync(channel, http, functions, HostFile.RoutePrefix(folder), results);
            return new FunctionsHost(rpc, channel, worker, front, results);
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

    private static async Task<WebApplication> StartFrontAsync(WorkerChannel channel, Uri worker, IEnumerable<FunctionMetadata> functions, string routePrefix, ConcurrentQueue<InvocationResponse> results)
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            // FUNCTIONS_REQUEST_BODY_SIZE_LIMIT's default.
            kestrel.Limits.MaxRequestBodySize = 210_000_000;
        });
        builder.Services.AddHttpForwarder();
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var client = new HttpMessageInvoker(new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null }));
        app.UseRouting();
        foreach (var function in functions)
        {
            var trigger = function.RawBindings.Select(raw => JsonDocument.Parse(raw).RootElement).Single(raw => raw.GetProperty("type").GetString() == "httpTrigger");
            var methods = trigger.TryGetProperty("methods", out var named) ? named.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()).ToArray() : null;
            var route = $"{routePrefix}/{trigger.GetProperty("route").GetString()}";
            RequestDelegate call = context => CallAsync(context, function.FunctionId);
            if (methods is null) app.Map(route, call);
            else app.MapMethods(route, methods, call);
        }
        await app.StartAsync();
        return app;

        async Task CallAsync(HttpContext context, string function)
        {
            var invocation = Guid.NewGuid().ToString();
            context.Request.Headers["x-ms-invocation-id"] = invocation;
            // What the platform's front end tells its host of the caller's address.
            if (context.Request.Headers.Remove(CallerAddress, out var caller)) context.Connection.RemoteIpAddress = IPAddress.Parse(caller!);
            var forwarding = forwarder.SendAsync(context, worker.ToString(), client, new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(240) });
            var invoking = channel.InvokeAsync(function, invocation);
            await using (context.RequestAborted.Register(() => channel.Cancel(invocation)))
            {
                results.Enqueue(await invoking);
                await forwarding;
            }
        }
    }
}
