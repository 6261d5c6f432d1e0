using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// The documented rules of a Cohere <c>/v2/chat</c> request body (docs.cohere.com/reference/chat, /reference/errors,
/// /docs/structured-outputs), independent of the codec. Every recorded request with a 200 response obeys these.
/// </summary>
public static class CohereRequestRules
{
    private static readonly string[] TopLevel =
    [
        "model", "messages", "stream", "tools", "strict_tools", "documents", "citation_options", "response_format", "safety_mode", "max_tokens",
        "stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty", "k", "p", "logprobs", "tool_choice", "thinking", "priority",
    ];

    /// <summary>Violations with their paths; empty for a valid request.</summary>
    public static IReadOnlyList<string> Check(JsonElement body)
    {
        var report = new RuleReport();
        if (!report.Check(body.IsObject(), "$", "must be an object")) return report.Violations;
        report.KnownMembers(body, "$", TopLevel);
        report.Check(body.Text("model") is { Length: > 0 }, "$.model", "must be a model");
        foreach (var name in (string[])["stream", "strict_tools", "logprobs"]) report.Boolean(body, "$", name);
        CheckNumbers(body, report);
        CheckTools(body, report);
        CheckFormat(body, report);
        CheckThinking(body, report);
        report.OneOf(body, "$", "safety_mode", "CONTEXTUAL", "STRICT", "OFF");
        if (body.Member("citation_options") is { } citations) report.OneOf(citations, "$.citation_options", "mode", "ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF");
        foreach (var (i, document) in body.Elements("documents").Index())
            report.Check(document.IsText() || document.Member("data") is { ValueKind: JsonValueKind.Object }, $"$.documents[{i}]", "must be a string or have data");
        CohereTurnRules.Check(body, report);
        return report.Violations;
    }

    private static void CheckNumbers(JsonElement body, RuleReport report)
    {
        report.Integer(body, "$", "max_tokens", 0);
        report.Integer(body, "$", "seed", 0);
        report.Integer(body, "$", "k", 0, 500);
        report.Number(body, "$", "p", 0.01, 0.99);
        report.Number(body, "$", "temperature", 0, 1);
        report.Number(body, "$", "frequency_penalty", 0, 1);
        report.Number(body, "$", "presence_penalty", 0, 1);
        report.Integer(body, "$", "priority", 0, 999);
        report.Check(Of("frequency_penalty") == 0 || Of("presence_penalty") == 0, "$.presence_penalty", "cannot go with frequency_penalty");
        if (body.Member("stop_sequences") is not { } stops) return;
        report.Check(stops.IsArray() && stops.EnumerateArray().All(s => s.IsText() && s.GetString()!.Length > 0), "$.stop_sequences", "must be a list of texts");
        report.Check(stops.IsArray() && stops.GetArrayLength() <= 5, "$.stop_sequences", "has more than 5");

        double Of(string name) => body.Member(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : 0;
    }

    private static void CheckTools(JsonElement body, RuleReport report)
    {
        var tools = body.Elements("tools").ToArray();
        if (body.Member("tools") is { } list) report.Check(list.IsArray() && tools.Length > 0, "$.tools", "must be an array that is not empty");
        foreach (var (i, tool) in tools.Index())
        {
            var path = $"$.tools[{i}]";
            report.KnownMembers(tool, path, ["type", "function"]);
            report.Check(tool.Text("type") == "function", $"{path}.type", "must be function");
            var function = tool.Member("function") ?? default;
            if (!report.Check(function.IsObject(), $"{path}.function", "must be an object")) continue;
            report.KnownMembers(function, $"{path}.function", ["name", "description", "parameters"]);
            report.Check(function.Text("name") is { Length: > 0 }, $"{path}.function.name", "must be a name");
            if (function.Member("description") is { } text) report.Check(text.IsText(), $"{path}.function.description", "must be a string");
            if (!report.Check(function.Member("parameters") is { ValueKind: JsonValueKind.Object }, $"{path}.function.parameters", "must be a schema")) continue;
            JsonSchemaRules.Check(function.Member("parameters")!.Value, $"{path}.function.parameters", report);
            if (body.Member("strict_tools") is { ValueKind: JsonValueKind.True })
                CheckStructured(function.Member("parameters")!.Value, $"{path}.function.parameters", report, isTop: true);
        }
        report.OneOf(body, "$", "tool_choice", "REQUIRED", "NONE");
        if (body.Member("tool_choice") is not null) report.Check(tools.Length > 0, "$.tool_choice", "needs tools");
        if (body.Member("strict_tools") is not null) report.Check(tools.Length > 0, "$.strict_tools", "needs tools");
    }

    private static void CheckFormat(JsonElement body, RuleReport report)
    {
        if (body.Member("response_format") is not { } format) return;
        report.KnownMembers(format, "$.response_format", ["type", "json_schema"]);
        report.OneOf(format, "$.response_format", "type", "text", "json_object");
        var isText = format.Text("type") == "text";
        report.Check(isText || (!body.Elements("tools").Any() && !body.Elements("documents").Any()), "$.response_format", "cannot go with tools or documents");
        if (format.Member("json_schema") is not { } schema) return;
        report.Check(!isText, "$.response_format.json_schema", "must not stand beside the type text");
        JsonSchemaRules.Check(schema, "$.response_format.json_schema", report);
        CheckStructured(schema, "$.response_format.json_schema", report, isTop: true);
    }

    /// <summary>"The type in the top level schema must be object. Every object in the schema must have at least one required field", and what is not supported.</summary>
    private static void CheckStructured(JsonElement schema, string path, RuleReport report, bool isTop = false)
    {
        if (!schema.IsObject()) return;
        var isObject = schema.Text("type") == "object";
        if (isTop) report.Check(isObject, $"{path}.type", "must be object");
        if (isObject) report.Check(schema.Elements("required").Any(), $"{path}.required", "must name a member");
        foreach (var name in (string[])["allOf", "oneOf", "not", "maximum", "minimum", "minItems", "maxItems", "uniqueItems", "maxLength", "minLength"])
            report.Check(schema.Member(name) is null, $"{path}.{name}", "is not supported");
        if (schema.Text("format") is { } format) report.Check(format is "date-time" or "uuid" or "date" or "time", $"{path}.format", $"'{format}' is not supported");
        if (schema.Text("pattern") is { } pattern) report.Check(!((string[])["^", "$", "?=", "?!"]).Any(pattern.Contains), $"{path}.pattern", "has what is not supported");
        foreach (var name in (string[])["properties", "$defs", "definitions"])
            if (schema.Member(name) is { ValueKind: JsonValueKind.Object } map)
                foreach (var member in map.EnumerateObject()) CheckStructured(member.Value, $"{path}.{name}.{member.Name}", report);
        if (schema.Member("items") is { } items) CheckStructured(items, $"{path}.items", report);
        foreach (var (i, one) in schema.Elements("anyOf").Index()) CheckStructured(one, $"{path}.anyOf[{i}]", report);
    }

    private static void CheckThinking(JsonElement body, RuleReport report)
    {
        if (body.Member("thinking") is not { } thinking) return;
        report.KnownMembers(thinking, "$.thinking", ["type", "token_budget"]);
        report.Check(thinking.Text("type") is "enabled" or "disabled", "$.thinking.type", "must be enabled or disabled");
        report.Integer(thinking, "$.thinking", "token_budget", 1);
    }
}
