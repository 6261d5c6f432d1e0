#!/usr/bin/env bash
# .NET 10, System.Buffers.Text.Base64Url: TryDecodeFromChars and TryDecodeFromUtf8 throw FormatException for text that is not base64url. They
# return false only if the output is too short. Convert.TryFromBase64String, the older method of the same kind, returns false for both.
# A gateway that decodes tokens of callers with a Try method and has no catch answers 500 where it has to answer 401.
#
# Version: .NET 10.0. Seen: FormatException from both methods for "YW!j" and "Y", False from Convert.TryFromBase64String.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>
XML
cat >app.cs <<'CS'
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

Console.WriteLine(RuntimeInformation.FrameworkDescription);
static string Seen(Func<bool> call)
{
    try { return call().ToString(); }
    catch (Exception exception) { return exception.GetType().Name; }
}

var seen = new List<string>();
foreach (var text in new[] { "YW!j", "Y" })
{
    var output = new byte[16];
    var chars = Seen(() => Base64Url.TryDecodeFromChars(text, output, out _));
    var utf8 = Seen(() => Base64Url.TryDecodeFromUtf8(Encoding.UTF8.GetBytes(text), output, out _));
    var old = Seen(() => Convert.TryFromBase64String(text, output, out _));
    Console.WriteLine($"\"{text}\": TryDecodeFromChars {chars}, TryDecodeFromUtf8 {utf8}, Convert.TryFromBase64String {old}");
    seen.Add($"{chars} {utf8} {old}");
}
var small = Seen(() => Base64Url.TryDecodeFromChars("YWJj", new byte[1], out _));
Console.WriteLine($"valid text, output too short: TryDecodeFromChars {small}");

bool isAsDescribed = small == "False" && seen.All(line => line == "FormatException FormatException False");
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
