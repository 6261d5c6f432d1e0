#!/usr/bin/env bash
# Microsoft.ML.Tokenizers: two things that make local token counts differ from what a reader expects.
# - The time to count grows with the square of the length of a run of letters without a space, such as a DNA sequence: the result is right.
# - The text "<|endoftext|>" in a user's message is one token, as a provider does not count it: there it is text. Other packages refuse it.
# A gateway must count long messages in pieces and outside of the request's thread, and treat a local count as an estimate.
#
# Version: Microsoft.ML.Tokenizers 2.0.1, o200k_base, .NET 10. Seen: a text eight times as long takes much more than eight times as long; words
# with spaces take eight times as long. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Microsoft.ML.Tokenizers" Version="2.0.1" /><PackageReference Include="Microsoft.ML.Tokenizers.Data.O200kBase" Version="2.0.1" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using Microsoft.ML.Tokenizers;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");
static string Letters(int length)
{
    var random = new Random(1);
    return string.Create(length, random, (span, source) => { foreach (ref var letter in span) letter = "acgt"[source.Next(4)]; });
}

// The CPU time of this process, the smallest of three.
double Time(string text)
{
    var best = double.MaxValue;
    for (var i = 0; i < 3; i++)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        tokenizer.CountTokens(text);
        best = Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds);
    }
    return best;
}

var words = string.Join(' ', Letters(400_000).Chunk(6).Select(word => new string(word)));
Time(words[..50_000]);
var (shortRun, longRun) = (Time(Letters(8_000)), Time(Letters(64_000)));
var (shortText, longText) = (Time(words[..50_000]), Time(words[..400_000]));
var special = tokenizer.CountTokens("<|endoftext|>");
var alike = tokenizer.CountTokens("<|endoftexs|>");
Console.WriteLine($"Microsoft.ML.Tokenizers {Version(typeof(Tokenizer))}: a run of 8,000 letters {shortRun:0} ms, of 64,000 {longRun:0} ms; words of 50,000 characters {shortText:0} ms, of 400,000 {longText:0} ms");
Console.WriteLine($"\"<|endoftext|>\": {special} token, \"<|endoftexs|>\": {alike} tokens");

bool isAsDescribed = longRun > 24 * shortRun && special == 1 && alike > 3;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
