using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>The limits of schemas that Anthropic compiles to a grammar (structured outputs, strict tools), by its reference.</summary>
internal static class AnthropicOutputSchemaRules
{
    private static readonly string[] Refused =
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"];

    public static void Check(JsonElement schema, string path, RuleReport report) => Check(schema, schema, path, report, []);

    private static void Check(JsonElement schema, JsonElement root, string path, RuleReport report, List<string> open)
    {
        if (!schema.IsObject()) return;
        foreach (var name in Refused) report.Check(schema.Member(name) is null, $"{path}.{name}", "is not supported in structured outputs");
        if (IsObject(schema))
            report.Check(schema.Member("additionalProperties") is { ValueKind: JsonValueKind.False }, $"{path}.additionalProperties", "must be false");
        if (schema.Member("minItems") is { } least)
            report.Check(least.ValueKind == JsonValueKind.Number && least.GetDouble() is 0 or 1, $"{path}.minItems", "must be 0 or 1");
        if (schema.Text("$ref") is { } reference)
        {
            if (!report.Check(!open.Contains(reference), $"{path}.$ref", "is recursive")) return;
            if (SchemaPointer.Resolve(root, reference) is { } target) Check(target, root, path, report, [.. open, reference]);
        }
        if (schema.Member("properties") is { ValueKind: JsonValueKind.Object } properties)
            foreach (var member in properties.EnumerateObject()) Check(member.Value, root, $"{path}.properties.{member.Name}", report, open);
        if (schema.Member("items") is { } items) Check(items, root, $"{path}.items", report, open);
        foreach (var (i, one) in schema.Elements("allOf").Index())
        {
            report.Check(one.Text("$ref") is null, $"{path}.allOf[{i}]", "allOf with $ref is not supported");
            report.Check(!IsObject(schema) && !IsObject(one), $"{path}.allOf[{i}]", "nothing satisfies two closed objects");
        }
        foreach (var name in (string[])["anyOf", "allOf", "oneOf"])
            foreach (var (i, one) in schema.Elements(name).Index()) Check(one, root, $"{path}.{name}[{i}]", report, open);
    }

    private static bool IsObject(JsonElement schema) => schema.Text("type") == "object" || schema.Member("properties") is not null;
}
