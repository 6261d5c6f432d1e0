using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Regular expressions in schemas, which targets compile with engines that support less than JavaScript's.</summary>
internal static class SchemaPattern
{
    /// <summary>Whether the schema may have a lookaround or a backreference; a very cheap check.</summary>
    public static bool MayHaveBeyond(ReadOnlySpan<byte> schema) => schema.IndexOf("\"pattern\""u8) >= 0 && (schema.IndexOf("(?"u8) >= 0 || schema.IndexOf("\\\\"u8) >= 0);

    /// <summary>
    /// Whether a pattern has a lookaround or a backreference, which no linear-time engine supports (RE2 at Google: "invalid perl
    /// operator"; OpenAI: "regex lookaround is not supported").
    /// </summary>
    /// <param name="boundaries">Whether word boundaries (<c>\b</c>) count too.</param>
    public static bool IsBeyond(JsonText pattern, bool boundaries = false)
    {
        var text = pattern.ToString();
        var isInClass = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when i + 1 < text.Length:
                    var next = text[++i];
                    if (!isInClass && (next is >= '1' and <= '9' or 'k' || (boundaries && next is 'b' or 'B'))) return true;
                    break;
                case '[':
                    isInClass = true;
                    break;
                case ']':
                    isInClass = false;
                    break;
                case '(' when !isInClass && i + 2 < text.Length && text[i + 1] == '?':
                    // Lookaheads, an atomic group, a condition, and Python's backreference.
                    if (text[i + 2] is '=' or '!' or '>' or '(') return true;
                    if (text[i + 2] == 'P' && i + 3 < text.Length && text[i + 3] == '=') return true;
                    if (text[i + 2] == '<' && i + 3 < text.Length && text[i + 3] is '=' or '!') return true;
                    break;
            }
        }
        return false;
    }

    /// <summary>
    /// Writes a schema for a target that compiles patterns: unsupported ones move to the description beside them, and are reported as
    /// <paramref name="path"/><c>.pattern</c>. Everything else is copied unchanged.
    /// </summary>
    /// <returns>Whether anything was changed.</returns>
    public static bool Write(JsonSlice schema, JsonOutput output, LossReport losses, string path)
    {
        if (!schema.IsObject || !MayHaveBeyond(schema.Span))
        {
            output.Raw(schema);
            return false;
        }
        JsonText description = default, beyond = default;
        var changed = false;
        output.BeginObject();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("pattern"u8) && value.IsText && IsBeyond(value.AsText())) beyond = value.AsText();
            else if (name.Is("description"u8) && value.IsText) description = value.AsText();
            else
            {
                output.Name(name);
                changed |= Member(name, value, output, losses, path);
            }
        }
        if (description.IsPresent || beyond.IsPresent)
        {
            output.Name("description"u8);
            output.BeginText();
            output.Append(description);
            if (beyond.IsPresent)
            {
                output.Append(description.HasValue ? " It must match this regular expression: "u8 : "It must match this regular expression: "u8);
                output.Append(beyond);
            }
            output.EndText();
        }
        output.EndObject();
        if (beyond.IsPresent) losses.Emulate($"{path}.pattern");
        return changed || beyond.IsPresent;
    }

    private static bool Member(JsonText name, JsonSlice value, JsonOutput output, LossReport losses, string path)
    {
        var isMap = value.IsObject && SchemaPlaces.IsMap(name);
        var isList = value.IsArray && (SchemaPlaces.IsList(name) || name.Is("items"u8));
        if (value.IsObject && SchemaPlaces.IsOne(name)) return Write(value, output, losses, path);
        if (!isMap && !isList)
        {
            output.Raw(value);
            return false;
        }
        var changed = false;
        var cursor = new JsonCursor(value.Memory);
        if (isMap)
        {
            output.BeginObject();
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                output.Name(cursor.Name);
                changed |= Write(cursor.TakeValue(), output, losses, path);
            }
            output.EndObject();
            return changed;
        }
        output.BeginArray();
        cursor.EnterArray();
        while (cursor.NextElement()) changed |= Write(cursor.TakeValue(), output, losses, path);
        output.EndArray();
        return changed;
    }
}
