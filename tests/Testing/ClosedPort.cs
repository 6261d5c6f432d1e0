using System.Net;
using System.Net.Sockets;

namespace Nano.Testing;

/// <summary>A port of the loopback address that refuses connections. It stays taken until it is disposed, so that no server can get it meanwhile.</summary>
public sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary><c>http://127.0.0.1:PORT</c>.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}";

    public void Dispose() => _socket.Dispose();
}
