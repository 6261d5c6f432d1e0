using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Converts Google's <c>Schema</c> message, a variant of OpenAPI 3.0's schema (ai.google.dev/api/caching#Schema), to JSON Schema with the same meaning:
/// <c>nullable</c> becomes a type, limits that ProtoJSON writes as strings become numbers, and <c>propertyOrdering</c> becomes the order of the properties.
/// </summary>
internal sealed class SchemaGeneralizer
{
    private static readonly MemberName AnyOf = new("anyOf", 0), PropertyOrdering = new("propertyOrdering", 0);

    /// <summary>int64 and double: ProtoJSON accepts a string for both, and clients write the first as one.</summary>
    private static readonly MemberName[] Limits =
    [
        new("minItems", 0), new("maxItems", 0), new("minLength", 0), new("maxLength", 0), new("minProperties", 0), new("maxProperties", 0), new("minimum", 0), new("maximum", 0),
    ];

    private readonly JsonOutput _output;
    private bool _changed;

    private SchemaGeneralizer(JsonOutput output) => _output = output;

    /// <summary>Converts the schemas of a request that are in Google's form; <c>responseJsonSchema</c> and <c>parametersJsonSchema</c> are JSON Schema.</summary>
    public static void Run(ChatRequest request)
    {
        if (request.ResponseFormat is { } format && (format.Form & RequestForms.WithSchema) != 0) format.Schema = Of(format.Schema);
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent && (tool.Form & RequestForms.JsonSchemaParameters) == 0) tool.Parameters = Of(tool.Parameters);
    }

    private static JsonSlice Of(JsonSlice schema)
    {
        if (!schema.IsObject || !MayNeed(schema.Span)) return schema;
        using var output = new JsonOutput(schema.Span.Length + 64);
        var generalizer = new SchemaGeneralizer(output);
        generalizer.Schema(schema);
        // The types under any_of were not read as types.
        return generalizer._changed ? SchemaTypes.Lower(new JsonSlice(output.WrittenSpan.ToArray()), out _) : schema;
    }

    /// <summary>Whether the schema may need a change: a few searches, so that most schemas are not scanned.</summary>
    private static bool MayNeed(ReadOnlySpan<byte> schema) =>
        schema.IndexOf("\"nullable\""u8) >= 0 || schema.IndexOf("\"property"u8) >= 0 || schema.IndexOf("\"any_of\""u8) >= 0 || schema.IndexOf("\"min"u8) >= 0
        || schema.IndexOf("\"max"u8) >= 0 || schema.IndexOf("TYPE_UNSPECIFIED"u8) >= 0;

    private void Schema(JsonSlice schema)
    {
        if (!schema.IsObject)
        {
            _output.Raw(schema);
            return;
        }
        var isNullable = schema.Member("nullable"u8).IsTrue;
        _output.BeginObject();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isAny = AnyOf.IsAt(ref cursor);
            var isLeftOut = cursor.NameIs("nullable"u8) || PropertyOrdering.IsAt(ref cursor);
            var limit = LimitAt(ref cursor);
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (isLeftOut || (name.Is("type"u8) && value.AsText().Is("TYPE_UNSPECIFIED"u8))) _changed = true;
            else if (limit is not null) Limit(limit, name, value);
            else if (isNullable && name.Is("type"u8)) Type(name, value);
            else if (isNullable && name.Is("enum"u8) && value.IsArray) Enum(name, value);
            else if (isAny && value.IsArray) Any(name, value, isNullable);
            else if (name.Is("properties"u8) && value.IsObject) Properties(name, value, Ordering(schema));
            else
            {
                _output.Name(name);
                if (name.Is("items"u8)) Schema(value);
                else _output.Raw(value);
            }
        }
        _output.EndObject();
    }

    private static MemberName? LimitAt(ref JsonCursor cursor)
    {
        foreach (var limit in Limits)
            if (limit.IsAt(ref cursor)) return limit;
        return null;
    }

    private void Limit(MemberName limit, JsonText name, JsonSlice value)
    {
        var number = value.IsText && JsonSlice.IsValid(value.AsText().Span) ? new JsonSlice(value.AsText().Escaped) : default;
        _changed |= number.IsNumber || !name.Is(limit.In(0));
        _output.Name(limit.In(0));
        _output.Raw(number.IsNumber ? number : value);
    }

    private void Type(JsonText name, JsonSlice type)
    {
        _output.Name(name);
        if (!type.IsText || type.AsText().Is("null"u8))
        {
            _output.Raw(type);
            return;
        }
        _output.BeginArray();
        _output.Raw(type);
        _output.Literal("null"u8);
        _output.EndArray();
    }

    private void Enum(JsonText name, JsonSlice values)
    {
        _output.Name(name);
        _output.BeginArray();
        var hasNull = false;
        var cursor = new JsonCursor(values.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            hasNull |= cursor.IsNull;
            _output.Raw(cursor.TakeValue());
        }
        if (!hasNull) _output.Null();
        _output.EndArray();
    }

    private void Any(JsonText name, JsonSlice schemas, bool isNullable)
    {
        _changed |= !name.Is(AnyOf.In(0));
        _output.Name(AnyOf.In(0));
        _output.BeginArray();
        var cursor = new JsonCursor(schemas.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Schema(cursor.TakeValue());
        if (isNullable) _output.Raw("{\"type\":\"null\"}"u8);
        _output.EndArray();
    }

    private static JsonSlice Ordering(JsonSlice schema) =>
        schema.Member("propertyOrdering"u8) is { IsPresent: true } order ? order : schema.Member("property_ordering"u8);

    /// <summary>Models write the members of an object in the order of its schema.</summary>
    private void Properties(JsonText name, JsonSlice properties, JsonSlice order)
    {
        _output.Name(name);
        _output.BeginObject();
        var written = new HashSet<string>();
        if (order.IsArray)
        {
            var schemas = new Dictionary<string, (JsonText Name, JsonSlice Schema)>();
            var all = new JsonCursor(properties.Memory);
            all.EnterObject();
            while (all.NextMember())
            {
                var property = all.Name;
                schemas[property.ToString()] = (property, all.TakeValue());
            }
            var names = new JsonCursor(order.Memory);
            names.EnterArray();
            while (names.NextElement())
            {
                var next = names.TakeValue().AsText().ToString();
                if (!schemas.TryGetValue(next, out var known) || !written.Add(next)) continue;
                _output.Name(known.Name);
                Schema(known.Schema);
            }
        }
        var cursor = new JsonCursor(properties.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var property = cursor.Name;
            var value = cursor.TakeValue();
            if (written.Count > 0 && written.Contains(property.ToString())) continue;
            _output.Name(property);
            Schema(value);
        }
        _output.EndObject();
    }
}
