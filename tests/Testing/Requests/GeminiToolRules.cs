using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>tools</c> and <c>toolConfig</c>.</summary>
internal static class GeminiToolRules
{
    private static readonly string[] Kinds =
    [
        "functionDeclarations", "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "fileSearch", "googleMaps", "computerUse",
        "mcpServers", "retrieval", "enterpriseWebSearch",
    ];

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
            report.KnownMembers(tool, path, Kinds);
            if (tool.Member("functionDeclarations") is not { } declarations) continue;
            if (!report.Check(declarations.IsArray() && declarations.GetArrayLength() > 0, $"{path}.functionDeclarations", "must be an array that is not empty")) continue;
            foreach (var (j, one) in declarations.EnumerateArray().Index()) CheckDeclaration(one, $"{path}.functionDeclarations[{j}]", names, report);
        }
        return names;
    }

    private static void CheckDeclaration(JsonElement one, string path, HashSet<string> names, RuleReport report)
    {
        if (!report.Check(one.IsObject(), path, "must be an object")) return;
        report.KnownMembers(one, path, ["name", "description", "behavior", "parameters", "parametersJsonSchema", "response", "responseJsonSchema"]);
        var name = one.Text("name") ?? "";
        report.Check(GeminiRequestRules.NameAlphabet().IsMatch(name), $"{path}.name", $"'{name}' must begin with a letter or _, then at most 127 of a-z A-Z 0-9 _ . : -");
        report.Check(names.Add(name), $"{path}.name", $"'{name}' is declared twice");
        if (one.Member("description") is { } description) report.Check(description.IsText(), $"{path}.description", "must be a string");
        report.Check(one.Member("parameters") is null || one.Member("parametersJsonSchema") is null, path, "has parameters and parametersJsonSchema");
        if (one.Member("parameters") is { } subset)
        {
            report.Check(string.Equals(subset.Text("type"), "object", StringComparison.OrdinalIgnoreCase), $"{path}.parameters.type", "must be OBJECT");
            GeminiSchemaRules.Check(subset, $"{path}.parameters", report);
        }
        if (one.Member("parametersJsonSchema") is { } schema)
        {
            report.Check(schema.Text("type") == "object", $"{path}.parametersJsonSchema.type", "must be object");
            JsonSchemaRules.Check(schema, $"{path}.parametersJsonSchema", report);
        }
    }

    public static void CheckConfig(JsonElement body, IReadOnlyCollection<string> declared, RuleReport report)
    {
        if (body.Member("toolConfig") is not { } config) return;
        const string path = "$.toolConfig";
        if (!report.Check(config.IsObject(), path, "must be an object")) return;
        report.KnownMembers(config, path, ["functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations"]);
        if (config.Member("functionCallingConfig") is not { } calling) return;
        const string at = path + ".functionCallingConfig";
        if (!report.Check(calling.IsObject(), at, "must be an object")) return;
        report.KnownMembers(calling, at, ["mode", "allowedFunctionNames", "streamFunctionCallArguments"]);
        report.OneOf(calling, at, "mode", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED");
        var mode = calling.Text("mode");
        report.Check(mode is not ("ANY" or "VALIDATED") || declared.Count > 0, $"{at}.mode", $"{mode} needs declared functions");
        if (calling.Member("allowedFunctionNames") is not { } allowed) return;
        report.Check(mode is "ANY" or "VALIDATED", $"{at}.allowedFunctionNames", "is taken only with ANY or VALIDATED");
        if (!report.Check(allowed.IsArray() && allowed.GetArrayLength() > 0, $"{at}.allowedFunctionNames", "must be an array that is not empty")) return;
        foreach (var name in allowed.EnumerateArray())
            report.Check(name.IsText() && declared.Contains(name.GetString()!), $"{at}.allowedFunctionNames", $"{name} is not declared");
    }
}
