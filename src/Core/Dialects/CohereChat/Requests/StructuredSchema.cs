using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Whether Cohere's structured outputs support a schema (https://docs.cohere.com/docs/structured-outputs, "Schema
/// constraints", "Unsupported schema features"): an object at the top, a required member in every object, no composition except
/// <c>anyOf</c>, no ranges and no lengths.
/// </summary>
internal static class StructuredSchema
{
    private const int MaxDepth = 32;

    private static readonly JsonText[] Refused =
    [
        .. new[]
        {
            "allOf", "oneOf", "not", "if", "then", "else", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf",
            "maxItems", "minItems", "uniqueItems", "maxLength", "minLength", "maxProperties", "minProperties", "patternProperties",
            "propertyNames", "dependentSchemas", "dependentRequired", "prefixItems", "contains",
        }.Select(JsonText.From),
    ];

    private static readonly JsonText[] Formats = [.. new[] { "date-time", "uuid", "date", "time" }.Select(JsonText.From)];

    public static bool Fits(JsonSlice schema) => schema.Member("type"u8).AsText().Is("object"u8) && Check(schema, 0);

    private static bool Check(JsonSlice schema, int depth)
    {
        if (depth > MaxDepth) return false;
        if (!schema.IsObject) return schema.IsTrue || schema.IsFalse;
        var isObject = false;
        var hasRequired = false;
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (IsOneOf(name, Refused)) return false;
            if (name.Is("type"u8)) isObject |= value.AsText().Is("object"u8);
            else if (name.Is("required"u8)) hasRequired = value.IsArray && value.Span.Contains((byte)'"');
            else if (name.Is("format"u8) && !IsOneOf(value.AsText(), Formats)) return false;
            // "^", "$", "?=" and "?!" are not supported in them.
            else if (name.Is("pattern"u8) && value.Span.IndexOfAny("^$"u8) >= 0 || name.Is("pattern"u8) && (value.Span.IndexOf("?="u8) >= 0 || value.Span.IndexOf("?!"u8) >= 0))
                return false;
            else if (name.Is("properties"u8) || name.Is("$defs"u8) || name.Is("definitions"u8))
            {
                if (!Members(value, depth)) return false;
            }
            else if (name.Is("items"u8) || name.Is("additionalProperties"u8))
            {
                if (!Check(value, depth + 1)) return false;
            }
            else if (name.Is("anyOf"u8) && !Elements(value, depth)) return false;
        }
        return !isObject || hasRequired;
    }

    private static bool Members(JsonSlice map, int depth)
    {
        if (!map.IsObject) return false;
        var cursor = new JsonCursor(map.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
            if (!Check(cursor.TakeValue(), depth + 1)) return false;
        return true;
    }

    private static bool Elements(JsonSlice list, int depth)
    {
        if (!list.IsArray) return false;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (!Check(cursor.TakeValue(), depth + 1)) return false;
        return true;
    }

    private static bool IsOneOf(JsonText name, JsonText[] names)
    {
        foreach (var known in names)
            if (name.Is(known.Span)) return true;
        return false;
    }
}
