#!/usr/bin/env bash
# Microsoft.Data.Sqlite in WAL mode: a deferred transaction that has read and then writes after another connection has committed can never
# get its lock (SQLITE_BUSY_SNAPSHOT, 517). SQLite reports that at once and does not call the busy handler; the provider repeats the
# statement until the command's timeout has passed, 30 s by default.
# A gateway that reads a balance and then writes it in a deferred transaction stalls for 30 s under contention instead of failing at once.
#
# Version: Microsoft.Data.Sqlite 11.0.0, .NET 10. Seen: with a timeout of 5 s, error 517 after 5 s; with an immediate transaction the
# second writer waits and succeeds. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Microsoft.Data.Sqlite" Version="11.0.0" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using Microsoft.Data.Sqlite;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var path = $"Data Source={Path.Combine(Directory.GetCurrentDirectory(), "state.db")};Pooling=False;Default Timeout=5";
SqliteConnection Open()
{
    var connection = new SqliteConnection(path);
    connection.Open();
    return connection;
}

static object? Run(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
{
    using var command = connection.CreateCommand();
    (command.CommandText, command.Transaction) = (sql, transaction);
    return command.ExecuteScalar();
}

using var first = Open();
using var second = Open();
Run(first, "PRAGMA journal_mode = WAL; CREATE TABLE balance (cents INTEGER); INSERT INTO balance VALUES (1)");
int error = 0;
var clock = Stopwatch.StartNew();
using (var deferred = first.BeginTransaction(deferred: true))
{
    Run(first, "SELECT cents FROM balance", deferred);
    Run(second, "UPDATE balance SET cents = 2");
    clock.Restart();
    try { Run(first, "UPDATE balance SET cents = 3", deferred); }
    catch (SqliteException exception) { error = exception.SqliteExtendedErrorCode; }
    clock.Stop();
}
Console.WriteLine($"Microsoft.Data.Sqlite {Version(typeof(SqliteConnection))}, SQLite {Run(first, "SELECT sqlite_version()")}: deferred, error {error} after {clock.Elapsed.TotalSeconds:0.0} s");

object? cents;
using (var immediate = first.BeginTransaction(deferred: false))
{
    Run(first, "SELECT cents FROM balance", immediate);
    var other = Task.Run(() => Run(second, "UPDATE balance SET cents = cents + 10"));
    await Task.Delay(300);
    Run(first, "UPDATE balance SET cents = cents + 1", immediate);
    immediate.Commit();
    await other;
    cents = Run(first, "SELECT cents FROM balance");
}
Console.WriteLine($"immediate: both writes are there, 2 + 1 + 10 = {cents}");

bool isAsDescribed = error == 517 && clock.Elapsed > TimeSpan.FromSeconds(4) && cents is 13L;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
