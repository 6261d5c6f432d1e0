#!/usr/bin/env bash
# NJsonSchema (NuGet) ignores keywords of draft 2020-12 and reports instances as valid that are not. JsonSchema.Net rejects each of them.
# A gateway that checks the structured output of a model with it passes wrong output on; tools write schemas of 2020-12.
#
# Versions: NJsonSchema 11.6.2, JsonSchema.Net 8.0.5, .NET 10. Seen: the keywords printed as ignored. Exit code 0 while that is so, 1 when it
# changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="NJsonSchema" Version="11.6.2" /><PackageReference Include="JsonSchema.Net" Version="8.0.5" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Text.Json;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

// A schema and an instance that does not satisfy it.
(string Keyword, string Schema, string Instance)[] cases =
[
    ("const", """{"const":1}""", "2"),
    ("if, then", """{"if":{"required":["a"]},"then":{"required":["b"]}}""", """{"a":1}"""),
    ("dependentRequired", """{"dependentRequired":{"a":["b"]}}""", """{"a":1}"""),
    ("dependentSchemas", """{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1}"""),
    ("prefixItems", """{"prefixItems":[{"type":"string"}]}""", "[1]"),
    ("items after prefixItems", """{"prefixItems":[{"type":"string"}],"items":{"type":"string"}}""", """["a",1]"""),
    ("contains", """{"contains":{"type":"string"}}""", "[1]"),
    ("minContains", """{"contains":{"type":"string"},"minContains":2}""", """["a",1]"""),
    ("propertyNames", """{"propertyNames":{"maxLength":1}}""", """{"ab":1}"""),
    ("unevaluatedProperties", """{"allOf":[{"properties":{"a":{}}}],"unevaluatedProperties":{"type":"string"}}""", """{"b":1}"""),
    ("a type beside $ref", """{"$defs":{"a":{"minimum":1}},"$ref":"#/$defs/a","type":"string"}""", "2"),
    ("minimum behind $ref", """{"$defs":{"a":{"minimum":3}},"properties":{"x":{"$ref":"#/$defs/a"}}}""", """{"x":2}"""),
    ("required", """{"required":["a"]}""", "{}"),
    ("enum", """{"enum":["a"]}""", "\"b\""),
    ("oneOf", """{"oneOf":[{"type":"string"},{"minLength":1}]}""", "\"b\""),
];
var ignored = new List<string>();
var accepted = new List<string>();
foreach (var (keyword, schema, instance) in cases)
{
    string seen;
    try { seen = (await NJsonSchema.JsonSchema.FromJsonAsync(schema)).Validate(instance).Count == 0 ? "valid" : "invalid"; }
    catch (Exception exception) { seen = exception.GetType().Name; }
    if (seen == "valid") ignored.Add(keyword);
    else if (seen != "invalid") Console.WriteLine($"{keyword}: NJsonSchema raises {seen}");
    using var document = JsonDocument.Parse(instance);
    if (Json.Schema.JsonSchema.FromText(schema).Evaluate(document.RootElement).IsValid) accepted.Add(keyword);
}
Console.WriteLine($"NJsonSchema {Version(typeof(NJsonSchema.JsonSchema))} reports as valid: {string.Join("; ", ignored)}");
Console.WriteLine($"JsonSchema.Net {Version(typeof(Json.Schema.JsonSchema))} reports as valid: {accepted.Count} of {cases.Length} schemas");

bool isAsDescribed = ignored.Contains("const") && ignored.Contains("prefixItems") && ignored.Count >= 8 && accepted.Count == 0;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
