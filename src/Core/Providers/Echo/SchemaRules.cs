using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>The keywords of one schema object that <see cref="SchemaSample"/> uses. A missing keyword is absent here too.</summary>
internal ref struct SchemaRules
{
    public JsonSlice Ref, Type, Const, Default, Enum, Examples, Properties, Required, AllOf, AnyOf, OneOf,
        Items, PrefixItems, MinItems, MaxItems, Format, MinLength, MaxLength,
        Minimum, Maximum, ExclusiveMinimum, ExclusiveMaximum, MultipleOf;

    public static SchemaRules Of(JsonSlice schema)
    {
        var rules = new SchemaRules();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("$ref"u8)) rules.Ref = cursor.TakeValue();
            else if (cursor.NameIs("type"u8)) rules.Type = cursor.TakeValue();
            else if (cursor.NameIs("const"u8)) rules.Const = cursor.TakeValue();
            else if (cursor.NameIs("default"u8)) rules.Default = cursor.TakeValue();
            else if (cursor.NameIs("enum"u8)) rules.Enum = cursor.TakeValue();
            else if (cursor.NameIs("examples"u8)) rules.Examples = cursor.TakeValue();
            else if (cursor.NameIs("properties"u8)) rules.Properties = cursor.TakeValue();
            else if (cursor.NameIs("required"u8)) rules.Required = cursor.TakeValue();
            else if (cursor.NameIs("allOf"u8)) rules.AllOf = cursor.TakeValue();
            else if (cursor.NameIs("anyOf"u8)) rules.AnyOf = cursor.TakeValue();
            else if (cursor.NameIs("oneOf"u8)) rules.OneOf = cursor.TakeValue();
            else if (cursor.NameIs("items"u8)) rules.Items = cursor.TakeValue();
            else if (cursor.NameIs("prefixItems"u8)) rules.PrefixItems = cursor.TakeValue();
            else if (cursor.NameIs("minItems"u8)) rules.MinItems = cursor.TakeValue();
            else if (cursor.NameIs("maxItems"u8)) rules.MaxItems = cursor.TakeValue();
            else if (cursor.NameIs("format"u8)) rules.Format = cursor.TakeValue();
            else if (cursor.NameIs("minLength"u8)) rules.MinLength = cursor.TakeValue();
            else if (cursor.NameIs("maxLength"u8)) rules.MaxLength = cursor.TakeValue();
            else if (cursor.NameIs("minimum"u8)) rules.Minimum = cursor.TakeValue();
            else if (cursor.NameIs("maximum"u8)) rules.Maximum = cursor.TakeValue();
            else if (cursor.NameIs("exclusiveMinimum"u8)) rules.ExclusiveMinimum = cursor.TakeValue();
            else if (cursor.NameIs("exclusiveMaximum"u8)) rules.ExclusiveMaximum = cursor.TakeValue();
            else if (cursor.NameIs("multipleOf"u8)) rules.MultipleOf = cursor.TakeValue();
            else cursor.Skip();
        }
        return rules;
    }

    public readonly bool IsObject => MainType.IsPresent ? MainType.Is("object"u8) : Properties.IsObject || Required.IsArray;

    /// <summary>The type; if there are several, the first that is not <c>null</c>. Absent if it is neither given nor implied by other keywords.</summary>
    public readonly JsonText MainType
    {
        get
        {
            if (Type.IsText) return Type.AsText();
            if (Type.IsArray)
            {
                var cursor = new JsonCursor(Type.Memory);
                while (cursor.NextElement())
                    if (cursor.TakeValue().AsText() is { IsPresent: true } type && !type.Is("null"u8)) return type;
                return new JsonText("null"u8.ToArray());
            }
            return Items.IsPresent || PrefixItems.IsPresent ? new JsonText("array"u8.ToArray()) : default;
        }
    }

    /// <summary>A value that the schema itself contains; absent if there is none.</summary>
    /// <param name="shallow">Use null if the type allows it.</param>
    public readonly JsonSlice Given(bool shallow)
    {
        if (Const.IsPresent) return Const;
        if (shallow && AllowsNull && !Enum.IsArray) return JsonSlice.Constant("null");
        if (Default.HasValue && Fits(Default)) return Default;
        if (First(Enum) is { IsPresent: true } word) return word;
        return First(Examples) is { IsPresent: true } example && Fits(example) ? example : default;
    }

    /// <summary>An example string of a known <c>format</c>; empty for other formats.</summary>
    public static ReadOnlySpan<byte> TextOf(JsonText format)
    {
        if (format.Is("date-time"u8)) return "2026-01-01T00:00:00Z"u8;
        if (format.Is("date"u8)) return "2026-01-01"u8;
        if (format.Is("time"u8)) return "00:00:00Z"u8;
        if (format.Is("duration"u8)) return "PT1H"u8;
        if (format.Is("email"u8)) return "user@example.com"u8;
        if (format.Is("hostname"u8)) return "example.com"u8;
        if (format.Is("ipv4"u8)) return "192.0.2.1"u8;
        if (format.Is("ipv6"u8)) return "2001:db8::1"u8;
        if (format.Is("uuid"u8)) return "00000000-0000-4000-8000-000000000000"u8;
        if (format.Is("uri"u8) || format.Is("url"u8)) return "https://example.com/"u8;
        return default;
    }

    private readonly bool AllowsNull
    {
        get
        {
            if (!Type.IsArray) return false;
            var cursor = new JsonCursor(Type.Memory);
            while (cursor.NextElement())
                if (cursor.TakeValue().AsText().Is("null"u8)) return true;
            return false;
        }
    }

    private readonly bool Fits(JsonSlice value)
    {
        var type = MainType;
        if (type.Is("string"u8)) return value.IsText;
        if (type.Is("integer"u8)) return value.AsInt64() is not null;
        if (type.Is("number"u8)) return value.IsNumber;
        if (type.Is("boolean"u8)) return value.IsTrue || value.IsFalse;
        if (type.Is("array"u8)) return value.IsArray;
        if (type.Is("object"u8)) return value.IsObject;
        return true;
    }

    /// <summary>The first element that is not null, else the first.</summary>
    private static JsonSlice First(JsonSlice list)
    {
        if (!list.IsArray) return default;
        JsonSlice first = default;
        var cursor = new JsonCursor(list.Memory);
        while (cursor.NextElement())
        {
            var element = cursor.TakeValue();
            if (!element.IsNull) return element;
            if (!first.IsPresent) first = element;
        }
        return first;
    }
}
