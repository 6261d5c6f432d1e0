using System.Net;
using System.Net.Sockets;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// Azure's load balancer in front of the Functions host, for one caller's connections: it forwards bytes, and drops a connection without
/// bytes for <see cref="IdleLimit"/> of the clock.
/// </summary>
internal sealed class FrontEnd : IAsyncDisposable
{
    /// <summary>See the time-outs of HTTP triggers: learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(230);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Uri _host;
    private readonly TimeProvider _clock;
    private readonly Task _accepting;
    private int _passed;

    public FrontEnd(Uri host, TimeProvider clock)
    {
        (_host, _clock) = (host, clock);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How often bytes were forwarded to callers. Each time, the connection's limit starts again.</summary>
    public int Passed => Volatile.Read(ref _passed);

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopped.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        using var host = new TcpClient();
        using (caller)
        {
            await using var limit = _clock.CreateTimer(_ => connection.Cancel(), null, IdleLimit, Timeout.InfiniteTimeSpan);
            try
            {
                await host.ConnectAsync(_host.Host, _host.Port, connection.Token);
                var up = PassAsync(caller, host, limit, null, connection.Token);
                await Task.WhenAny(up, PassAsync(host, caller, limit, () => Interlocked.Increment(ref _passed), connection.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The limit has passed, or the test is over.
            }
            // A reset, like a load balancer's: the response has no end.
            caller.Client.LingerState = new LingerOption(true, 0);
        }
    }

    private static async Task PassAsync(TcpClient from, TcpClient to, ITimer limit, Action? passed, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.GetStream().ReadAsync(buffer, cancellationToken)) > 0;)
            {
                limit.Change(IdleLimit, Timeout.InfiniteTimeSpan);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                passed?.Invoke();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Either side has closed its connection.
        }
    }
}
