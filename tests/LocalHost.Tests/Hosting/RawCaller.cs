using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>A caller on a bare socket: it sees the bytes of a response with its chunks, and reads and leaves when the test requires it.</summary>
public sealed class RawCaller : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly MemoryStream _received = new();

    private RawCaller() { }

    /// <summary>The connection ended with a reset instead of a proper close.</summary>
    public bool WasReset { get; private set; }

    /// <summary>All bytes so far.</summary>
    public string Text => Encoding.UTF8.GetString(_received.GetBuffer(), 0, (int)_received.Length);

    /// <summary>The response has its last chunk, so that a client treats it as complete.</summary>
    public bool HasEnd => Text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);

    /// <summary>Sends a chat request; nothing is read yet.</summary>
    /// <param name="buffer">The bytes that the operating system keeps for a caller that does not read; null for its default.</param>
    public static async Task<RawCaller> SendAsync(Uri gateway, string request, int? buffer = null, string version = "1.1")
    {
        var caller = new RawCaller();
        if (buffer is { } bytes) caller._socket.ReceiveBufferSize = bytes;
        await caller._socket.ConnectAsync(IPAddress.Loopback, gateway.Port);
        var body = Encoding.UTF8.GetBytes(request);
        var head = $"POST /v1/chat/completions HTTP/{version}\r\nHost: localhost:{gateway.Port}\r\nAuthorization: Bearer {GatewayFixture.CallerKey}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        await caller._socket.SendAsync(Encoding.ASCII.GetBytes(head));
        await caller._socket.SendAsync(body);
        return caller;
    }

    /// <summary>Reads until <paramref name="word"/> arrives.</summary>
    public async Task ReadUntilAsync(string word)
    {
        while (!Text.Contains(word, StringComparison.Ordinal))
            if (!await ReadAsync()) throw new InvalidOperationException($"The connection ended before \"{word}\": {Text}");
    }

    /// <summary>Reads at least <paramref name="bytes"/> more, or until the response ends with <paramref name="end"/>.</summary>
    public async Task ReadMoreAsync(int bytes, string? end = null)
    {
        var goal = _received.Length + bytes;
        while (_received.Length < goal && (end is null || !Last(end.Length).Equals(end, StringComparison.Ordinal)))
            if (!await ReadAsync()) throw new InvalidOperationException("The connection ended too early.");

        string Last(int length) => Encoding.UTF8.GetString(_received.GetBuffer(), (int)_received.Length - length, length);
    }

    /// <summary>Reads until the connection ends.</summary>
    public async Task ReadToEndAsync()
    {
        while (await ReadAsync()) { }
    }

    /// <summary>Sends no more; what arrives is still kept.</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Leaves like a process that ends.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task<bool> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[64 * 1024];
        try
        {
            var read = await _socket.ReceiveAsync(buffer, limit.Token);
            _received.Write(buffer, 0, read);
            return read > 0;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            WasReset = true;
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Nothing came after {_received.Length} bytes.");
        }
    }
}
