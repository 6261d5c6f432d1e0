#!/usr/bin/env bash
# Garnet: a key that is watched and expires before EXEC does not stop the transaction. Redis stops it since 6.0.9, by its documentation of
# WATCH; Garnet reports version 7.4.3. A change by another connection stops it in both.
# A gateway that watches a lease and writes under it would write although the lease had run out.
#
# Version: garnet-server 2.2.8. Seen: EXEC is carried out after the expiry, and returns nil after a change. Exit code 0 while that is so, 1 when
# it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

using var garnet = Garnet.Start("--memory", "64m", "--index", "8m");
using var first = new Connection(garnet.Port);
using var second = new Connection(garnet.Port);

first.Send("SET", "lease", "mine", "PX", "300");
first.Send("WATCH", "lease");
await Task.Delay(1500);
var value = second.Send("GET", "lease");
first.Send("MULTI");
first.Send("SET", "balance", "1");
var expired = first.Send("EXEC");
Console.WriteLine($"garnet-server 2.2.8: the watched key has expired (GET: {value}), EXEC: {expired}, balance: {second.Send("GET", "balance")}");

first.Send("SET", "lease", "mine");
first.Send("WATCH", "lease");
second.Send("SET", "lease", "other");
first.Send("MULTI");
first.Send("SET", "balance", "2");
var changed = first.Send("EXEC");
Console.WriteLine($"the watched key has changed, EXEC: {changed}, balance: {second.Send("GET", "balance")}");

bool isAsDescribed = value.Contains("-1") && expired.Contains("OK") && changed.Contains("-1");
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

/// <summary>One command at a time, its reply as text with spaces for line breaks.</summary>
internal sealed class Connection(int port) : IDisposable
{
    private readonly TcpClient _client = new("127.0.0.1", port);

    public string Send(params string[] parts)
    {
        var command = $"*{parts.Length}\r\n" + string.Concat(parts.Select(part => $"${part.Length}\r\n{part}\r\n"));
        var stream = _client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(command));
        var reply = new byte[4096];
        var length = stream.Read(reply);
        return Encoding.ASCII.GetString(reply, 0, length).TrimEnd().Replace("\r\n", " ");
    }

    public void Dispose() => _client.Dispose();
}

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
