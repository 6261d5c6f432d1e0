using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Nano.Testing.Stores;

/// <summary>A real storage server in a separate process, on its own port, with its data in memory.</summary>
public sealed class StoreServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StoreServer(int port, string ready, string file, IEnumerable<string> arguments)
    {
        Port = port;
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        start.Environment["DOTNET_gcServer"] = "0";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, ready);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{file} ended: {string.Join('\n', _output)}"));
    }

    public int Port { get; }

    /// <summary>Garnet of the tool manifest; null if <c>dotnet tool restore</c> has not installed it.</summary>
    public static Task<StoreServer?> StartGarnetAsync(params string[] options)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var tools = Path.Combine(packages, "garnet-server", "2.2.8", "tools");
        var server = Path.Combine(tools, $"net{Environment.Version.Major}.0", "any", "GarnetServer.dll");
        return File.Exists(server)
            ? StartAsync("Ready to accept connections", "dotnet",
            port => ["exec", server, "--bind", "127.0.0.1", "--port", $"{port}", "--memory", "64m", "--index", "8m", .. options])
            : Missing("Garnet is not installed: run 'dotnet tool restore'.");
    }

    /// <summary>The machine's Redis (Debian's package); null if there is none.</summary>
    public static Task<StoreServer?> StartRedisAsync() => StartRedisAsync(ushort.MaxValue, _ => []);

    /// <summary>One of the servers of a cluster, which has no slots yet and knows no others. Null if there is no Redis on the machine.</summary>
    /// <param name="folder">What it learns about the cluster is written here.</param>
    public static Task<StoreServer?> StartRedisNodeAsync(string folder) => StartRedisAsync(ushort.MaxValue - RedisBus,
        port => ["--cluster-enabled", "yes", "--cluster-config-file", Path.Combine(folder, $"{port}.conf"), "--cluster-node-timeout", "60000"]);

    /// <summary>Servers of a cluster talk to each other on this much higher a port.</summary>
    private const int RedisBus = 10_000;

    private static Task<StoreServer?> StartRedisAsync(int mostPort, Func<int, IEnumerable<string>> options) =>
        ((string[])["/usr/bin/redis-server", "/usr/local/bin/redis-server"]).FirstOrDefault(File.Exists) is { } server
            ? StartAsync("Ready to accept connections", server,
            port => ["--bind", "127.0.0.1", "--port", $"{port}", "--save", "", "--appendonly", "no", .. options(port)], mostPort)
            : Task.FromResult<StoreServer?>(null);

    /// <summary>Azurite's table service; null if <c>npm ci</c> in tests/azurite has not installed it.</summary>
    public static Task<StoreServer?> StartAzuriteAsync() => StartAzuriteAsync("table", "successfully started on");

    /// <summary>Azurite's blob service; null in the same case as <see cref="StartAzuriteAsync()"/>.</summary>
    public static Task<StoreServer?> StartBlobsAsync() => StartAzuriteAsync("blob", "successfully listens on");

    private static Task<StoreServer?> StartAzuriteAsync(string service, string ready)
    {
        var server = Path.Combine(WireCorpus.RepositoryRoot, "tests", "azurite", "node_modules", "azurite", "dist", "src", service, "main.js");
        return File.Exists(server)
            ? StartAsync(ready, "node", port => [server, $"--{service}Host", "127.0.0.1", $"--{service}Port", $"{port}", "--inMemoryPersistence", "--disableTelemetry"])
            : Missing("Azurite is not installed: run 'npm ci' in tests/azurite.");
    }

    /// <summary>The connection string of Azurite's well-known account.</summary>
    public string TableConnection => ConnectionTo("Table");

    /// <inheritdoc cref="TableConnection"/>
    public string BlobConnection => ConnectionTo("Blob");

    private string ConnectionTo(string service) =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;{service}Endpoint=http://127.0.0.1:{Port}/devstoreaccount1;";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<StoreServer?> StartAsync(string ready, string file, Func<int, IEnumerable<string>> arguments, int mostPort = ushort.MaxValue)
    {
        // Another process may take the port in between.
        for (var tries = 1; ; tries++)
        {
            var port = FreePort(mostPort);
            var server = new StoreServer(port, ready, file, arguments(port));
            server._process.Start();
            server._process.BeginOutputReadLine();
            server._process.BeginErrorReadLine();
            try
            {
                await server._ready.Task.WaitAsync(Patience);
                return server;
            }
            catch (Exception e)
            {
                await server.DisposeAsync();
                if (tries == 3 || e is not InvalidOperationException) throw;
            }
        }
    }

    private static Task<StoreServer?> Missing(string why)
    {
        if (Environment.GetEnvironmentVariable("CI") is not null) throw new InvalidOperationException(why);
        return Task.FromResult<StoreServer?>(null);
    }

    private static int FreePort(int most)
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            if (((IPEndPoint)listener.LocalEndpoint).Port is var port && port <= most) return port;
        }
    }

    private void Take(string? line, string ready)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (line.Contains(ready, StringComparison.Ordinal)) _ready.TrySetResult();
    }
}
