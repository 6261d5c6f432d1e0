#!/usr/bin/env bash
# Azure.AI.OpenAI (NuGet) beside a newer OpenAI package: the pair restores without a warning and builds, and the first call raises
# MissingMethodException. The package names OpenAI 2.1.0 or newer as its dependency; a later version removed a method that it calls.
# Users of a gateway who update OpenAI alone lose their Azure client; OpenAI with its endpoint option works.
#
# Versions: Azure.AI.OpenAI 2.1.0, OpenAI 2.15.0, .NET 10. Seen: MissingMethodException from CompleteChat before a request is sent.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Azure.AI.OpenAI" Version="2.1.0" /><PackageReference Include="OpenAI" Version="2.15.0" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.ClientModel;
using System.Diagnostics;
using Azure.AI.OpenAI;
using OpenAI.Chat;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

string seen;
try
{
    var client = new AzureOpenAIClient(new Uri("http://127.0.0.1:9/"), new ApiKeyCredential("k"));
    client.GetChatClient("m").CompleteChat(new UserChatMessage("x"));
    seen = "no exception";
}
catch (Exception exception)
{
    seen = exception.GetType().Name + ": " + exception.Message;
}
Console.WriteLine($"Azure.AI.OpenAI {Version(typeof(AzureOpenAIClient))} beside OpenAI {Version(typeof(ChatClient))}: {seen}");

bool isAsDescribed = seen.StartsWith("MissingMethodException");
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
