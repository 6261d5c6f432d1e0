using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>A provider on bare sockets: it sees its connections, and for how long the gateway reads after a caller has left.</summary>
public sealed class SocketUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;
    private int _accepted;

    /// <summary>Serves one request after the other on a connection; the connection is closed when it returns false.</summary>
    public Func<NetworkStream, CancellationToken, Task<bool>> Serve { get; set; } = (_, _) => Task.FromResult(false);

    public int Connections => Volatile.Read(ref _accepted);

    public string BaseUrl { get; private set; } = "";

    public void Start()
    {
        _listener.Start();
        BaseUrl = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    /// <summary>Sends one chunk of a chunked response.</summary>
    public static async Task SendChunkAsync(NetworkStream stream, string text, CancellationToken cancellationToken) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n"), cancellationToken);

    public static async Task SendHeadAsync(NetworkStream stream, CancellationToken cancellationToken) =>
        await stream.WriteAsync("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"u8.ToArray(), cancellationToken);

    public static async Task SendEndAsync(NetworkStream stream, CancellationToken cancellationToken) =>
        await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ConnectionAsync(client));
            }
        }
        catch (Exception e) when (e is SocketException || _stopping.IsCancellationRequested)
        {
            // The test is over, whether the listener was waiting or between two connections.
        }
    }

    private async Task ConnectionAsync(TcpClient client)
    {
        await Task.Yield();
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ReadRequestAsync(stream) && await Serve(stream, _stopping.Token)) { }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException || _stopping.IsCancellationRequested)
            {
                // The gateway has closed the connection, or the test is over.
            }
        }
    }

    private async Task<bool> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _stopping.Token);
            if (read == 0) return false;
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var sent = text.ToString();
            var head = sent.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            var length = sent[..head].Split("\r\n").First(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1];
            if (sent.Length - head - 4 >= int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)) return true;
        }
    }
}
