using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>Tools and the choice among them. A tool's members are not nested, and a function is strict by default.</summary>
internal static partial class ResponsesToolRules
{
    [GeneratedRegex("^[a-zA-Z0-9_-]{1,128}$")]
    private static partial Regex Name();

    public static void Check(JsonElement body, RuleReport report)
    {
        var names = new HashSet<string>();
        foreach (var (i, tool) in body.Elements("tools").Index()) CheckTool(tool, $"$.tools[{i}]", names, report);
        var any = body.Elements("tools").Any();
        report.Check(any || body.Given("parallel_tool_calls") is null, "$.parallel_tool_calls", "only with tools");
        if (body.Given("tool_choice") is not { } choice) return;
        report.Check(any, "$.tool_choice", "only with tools");
        if (choice.IsText()) report.OneOf(body, "$", "tool_choice", "none", "auto", "required");
        else if (choice.Text("type") == "allowed_tools") CheckAllowed(choice, names, report);
        else if (report.Check(choice.Text("type") is { Length: > 0 }, "$.tool_choice.type", "must be a string") && choice.Text("type") is "function" or "custom")
            CheckNamed(choice, "$.tool_choice", names, report);
    }

    private static void CheckAllowed(JsonElement choice, HashSet<string> names, RuleReport report)
    {
        report.KnownMembers(choice, "$.tool_choice", ["type", "mode", "tools"]);
        report.OneOf(choice, "$.tool_choice", "mode", "auto", "required");
        report.Check(choice.Elements("tools").Any(), "$.tool_choice.tools", "must not be empty");
        foreach (var (i, tool) in choice.Elements("tools").Index()) CheckNamed(tool, $"$.tool_choice.tools[{i}]", names, report);
    }

    private static void CheckNamed(JsonElement choice, string path, HashSet<string> names, RuleReport report)
    {
        report.KnownMembers(choice, path, ["type", "name"]);
        report.Check(choice.Text("name") is { } name && names.Contains(name), $"{path}.name", "must be a tool's");
    }

    private static void CheckTool(JsonElement tool, string path, HashSet<string> names, RuleReport report)
    {
        if (!report.Check(tool.Text("type") is { Length: > 0 }, $"{path}.type", "must be a string")) return;
        if (tool.Text("type") is not ("function" or "custom")) return;
        report.Check(tool.Text("name") is { } name && Name().IsMatch(name), $"{path}.name", "must be of a-z, A-Z, 0-9, _ and -, at most 128");
        report.Check(tool.Text("name") is not { } one || names.Add(one), $"{path}.name", "is there twice");
        if (tool.Text("type") == "function")
        {
            report.KnownMembers(tool, path, ["type", "name", "description", "parameters", "strict", "defer_loading"]);
            report.Check(tool.Member("parameters") is { ValueKind: JsonValueKind.Object or JsonValueKind.Null }, $"{path}.parameters", "must be an object");
            if (tool.Given("strict") is not null) report.Boolean(tool, path, "strict");
            return;
        }
        report.KnownMembers(tool, path, ["type", "name", "description", "format", "defer_loading"]);
        if (tool.Given("format") is not { } format) return;
        report.OneOf(format, $"{path}.format", "type", "text", "grammar");
        if (format.Text("type") != "grammar") return;
        report.KnownMembers(format, $"{path}.format", ["type", "definition", "syntax"]);
        report.Check(format.Text("definition") is { Length: > 0 }, $"{path}.format.definition", "must be a string");
        report.OneOf(format, $"{path}.format", "syntax", "lark", "regex");
    }
}
