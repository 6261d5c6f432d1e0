using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Converts a schema of an older draft, or with a serialiser's mistakes, to valid JSON Schema 2020-12, which Anthropic validates
/// ("JSON schema is invalid. It must match JSON Schema draft 2020-12"): one such tool makes the whole request a 400.
/// </summary>
internal ref struct SchemaRepair
{
    /// <summary>Type names of programming languages that JSON Schema does not have; empty for any type.</summary>
    private static readonly Dictionary<string, string> Types = new Dictionary<string, string>
    {
        ["int"] = "integer", ["int32"] = "integer", ["int64"] = "integer", ["long"] = "integer", ["float"] = "number", ["double"] = "number", ["decimal"] = "number",
        ["str"] = "string", ["text"] = "string", ["bool"] = "boolean", ["dict"] = "object", ["map"] = "object", ["list"] = "array", ["tuple"] = "array",
        ["None"] = "null", ["any"] = "", ["Any"] = "", ["mixed"] = "", ["undefined"] = "",
        ["STRING"] = "string", ["INTEGER"] = "integer", ["NUMBER"] = "number", ["BOOLEAN"] = "boolean", ["OBJECT"] = "object", ["ARRAY"] = "array", ["NULL"] = "null",
        ["String"] = "string", ["Integer"] = "integer", ["Number"] = "number", ["Boolean"] = "boolean", ["Object"] = "object", ["Array"] = "array",
    };

    private readonly JsonOutput _output;
    private bool _changed;

    private SchemaRepair(JsonOutput output) => _output = output;

    /// <summary>The repaired schema, in separate memory; the schema itself if it is valid.</summary>
    public static JsonSlice Of(JsonSlice schema)
    {
        if (!schema.IsObject || !MayNeed(schema.Span)) return schema;
        using var output = new JsonOutput(schema.Span.Length + 64);
        var repair = new SchemaRepair(output);
        repair.Schema(schema);
        return repair._changed ? new JsonSlice(output.WrittenSpan.ToArray()) : schema;
    }

    /// <summary>Whether the schema may need a repair: a few searches, so that most schemas are not scanned.</summary>
    private static bool MayNeed(ReadOnlySpan<byte> schema)
    {
        if (schema.IndexOf(":null"u8) >= 0 || schema.IndexOf(": null"u8) >= 0 || schema.IndexOf("\"exclusiveM"u8) >= 0 || schema.IndexOf("\"additionalItems\""u8) >= 0) return true;
        return HasOddType(schema) || Follows(schema, "\"items\""u8, "["u8) || Follows(schema, "\"required\""u8, "tf\""u8) || Follows(schema, "\"properties\""u8, "["u8)
            || Follows(schema, "\"definitions\""u8, "["u8) || Follows(schema, "\"$defs\""u8, "["u8);
    }

    private static bool HasOddType(ReadOnlySpan<byte> schema)
    {
        for (int at; (at = schema.IndexOf("\"type\""u8)) >= 0;)
        {
            schema = schema[(at + "\"type\""u8.Length)..].TrimStart(": \t\r\n"u8);
            if (schema.StartsWith("["u8)) return true;
            if (!schema.StartsWith("\""u8)) continue;
            var end = schema[1..].IndexOf((byte)'"');
            if (end < 0) return false;
            var word = schema.Slice(1, end);
            if (!(word.SequenceEqual("string"u8) || word.SequenceEqual("object"u8) || word.SequenceEqual("array"u8) || word.SequenceEqual("number"u8)
                || word.SequenceEqual("integer"u8) || word.SequenceEqual("boolean"u8) || word.SequenceEqual("null"u8))) return true;
        }
        return false;
    }

    private static bool Follows(ReadOnlySpan<byte> schema, ReadOnlySpan<byte> name, ReadOnlySpan<byte> first)
    {
        for (int at; (at = schema.IndexOf(name)) >= 0;)
        {
            schema = schema[(at + name.Length)..].TrimStart(": \t\r\n"u8);
            if (schema.Length > 0 && first.Contains(schema[0])) return true;
        }
        return false;
    }

    private void Schema(JsonSlice schema)
    {
        if (!schema.IsObject)
        {
            // null and lists are not schemas.
            if (schema.IsTrue || schema.IsFalse) _output.Raw(schema);
            else
            {
                _changed = true;
                _output.Raw("{}"u8);
            }
            return;
        }
        var (above, below) = (schema.Member("exclusiveMinimum"u8), schema.Member("exclusiveMaximum"u8));
        var isTuple = schema.Member("items"u8).IsArray;
        List<string>? requiring = null;
        if (schema.Member("properties"u8) is { IsObject: true } properties) requiring = Requiring(properties);
        var hasRequired = false;
        _output.BeginObject();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("required"u8))
            {
                hasRequired = value.IsArray;
                Required(value, requiring);
            }
            else if ((name.Is("exclusiveMinimum"u8) || name.Is("exclusiveMaximum"u8)) && (value.IsTrue || value.IsFalse)) Exclusive(schema, name, value);
            else if ((name.Is("minimum"u8) && above.IsTrue) || (name.Is("maximum"u8) && below.IsTrue)) _changed = true;
            else if (isTuple && name.Is("items"u8)) Tuple(value);
            else if (name.Is("additionalItems"u8)) AdditionalItems(value, isTuple);
            else if (name.Is("type"u8)) Type(name, value);
            // In these members null is a value; elsewhere the keyword is dropped.
            else if (value.IsNull && !name.Is("default"u8) && !name.Is("const"u8) && !name.Is("example"u8)) Nothing(name);
            else if (SchemaPlaces.IsMap(name)) Map(name, value);
            else if (SchemaPlaces.IsList(name) && value.IsArray) List(name, value);
            else if (SchemaPlaces.IsOne(name) && value.IsObject) One(name, value);
            else
            {
                _output.Name(name);
                _output.Raw(value);
            }
        }
        if (!hasRequired && requiring is not null) Required(default, requiring);
        _output.EndObject();
    }

    private void Nothing(JsonText name)
    {
        _changed = true;
        if (!name.Is("properties"u8)) return;
        _output.Name(name);
        _output.Raw("{}"u8);
    }

    /// <summary>The properties that are required by their own member (<c>"required": true</c>, draft-03).</summary>
    private static List<string>? Requiring(JsonSlice properties)
    {
        List<string>? names = null;
        var cursor = new JsonCursor(properties.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.TakeValue().Member("required"u8).IsTrue) (names ??= []).Add(name.ToString());
        }
        return names;
    }

    private void Required(JsonSlice value, List<string>? more)
    {
        if (value.IsArray && more is null)
        {
            _output.Name("required"u8);
            _output.Raw(value);
            return;
        }
        _changed = true;
        if (!value.IsArray && more is null) return;
        _output.Name("required"u8);
        _output.BeginArray();
        var written = new HashSet<string>();
        if (value.IsArray)
        {
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
                if (cursor.TakeValue().AsText() is { IsPresent: true } name && written.Add(name.ToString())) _output.Text(name);
        }
        foreach (var name in more ?? [])
            if (written.Add(name)) _output.Text(name);
        _output.EndArray();
    }

    /// <summary>Draft-04: a flag beside the bound that it makes exclusive.</summary>
    private void Exclusive(JsonSlice schema, JsonText name, JsonSlice value)
    {
        _changed = true;
        var bound = schema.Member(name.Is("exclusiveMinimum"u8) ? "minimum"u8 : "maximum"u8);
        if (!value.IsTrue || !bound.IsNumber) return;
        _output.Name(name);
        _output.Raw(bound);
    }

    private void Tuple(JsonSlice items)
    {
        _changed = true;
        List(JsonText.From("prefixItems"), items);
    }

    private void AdditionalItems(JsonSlice value, bool isTuple)
    {
        _changed = true;
        // Without a tuple it has no meaning.
        if (isTuple) One(JsonText.From("items"), value);
    }

    private void Type(JsonText name, JsonSlice value)
    {
        if (value.IsArray)
        {
            _output.Name(name);
            _output.BeginArray();
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                var type = cursor.TakeValue();
                var known = type.AsText().HasValue ? Types.GetValueOrDefault(type.AsText().ToString()) : null;
                _changed |= known is not null;
                if (known is { Length: > 0 }) _output.Text(known);
                else if (known is null) _output.Raw(type);
            }
            _output.EndArray();
            return;
        }
        if (value.AsText() is { HasValue: true } text && Types.GetValueOrDefault(text.ToString()) is { } meant)
        {
            _changed = true;
            if (meant.Length == 0) return;
            _output.Name(name);
            _output.Text(meant);
        }
        else if (!value.IsText) _changed = true;
        else
        {
            _output.Name(name);
            _output.Raw(value);
        }
    }

    private void Map(JsonText name, JsonSlice value)
    {
        _output.Name(name);
        _output.BeginObject();
        if (value.IsObject)
        {
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                _output.Name(cursor.Name);
                Schema(cursor.TakeValue());
            }
        }
        // PHP writes an empty map as an empty list.
        else _changed = true;
        _output.EndObject();
    }

    private void List(JsonText name, JsonSlice value)
    {
        _output.Name(name);
        _output.BeginArray();
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Schema(cursor.TakeValue());
        _output.EndArray();
    }

    private void One(JsonText name, JsonSlice value)
    {
        _output.Name(name);
        Schema(value);
    }
}
