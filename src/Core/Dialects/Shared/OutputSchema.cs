using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Schemas that Anthropic compiles to a grammar (<c>output_config.format</c>, strict tools). By its reference: every
/// object is closed, no recursion, no limits on numbers, lengths and counts. Such limits move to the description, as in
/// Anthropic's own SDKs; a schema whose meaning would change does not fit.
/// </summary>
internal static class OutputSchema
{
    /// <summary>Whether a schema can be expressed with the same meaning.</summary>
    public static bool Fits(JsonSlice schema) => schema.IsObject && schema.Member("type"u8).AsText().Is("object"u8) && FitsInside(schema) && !SchemaReferences.AreRecursive(schema);

    /// <summary>Writes a schema that fits.</summary>
    public static void Write(JsonSlice schema, JsonOutput output, LossReport losses, string path)
    {
        if (!schema.IsObject)
        {
            output.Raw(schema);
            return;
        }
        List<ExtraMember>? narrowing = null;
        JsonText description = default;
        bool isObject = false, isClosed = false;
        output.BeginObject();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("description"u8) && value.IsText) description = value.AsText();
            else if (IsNarrowing(name, value)) (narrowing ??= []).Add(new ExtraMember(name, value));
            else if (name.Is("oneOf"u8))
            {
                // The compiler supports only anyOf, which is equivalent if no two branches match at once.
                losses.Emulate($"{path}.oneOf");
                output.Name("anyOf"u8);
                WriteMember(name, value, output, losses, path);
            }
            else
            {
                isObject |= name.Is("properties"u8) || (name.Is("type"u8) && AllowsObject(value));
                isClosed |= name.Is("additionalProperties"u8);
                output.Name(name);
                WriteMember(name, value, output, losses, path);
            }
        }
        if (isObject && !isClosed)
        {
            losses.Emulate($"{path}.additionalProperties");
            output.Name("additionalProperties"u8);
            output.Boolean(false);
        }
        WriteDescription(description, narrowing, output, losses, path);
        output.EndObject();
    }

    private static void WriteMember(JsonText name, JsonSlice value, JsonOutput output, LossReport losses, string path)
    {
        if (IsMapOfSchemas(name) && value.IsObject)
        {
            output.BeginObject();
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                output.Name(cursor.Name);
                Write(cursor.TakeValue(), output, losses, path);
            }
            output.EndObject();
        }
        else if (IsListOfSchemas(name) && value.IsArray)
        {
            output.BeginArray();
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterArray();
            while (cursor.NextElement()) Write(cursor.TakeValue(), output, losses, path);
            output.EndArray();
        }
        else if (name.Is("items"u8)) Write(value, output, losses, path);
        else output.Raw(value);
    }

    private static void WriteDescription(JsonText description, List<ExtraMember>? narrowing, JsonOutput output, LossReport losses, string path)
    {
        if (!description.IsPresent && narrowing is null) return;
        output.Name("description"u8);
        output.BeginText();
        output.Append(description);
        if (narrowing is not null)
        {
            if (description.HasValue) output.Append(" "u8);
            SchemaText.AppendMembers(narrowing, output);
            foreach (var member in narrowing) losses.Emulate($"{path}.{member.Name}");
        }
        output.EndText();
    }

    private static bool FitsInside(JsonSlice schema)
    {
        // true and false are schemas too, but not for this compiler (anthropic-messages-one-error-e09bdb).
        if (!schema.IsObject) return false;
        bool isObject = false, hasProperties = false, hasAny = false, hasOne = false, hasAll = false;
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("type"u8)) isObject = AllowsObject(value);
            if (name.Is("properties"u8)) hasProperties = value.IsObject;
            // An open object is a map; closing it would allow no members.
            if (name.Is("additionalProperties"u8) && !value.IsFalse) return false;
            if (IsBeyond(name) || (name.Is("enum"u8) && HasObjects(value)) || (name.Is("const"u8) && (value.IsObject || value.IsArray))) return false;
            (hasAny, hasOne) = (hasAny || name.Is("anyOf"u8), hasOne || name.Is("oneOf"u8));
            if (hasAny && hasOne) return false;
            hasAll |= name.Is("allOf"u8);
            if (IsMapOfSchemas(name) ? !SchemaPlaces.All(value, isMap: true, FitsInside)
                : IsListOfSchemas(name) ? !SchemaPlaces.All(value, isMap: false, FitsInside)
                : name.Is("items"u8) && !FitsInside(value)) return false;
        }
        return (!isObject || hasProperties) && !(hasAll && MayBeObject(schema));
    }

    /// <summary>
    /// Whether a schema, or a branch of it, is an object or a reference. Around and in <c>allOf</c>, closing one object would forbid the members of the
    /// others, and the compiler refuses a reference ("allOf with $ref not supported").
    /// </summary>
    private static bool MayBeObject(JsonSlice schema)
    {
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("$ref"u8) || name.Is("properties"u8) || (name.Is("type"u8) && AllowsObject(value))) return true;
            if (!IsListOfSchemas(name)) continue;
            var branches = new JsonCursor(value.Memory);
            branches.EnterArray();
            while (branches.NextElement())
                if (MayBeObject(branches.TakeValue())) return true;
        }
        return false;
    }

    private static bool HasObjects(JsonSlice list)
    {
        if (!list.IsArray) return true;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue() is { IsObject: true } or { IsArray: true }) return true;
        return false;
    }

    /// <summary>Whether a <c>type</c> is or contains <c>object</c>.</summary>
    public static bool AllowsObject(JsonSlice type)
    {
        if (!type.IsArray) return type.AsText().Is("object"u8);
        var cursor = new JsonCursor(type.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue().AsText().Is("object"u8)) return true;
        return false;
    }

    private static bool IsMapOfSchemas(JsonText name) => name.Is("properties"u8) || name.Is("$defs"u8) || name.Is("definitions"u8);

    private static bool IsListOfSchemas(JsonText name) => name.Is("anyOf"u8) || name.Is("allOf"u8) || name.Is("oneOf"u8);

    private static bool IsBeyond(JsonText name) =>
        name.Is("patternProperties"u8) || name.Is("propertyNames"u8) || name.Is("unevaluatedProperties"u8) || name.Is("dependentSchemas"u8)
        || name.Is("dependentRequired"u8) || name.Is("if"u8) || name.Is("then"u8) || name.Is("else"u8) || name.Is("not"u8)
        || name.Is("prefixItems"u8) || name.Is("contains"u8) || name.Is("$dynamicRef"u8);

    private static bool IsNarrowing(JsonText name, JsonSlice value) =>
        name.Is("minimum"u8) || name.Is("maximum"u8) || name.Is("exclusiveMinimum"u8) || name.Is("exclusiveMaximum"u8) || name.Is("multipleOf"u8)
        || name.Is("minLength"u8) || name.Is("maxLength"u8) || name.Is("maxItems"u8) || name.Is("uniqueItems"u8)
        || name.Is("minProperties"u8) || name.Is("maxProperties"u8)
        || (name.Is("pattern"u8) && value.IsText && SchemaPattern.IsBeyond(value.AsText(), boundaries: true))
        || (name.Is("minItems"u8) && value.AsInt64() is not (0 or 1))
        || (name.Is("format"u8) && !IsKnownFormat(value.AsText()));

    private static bool IsKnownFormat(JsonText format) => format.ToString() is
        "date-time" or "time" or "date" or "duration" or "email" or "hostname" or "uri" or "ipv4" or "ipv6" or "uuid";
}
