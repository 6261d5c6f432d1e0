using System.Reflection;
using System.Reflection.Emit;
using Nano.Json;

namespace Nano.Tests;

/// <summary>
/// Compares the design's dependencies with the references of the compiled code: signatures, fields, and every token in every
/// method's body, so that neither <c>var</c> nor a global using hides one.
/// </summary>
public sealed class ArchitectureTests
{
    private const BindingFlags Every = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Lazy<IReadOnlyList<(string From, string To, string Where)>> Arrows = new(ReadArrows);

    /// <summary>
    /// Every folder of src/Core and the folders that it refers to, from the bottom up: a folder refers only to folders above it in this
    /// list, so there are no cycles. The lists are exact: remove a dependency that no longer exists.
    /// </summary>
    private static readonly (string Folder, string[] RefersTo)[] Layers =
    [
        ("Json", []),
        ("Errors", []),
        ("Timing", []),
        ("Secrets", ["Timing"]),
        ("State", ["Json", "Secrets"]),
        ("Chat", ["Errors", "Json"]),
        ("Reasoning", ["Chat", "Json"]),
        ("Tokens", ["Chat", "Json"]),
        ("Telemetry", ["Chat", "Errors"]),
        ("Dialects", ["Chat", "Errors", "Json", "Reasoning"]),
        ("Streaming", ["Dialects", "Json"]),
        ("Providers", ["Chat", "Dialects", "Errors", "Json", "Secrets"]),
        ("Configuration", ["Errors", "Providers", "Secrets"]),
        ("Routing", ["Chat", "Configuration", "Dialects", "Errors", "Json", "Providers", "Secrets", "State", "Timing"]),
        ("Caching", ["Chat", "Json", "Secrets", "State"]),
        ("Governance", ["Chat", "Configuration", "Errors", "Json", "Providers", "Routing", "State", "Timing"]),
        ("Access", ["Configuration", "Errors", "Governance", "Json", "Providers", "Reasoning", "Routing", "Secrets", "State"]),
        ("Upstream", ["Chat", "Configuration", "Dialects", "Errors", "Json", "Providers", "Reasoning", "Routing", "Secrets", "Telemetry", "Timing", "Tokens"]),
        ("Pipeline", ["Access", "Caching", "Chat", "Configuration", "Dialects", "Errors", "Governance", "Json", "Providers", "Reasoning", "Routing", "State", "Streaming",
            "Telemetry", "Tokens", "Upstream"]),
        ("Panel", ["Access", "Caching", "Chat", "Configuration", "Dialects", "Errors", "Governance", "Json", "Pipeline", "Providers", "Routing", "Secrets", "State", "Telemetry",
            "Timing", "Upstream"]),
        ("Inbound", ["Access", "Caching", "Configuration", "Dialects", "Errors", "Json", "Panel", "Pipeline", "Providers", "Routing", "Secrets", "State", "Upstream"]),
    ];

    public static TheoryData<string> Folders => [.. Layers.Select(layer => layer.Folder)];

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_refers_exactly_to_the_folders_of_its_layer(string folder)
    {
        Arrows.Value.ShouldContain(a => a.From == folder, $"nothing was found in {folder}: the walk is broken");
        var arrows = Arrows.Value.Where(a => a.From == folder && a.To.StartsWith("Nano.", StringComparison.Ordinal) && Folder(a.To) != folder).ToLookup(a => Folder(a.To));
        var allowed = Layers.Single(layer => layer.Folder == folder).RefersTo;
        arrows.Where(to => !allowed.Contains(to.Key)).SelectMany(to => to.Select(a => $"{a.Where} -> {a.To}")).Distinct().ShouldBeEmpty();
        allowed.Where(to => !arrows.Contains(to)).ShouldBeEmpty("no reference is left: take these off the list");
    }

    [Fact]
    public void Every_folder_has_a_layer_and_refers_only_to_those_below()
    {
        Arrows.Value.Select(a => a.From).Distinct().Order().ShouldBe(Layers.Select(layer => layer.Folder).Order());
        for (var i = 0; i < Layers.Length; i++)
            Layers[i].RefersTo.ShouldBeSubsetOf(Layers.Take(i).Select(layer => layer.Folder), Layers[i].Folder);
    }

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_is_part_of_the_documented_layout(string folder)
    {
        var text = File.ReadAllText(Path.Combine(Testing.WireCorpus.RepositoryRoot, "docs", "architecture.md"));
        var layout = text[text.IndexOf("src/Core/ ", StringComparison.Ordinal)..text.IndexOf("src/Export/ ", StringComparison.Ordinal)];
        layout.Split([' ', '\n']).ShouldContain(folder + "/");
    }

