using System.Collections.Concurrent;
using System.Diagnostics;

namespace Nano.Functions.Tests.Hosting;

/// <summary>The app as a host starts it: a process with the host's address on its command line and the app settings in its environment.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const int MaxMessage = int.MaxValue;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private WorkerProcess(Process process) => _process = process;

    /// <summary>The output of src/Functions, built in the same configuration as these tests.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Standard output and error.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    public int Id => _process.Id;

    public static WorkerProcess Start(Uri host, IReadOnlyDictionary<string, string> settings, string folder)
    {
        var id = Guid.NewGuid().ToString();
        // A package may contain the runtime (bench/worker.sh publishes such ones).
        var isSelfContained = File.Exists(Path.Combine(folder, "libcoreclr.so"));
        var start = new ProcessStartInfo(isSelfContained ? Path.Combine(folder, "Functions") : "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--host", host.Host, "--port", $"{host.Port}", "--workerId", id, "--requestId", id, "--grpcMaxMessageLength", $"{MaxMessage}",
                "--functions-uri", host.ToString(), "--functions-worker-id", id, "--functions-request-id", id, "--functions-grpc-max-message-length", $"{MaxMessage}",
            },
        };
        if (!isSelfContained) start.ArgumentList.Insert(0, Path.Combine(folder, "Functions.dll"));
        foreach (var name in start.Environment.Keys.ToList())
            if (!IsOfTheMachine(name)) start.Environment.Remove(name);
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        foreach (var (name, value) in settings) start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        var worker = new WorkerProcess(process);
        process.OutputDataReceived += (_, line) => worker.Add(line.Data);
        process.ErrorDataReceived += (_, line) => worker.Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return worker;
    }

    public int ExitCode => _process.ExitCode;

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public Task ExitedAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null) _output.Enqueue(line);
    }

    /// <summary>Removes keys and addresses of the user who runs the tests.</summary>
    private static bool IsOfTheMachine(string name) =>
        name is "PATH" or "HOME" or "USERPROFILE" or "SystemRoot" or "TEMP" or "TMP" or "TMPDIR" || name.StartsWith("DOTNET_", StringComparison.OrdinalIgnoreCase);

    private static string FindFolder()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(own.Parent!.Parent!.FullName, "Functions", own.Name);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Nano.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("These tests do not run inside the repository.");
        return folder.FullName;
    }
}
