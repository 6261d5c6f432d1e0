using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Stop;

/// <summary>LocalHost as an operator runs it: a process that is stopped by a signal, and its output.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new("nano-stop");
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(IReadOnlyDictionary<string, string> settings)
    {
        string[] command = ["dotnet", "exec", typeof(LocalHostApp).Assembly.Location];
        // Tests that run in the background of a script ignore SIGINT, and so would every process that they start.
        if (OperatingSystem.IsLinux()) command = ["env", "--default-signal=INT", .. command];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var kept in (string[])["PATH", "HOME", "DOTNET_ROOT", "TMPDIR"])
            if (Environment.GetEnvironmentVariable(kept) is { } value) start.Environment[kept] = value;
        start.Environment["PORT"] = "0";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException("The gateway did not start: " + string.Join('\n', _output)));
    }

    public Uri Address => _address.Task.Result;

    /// <summary>Standard output and error, line by line.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    public static async Task<GatewayProcess> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var gateway = new GatewayProcess(settings);
        gateway._process.Start();
        gateway._process.BeginOutputReadLine();
        gateway._process.BeginErrorReadLine();
        await gateway._address.Task.WaitAsync(Patience);
        return gateway;
    }

    /// <param name="signal"><c>TERM</c> or <c>INT</c>.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (Url().Match(line) is { Success: true } url) _address.TrySetResult(new Uri(url.Value));
    }

    [GeneratedRegex("http://[0-9.:]+")]
    private static partial Regex Url();
}
