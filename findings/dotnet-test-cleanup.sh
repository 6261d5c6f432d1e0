#!/usr/bin/env bash
# dotnet test with xunit 2: a fixture whose disposal raises an error fails the run, and no counter shows it. The console prints "Passed!" with
# "Failed: 0", and every counter of failures in the TRX file is 0; the exit code is 1. The error is in the element RunInfo alone.
# A script that counts failed tests in TRX files reports such a run as good, and one that has only the exit code cannot name what failed.
#
# Versions: xunit 2.9.3, xunit.runner.visualstudio 4.0.1, Microsoft.NET.Test.Sdk 17.14.1, .NET SDK 10. Seen: exit code 1, "Passed!", failed="0",
# error="0", and one RunInfo with outcome="Error" that names the class.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >Fixtures.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><IsPackable>false</IsPackable></PropertyGroup>
<ItemGroup><PackageReference Include="xunit" Version="2.9.3" /><PackageReference Include="xunit.runner.visualstudio" Version="4.0.1" />
<PackageReference Include="Microsoft.NET.Test.Sdk" Version="17.14.1" /></ItemGroup></Project>
XML
cat >Tests.cs <<'CS'
using System;
using Xunit;

public sealed class Server : IDisposable
{
    public void Dispose() => throw new InvalidOperationException("requests that no test expected");
}

public sealed class ServerTests(Server server) : IClassFixture<Server>
{
    [Fact]
    public void Works() => Assert.NotNull(server);
}
CS
dotnet build -v q --nologo >build.log || { cat build.log; exit 1; }
code=0
dotnet test --no-build --nologo --logger "console;verbosity=minimal" --logger "trx;LogFileName=run.trx" >test.log 2>&1 || code=$?
trx=TestResults/run.trx
summary=$(grep -o 'Passed! *- Failed: *[0-9]*, Passed: *[0-9]*' test.log || true)
counters=$(grep -o '<Counters [^>]*' "$trx" | grep -o ' \(executed\|passed\|failed\|error\|aborted\)="[0-9]*"' | tr -d '\n')
errors=$(grep -c '<RunInfo [^>]*outcome="Error"' "$trx" || true)
echo "exit code $code; console: $summary; counters:$counters; RunInfo elements with an error: $errors"

if [ "$code" -eq 1 ] && [ -n "$summary" ] && [[ $counters == *' failed="0"'*' error="0"'* ]] && [ "$errors" -eq 1 ] && grep -q 'Cleanup Failure (ServerTests)' "$trx"; then
  echo "as described"
else
  echo CHANGED
  exit 1
fi
