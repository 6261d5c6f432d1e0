using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// A stand-in for the Azure Functions host: it starts the worker, asks for its functions, and forwards requests to it (<see cref="HostFront"/>).
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    private readonly WebApplication _rpc;
    private readonly WorkerChannel _channel;
    private readonly WorkerProcess _worker;
    private readonly HostFront _front;
    private readonly Func<HostLog, bool> _logFilter;

    private FunctionsHost(WebApplication rpc, WorkerChannel channel, WorkerProcess worker, HostFront front, IReadOnlyList<FunctionMetadata> functions,
        Func<HostLog, bool> logFilter)
    {
        (_rpc, _channel, _worker, _front, Functions, _logFilter) = (rpc, channel, worker, front, functions, logFilter);
    }

    /// <summary>The functions that the worker reported.</summary>
    public IReadOnlyList<FunctionMetadata> Functions { get; }

    /// <summary>The address for callers.</summary>
    public Uri Address => _front.Address;

    public IReadOnlyList<RpcLog> Logs => _channel.Logs;

    /// <summary>What the host logs, after the filter of host.json.</summary>
    public IReadOnlyList<HostLog> HostLogs => [.. _channel.HostLogs.Where(_logFilter)];

    /// <summary>Each finished invocation: which function ran, and how it ended.</summary>
    public IReadOnlyList<Invocation> Results => _front.Results;

    public IReadOnlyList<string> Output => _worker.Output;

    public int WorkerId => _worker.Id;

    /// <summary>Asks the worker to end, like a host that stops.</summary>
    public void Terminate() => _channel.Terminate();

    /// <param name="signal">Such as <c>TERM</c>.</param>
    public Task SignalAsync(string signal) => _worker.SignalAsync(signal);

    /// <summary>Waits until the worker has ended and all its messages were read.</summary>
    /// <returns>The worker's exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _worker.ExitedAsync(CancellationToken.None);
        await _channel.Ended;
        return _worker.ExitCode;
    }

    public void Forget()
    {
        // In this order: a call that still runs no longer logs its failure, and what it has logged is forgotten too.
        _front.Forget();
        _channel.Forget();
    }

    /// <param name="folder">A published worker; by default the build output of src/Functions.</param>
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
            var front = await HostFront.StartAsync(channel, http, functions, HostFile.RoutePrefix(folder));
            return new FunctionsHost(rpc, channel, worker, front, functions, HostFile.LogFilter(folder));
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
        await _front.DisposeAsync();
        _channel.Terminate();
        await _worker.DisposeAsync();
        await HostFront.StopAsync(_rpc);
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
}
