using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Schemas that OpenAI accepts with <c>strict: true</c>, which is a 400 for any other (platform.openai.com/docs/guides/structured-outputs, "Supported
/// schemas"): every object is closed and requires all of its members, and some keywords are refused. Anthropic's strict mode allows optional members
/// and has other limits (<see cref="OutputSchema"/>).
/// </summary>
internal static class StrictSchema
{
    /// <summary>
    /// Whether a schema is enforced for a caller who asks for it. A caller of OpenAI's own dialects knows these rules and gets the provider's error;
    /// for others, enforcement is dropped if the schema breaks them. The schema itself would not survive a repair: a required member
    /// that may be null is not an optional one.
    /// </summary>
    /// <param name="isLost">Enforcement was dropped, which the calling code reports.</param>
    public static bool? Of(ChatRequest request, bool? strict, JsonSlice schema, out bool isLost)
    {
        isLost = strict == true && request.Origin is not (DialectNames.OpenAIChat or DialectNames.OpenAIResponses) && schema.HasValue && !Fits(schema);
        return isLost ? false : strict;
    }

    public static bool Fits(JsonSlice schema) => schema.Member("type"u8).AsText().Is("object"u8) && !schema.Member("anyOf"u8).IsPresent && FitsInside(schema);

    private static bool FitsInside(JsonSlice schema)
    {
        if (!schema.IsObject) return false;
        bool isObject = false, isClosed = false, isReference = false;
        var count = 0;
        JsonSlice properties = default, required = default;
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        for (; cursor.NextMember(); count++)
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (IsRefused(name) || (name.Is("format"u8) && !IsKnownFormat(value.AsText()))) return false;
            if (name.Is("type"u8)) isObject = OutputSchema.AllowsObject(value);
            else if (name.Is("properties"u8)) properties = value;
            else if (name.Is("required"u8)) required = value;
            else if (name.Is("additionalProperties"u8)) isClosed = value.IsFalse;
            else if (name.Is("$ref"u8)) isReference = true;
            if (SchemaPlaces.IsMap(name) ? !SchemaPlaces.All(value, isMap: true, FitsInside)
                : SchemaPlaces.IsList(name) ? !SchemaPlaces.All(value, isMap: false, FitsInside)
                : name.Is("items"u8) && !FitsInside(value)) return false;
        }
        // "$ref cannot have keywords".
        if (isReference) return count == 1;
        return (!isObject && !properties.IsPresent) || (isClosed && AreAllRequired(properties, required));
    }

    private static bool AreAllRequired(JsonSlice properties, JsonSlice required)
    {
        if (!properties.IsObject) return false;
        var names = new HashSet<string>();
        if (required.IsArray)
        {
            var list = new JsonCursor(required.Memory);
            list.EnterArray();
            while (list.NextElement()) names.Add(list.TakeValue().AsText().ToString());
        }
        var cursor = new JsonCursor(properties.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!names.Contains(cursor.Name.ToString())) return false;
            cursor.Skip();
        }
        return true;
    }

    /// <summary>
    /// "'allOf' is not permitted" (makenotion/notion-mcp-server#102), <c>oneOf</c> (openai/openai-agents-python#1884), <c>default</c> (567-labs/instructor#1074).
    /// </summary>
    private static bool IsRefused(JsonText name) =>
        name.Is("allOf"u8) || name.Is("oneOf"u8) || name.Is("not"u8) || name.Is("if"u8) || name.Is("then"u8) || name.Is("else"u8) || name.Is("default"u8)
        || name.Is("dependentRequired"u8) || name.Is("dependentSchemas"u8) || name.Is("patternProperties"u8) || name.Is("prefixItems"u8);

    private static bool IsKnownFormat(JsonText format) => format.ToString() is
        "date-time" or "time" or "date" or "duration" or "email" or "hostname" or "ipv4" or "ipv6" or "uuid";
}
