using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>How a JSON schema keyword is converted to Gemini's schema.</summary>
internal enum SchemaKeyword
{
    Dropped,
    Kept,
    /// <summary>Omitted without a loss.</summary>
    Silent,
    Const,
    OneOf,
    Items,
    Format,
    /// <summary><c>exclusiveMinimum</c>.</summary>
    Above,
    /// <summary><c>exclusiveMaximum</c>.</summary>
    Below,
    Nullable,
}

/// <summary>The keywords of JSON schema that Gemini knows.</summary>
internal static class SchemaKeywords
{
    public static SchemaKeyword KindOf(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("type"u8) || word.SequenceEqual("properties"u8) || word.SequenceEqual("required"u8) || word.SequenceEqual("description"u8)
            || word.SequenceEqual("title"u8) || word.SequenceEqual("enum"u8) || word.SequenceEqual("anyOf"u8) || word.SequenceEqual("additionalProperties"u8)
            || word.SequenceEqual("minimum"u8) || word.SequenceEqual("maximum"u8) || word.SequenceEqual("minItems"u8) || word.SequenceEqual("maxItems"u8)
            || word.SequenceEqual("minLength"u8) || word.SequenceEqual("maxLength"u8) || word.SequenceEqual("pattern"u8) || word.SequenceEqual("default"u8)
            || word.SequenceEqual("prefixItems"u8) || word.SequenceEqual("minProperties"u8) || word.SequenceEqual("maxProperties"u8) || word.SequenceEqual("propertyOrdering"u8))
            return SchemaKeyword.Kept;
        if (word.SequenceEqual("const"u8)) return SchemaKeyword.Const;
        if (word.SequenceEqual("oneOf"u8)) return SchemaKeyword.OneOf;
        if (word.SequenceEqual("items"u8)) return SchemaKeyword.Items;
        if (word.SequenceEqual("format"u8)) return SchemaKeyword.Format;
        if (word.SequenceEqual("exclusiveMinimum"u8)) return SchemaKeyword.Above;
        if (word.SequenceEqual("exclusiveMaximum"u8)) return SchemaKeyword.Below;
        if (word.SequenceEqual("nullable"u8)) return SchemaKeyword.Nullable;
        // Definitions were expanded; notes for people and tools have no meaning for a model.
        if (word.SequenceEqual("$defs"u8) || word.SequenceEqual("definitions"u8) || word.SequenceEqual("$schema"u8) || word.SequenceEqual("$id"u8)
            || word.SequenceEqual("id"u8) || word.SequenceEqual("$anchor"u8) || word.SequenceEqual("$comment"u8) || word.SequenceEqual("$vocabulary"u8)
            || word.SequenceEqual("discriminator"u8) || word.SequenceEqual("deprecated"u8) || word.SequenceEqual("readOnly"u8)
            || word.SequenceEqual("writeOnly"u8) || word.SequenceEqual("strict"u8) || word.StartsWith("x-"u8))
            return SchemaKeyword.Silent;
        return SchemaKeyword.Dropped;
    }

    /// <summary>A keyword of the wrong shape is omitted, since the request would be refused.</summary>
    public static bool IsUsable(ReadOnlySpan<byte> word, JsonSlice value)
    {
        if (value.IsNull) return word.SequenceEqual("default"u8);
        if (word.SequenceEqual("properties"u8)) return value.IsObject;
        if (word.SequenceEqual("required"u8) || word.SequenceEqual("anyOf"u8) || word.SequenceEqual("enum"u8)) return value.IsArray;
        if (word.SequenceEqual("description"u8) || word.SequenceEqual("title"u8)) return value.IsText;
        return true;
    }
}
