using System.Globalization;
using System.Net.Sockets;
using System.Text;

/// <summary>
/// Loaded into each measured process (<c>DOTNET_STARTUP_HOOKS</c>, which requires this name): a client of the socket that
/// <c>COUNTERS</c> names reads how many bytes the process has allocated. The benchmark's own process does not set that variable for itself.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("COUNTERS") is not { } path) return;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        new Thread(() =>
        {
            while (true)
            {
                using var caller = socket.Accept();
                caller.Send(Encoding.ASCII.GetBytes(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture)));
            }
        }) { IsBackground = true }.Start();
    }

    /// <summary>The bytes that a process has allocated.</summary>
    public static long Read(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        var text = new byte[32];
        return long.Parse(Encoding.ASCII.GetString(text, 0, socket.Receive(text)), CultureInfo.InvariantCulture);
    }
}
