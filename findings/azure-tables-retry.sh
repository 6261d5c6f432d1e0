#!/usr/bin/env bash
# Azure.Data.Tables (NuGet): the client repeats a write by itself after a failure of the connection, and reports the response to the repetition.
# If the first attempt was carried out and only its response was lost, a committed insert raises 409 EntityAlreadyExists and a committed update
# raises 412 UpdateConditionNotSatisfied, as if another writer had won.
# A gateway that takes these for a lost race books a request twice, or refuses one that it has booked. It reads the row back and compares an
# id of the attempt.
#
# Versions: Azure.Data.Tables 12.13.0, Azurite 3.37.0, .NET 10. Seen: 409 and 412, and both values are stored. Exit code 0 while that is so, 1
# when it changed.
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
using Azure;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

using var azurite = new Azurite();
var losing = new Losing();
var options = new TableClientOptions { Transport = new HttpClientTransport(new HttpClient(losing)) };
options.Retry.Delay = TimeSpan.FromMilliseconds(50);
var table = new TableClient(azurite.ConnectionString, "bookings", options);
await table.CreateIfNotExistsAsync();

async Task<string> WriteAsync(Func<Task> write)
{
    losing.Next = true;
    try
    {
        await write();
        return "no exception";
    }
    catch (RequestFailedException exception)
    {
        return $"{exception.Status} {exception.ErrorCode}";
    }
}

var inserted = await WriteAsync(() => table.AddEntityAsync(new TableEntity("p", "r") { ["Cents"] = 1L }));
var row = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
var afterInsert = row["Cents"];
row["Cents"] = 2L;
var updated = await WriteAsync(() => table.UpdateEntityAsync(row, row.ETag));
var afterUpdate = (await table.GetEntityAsync<TableEntity>("p", "r")).Value["Cents"];
Console.WriteLine($"Azure.Data.Tables {Version(typeof(TableClient))}, the response to the first attempt lost: insert raises {inserted}, stored {afterInsert}; update raises {updated}, stored {afterUpdate}");

bool isAsDescribed = inserted == "409 EntityAlreadyExists" && afterInsert is 1L && updated == "412 UpdateConditionNotSatisfied" && afterUpdate is 2L;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

/// <summary>Sends a request, and loses the response to the next one.</summary>
internal sealed class Losing() : DelegatingHandler(new SocketsHttpHandler())
{
    public bool Next { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!Next) return response;
        Next = false;
        response.Dispose();
        throw new HttpRequestException("The connection was reset.");
    }
}

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
