using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Nano.Upstream;

namespace Nano.Inbound;

/// <summary>
/// Runs the <see cref="Drain"/> when the host stops: before the server stops, so that it still responds to new requests
/// (a 503) and <c>/readyz</c>, and within the host's <see cref="HostOptions.ShutdownTimeout"/>.
/// </summary>
internal sealed class GatewayLifetime(Drain drain, IHostApplicationLifetime lifetime, IOptions<HostOptions> options) : IHostedLifecycleService, IDisposable
{
    /// <summary>Requests whose connection the server has aborted still have to write their record.</summary>
    private static readonly TimeSpan LastRecords = TimeSpan.FromSeconds(2);

    private CancellationTokenRegistration _signal;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _signal = lifetime.ApplicationStopping.UnsafeRegister(static drain => ((Drain)drain!).Begin(), drain);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => drain.RunAsync(options.Value.ShutdownTimeout, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => drain.IsIdleAsync(LastRecords, CancellationToken.None);

    public void Dispose() => _signal.Dispose();
}
