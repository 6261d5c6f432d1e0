#!/usr/bin/env bash
# Garnet: with `--lua`, scripts of different connections run interleaved. A check and an increment in one EVAL is not atomic, which it always
# is in Redis. `--lua-transaction-mode` makes scripts lock their keys. One multiplexed connection hides the difference.
# A gateway that enforces a budget by script would admit more than the budget as soon as it has several instances.
#
# Versions: garnet-server 2.2.8, StackExchange.Redis 3.4.35, .NET 10. Seen: 16 connections, a cap of 3,000 and 6,400 attempts: more than 3,000
# are admitted in most rounds, exactly 3,000 with --lua-transaction-mode. Exit code 0 while one of ten rounds admits too many, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="StackExchange.Redis" Version="3.4.35" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

const string Script = """
    local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
    if spent >= 3000 then return 0 end
    redis.call('SET', KEYS[1], spent + 1)
    return 1
    """;

async Task<int> RoundAsync(ConnectionMultiplexer[] connections, string key)
{
    var admitted = 0;
    await Task.WhenAll(connections.Select(connection => Task.Run(async () =>
    {
        for (var i = 0; i < 400; i++)
            if ((int)await connection.GetDatabase().ScriptEvaluateAsync(Script, [key]) == 1) Interlocked.Increment(ref admitted);
    })));
    return admitted;
}

async Task<List<int>> RunAsync(int rounds, params string[] options)
{
    using var garnet = Garnet.Start(["--memory", "64m", "--index", "8m", .. options]);
    var connections = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{garnet.Port},connectTimeout=30000,syncTimeout=30000,asyncTimeout=30000")));
    var admitted = new List<int>();
    for (var round = 0; round < rounds && admitted.All(count => count <= 3000); round++) admitted.Add(await RoundAsync(connections, $"budget{round}"));
    foreach (var connection in connections) await connection.DisposeAsync();
    return admitted;
}

var plain = await RunAsync(10, "--lua");
var locked = await RunAsync(3, "--lua", "--lua-transaction-mode");
Console.WriteLine($"garnet-server 2.2.8, StackExchange.Redis {Version(typeof(ConnectionMultiplexer))}: admitted of a cap of 3,000: {string.Join(", ", plain)}; with --lua-transaction-mode {string.Join(", ", locked)}");

bool isAsDescribed = plain[^1] > 3000 && locked.All(count => count == 3000);
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

/// <summary>Garnet on a free port, until it is disposed.</summary>
internal sealed class Garnet : IDisposable
{
    private readonly Process _process;

    private Garnet(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static Garnet Start(params string[] options)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var start = new ProcessStartInfo("tools/garnet-server", ["--bind", "127.0.0.1", "--port", port.ToString(), .. options]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_gcServer"] = "0";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        for (var i = 0; i < 300; i++)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return new Garnet(process, port);
            }
            catch (SocketException)
            {
                Thread.Sleep(100);
            }
        }
        process.Kill(entireProcessTree: true);
        throw new TimeoutException("Garnet did not start.");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet tool install garnet-server --version 2.2.8 --tool-path tools >/dev/null
dotnet out/app.dll
