#!/usr/bin/env bash
# ReadyToRun of .NET and async methods: what is compiled ahead is not all that an async method needs.
# An async method that suspends runs generic code of the framework over its own state machine (AsyncStateMachineBox<T>, Start<T>,
# AwaitUnsafeOnCompleted<T>). An application's ReadyToRun image cannot contain that code, since the framework may be serviced alone, so the
# run-time compiler makes it at the first call of each async method. The body of the method itself is compiled ahead.
# A gateway's first request goes through hundreds of async methods: fewer of them start it faster, published ahead or not.
#
# Versions: .NET SDK 10.0.401, runtime 10.0.12. Seen, methods compiled at run time for the first call of each of 60 methods: 14 for one that
# suspends, still 12 with ReadyToRun; for a method that is not async 1 and 0.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>
XML
{
  cat <<'CS'
using System.Runtime;
using System.Runtime.CompilerServices;

// What all methods share is compiled by the first call of one.
await Methods.Suspends0(1);
Methods.IsPlain0(1);
var start = JitInfo.GetCompiledMethodCount();
var sum = 0;
CS
  for i in $(seq 60); do echo "sum += await Methods.Suspends$i(sum);"; done
  echo 'var suspending = JitInfo.GetCompiledMethodCount();'
  for i in $(seq 60); do echo "sum += Methods.IsPlain$i(sum);"; done
  cat <<'CS'
var plain = JitInfo.GetCompiledMethodCount();
Console.WriteLine($"{(suspending - start) / 60.0:0.0} {(plain - suspending) / 60.0:0.0}");

static class Methods
{
CS
  for i in $(seq 0 60); do
    echo "    public static async Task<int> Suspends$i(int n) { await Task.Yield(); return n + $i; }"
    echo "    [MethodImpl(MethodImplOptions.NoInlining)] public static int IsPlain$i(int n) => n + $i;"
  done
  echo '}'
} >app.cs
dotnet publish -c Release -o plain -v q --nologo >/dev/null
dotnet publish -c Release -o ahead -v q --nologo -p:PublishReadyToRun=true >/dev/null
read -r suspends plain < <(DOTNET_TieredPGO=0 dotnet plain/app.dll)
read -r suspends_ahead plain_ahead < <(DOTNET_TieredPGO=0 dotnet ahead/app.dll)
echo "compiled at run time per method: suspending $suspends, with ReadyToRun $suspends_ahead; plain $plain, with ReadyToRun $plain_ahead ($(dotnet --version))"
awk -v a="$suspends" -v b="$suspends_ahead" -v c="$plain" -v d="$plain_ahead" 'BEGIN { exit !(a > 10 && b > 8 && c > 0.9 && d < 0.1) }' || { echo CHANGED; exit 1; }
echo 'as described'
