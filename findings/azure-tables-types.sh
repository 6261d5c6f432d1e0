#!/usr/bin/env bash
# Azure.Data.Tables (NuGet): two losses by type that raise nothing.
# - A decimal property of an entity class is written and reads back as 0, as null for `decimal?`. Table storage has no decimal type; the value
#   is stored as a Double, and the reader skips it.
# - A filter whose integer literal has another type than the stored property matches no row. CreateQueryFilter makes an Int32 literal of an int
#   variable; a property that was written as a long is an Int64.
# A gateway that keeps money as decimal would lose every balance at the first restart, and one that looks for a booking by an int finds none.
#
# Versions: Azure.Data.Tables 12.13.0, Azurite 3.37.0, .NET 10. Seen: 12.34 reads back as 0 and as null, as 12.34 from TableEntity; 0 rows for an
# int, 1 row for a long. Exit code 0 while that is so, 1 when it changed.
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
using Azure.Data.Tables;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

using var azurite = new Azurite();
var table = new TableClient(azurite.ConnectionString, "balances");
await table.CreateIfNotExistsAsync();
await table.AddEntityAsync(new Balance { PartitionKey = "p", RowKey = "r", Dollars = 12.34m, Limit = 12.34m, Count = 5 });
var read = (await table.GetEntityAsync<Balance>("p", "r")).Value;
var raw = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
Console.WriteLine($"Azure.Data.Tables {Version(typeof(TableClient))}, Azurite 3.37.0: decimal 12.34 reads back as {read.Dollars}, decimal? as {read.Limit?.ToString() ?? "null"}");
Console.WriteLine($"TableEntity has {raw["Dollars"]} ({raw["Dollars"].GetType().Name}); long 5 reads back as {read.Count}");

async Task<int> CountAsync(string filter)
{
    var rows = 0;
    await foreach (var row in table.QueryAsync<TableEntity>(filter)) rows++;
    return rows;
}

var count = 5;
var (asInt, asLong) = (TableClient.CreateQueryFilter($"Count eq {count}"), TableClient.CreateQueryFilter($"Count eq {(long)count}"));
var (byInt, byLong) = (await CountAsync(asInt), await CountAsync(asLong));
Console.WriteLine($"\"{asInt}\" matches {byInt} rows, \"{asLong}\" matches {byLong}");

bool isAsDescribed = read.Dollars == 0 && read.Limit is null && read.Count == 5 && raw["Dollars"] is double && byInt == 0 && byLong == 1;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

internal sealed class Balance : ITableEntity
{
    public required string PartitionKey { get; set; }

    public required string RowKey { get; set; }

    public decimal Dollars { get; set; }

    public decimal? Limit { get; set; }

    public long Count { get; set; }

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }
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