    /// <summary>Contexts, requests and responses of the host stop at the pipeline; header dictionaries and status codes are values.</summary>
    [Theory, MemberData(nameof(Folders))]
    public void Nothing_below_the_pipeline_sees_an_http_context(string folder)
    {
        if (folder is "Pipeline" or "Panel" or "Inbound") return;
        string[] host = ["Microsoft.AspNetCore.Http.HttpContext", "Microsoft.AspNetCore.Http.HttpRequest", "Microsoft.AspNetCore.Http.HttpResponse"];
        var wrong = Arrows.Value.Where(a => a.From == folder && (folder == "Access" ? host.Contains(a.To) : a.To.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)));
        wrong.Select(a => $"{a.Where} -> {a.To}").Distinct().ShouldBeEmpty();
    }

    /// <summary>Only types that hosts use or receive are public; everything else is internal.</summary>
    [Fact]
    public void Hosts_see_few_public_types()
    {
        string[] hosts =
        [
            "Nano.GatewayServiceCollectionExtensions", "Nano.Configuration.GatewayOptions", "Nano.Configuration.GatewayOptionsReading",
            "Nano.Configuration.GatewaySettings", "Nano.Configuration.GatewaySetting", "Nano.Inbound.Gateway", "Nano.Inbound.GatewayRoute", "Nano.Inbound.GatewayRoutes",
            "Nano.Telemetry.ExportSettings",
        ];
        // Enumerations in the tables of tests: test methods are public.
        string[] tables =
        [
            "Nano.Chat.FinishReason", "Nano.Chat.MediaKind", "Nano.Chat.ToolChoiceMode", "Nano.Dialects.ReasoningWish", "Nano.Dialects.TapVerdict",
            "Nano.Errors.GatewayErrorKind", "Nano.Providers.DialectGap", "Nano.Secrets.SecretOrigin",
        ];
        typeof(JsonSlice).Assembly.GetExportedTypes().Select(type => type.FullName!).Order(StringComparer.Ordinal)
            .ShouldBe([.. hosts.Concat(tables).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Providers, dialects and routes are listed in code: assemblies are never searched for them.</summary>
    [Fact]
    public void Reflection_neither_finds_nor_creates_anything()
    {
        // Used only for an assembly's resources and version, and a type's name.
        string[] harmless = ["System.Reflection.Assembly", "System.Reflection.AssemblyName", "System.Reflection.MemberInfo"];
        var wrong = Arrows.Value.Where(a => a.To == "System.Activator" || a.To.StartsWith("System.Linq.Expressions", StringComparison.Ordinal)
            || (a.To.StartsWith("System.Reflection.", StringComparison.Ordinal) && !harmless.Contains(a.To)));
        wrong.Select(a => $"{a.Where} -> {a.To}").Distinct().ShouldBeEmpty();
        Arrows.Value.ShouldContain(a => a.To == "System.Reflection.Assembly", "the catalogue is read from the assembly: the walk is broken");
    }

    [Fact]
    public void The_scan_finds_the_references_of_method_bodies() =>
        Arrows.Value.ShouldContain(a => a.From == "Inbound" && a.To.StartsWith("Microsoft.AspNetCore.Http", StringComparison.Ordinal));

    /// <summary><c>Nano.Providers.Echo</c> is in the folder Providers.</summary>
    private static string Folder(string space) => space.Split('.') is [_, var folder, ..] ? folder : "";

    private static List<(string From, string To, string Where)> ReadArrows()
    {
        var arrows = new List<(string, string, string)>();
        foreach (var type in typeof(JsonSlice).Assembly.GetTypes())
        {
            var from = Folder(type.Namespace ?? "");
            if (from.Length == 0) continue;
            foreach (var used in Used(type).SelectMany(Parts))
                if (used.Namespace is { } space) arrows.Add((from, space + "." + used.Name, type.FullName!));
        }
        return arrows;
    }

    /// <summary>A type with its element and its arguments.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter) return [];
        if (type.HasElementType) return Parts(type.GetElementType());
        return type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    private static IEnumerable<Type?> Used(Type type)
    {
        yield return type.BaseType;
        foreach (var implemented in type.GetInterfaces()) yield return implemented;
        foreach (var field in type.GetFields(Every)) yield return field.FieldType;
        foreach (var method in type.GetMethods(Every).Cast<MethodBase>().Concat(type.GetConstructors(Every)))
        {
            if (method is MethodInfo { ReturnType: var result }) yield return result;
            foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return local.LocalType;
            foreach (var used in UsedBy(method, body)) yield return used;
        }
    }

    private static IEnumerable<Type?> UsedBy(MethodBase method, MethodBody body)
    {
        var code = body.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var op = code[at] == 0xFE ? Codes[(short)(0xFE00 | code[at + 1])] : Codes[code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), ofType, ofMethod);
                yield return member as Type ?? member?.DeclaringType;
                if (member is FieldInfo field) yield return field.FieldType;
                if (member is MethodInfo called) yield return called.ReturnType;
            }
            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + BitConverter.ToInt32(code, at) * 4,
                _ => 4,
            };
        }
    }

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);
}
