using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nano.Bench.Worker;

/// <summary>A server without a separate host: it listens at PORT.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    public ServerProcess(string command)
    {
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Address = new Uri("http://" + socket.LocalEndPoint);
        }
        var words = command.Split(' ');
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { WorkingDirectory = Directory.CreateTempSubdirectory("worker-bench").FullName, RedirectStandardOutput = true };
        start.Environment["PORT"] = Address.Port.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <summary>Waits a moment, unless the process has ended.</summary>
    public Task WaitAsync() => _process.HasExited ? throw new InvalidOperationException($"'{_process.StartInfo.FileName}' has ended.") : Task.Delay(10);

    public ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
