#!/usr/bin/env bash
# Azure.Monitor.OpenTelemetry.Exporter (NuGet): an exporter that was added for traces alone sends metrics as well. It measures each ended server span, also one whose
# recording flag a processor before it has cleared, so that the span itself is not sent. Who filters spans because another component reports the same
# requests still has them counted twice in the portal's charts of requests and failures. EnableStandardMetrics and EnablePerformanceCounters switch it off.
#
# Version: Azure.Monitor.OpenTelemetry.Exporter 1.10.0, OpenTelemetry 1.20.1, .NET 10. Seen, of 20 server spans without the flag: no request item, and a metric
# that counts 20 requests; with both options off, neither. Exit code 0 while this is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Azure.Monitor.OpenTelemetry.Exporter" Version="1.10.0" /><PackageReference Include="OpenTelemetry" Version="1.20.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Azure.Monitor.OpenTelemetry.Exporter;
using OpenTelemetry;
using OpenTelemetry.Trace;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
await using var app = builder.Build();
var items = new ConcurrentQueue<JsonElement>();
app.MapPost("/{**path}", async (HttpContext context) =>
{
    var body = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
    using var reader = new StreamReader(body);
    var count = 0;
    for (; await reader.ReadLineAsync() is { } line; count++) items.Enqueue(JsonDocument.Parse(line).RootElement.GetProperty("data").Clone());
    return Results.Json(new { itemsReceived = count, itemsAccepted = count, errors = Array.Empty<object>() });
});
await app.StartAsync();
Environment.SetEnvironmentVariable("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true");

(int Requests, double Measured) Run(string name, bool measures)
{
    items.Clear();
    using var source = new ActivitySource(name);
    using (Sdk.CreateTracerProviderBuilder().AddSource(name).AddProcessor(new Unrecorded()).AddAzureMonitorTraceExporter(options =>
    {
        options.ConnectionString = $"InstrumentationKey={Guid.Empty};IngestionEndpoint={app.Urls.First()}/";
        options.DisableOfflineStorage = true;
        (options.SamplingRatio, options.TracesPerSecond) = (1, null);
        if (!measures) (options.EnableStandardMetrics, options.EnablePerformanceCounters) = (false, false);
    }).Build())
    {
        for (var i = 0; i < 20; i++)
        {
            Activity.Current = null;
            using var activity = source.StartActivity("request", ActivityKind.Server);
        }
    }
    var requests = items.Count(data => data.GetProperty("baseType").ValueEquals("RequestData"));
    var measured = items.Where(data => data.GetProperty("baseType").ValueEquals("MetricData") && data.GetRawText().Contains("requests/duration"))
        .Sum(data => data.GetProperty("baseData").GetProperty("metrics")[0].GetProperty("count").GetDouble());
    Console.WriteLine($"{name}: {requests} request items, a metric of {measured} requests");
    return (requests, measured);
}

Console.WriteLine($"Azure.Monitor.OpenTelemetry.Exporter {FileVersionInfo.GetVersionInfo(typeof(AzureMonitorExporterOptions).Assembly.Location).ProductVersion!.Split('+')[0]}");
var isAsDescribed = Run("default", measures: true) == (0, 20) && Run("both off", measures: false) == (0, 0);
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

internal sealed class Unrecorded : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data) => data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
