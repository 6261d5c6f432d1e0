using System.Text.Json;
using Nano.Json;
using Nano.Providers;

namespace Nano.Access;

/// <summary>
/// Finds the members of a request, besides <c>model</c>, that choose models (<see cref="ModelChoices"/>). It runs only for callers
/// whose models are limited, so it may allocate.
/// </summary>
internal static class ModelLimit
{
    /// <summary>Members whose contents some gateways treat as members of the request itself.</summary>
    private const string ExtraBody = "extrabody";

    private static readonly HashSet<string> OfGateways = [.. ModelChoices.OfGateways.Select(MemberNames.Fold)];

    /// <param name="body">A request that was scanned: one JSON object whose top-level names are strings.</param>
    /// <param name="isForwarded">
    /// The provider receives the body unchanged. A converted request has only members that the gateway knows, so <see cref="ModelChoices.Only"/>
    /// does not apply to it.
    /// </param>
    /// <returns>The path of the first member that chooses models (<c>compound_custom.models</c>, <c>tools[1].model</c>); null when there is none.</returns>
    public static string? Find(ReadOnlyMemory<byte> body, ModelChoices choices, bool isForwarded = true) =>
        FindAt(new JsonSlice(body), "", isForwarded ? choices : choices with { Only = null }, isTop: true);

    private static string? FindAt(JsonSlice members, string place, ModelChoices choices, bool isTop)
    {
        var cursor = new JsonCursor(members.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name.ToString();
            var value = cursor.TakeValue();
            var folded = MemberNames.Fold(name);
            var path = place + name;
            // The gateway replaces 'model' alone; a server that reads names without regard to case would take this one as well.
            if (folded == "model")
            {
                if (isTop && name == "model") continue;
                return path;
            }
            if (!value.HasValue) continue;
            if (isTop && choices.Only is { } only && !only.Contains(name, StringComparer.Ordinal)) return path;
            if (OfGateways.Contains(folded)) return path;
            if (folded == ExtraBody && value.IsObject && FindAt(value, path + ".", choices, isTop: false) is { } extra) return extra;
            foreach (var member in choices.Members)
                if (FindPath(value, member.Split('.'), 0, folded, path) is { } found) return found;
            if (folded == "tools" && value.IsArray && FindTool(value, path, choices) is { } tool) return tool;
        }
        return null;
    }

    /// <summary>Follows a path; <paramref name="value"/> is the value of a member with the name <paramref name="folded"/>.</summary>
    private static string? FindPath(JsonSlice value, string[] path, int depth, string folded, string place)
    {
        if (MemberNames.Fold(path[depth]) != folded || !value.HasValue) return null;
        return depth == path.Length - 1 ? place : FindInside(value, path, depth + 1, place);
    }

    private static string? FindInside(JsonSlice value, string[] path, int depth, string place)
    {
        if (value.IsArray)
        {
            var index = 0;
            var elements = new JsonCursor(value.Memory);
            elements.EnterArray();
            while (elements.NextElement())
                if (FindInside(elements.TakeValue(), path, depth, $"{place}[{index++}]") is { } found) return found;
        }
        if (!value.IsObject) return null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name.ToString();
            if (FindPath(cursor.TakeValue(), path, depth, MemberNames.Fold(name), $"{place}.{name}") is { } found) return found;
        }
        return null;
    }

    private static string? FindTool(JsonSlice tools, string place, ModelChoices choices)
    {
        var index = 0;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (InTool(cursor.TakeValue(), $"{place}[{index++}]", choices) is { } found) return found;
        return null;
    }

    /// <summary>A tool of the caller has a schema, which may contain a member named model; a tool that the provider runs has settings.</summary>
    private static string? InTool(JsonSlice tool, string place, ModelChoices choices)
    {
        if (!tool.IsObject) return null;
        var isHosted = false;
        var cursor = new JsonCursor(tool.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name.ToString();
            var value = cursor.TakeValue();
            if (MemberNames.Fold(name) != "type" || !value.IsText) continue;
            var type = value.AsText().ToString();
            if (type is "function" or "custom") continue;
            isHosted = true;
            if (choices.Only is not null || choices.Tools.Contains(type, StringComparer.OrdinalIgnoreCase)) return place + "." + name;
        }
        return isHosted ? FindModel(tool, place) : null;
    }

    /// <summary>A member that names models, at any depth: <c>model</c>, <c>models</c>, <c>analysis_models</c>, <c>model_name</c>.</summary>
    private static string? FindModel(JsonSlice tool, string place)
    {
        // One pass, regardless of the tool's nesting depth.
        var names = new string?[JsonCursor.MaxDepth + 2];
        var reader = new Utf8JsonReader(tool.Span, JsonCursor.ReaderOptions);
        while (reader.Read())
        {
            // List elements have no name; clear the one that an earlier member left at this depth.
            if (reader.TokenType == JsonTokenType.StartArray) names[reader.CurrentDepth + 1] = null;
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            var name = names[reader.CurrentDepth] = new JsonText(tool.Memory.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length)).ToString();
            if (!NamesModels(MemberNames.Fold(name))) continue;
            var depth = reader.CurrentDepth;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Null) return $"{place}.{string.Join('.', names.Take(depth + 1).Where(part => part is not null))}";
        }
        return null;
    }

    private static bool NamesModels(string folded) =>
        folded.EndsWith("model", StringComparison.Ordinal) || folded.EndsWith("models", StringComparison.Ordinal) || folded is "modelname" or "modelid";
}
