using System.Reflection;
using System.Reflection.Emit;
using Nano.Json;

namespace Nano.Tests;

/// <summary>
/// The arrows of the design, held against what the compiled code refers to: signatures, fields, and every token in every
/// method's body, so that neither <c>var</c> nor a global using hides one.
/// </summary>
public sealed class ArchitectureTests
{
    private const BindingFlags Every = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Lazy<IReadOnlyList<(string From, string To, string Where)>> Arrows = new(ReadArrows);

    /// <summary>Endpoints -> Access, Routing, Upstream, Streaming -> Providers -> Dialects -> Chat; Errors, Telemetry, Json, Timing are leaves.</summary>
    [Theory]
    [InlineData("Json")]
    [InlineData("Errors")]
    [InlineData("Timing")]
    [InlineData("Secrets", "Timing")]
    [InlineData("Chat", "Errors", "Json")]
    [InlineData("Reasoning", "Chat", "Errors", "Json")]
    // A usage record is made of the nouns it counts.
    [InlineData("Telemetry", "Chat", "Errors", "Json")]
    [InlineData("Dialects", "Reasoning", "Chat", "Errors", "Json")]
    [InlineData("Providers", "Dialects", "Reasoning", "Chat", "Errors", "Json", "Telemetry", "Secrets")]
    [InlineData("Access", "Routing", "Upstream", "Streaming", "Providers", "Dialects", "Reasoning", "Chat", "Errors", "Json", "Telemetry", "Secrets")]
    [InlineData("Routing", "Access", "Upstream", "Streaming", "Providers", "Dialects", "Reasoning", "Chat", "Errors", "Json", "Telemetry", "Secrets")]
    [InlineData("Upstream", "Access", "Routing", "Streaming", "Providers", "Dialects", "Reasoning", "Chat", "Errors", "Json", "Telemetry", "Secrets", "Timing")]
    [InlineData("Streaming", "Access", "Routing", "Upstream", "Providers", "Dialects", "Reasoning", "Chat", "Errors", "Json", "Telemetry", "Secrets")]
    public void A_room_refers_to_nothing_above_it(string room, params string[] below)
    {
        Arrows.Value.ShouldContain(a => a.From == room, $"nothing was found in {room}: the walk is broken");
        var wrong = Arrows.Value.Where(a => a.From == room && a.To.StartsWith("Nano.", StringComparison.Ordinal) && Room(a.To) != room && !below.Contains(Room(a.To)));
        wrong.Select(a => $"{a.Where} -> {a.To}").Distinct().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Json")]
    [InlineData("Errors")]
    [InlineData("Chat")]
    [InlineData("Reasoning")]
    [InlineData("Dialects")]
    [InlineData("Providers")]
    [InlineData("Routing")]
    [InlineData("Telemetry")]
    [InlineData("Secrets")]
    [InlineData("Timing")]
    public void A_room_below_the_endpoints_never_sees_http(string room)
    {
        var wrong = Arrows.Value.Where(a => a.From == room && a.To.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        wrong.Select(a => $"{a.Where} -> {a.To}").Distinct().ShouldBeEmpty();
    }

    /// <summary>Providers, dialects and routes are listed in code: nothing is looked for in assemblies, at start or later.</summary>
    [Fact]
    public void Nothing_is_found_or_made_by_reflection()
    {
        // An assembly's resources and version, and a type's name.
        string[] harmless = ["System.Reflection.Assembly", "System.Reflection.AssemblyName", "System.Reflection.MemberInfo"];
        var wrong = Arrows.Value.Where(a => a.To == "System.Activator" || a.To.StartsWith("System.Linq.Expressions", StringComparison.Ordinal)
            || (a.To.StartsWith("System.Reflection.", StringComparison.Ordinal) && !harmless.Contains(a.To)));
        wrong.Select(a => $"{a.Where} -> {a.To}").Distinct().ShouldBeEmpty();
        Arrows.Value.ShouldContain(a => a.To == "System.Reflection.Assembly", "the catalogue is read from the assembly: the walk is broken");
    }

    [Fact]
    public void The_walk_sees_what_bodies_refer_to() =>
        Arrows.Value.ShouldContain(a => a.From == "Endpoints" && a.To.StartsWith("Microsoft.AspNetCore.Http", StringComparison.Ordinal));

    /// <summary><c>Nano.Providers.Echo</c> is in the room Providers.</summary>
    private static string Room(string space) => space.Split('.') is [_, var room, ..] ? room : "";

    private static List<(string From, string To, string Where)> ReadArrows()
    {
        var arrows = new List<(string, string, string)>();
        foreach (var type in typeof(JsonSlice).Assembly.GetTypes())
        {
            var from = Room(type.Namespace ?? "");
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
