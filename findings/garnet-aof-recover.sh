#!/usr/bin/env bash
# Garnet: with `--aof` and without `--recover`, a restart does not load the log. The server starts empty and writes the log anew, so a later start
# with `--recover` cannot bring the data back either. Redis loads its append-only file at every start.
# A gateway whose budgets are in such a store forgets them at a restart that looks complete. It must not read "no key" as "nothing spent".
#
# Versions: garnet-server 2.2.8, StackExchange.Redis 3.4.35, .NET 10. Seen: after COMMITAOF and a stop, 100 with --recover; nil without, and nil
# with --recover after that start wrote one key. Exit code 0 while that is so, 1 when it changed.
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

async Task<string> UseAsync(string folder, bool recovers, Func<IDatabase, Task<string>> use)
{
    string[] options = ["--memory", "64m", "--index", "8m", "--aof", "--device-type", "RandomAccess", "--checkpointdir", folder];
    using var garnet = Garnet.Start(recovers ? [.. options, "--recover"] : options);
    await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{garnet.Port},connectTimeout=30000,asyncTimeout=30000");
    var seen = await use(connection.GetDatabase());
    await connection.GetDatabase().ExecuteAsync("COMMITAOF");
    return seen;
}

async Task<string> WriteAsync(IDatabase database)
{
    await database.StringSetAsync("spent", 100);
    return "";
}

async Task<string> ReadAsync(IDatabase database) => (await database.StringGetAsync("spent")).ToString() is { Length: > 0 } value ? value : "nil";

async Task<string> ReadAndWriteAsync(IDatabase database)
{
    var seen = await ReadAsync(database);
    await database.StringSetAsync("other", 1);
    return seen;
}

await UseAsync("a", false, WriteAsync);
var recovered = await UseAsync("a", true, ReadAsync);
await UseAsync("b", false, WriteAsync);
var forgotten = await UseAsync("b", false, ReadAndWriteAsync);
var late = await UseAsync("b", true, ReadAsync);
Console.WriteLine($"garnet-server 2.2.8 --aof, spent was 100: {recovered} after a start with --recover; {forgotten} after a start without; {late} after another one with it");

bool isAsDescribed = recovered == "100" && forgotten == "nil" && late == "nil";
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
