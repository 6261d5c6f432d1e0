using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Nano.Panel.Tests.Browser;

/// <summary>A network between the browser and the gateway that can fail: it forwards bytes until it is cut.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly Uri _target;
    private volatile bool _down;

    public Relay(Uri target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Breaks every connection, and new ones as well.</summary>
    public void Cut()
    {
        _down = true;
        foreach (var client in _open) client.Dispose();
        _open.Clear();
    }

    public void Mend() => _down = false;

    public ValueTask DisposeAsync()
    {
        Cut();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(TcpClient from)
    {
        using var to = new TcpClient();
        _open.Add(from);
        _open.Add(to);
        try
        {
            if (_down) return;
            await to.ConnectAsync(_target.Host, _target.Port);
            await Task.WhenAny(from.GetStream().CopyToAsync(to.GetStream()), to.GetStream().CopyToAsync(from.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
        finally
        {
            from.Dispose();
        }
    }
}
