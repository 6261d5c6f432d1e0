using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>The OpenAPI subset that Gemini accepts in <c>parameters</c> and <c>responseSchema</c>.</summary>
internal static class GeminiSchemaRules
{
    private static readonly string[] Known =
    [
        "type", "format", "title", "description", "nullable", "default", "items", "minItems", "maxItems", "enum", "properties", "propertyOrdering",
        "required", "minProperties", "maxProperties", "minimum", "maximum", "minLength", "maxLength", "pattern", "example", "anyOf",
    ];

    private static readonly string[] Types = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];

    public static void Check(JsonElement schema, string path, RuleReport report, int depth = 0)
    {
        if (!report.Check(schema.IsObject(), path, "must be an object")) return;
        if (!report.Check(depth <= 32, path, "is nested too deeply")) return;
        report.KnownMembers(schema, path, Known);
        var type = schema.Text("type")?.ToUpperInvariant();
        report.Check(type is not null ? Types.Contains(type) : schema.Member("type") is null && schema.Member("anyOf") is not null, $"{path}.type",
            "must be one of the type words");
        if (type == "ARRAY") report.Check(schema.Member("items") is not null, $"{path}.items", "is mandatory for arrays");
        CheckFormat(schema, type, path, report);
        report.Boolean(schema, path, "nullable");
        if (schema.Member("enum") is { } words)
        {
            report.Check(words.IsArray() && words.GetArrayLength() > 0 && words.EnumerateArray().All(w => w.IsText() && w.GetString()!.Length > 0), $"{path}.enum",
                "must be strings that are not empty");
            report.Check(type is "STRING" or null, $"{path}.enum", "is taken only for STRING");
        }
        if (schema.Member("properties") is { } properties && report.Check(properties.IsObject(), $"{path}.properties", "must be an object"))
            foreach (var member in properties.EnumerateObject()) Check(member.Value, $"{path}.properties.{member.Name}", report, depth + 1);
        if (schema.Member("required") is { } required && report.Check(required.IsArray(), $"{path}.required", "must be an array"))
            foreach (var name in required.EnumerateArray())
                report.Check(name.IsText() && schema.Member("properties")?.Member(name.GetString()!) is not null, $"{path}.required", $"{name} is no property");
        if (schema.Member("items") is { } items) Check(items, $"{path}.items", report, depth + 1);
        if (schema.Member("anyOf") is { } choices && report.Check(choices.IsArray() && choices.GetArrayLength() > 0, $"{path}.anyOf", "must be an array that is not empty"))
            foreach (var (i, one) in choices.EnumerateArray().Index()) Check(one, $"{path}.anyOf[{i}]", report, depth + 1);
    }

    private static void CheckFormat(JsonElement schema, string? type, string path, RuleReport report)
    {
        if (schema.Member("format") is null) return;
        string[]? words = type switch
        {
            "STRING" => ["enum", "date-time"],
            "NUMBER" => ["float", "double"],
            "INTEGER" => ["int32", "int64"],
            _ => null,
        };
        report.Check(words is not null && words.Contains(schema.Text("format")), $"{path}.format", $"'{schema.Text("format")}' is not taken for {type}");
    }
}
