#!/usr/bin/env bash
# OpenTelemetry.Exporter.Prometheus.AspNetCore: two tags whose names differ only in characters that Prometheus does not allow become one label
# name. Series that OpenTelemetry keeps apart come out with the same name and labels in one scrape, which the exposition format does not allow.
# A gateway must not let callers choose tag names, and must not use two names that map to one label.
#
# Version: OpenTelemetry.Exporter.Prometheus.AspNetCore 1.20.1-beta.1, .NET 10. Seen: one point with both tags has the label once, its values
# joined; two points with one tag each come out as two samples with the same labels. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="OpenTelemetry.Exporter.Prometheus.AspNetCore" Version="1.20.1-beta.1" /><PackageReference Include="OpenTelemetry.Extensions.Hosting" Version="1.20.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("finding").AddPrometheusExporter());
await using var app = builder.Build();
app.MapPrometheusScrapingEndpoint();
await app.StartAsync();
using var meter = new Meter("finding");
var apart = meter.CreateCounter<long>("apart");
apart.Add(1, new KeyValuePair<string, object?>("user.id", "a"));
apart.Add(2, new KeyValuePair<string, object?>("user_id", "a"));
var both = meter.CreateCounter<long>("both");
both.Add(4, new KeyValuePair<string, object?>("user.id", "a"), new KeyValuePair<string, object?>("user_id", "b"));
using var client = new HttpClient();
var text = await client.GetStringAsync(app.Urls.First() + "/metrics");
var lines = text.Split('\n').Where(line => line.StartsWith("apart") || line.StartsWith("both")).ToArray();
Console.WriteLine($"OpenTelemetry.Exporter.Prometheus.AspNetCore {Version(typeof(OpenTelemetry.Exporter.PrometheusAspNetCoreOptions))}");
foreach (var line in lines) Console.WriteLine(line);
var duplicates = lines.Where(line => line.StartsWith("apart")).Select(line => line[..(line.LastIndexOf('}') + 1)]).ToArray();

bool isAsDescribed = duplicates.Length == 2 && duplicates.Distinct().Count() == 1;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
