using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>tools</c> and <c>tool_choice</c>.</summary>
internal static class AnthropicToolRules
{
    private static readonly string[] CustomTool =
        ["type", "name", "description", "input_schema", "cache_control", "strict", "defer_loading", "allowed_callers", "input_examples", "eager_input_streaming"];

    /// <summary>The names that are declared.</summary>
    public static IReadOnlyCollection<string> Check(JsonElement body, RuleReport report)
    {
        var names = new HashSet<string>();
        if (body.Member("tools") is not { } tools) return names;
        if (!report.Check(tools.IsArray(), "$.tools", "must be an array")) return names;
        foreach (var (i, tool) in tools.EnumerateArray().Index())
        {
            var path = $"$.tools[{i}]";
            if (!report.Check(tool.IsObject(), path, "must be an object")) continue;
            var isCustom = tool.Text("type") is null or "custom";
            // An MCP toolset is named by its server.
            if (!isCustom && tool.Text("name") is null && tool.Text("mcp_server_name") is not null) continue;
            var name = tool.Text("name") ?? "";
            report.Check(AnthropicRequestRules.NameAlphabet().IsMatch(name), $"{path}.name", $"'{name}' must be 1 to 128 of a-z A-Z 0-9 _ -");
            report.Check(names.Add(name), $"{path}.name", $"'{name}' is declared twice");
            if (isCustom) CheckCustom(tool, path, report);
        }
        return names;
    }

    private static void CheckCustom(JsonElement tool, string path, RuleReport report)
    {
        report.KnownMembers(tool, path, CustomTool);
        report.Boolean(tool, path, "strict");
        if (tool.Member("description") is { } description) report.Check(description.IsText(), $"{path}.description", "must be a string");
        if (!report.Check(tool.Member("input_schema") is { ValueKind: JsonValueKind.Object }, $"{path}.input_schema", "must be an object")) return;
        var schema = tool.Member("input_schema")!.Value;
        path += ".input_schema";
        report.Check(schema.Text("type") == "object", $"{path}.type", "must be object");
        foreach (var union in (string[])["anyOf", "oneOf", "allOf"])
            report.Check(schema.Member(union) is null, $"{path}.{union}", "is not taken at the top of an input_schema");
        JsonSchemaRules.Check(schema, path, report);
        if (schema.Member("properties") is { ValueKind: JsonValueKind.Object } properties)
            foreach (var member in properties.EnumerateObject())
                report.Check(AnthropicRequestRules.PropertyAlphabet().IsMatch(member.Name), $"{path}.properties.{member.Name}", "must be 1 to 64 of a-z A-Z 0-9 _ . -");
        if (tool.Member("strict") is { ValueKind: JsonValueKind.True }) AnthropicOutputSchemaRules.Check(schema, path, report);
    }

    public static void CheckChoice(JsonElement body, IReadOnlyCollection<string> tools, RuleReport report)
    {
        if (body.Member("tool_choice") is not { } choice) return;
        const string path = "$.tool_choice";
        if (!report.Check(choice.IsObject(), path, "must be an object")) return;
        report.Check(body.Elements("tools").Any(), path, "is taken only with tools");
        var type = choice.Text("type");
        report.Check(type is "auto" or "any" or "tool" or "none", $"{path}.type", "must be auto, any, tool or none");
        report.KnownMembers(choice, path, type switch
        {
            "tool" => ["type", "name", "disable_parallel_tool_use"],
            "none" => ["type"],
            _ => ["type", "disable_parallel_tool_use"],
        });
        report.Boolean(choice, path, "disable_parallel_tool_use");
        if (type == "tool") report.Check(choice.Text("name") is { } name && tools.Contains(name), $"{path}.name", "must name a tool");
    }
}
