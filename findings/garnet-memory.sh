#!/usr/bin/env bash
# Garnet: keys above `--memory` disappear without an error, the oldest first, when there is no storage tier. They have no expiry, and writes go on
# succeeding. Redis refuses writes at its limit unless an eviction policy is configured.
# A gateway that reads "no key" as "nothing spent" gives a budget out again.
#
# Versions: garnet-server 2.2.8, StackExchange.Redis 3.4.35, .NET 10. Seen: a counter set to 100 reads as nil after writes of twice the
# memory, none of which fails. Exit code 0 while that is so, 1 when it changed.
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

using var garnet = Garnet.Start("--memory", "16m", "--page", "1m", "--index", "1m");
await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{garnet.Port},connectTimeout=30000,asyncTimeout=30000");
var database = connection.GetDatabase();
await database.StringSetAsync("spent", 100);
var before = await database.StringGetAsync("spent");
var refused = 0;
for (var i = 0; i < 32; i++)
{
    var writes = Enumerable.Range(0, 1024).Select(key => database.StringSetAsync($"key{i}:{key}", new string('x', 1024)));
    refused += (await Task.WhenAll(writes)).Count(written => !written);
}
var after = await database.StringGetAsync("spent");
Console.WriteLine($"garnet-server 2.2.8, --memory 16m: spent is {before}, after 32 MB of other keys {(after.IsNull ? "nil" : after)}; writes that failed: {refused}");

bool isAsDescribed = before == 100 && after.IsNull && refused == 0;
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
