using System.Text;
using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>
/// Generates a plausible value for a JSON schema: <c>const</c>, <c>default</c>, the first of <c>enum</c> or <c>examples</c>, else by
/// type. An object gets its required members (at the top level all members, if none is required). Follows <c>$ref</c> within the
/// document, <c>allOf</c>, <c>anyOf</c> and <c>oneOf</c> (the first choice that is not null). Ignores <c>pattern</c>, <c>not</c>,
/// <c>uniqueItems</c> and conditions, so a value may violate them.
/// </summary>
/// <remarks>
/// A schema may refer to itself and have any size. Beyond <see cref="ShallowDepth"/>, values are null or empty where allowed; beyond
/// <see cref="MaxDepth"/> or the budget of bytes read, every value is null.
/// </remarks>
internal ref struct SchemaSample
{
    private const int ShallowDepth = 6;
    private const int MaxDepth = 48;
    private const int MaxItems = 16;
    private const int MaxText = 1024;

    private readonly JsonSlice _root;
    private readonly JsonOutput _output;
    private long _budget;

    private SchemaSample(JsonSlice root, JsonOutput output)
    {
        _root = root;
        _output = output;
        _budget = 256 * 1024 + 4L * root.Span.Length;
    }

    /// <summary>Writes a value; the empty object for an absent schema.</summary>
    public static void Write(JsonSlice schema, JsonOutput output)
    {
        if (!schema.IsPresent || schema.IsNull)
        {
            output.Raw("{}"u8);
            return;
        }
        new SchemaSample(schema, output).Value(schema, default, 0);
    }

    /// <param name="name">The member that the value is for: text without other rules contains its name.</param>
    private void Value(JsonSlice schema, JsonText name, int depth)
    {
        if (depth > MaxDepth || !Spend(schema) || schema.IsFalse)
        {
            _output.Null();
            return;
        }
        if (!schema.IsObject)
        {
            Text(default, name);
            return;
        }
        var rules = SchemaRules.Of(schema);
        if (rules.Ref.IsText)
        {
            Value(Resolve(rules.Ref.AsText()), name, depth + 1);
        }
        else if (rules.Given(depth > ShallowDepth) is { IsPresent: true } given)
        {
            _output.Raw(given);
        }
        else if (rules.IsObject)
        {
            Object(schema, depth);
        }
        else if (First(rules.AnyOf, depth) is { IsPresent: true } any)
        {
            Value(any, name, depth + 1);
        }
        else if (First(rules.OneOf, depth) is { IsPresent: true } one)
        {
            Value(one, name, depth + 1);
        }
        else if (First(rules.AllOf, depth) is { IsPresent: true } all)
        {
            if (AllAreObjects(rules.AllOf, depth)) Object(schema, depth); else Value(all, name, depth + 1);
        }
        else
        {
            Scalar(rules, name, depth);
        }
    }

    private void Scalar(in SchemaRules rules, JsonText name, int depth)
    {
        var type = rules.MainType;
        if (type.Is("object"u8)) Object(default, depth);
        else if (type.Is("array"u8)) Array(rules, name, depth);
        else if (type.Is("integer"u8)) Number(rules, whole: true);
        else if (type.Is("number"u8)) Number(rules, whole: false);
        else if (type.Is("boolean"u8)) _output.Boolean(true);
        else if (type.Is("null"u8)) _output.Null();
        else Text(rules, name);
    }

    private void Object(JsonSlice schema, int depth)
    {
        var sources = new List<JsonSlice>();
        Gather(schema, sources, depth);
        var written = new HashSet<string>(StringComparer.Ordinal);
        var anyRequired = false;
        _output.BeginObject();
        foreach (var source in sources)
        {
            var required = source.Member("required"u8);
            if (!required.IsArray) continue;
            anyRequired = true;
            var cursor = new JsonCursor(required.Memory);
            while (cursor.NextElement() && _budget > 0)
                if (cursor.TakeValue().AsText() is { IsPresent: true } name && written.Add(name.ToString()))
                    Member(name, PropertyOf(sources, name), depth);
        }
        if (depth == 0 && !anyRequired)
        {
            foreach (var source in sources)
            {
                var properties = source.Member("properties"u8);
                if (!properties.IsObject) continue;
                var cursor = new JsonCursor(properties.Memory);
                while (cursor.NextMember() && _budget > 0)
                {
                    var name = cursor.Name;
                    var schemaOfIt = cursor.TakeValue();
                    if (written.Add(name.ToString())) Member(name, schemaOfIt, depth);
                }
            }
        }
        _output.EndObject();
    }

    private void Member(JsonText name, JsonSlice schema, int depth)
    {
        _output.Name(name);
        Value(schema.IsPresent ? schema : JsonSlice.Constant("true"), name, depth + 1);
    }

    /// <summary>The schemas that together describe one object: the schema, its references, all of <c>allOf</c>, the first of <c>anyOf</c> and <c>oneOf</c>.</summary>
    private void Gather(JsonSlice schema, List<JsonSlice> sources, int depth)
    {
        if (depth > MaxDepth || !schema.IsObject || !Spend(schema)) return;
        var rules = SchemaRules.Of(schema);
        if (rules.Ref.IsText)
        {
            Gather(Resolve(rules.Ref.AsText()), sources, depth + 1);
            return;
        }
        sources.Add(schema);
        if (rules.AllOf.IsArray)
        {
            var cursor = new JsonCursor(rules.AllOf.Memory);
            while (cursor.NextElement()) Gather(cursor.TakeValue(), sources, depth + 1);
        }
        Gather(First(rules.AnyOf, depth), sources, depth + 1);
        Gather(First(rules.OneOf, depth), sources, depth + 1);
    }

    private JsonSlice PropertyOf(List<JsonSlice> sources, JsonText name)
    {
        foreach (var source in sources)
        {
            if (!Spend(source)) return default;
            if (Find(source.Member("properties"u8), name) is { IsPresent: true } found) return found;
        }
        return default;
    }

    private bool AllAreObjects(JsonSlice options, int depth)
    {
        var cursor = new JsonCursor(options.Memory);
        while (cursor.NextElement())
        {
            var option = cursor.TakeValue();
            for (var step = depth; step < MaxDepth && Spend(option) && option.Member("$ref"u8) is { IsText: true } reference; step++)
                option = Resolve(reference.AsText());
            if (option.IsObject && !SchemaRules.Of(option).IsObject) return false;
        }
        return true;
    }

    /// <summary>The first choice that is not null; the null one if the value must stay shallow.</summary>
    private readonly JsonSlice First(JsonSlice options, int depth)
    {
        if (!options.IsArray) return default;
        JsonSlice first = default;
        var cursor = new JsonCursor(options.Memory);
        while (cursor.NextElement())
        {
            var option = cursor.TakeValue();
            var isNull = option.Member("type"u8).AsText().Is("null"u8);
            if (isNull && depth > ShallowDepth) return option;
            if (!first.IsPresent || (!isNull && first.Member("type"u8).AsText().Is("null"u8))) first = option;
        }
        return first;
    }

    private void Array(in SchemaRules rules, JsonText name, int depth)
    {
        var least = Math.Max(rules.MinItems.AsInt64() ?? 0, depth > ShallowDepth ? 0 : 1);
        var count = (int)Math.Clamp(Math.Min(least, rules.MaxItems.AsInt64() ?? MaxItems), 0, MaxItems);
        var made = 0;
        _output.BeginArray();
        if (rules.PrefixItems.IsArray)
        {
            var cursor = new JsonCursor(rules.PrefixItems.Memory);
            for (; cursor.NextElement() && made < MaxItems; made++) Value(cursor.TakeValue(), name, depth + 1);
        }
        for (; made < count && !rules.Items.IsFalse; made++) Value(rules.Items.IsPresent ? rules.Items : JsonSlice.Constant("true"), name, depth + 1);
        _output.EndArray();
    }

    private readonly void Number(in SchemaRules rules, bool whole)
    {
        var low = Finite(rules.Minimum) ?? double.NegativeInfinity;
        var high = Finite(rules.Maximum) ?? double.PositiveInfinity;
        var above = Finite(rules.ExclusiveMinimum) ?? double.NegativeInfinity;
        var below = Finite(rules.ExclusiveMaximum) ?? double.PositiveInfinity;
        var value = Math.Min(Math.Max(1, low), high);
        if (value <= above) value = whole || above + 1 < Math.Min(high, below) ? Math.Floor(above) + 1 : (above + Math.Min(high, below)) / 2;
        if (value >= below) value = whole || below - 1 > Math.Max(low, above) ? Math.Ceiling(below) - 1 : (below + Math.Max(low, above)) / 2;
        if (Finite(rules.MultipleOf) is > 0 and var step)
        {
            var up = Math.Ceiling(value / step) * step;
            value = up > high || up >= below ? Math.Floor(value / step) * step : up;
        }
        else if (whole)
        {
            value = Math.Ceiling(value) <= high ? Math.Ceiling(value) : Math.Floor(value);
        }
        if (!double.IsFinite(value)) value = 1;
        if (value == Math.Floor(value) && Math.Abs(value) < 9e15) _output.Number((long)value);
        else _output.Number(value);
    }

    private readonly void Text(in SchemaRules rules, JsonText name)
    {
        if (SchemaRules.TextOf(rules.Format.AsText()) is { Length: > 0 } known)
        {
            _output.Literal(known);
            return;
        }
        var least = (int)Math.Clamp(rules.MinLength.AsInt64() ?? 0, 0, MaxText);
        var most = (int)Math.Clamp(rules.MaxLength.AsInt64() ?? MaxText, 0, MaxText);
        var plain = name.HasValue && name.Span.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && !name.HasEscapes;
        var word = plain ? name.Span : "example"u8;
        _output.BeginText();
        _output.Append(word[..Math.Min(word.Length, most)]);
        for (var length = word.Length; length < least; length++) _output.Append("x"u8);
        _output.EndText();
    }

    /// <summary>A JSON pointer into the document (<c>#/$defs/node</c>); <c>#</c> is the document. Absent if it resolves to nothing.</summary>
    private JsonSlice Resolve(JsonText reference)
    {
        var pointer = reference.ToString();
        var at = _root;
        if (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal)) return default;
        foreach (var step in pointer.Split('/').Skip(1))
        {
            if (!Spend(at)) return default;
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at.IsArray && int.TryParse(name, out var index) ? Element(at, index) : at.Member(Encoding.UTF8.GetBytes(name));
        }
        return at;
    }

    private static JsonSlice Find(JsonSlice owner, JsonText name) =>
        owner.Member(name.HasEscapes ? Encoding.UTF8.GetBytes(name.ToString()) : name.Span);

    private static JsonSlice Element(JsonSlice array, int index)
    {
        var cursor = new JsonCursor(array.Memory);
        while (cursor.NextElement())
        {
            if (index-- == 0) return cursor.TakeValue();
            cursor.Skip();
        }
        return default;
    }

    private bool Spend(JsonSlice read)
    {
        _budget -= read.Span.Length + 16;
        return _budget > 0;
    }

    private static double? Finite(JsonSlice number) => number.AsDouble() is { } value && double.IsFinite(value) ? value : null;
}
