using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>What every JSON schema (draft 2020-12) must obey, as far as providers check it.</summary>
internal static class JsonSchemaRules
{
    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    public static void Check(JsonElement schema, string path, RuleReport report) => Check(schema, schema, path, report, 0);

    private static void Check(JsonElement schema, JsonElement root, string path, RuleReport report, int depth)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False) return;
        if (!report.Check(schema.IsObject(), path, "must be a schema: an object or a boolean")) return;
        if (depth > 64) return;
        if (schema.Member("type") is { } type)
        {
            if (type.IsArray()) foreach (var one in type.EnumerateArray()) CheckType(one, $"{path}.type", report);
            else CheckType(type, $"{path}.type", report);
        }
        if (schema.Member("required") is { } required)
            report.Check(required.IsArray() && required.EnumerateArray().All(r => r.IsText()) &&
                required.EnumerateArray().Select(r => r.GetString()).Distinct().Count() == required.GetArrayLength(),
                $"{path}.required", "must be an array of different strings");
        if (schema.Member("enum") is { } words) report.Check(words.IsArray(), $"{path}.enum", "must be an array");
        if (schema.Member("description") is { } text) report.Check(text.IsText(), $"{path}.description", "must be a string");
        if (schema.Member("$ref") is { } reference) report.Check(reference.IsText() && Resolves(root, reference.GetString()!), $"{path}.$ref", "leads nowhere");
        foreach (var name in (string[])["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"])
        {
            if (schema.Member(name) is not { } map) continue;
            if (!report.Check(map.IsObject(), $"{path}.{name}", "must be an object")) continue;
            foreach (var member in map.EnumerateObject()) Check(member.Value, root, $"{path}.{name}.{member.Name}", report, depth + 1);
        }
        foreach (var name in (string[])["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"])
            if (schema.Member(name) is { } inner && !(name == "items" && inner.IsArray())) Check(inner, root, $"{path}.{name}", report, depth + 1);
        foreach (var name in (string[])["anyOf", "oneOf", "allOf", "prefixItems"])
        {
            if (schema.Member(name) is not { } list) continue;
            if (!report.Check(list.IsArray() && list.GetArrayLength() > 0, $"{path}.{name}", "must be an array that is not empty")) continue;
            foreach (var (i, one) in list.EnumerateArray().Index()) Check(one, root, $"{path}.{name}[{i}]", report, depth + 1);
        }
    }

    private static void CheckType(JsonElement type, string path, RuleReport report) =>
        report.Check(type.IsText() && Types.Contains(type.GetString()), path, "is no JSON schema type");

    /// <summary>Only references inside the same schema can be resolved.</summary>
    private static bool Resolves(JsonElement root, string reference) => SchemaPointer.Resolve(root, reference) is not null;
}

/// <summary>Follows <c>#/$defs/name</c>.</summary>
internal static class SchemaPointer
{
    public static JsonElement? Resolve(JsonElement root, string reference)
    {
        if (reference == "#") return root;
        if (!reference.StartsWith("#/", StringComparison.Ordinal)) return null;
        JsonElement? at = root;
        foreach (var step in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at is { ValueKind: JsonValueKind.Array } list && int.TryParse(name, out var i) && i >= 0 && i < list.GetArrayLength()
                ? list[i] : at?.Member(name);
            if (at is null) return null;
        }
        return at;
    }
}
