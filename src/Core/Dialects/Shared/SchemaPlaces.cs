using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>The keywords of a JSON schema that contain schemas (JSON Schema 2020-12 and draft-07).</summary>
internal static class SchemaPlaces
{
    /// <summary>An object whose values are schemas.</summary>
    public static bool IsMap(JsonText keyword) =>
        keyword.Is("properties"u8) || keyword.Is("$defs"u8) || keyword.Is("definitions"u8) || keyword.Is("patternProperties"u8) || keyword.Is("dependentSchemas"u8);

    /// <summary>A list of schemas.</summary>
    public static bool IsList(JsonText keyword) =>
        keyword.Is("anyOf"u8) || keyword.Is("allOf"u8) || keyword.Is("oneOf"u8) || keyword.Is("prefixItems"u8);

    /// <summary>One schema.</summary>
    public static bool IsOne(JsonText keyword) =>
        keyword.Is("items"u8) || keyword.Is("additionalItems"u8) || keyword.Is("additionalProperties"u8) || keyword.Is("propertyNames"u8) || keyword.Is("contains"u8)
        || keyword.Is("not"u8) || keyword.Is("if"u8) || keyword.Is("then"u8) || keyword.Is("else"u8) || keyword.Is("unevaluatedProperties"u8) || keyword.Is("unevaluatedItems"u8);

    /// <summary>Whether a map or a list of schemas is one, and all of its schemas pass.</summary>
    public static bool All(JsonSlice value, bool isMap, Func<JsonSlice, bool> passes)
    {
        if (isMap ? !value.IsObject : !value.IsArray) return false;
        var cursor = new JsonCursor(value.Memory);
        if (isMap) cursor.EnterObject();
        else cursor.EnterArray();
        while (isMap ? cursor.NextMember() : cursor.NextElement())
            if (!passes(cursor.TakeValue())) return false;
        return true;
    }
}
