using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Writes a tool's JSON schema in Moonshot's variant, which its validator calls MFJS: an object at the top, a <c>type</c> in the branches
/// of <c>anyOf</c> instead of beside it, and tuples as <c>prefixItems</c> (vercel/ai packages/moonshotai). The meaning is the same;
/// everything else is written unchanged.
/// </summary>
internal struct BranchedSchema
{
    private static readonly JsonSlice Object = JsonSlice.Constant("\"object\"");

    private readonly JsonOutput _output;
    private bool _isChanged;

    private BranchedSchema(JsonOutput output) => _output = output;

    /// <summary>Writes a schema; the result is true if it was changed.</summary>
    /// <param name="schema">An object.</param>
    public static bool Write(JsonSlice schema, JsonOutput output)
    {
        var writer = new BranchedSchema(output);
        writer.Schema(schema, parent: default, isTop: true);
        return writer._isChanged;
    }

    /// <param name="parent">The type beside the <c>anyOf</c> that contains this branch; absent otherwise.</param>
    private void Schema(JsonSlice schema, JsonSlice parent, bool isTop)
    {
        if (!schema.IsObject)
        {
            _output.Raw(schema);
            return;
        }
        var said = schema.Member("type"u8);
        // Without a type the top is an object too, since arguments are objects.
        var type = said.HasValue ? said : isTop ? Object : parent;
        var moves = type.IsText && schema.Member("anyOf"u8).IsArray;
        var tuple = schema.Member("items"u8) is { IsArray: true } items ? items : default;
        _isChanged |= moves || tuple.IsPresent;
        _output.BeginObject();
        if (!said.HasValue && type.HasValue && !moves)
        {
            _isChanged = true;
            _output.Name("type"u8);
            _output.Raw(type);
        }
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("type"u8) && (moves || (!value.HasValue && type.HasValue))) continue;
            if (tuple.IsPresent && (name.Is("items"u8) || name.Is("prefixItems"u8))) continue;
            _output.Name(name);
            Value(name, value, moves ? type : default);
        }
        if (tuple.IsPresent) Tuple(schema.Member("prefixItems"u8), tuple);
        _output.EndObject();
    }

    private void Value(JsonText name, JsonSlice value, JsonSlice type)
    {
        if (value.IsArray && (name.Is("anyOf"u8) || name.Is("allOf"u8) || name.Is("oneOf"u8) || name.Is("prefixItems"u8)))
        {
            _output.BeginArray();
            Elements(value, name.Is("anyOf"u8) ? type : default);
            _output.EndArray();
        }
        else if (value.IsObject && (name.Is("properties"u8) || name.Is("patternProperties"u8) || name.Is("$defs"u8) || name.Is("definitions"u8) || name.Is("dependentSchemas"u8)))
            Members(value);
        else if (value.IsObject && IsSchema(name)) Schema(value, default, isTop: false);
        else _output.Raw(value);
    }

    private static bool IsSchema(JsonText name) =>
        name.Is("items"u8) || name.Is("additionalProperties"u8) || name.Is("propertyNames"u8) || name.Is("contains"u8)
        || name.Is("not"u8) || name.Is("if"u8) || name.Is("then"u8) || name.Is("else"u8);

    private void Elements(JsonSlice list, JsonSlice parent)
    {
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Schema(cursor.TakeValue(), parent, isTop: false);
    }

    private void Members(JsonSlice map)
    {
        _output.BeginObject();
        var cursor = new JsonCursor(map.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            _output.Name(cursor.Name);
            Schema(cursor.TakeValue(), default, isTop: false);
        }
        _output.EndObject();
    }

    /// <summary>Existing <c>prefixItems</c> come first.</summary>
    private void Tuple(JsonSlice places, JsonSlice items)
    {
        _output.Name("prefixItems"u8);
        _output.BeginArray();
        if (places.IsArray) Elements(places, default);
        Elements(items, default);
        _output.EndArray();
    }
}
