#!/usr/bin/env bash
# OpenTelemetry (.NET): with delta temporality, an instrument whose tag values change each interval reports every second interval as one
# overflow point without tags. The 2,000 tag combinations of one interval are freed only after the next collection, so those of the interval in
# between have no place, although no interval has more than the limit.
# A gateway that tags by user or conversation loses half of the numbers, in alternating intervals, with an exporter that asks for delta.
#
# Version: OpenTelemetry 1.20.1, .NET 10. Seen: 1,990 different values in each of six intervals; points with tags and in the overflow as printed.
# Exit code 0 while intervals alternate, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="OpenTelemetry" Version="1.20.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

using var meter = new Meter("finding");
var counter = meter.CreateCounter<long>("requests");
var exporter = new Exporter();
using var reader = new BaseExportingMetricReader(exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Delta };
using var provider = Sdk.CreateMeterProviderBuilder().AddMeter("finding").AddReader(reader).Build();
var intervals = new List<(int Points, long Overflow)>();
for (var interval = 0; interval < 6; interval++)
{
    for (var i = 0; i < 1990; i++) counter.Add(1, new KeyValuePair<string, object?>("conversation", $"{interval}-{i}"));
    provider.ForceFlush();
    intervals.Add((exporter.Points, exporter.Overflow));
}
Console.WriteLine($"OpenTelemetry {Version(typeof(Sdk))}, 1,990 values in each interval:");
foreach (var (points, overflow) in intervals) Console.WriteLine($"{points} points with tags, {overflow} measurements in the overflow point");
var isAlternating = intervals.Select((seen, index) => index % 2 == 0 ? seen == (1990, 0L) : seen.Overflow > 1900).All(same => same);

bool isAsDescribed = isAlternating;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

internal sealed class Exporter : BaseExporter<Metric>
{
    public int Points { get; private set; }

    public long Overflow { get; private set; }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        (Points, Overflow) = (0, 0);
        foreach (var metric in batch)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var isOverflow = false;
                foreach (var tag in point.Tags) isOverflow |= tag.Key == "otel.metric.overflow";
                if (isOverflow) Overflow += point.GetSumLong();
                else Points++;
            }
        }
        return ExportResult.Success;
    }
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
