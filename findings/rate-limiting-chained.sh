#!/usr/bin/env bash
# System.Threading.RateLimiting: a chained limiter takes permits from its first limiter even when the second one refuses, and does not give
# them back: disposing a lease of a window limiter returns nothing. Refused requests therefore use up the first limit. The RetryAfter of a
# refusal by FixedWindowRateLimiter is the whole window, not what is left of it.
# A gateway with a limit per key in front of a limit per model would lock a caller out of all models because one model was busy.
#
# Version: System.Threading.RateLimiting 10.0.15, .NET 10. Seen: with limits of 10 and 1, six attempts admit one request and leave 4 of 10
# permits. Two seconds into a window of 20 s, RetryAfter is 20 s. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="System.Threading.RateLimiting" Version="10.0.15" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Threading.RateLimiting;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

static FixedWindowRateLimiter Window(int permits, int seconds = 60) =>
    new(new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromSeconds(seconds), QueueLimit = 0 });

var first = Window(10);
var chained = RateLimiter.CreateChained(first, Window(1));
var admitted = 0;
for (var i = 0; i < 6; i++)
{
    using var lease = chained.AttemptAcquire();
    if (lease.IsAcquired) admitted++;
}
var left = first.GetStatistics()!.CurrentAvailablePermits;
Console.WriteLine($"System.Threading.RateLimiting {Version(typeof(RateLimiter))}: {admitted} of 6 admitted, the first limiter has {left} of 10 permits left");

var window = Window(1, seconds: 20);
window.AttemptAcquire();
await Task.Delay(TimeSpan.FromSeconds(2));
window.AttemptAcquire().TryGetMetadata(MetadataName.RetryAfter, out var retryAfter);
Console.WriteLine($"2 s into a window of 20 s: RetryAfter is {retryAfter.TotalSeconds} s");

bool isAsDescribed = admitted == 1 && left == 4 && retryAfter == TimeSpan.FromSeconds(20);
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
