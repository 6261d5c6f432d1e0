using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Nano.Bench.ColdStart;

/// <param name="WallMs">From before the process is created until the response is complete.</param>
/// <param name="CpuMs">CPU time of all its threads until then, in user and kernel mode.</param>
internal readonly record struct Sample(double WallMs, double CpuMs);

/// <summary>One start of a server.</summary>
internal static partial class Start
{
    private const string Body = """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""";

    /// <summary>An empty folder: a host that watches its folder for changed settings would watch everything in it.</summary>
    private static readonly string Folder = Directory.CreateTempSubdirectory("coldstart").FullName;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer Nano\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    public static Sample Measure(string command)
    {
        var port = FreePort();
        var words = command.Split(' ');
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            AskUntilAnswered(process, port, begin);
            var wall = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            return new Sample(wall, ProcessClock.CpuMs(process.Id));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    private static void AskUntilAnswered(Process process, int port, long begin)
    {
        var address = new IPEndPoint(IPAddress.Loopback, port);
        while (Stopwatch.GetElapsedTime(begin) < Patience && !process.HasExited)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (Connected(socket, address))
            {
                ReadAnswer(socket);
                return;
            }
            Pause();
        }
        throw new InvalidOperationException($"'{process.StartInfo.FileName}' does not respond: {process.StandardError.ReadToEnd()}");
    }

    /// <summary>Avoids the exception of <see cref="Socket.Connect(EndPoint)"/>, which would cost more than the server's start.</summary>
    private static bool Connected(Socket socket, IPEndPoint address)
    {
        using var operation = new SocketAsyncEventArgs { RemoteEndPoint = address };
        using var done = new ManualResetEventSlim();
        operation.Completed += (_, _) => done.Set();
        if (socket.ConnectAsync(operation)) done.Wait();
        return operation.SocketError == SocketError.Success;
    }

    private static void ReadAnswer(Socket socket)
    {
        socket.Send(Request);
        var answer = new byte[64 * 1024];
        var length = 0;
        while (!IsWhole(Encoding.ASCII.GetString(answer, 0, length)))
        {
            var read = socket.Receive(answer.AsSpan(length));
            if (read == 0) throw new InvalidOperationException("The response is cut off: " + Encoding.ASCII.GetString(answer, 0, length));
            length += read;
        }
        if (!Encoding.ASCII.GetString(answer, 0, length).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            throw new InvalidOperationException("No 200: " + Encoding.ASCII.GetString(answer, 0, length));
    }

    private static bool IsWhole(string answer)
    {
        var head = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0) return false;
        const string name = "\r\ncontent-length:";
        var at = answer.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0 || at > head) return answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);
        var value = answer.AsSpan(at + name.Length);
        return answer.Length >= head + 4 + int.Parse(value[..value.IndexOf('\r')], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>A fifth of a millisecond: <see cref="Thread.Sleep(int)"/> takes only whole ones.</summary>
    private static void Pause() => nanosleep(new TimeSpec(0, 200_000), 0);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc")]
    private static partial int nanosleep(in TimeSpec time, nint remaining);
}
