#!/usr/bin/env bash
# Azurite (npm), the emulator of Azure storage, accepts a table transaction over two partitions, which the service refuses by its documentation
# (entity group transactions). Its refusal of 101 operations has a form that Azure.Data.Tables cannot read: the client raises
# InvalidOperationException instead of TableTransactionFailedException.
# Tests against the emulator pass for code that fails in Azure. A gateway checks partition and count before it sends.
#
# Versions: Azurite 3.37.0, Azure.Data.Tables 12.13.0, .NET 10. Seen: both rows of two partitions are stored; InvalidOperationException.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error azurite@3.37.0 >/dev/null
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Azure.Data.Tables" Version="12.13.0" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Data.Tables;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

using var azurite = new Azurite();
var table = new TableClient(azurite.ConnectionString, "rows");
await table.CreateIfNotExistsAsync();

async Task<string> SubmitAsync(IEnumerable<TableEntity> rows)
{
    try
    {
        await table.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)));
        return "accepted";
    }
    catch (Exception exception)
    {
        return exception.GetType().Name;
    }
}

var partitions = await SubmitAsync([new("p1", "r"), new("p2", "r")]);
var stored = 0;
await foreach (var row in table.QueryAsync<TableEntity>()) stored++;
var many = await SubmitAsync(Enumerable.Range(0, 101).Select(index => new TableEntity("p3", $"{index}")));
Console.WriteLine($"Azurite 3.37.0, Azure.Data.Tables {Version(typeof(TableClient))}: two partitions {partitions}, {stored} rows stored; 101 operations: {many}");

bool isAsDescribed = partitions == "accepted" && stored == 2 && many == "InvalidOperationException";
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

/// <summary>Azurite's table service on a free port, until it is disposed.</summary>
internal sealed class Azurite : IDisposable
{
    private readonly Process _process;

    public Azurite()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        string[] options = ["node_modules/azurite/dist/src/table/main.js", "--tableHost", "127.0.0.1", "--tablePort", port.ToString(), "--inMemoryPersistence", "--disableTelemetry"];
        _process = Process.Start(new ProcessStartInfo("node", options) { RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        for (var i = 0; ; i++)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                break;
            }
            catch (SocketException) when (i < 300)
            {
                Thread.Sleep(100);
            }
        }
        // The account and the key that the emulator documents.
        ConnectionString = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";
    }

    public string ConnectionString { get; }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
