#!/usr/bin/env bash
# Polly.Core: hedging returns only after every attempt has ended, the losers included. An attempt that does not react to its cancellation
# token delays the response that is already there.
# A gateway hedges to shorten the wait; one upstream read that does not observe the token takes that gain away.
#
# Version: Polly.Core 8.9.1, .NET 10. Seen: the second attempt responds, and the call returns after the first attempt's end.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Polly.Core" Version="8.9.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using Polly;
using Polly.Hedging;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var order = new List<string>();
void Note(string what) { lock (order) order.Add(what); }
var options = new HedgingStrategyOptions<string>
{
    MaxHedgedAttempts = 1,
    Delay = TimeSpan.FromSeconds(0.2),
    ActionGenerator = _ => () => { Note("second attempt responds"); return ValueTask.FromResult(Outcome.FromResult("second")); },
};
var pipeline = new ResiliencePipelineBuilder<string>().AddHedging(options).Build();
var result = await pipeline.ExecuteAsync(async _ =>
{
    await Task.Delay(TimeSpan.FromSeconds(3), CancellationToken.None);
    Note("first attempt ends");
    return "first";
});
Note("call returns");
Console.WriteLine($"Polly.Core {Version(typeof(ResiliencePipeline))}: {string.Join(", ", order)}; the result is of the {result} attempt");

bool isAsDescribed = result == "second" && order.SequenceEqual(["second attempt responds", "first attempt ends", "call returns"]);
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
