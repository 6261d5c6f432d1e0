#!/usr/bin/env bash
# Polly.Core: a circuit breaker that is half open is closed by any call that ends without a handled failure, not only by its probe. A call
# that began before the breaker opened closes it when it succeeds, and so does a probe that its caller cancels.
# A gateway has requests that run for minutes and callers that leave: either would send full load to a provider that is still down.
#
# Version: Polly.Core 8.9.1, .NET 10. Seen: the state is Closed in both cases, in the first while the probe is still running.
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
using Polly.CircuitBreaker;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

static (ResiliencePipeline, CircuitBreakerStateProvider) Breaker()
{
    var state = new CircuitBreakerStateProvider();
    var options = new CircuitBreakerStrategyOptions
    {
        FailureRatio = 0.5, MinimumThroughput = 2, SamplingDuration = TimeSpan.FromMinutes(1), BreakDuration = TimeSpan.FromSeconds(0.5), StateProvider = state,
    };
    return (new ResiliencePipelineBuilder().AddCircuitBreaker(options).Build(), state);
}

static async Task OpenAsync(ResiliencePipeline pipeline)
{
    for (var i = 0; i < 4; i++)
    {
        try { await pipeline.ExecuteAsync(_ => throw new IOException("down")); }
        catch (IOException) { }
        catch (BrokenCircuitException) { }
    }
    await Task.Delay(TimeSpan.FromSeconds(1));
}

Console.WriteLine($"Polly.Core {Version(typeof(ResiliencePipeline))}");
var (breaker, provider) = Breaker();
var old = new TaskCompletionSource();
var probe = new TaskCompletionSource();
var oldCall = breaker.ExecuteAsync(async _ => await old.Task).AsTask();
await OpenAsync(breaker);
var probeCall = breaker.ExecuteAsync(async _ => await probe.Task).AsTask();
var during = provider.CircuitState;
old.SetResult();
await oldCall;
var afterOld = provider.CircuitState;
Console.WriteLine($"while the probe runs: {during}; after a call that began before the breaker opened has succeeded: {afterOld}, probe ended: {probeCall.IsCompleted}");
var isProbeRunning = !probeCall.IsCompleted;
probe.SetResult();
await probeCall;

(breaker, provider) = Breaker();
await OpenAsync(breaker);
using var caller = new CancellationTokenSource();
var cancelled = breaker.ExecuteAsync(async token => await Task.Delay(Timeout.Infinite, token), caller.Token).AsTask();
var duringSecond = provider.CircuitState;
caller.Cancel();
try { await cancelled; }
catch (OperationCanceledException) { }
Console.WriteLine($"while the probe runs: {duringSecond}; after its caller has cancelled it: {provider.CircuitState}");

bool isAsDescribed = during == CircuitState.HalfOpen && afterOld == CircuitState.Closed && isProbeRunning && duringSecond == CircuitState.HalfOpen && provider.CircuitState == CircuitState.Closed;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
