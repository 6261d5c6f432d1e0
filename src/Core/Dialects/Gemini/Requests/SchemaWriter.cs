using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes a JSON schema with the keywords that Gemini accepts in <c>parametersJsonSchema</c> and <c>responseJsonSchema</c>
/// (ai.google.dev/api/generate-content, GenerationConfig.responseJsonSchema): references are expanded, a recursive
/// reference becomes "any object" and is reported, <c>const</c> becomes <c>enum</c>, <c>oneOf</c> becomes <c>anyOf</c>,
/// <c>allOf</c> is merged, and keywords without an equivalent are dropped and reported.
/// </summary>
internal sealed class SchemaWriter(JsonSlice root, string path, SchemaBudget budget, JsonOutput output, LossReport losses)
{
    private const int MaxNesting = 32;

    /// <summary>The number of names from which they are looked up by hash.</summary>
    private const int Few = 32;

    private readonly List<string> _open = []; // the references that lead to the current position
    private readonly int _start = output.Length;
    private Dictionary<string, JsonSlice>? _found;
    private int _nesting;

    /// <summary>Whether a schema is an object without properties: the same as no parameters (the function is then declared without them).</summary>
    public static bool IsEmptyObject(JsonSlice schema)
    {
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var harmless = cursor.NameIs("type"u8) || cursor.NameIs("$schema"u8) || cursor.NameIs("title"u8) || cursor.NameIs("required"u8) || cursor.NameIs("strict"u8);
            var isProperties = cursor.NameIs("properties"u8);
            var isAdditional = cursor.NameIs("additionalProperties"u8);
            // Check before the scan: nearly every function has properties.
            if (isProperties && cursor.Token == JsonTokenType.StartObject && schema.Span[(cursor.Position + 1)..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..]) return false;
            var value = cursor.TakeValue();
            if (harmless || (isAdditional && value.IsFalse) || (isProperties && IsEmpty(value))) continue;
            return false;
        }
        return true;
    }

    /// <param name="isParameters">The root must be an object.</param>
    public void Write(bool isParameters)
    {
        var members = budget.Rent(this);
        members.Gather(root);
        if (isParameters && !members.Has("type"u8)) members.Add(SchemaMembers.Type, SchemaMembers.ObjectWord);
        WriteObject(members);
        budget.Return(members);
        _open.Clear();
        budget.Grown += Growth;
    }

    private long Growth => Math.Max(0, output.Length - _start - root.Span.Length);

    public void Drop(string keyword) => losses.Drop($"{path}.{keyword}");

    public void Emulate(string keyword) => losses.Emulate($"{path}.{keyword}");

    /// <summary>
    /// The target of a reference, which stays open while its position is written; absent if the reference is recursive,
    /// leaves this schema, or has no target.
    /// </summary>
    public JsonSlice Open(JsonText reference)
    {
        var pointer = reference.ToString();
        if (pointer is "#" || _open.Contains(pointer) || _open.Count >= MaxNesting || _nesting >= MaxNesting || !budget.Allows(Growth)
            || Find(pointer) is not { IsObject: true } target)
        {
            Emulate("$ref");
            return default;
        }
        budget.Opened++;
        _open.Add(pointer);
        return target;
    }

    private JsonSlice Find(string pointer)
    {
        if (_found is null)
        {
            _found = [];
            Index("$defs", _found);
            Index("definitions", _found);
        }
        if (_found.TryGetValue(pointer, out var known)) return known;
        if (!budget.Search(root.Span.Length)) return default;
        return _found[pointer] = SchemaPointer.Find(root, pointer);
    }

    /// <summary>Indexes the definitions, the target of nearly all references, in one scan.</summary>
    private void Index(string place, Dictionary<string, JsonSlice> found)
    {
        var definitions = root.Member(System.Text.Encoding.UTF8.GetBytes(place));
        if (!definitions.IsObject) return;
        var cursor = new JsonCursor(definitions.Memory);
        cursor.EnterObject();
        while (cursor.NextMember()) found.TryAdd($"#/{place}/{cursor.Name}", cursor.TakeValue());
    }

    private void WriteSchema(JsonSlice schema)
    {
        if (!schema.IsObject)
        {
            // true allows anything, like an empty schema; false allows nothing, which cannot be expressed.
            if (!schema.IsTrue) Drop("false");
            output.Raw("{}"u8);
            return;
        }
        var mark = _open.Count;
        _nesting++;
        var members = budget.Rent(this);
        members.Gather(schema);
        WriteObject(members);
        budget.Return(members);
        _nesting--;
        _open.RemoveRange(mark, _open.Count - mark);
    }

    private void WriteObject(SchemaMembers members)
    {
        members.Settle();
        output.BeginObject();
        for (var i = 0; i < members.Count; i++)
        {
            var (name, value) = members[i];
            if (members.IsRepeated(i)) continue;
            if (name.Is("properties"u8)) WriteProperties(members);
            else if (name.Is("required"u8)) WriteRequired(members);
            else if (name.Is("items"u8) || name.Is("additionalProperties"u8)) WriteSub(name, value);
            else if (name.Is("anyOf"u8) || name.Is("prefixItems"u8)) WriteList(name, value);
            else
            {
                output.Name(name);
                output.Raw(value);
            }
        }
        output.EndObject();
    }

    private void WriteSub(JsonText name, JsonSlice value)
    {
        if (value.IsTrue || value.IsFalse)
        {
            // Gemini's "items" has no boolean form.
            if (!name.Is("additionalProperties"u8)) return;
            output.Name(name);
            output.Raw(value);
            return;
        }
        output.Name(name);
        var cursor = new JsonCursor(value.Memory);
        if (!PlainSchema.TryWrite(ref cursor, output)) WriteSchema(value);
    }

    private void WriteList(JsonText name, JsonSlice list)
    {
        if (!list.IsArray) return;
        output.Name(name);
        output.BeginArray();
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) WriteSchema(cursor.TakeValue());
        output.EndArray();
    }

    /// <summary>Writes the properties of all merged schemas; the first of two with the same name.</summary>
    private void WriteProperties(SchemaMembers members)
    {
        output.Name("properties"u8);
        output.BeginObject();
        var seen = members.IsMerged ? new HashSet<string>() : null;
        for (var i = 0; i < members.Count; i++)
        {
            var (name, value) = members[i];
            if (!name.Is("properties"u8) || !value.IsObject) continue;
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var property = cursor.Name;
                if (seen is not null && !seen.Add(property.ToString()))
                {
                    cursor.Skip();
                    continue;
                }
                output.Name(property);
                if (!PlainSchema.TryWrite(ref cursor, output)) WriteSchema(cursor.TakeValue());
            }
        }
        output.EndObject();
    }

    /// <summary>Omits names without a property: Gemini refuses them ("property is not defined").</summary>
    private void WriteRequired(SchemaMembers members)
    {
        var before = output.Length;
        List<JsonText> few = [];
        HashSet<string>? many = null, properties = null;
        output.Name("required"u8);
        output.BeginArray();
        for (var i = 0; i < members.Count; i++)
        {
            var (name, value) = members[i];
            if (!name.Is("required"u8)) continue;
            var cursor = new JsonCursor(value.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                var required = cursor.TakeValue().AsText();
                if (!required.IsPresent) continue;
                if (many is null && few.Count == Few) many = [.. few.Select(name => name.ToString())];
                if (many is null ? IsOneOf(required, few) : !many.Add(required.ToString())) continue;
                if (many is null) few.Add(required);
                else properties ??= members.PropertyNames();
                if (properties?.Contains(required.ToString()) ?? members.HasProperty(required)) output.Text(required);
            }
        }
        output.EndArray();
        if (output.WrittenSpan.EndsWith("\"required\":[]"u8)) output.TruncateTo(before);
    }

    /// <summary>Compares two decoded names.</summary>
    public static bool IsSame(JsonText left, JsonText right) =>
        left.HasEscapes || right.HasEscapes ? left.ToString() == right.ToString() : left.Span.SequenceEqual(right.Span);

    private static bool IsOneOf(JsonText name, List<JsonText> names)
    {
        foreach (var other in names)
            if (IsSame(other, name)) return true;
        return false;
    }

    private static bool IsEmpty(JsonSlice value)
    {
        if (!value.IsObject) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        return !cursor.NextMember();
    }
}

/// <summary>Finds the target of a JSON pointer in a fragment (<c>#/$defs/Node</c>; RFC 6901).</summary>
internal static class SchemaPointer
{
    public static JsonSlice Find(JsonSlice root, string reference)
    {
        if (!reference.StartsWith("#/", StringComparison.Ordinal)) return default;
        var at = root;
        foreach (var raw in reference[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(raw).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at.IsArray ? Element(at, name) : at.Member(System.Text.Encoding.UTF8.GetBytes(name));
            if (!at.IsPresent) return default;
        }
        return at;
    }

    private static JsonSlice Element(JsonSlice list, string index)
    {
        if (!int.TryParse(index, out var wanted)) return default;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var value = cursor.TakeValue();
            if (i == wanted) return value;
        }
        return default;
    }
}
