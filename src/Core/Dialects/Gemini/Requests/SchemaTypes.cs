using System.Text;
using System.Text.Json;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Google's <c>Schema</c> message writes types in upper case (<c>OBJECT</c>), JSON schema in lower case. The names have the
/// same length, so a copy is changed in place.
/// </summary>
internal sealed class SchemaTypes
{
    private static readonly string[] Types = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];

    private readonly JsonSlice _schema;
    private readonly bool _upper;
    private byte[]? _copy;
    private bool _areMixed;

    private SchemaTypes(JsonSlice schema, bool upper)
    {
        (_schema, _upper) = (schema, upper);
        var cursor = new JsonCursor(schema.Memory);
        Walk(ref cursor);
    }

    /// <summary>The schema with all types in lower case.</summary>
    /// <param name="wereUpper">All types were in upper case, so <see cref="Upper"/> restores the schema.</param>
    public static JsonSlice Lower(JsonSlice schema, out bool wereUpper)
    {
        var types = new SchemaTypes(schema, upper: false);
        wereUpper = types._copy is not null && !types._areMixed;
        return types.Changed;
    }

    /// <summary>The reverse conversion.</summary>
    public static JsonSlice Upper(JsonSlice schema) => new SchemaTypes(schema, upper: true).Changed;

    private JsonSlice Changed => _copy is null ? _schema : new JsonSlice(_copy);

    private void Walk(ref JsonCursor cursor)
    {
        if (cursor.Token != JsonTokenType.StartObject)
        {
            cursor.Skip();
            return;
        }
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("type"u8)) Type(ref cursor);
            else if (SchemaPlaces.IsMap(name) && cursor.Token == JsonTokenType.StartObject)
                while (cursor.NextMember()) Walk(ref cursor);
            else if (cursor.Token == JsonTokenType.StartArray && (SchemaPlaces.IsList(name) || SchemaPlaces.IsOne(name)))
                while (cursor.NextElement()) Walk(ref cursor);
            else if (SchemaPlaces.IsOne(name)) Walk(ref cursor);
            else cursor.Skip();
        }
    }

    /// <summary>One type, or a list of types.</summary>
    private void Type(ref JsonCursor cursor)
    {
        if (cursor.Token == JsonTokenType.StartArray)
            while (cursor.NextElement()) Type(ref cursor);
        else if (cursor.Token == JsonTokenType.String) Change(cursor.TakeText().Span, cursor.Position + 1);
        else cursor.Skip();
    }

    private void Change(ReadOnlySpan<byte> type, int start)
    {
        if (!IsType(type)) return;
        if (char.IsAsciiLetterUpper((char)type[0]) == _upper)
        {
            _areMixed = true;
            return;
        }
        _copy ??= _schema.Span.ToArray();
        foreach (ref var letter in _copy.AsSpan(start, type.Length)) letter ^= 0x20;
    }

    /// <summary>A type in upper or in lower case. Other names (<c>TYPE_UNSPECIFIED</c>) remain.</summary>
    private static bool IsType(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyInRange((byte)'A', (byte)'Z') && text.ContainsAnyInRange((byte)'a', (byte)'z')) return false;
        foreach (var type in Types)
            if (Ascii.EqualsIgnoreCase(text, type)) return true;
        return false;
    }
}
