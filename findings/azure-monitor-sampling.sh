#!/usr/bin/env bash
# Azure.Monitor.OpenTelemetry.Exporter (NuGet): by default it keeps about five traces per second, and the items that it sends carry no sample
# rate from which the rest could be estimated. SamplingRatio = 1 alone does not change that; TracesPerSecond = null beside it does.
# A gateway must not count requests or money from traces, and its operator must set both options to see every request.
#
# Version: Azure.Monitor.OpenTelemetry.Exporter 1.10.0, .NET 10. Seen, of a burst of 200 traces: 10 to 13 by default, 0 with SamplingRatio = 1, 200
# with both. Exit code 0 while fewer than 60 arrive in the first two cases, 1 when that changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Azure.Monitor.OpenTelemetry.Exporter" Version="1.10.0" /><PackageReference Include="OpenTelemetry" Version="1.20.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Azure.Monitor.OpenTelemetry.Exporter;
using OpenTelemetry;
using OpenTelemetry.Trace;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
await using var app = builder.Build();
var received = 0;
var rated = 0;
app.MapPost("/{**path}", async (HttpContext context) =>
{
    var body = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
    using var reader = new StreamReader(body);
    var items = 0;
    while (await reader.ReadLineAsync() is { } line)
    {
        items++;
        using var item = JsonDocument.Parse(line);
        if (!item.RootElement.GetProperty("data").GetProperty("baseType").ValueEquals("RequestData")) continue;
        Interlocked.Increment(ref received);
        if (item.RootElement.TryGetProperty("sampleRate", out var rate) && rate.GetDouble() != 100) Interlocked.Increment(ref rated);
    }
    return Results.Json(new { itemsReceived = items, itemsAccepted = items, errors = Array.Empty<object>() });
});
await app.StartAsync();
Environment.SetEnvironmentVariable("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true");

int Run(string name, Action<AzureMonitorExporterOptions> configure)
{
    (received, rated) = (0, 0);
    using var source = new ActivitySource(name);
    using (var provider = Sdk.CreateTracerProviderBuilder().AddSource(name).AddAzureMonitorTraceExporter(options =>
    {
        options.ConnectionString = $"InstrumentationKey={Guid.Empty};IngestionEndpoint={app.Urls.First()}/";
        options.DisableOfflineStorage = true;
        configure(options);
    }).Build())
    {
        for (var i = 0; i < 200; i++)
        {
            Activity.Current = null;
            using var activity = source.StartActivity("request", ActivityKind.Server);
        }
        provider.ForceFlush();
    }
    Console.WriteLine($"{name}: {received} of 200 traces, {rated} of them with a sample rate");
    return received;
}

Console.WriteLine($"Azure.Monitor.OpenTelemetry.Exporter {Version(typeof(AzureMonitorExporterOptions))}");
var byDefault = Run("default", _ => { });
var ratedByDefault = rated;
var ratio = Run("SamplingRatio = 1", options => options.SamplingRatio = 1);
var both = Run("SamplingRatio = 1, TracesPerSecond = null", options => (options.SamplingRatio, options.TracesPerSecond) = (1, null));

bool isAsDescribed = byDefault < 60 && ratedByDefault == 0 && ratio < 60 && both == 200;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
