using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Google's <c>Schema</c> message writes types in upper case (<c>OBJECT</c>), JSON schema in lower case. The names have the
/// same length, so a copy is changed in place.
/// </summary>
internal static class SchemaTypes
{
    /// <summary>The schema with lower-case types; false if any of its types is not in upper case.</summary>
    public static bool TryLower(JsonSlice schema, out JsonSlice lowered) => TryChange(schema, upper: false, out lowered);

    /// <summary>The reverse conversion.</summary>
    public static JsonSlice Upper(JsonSlice schema) => TryChange(schema, upper: true, out var raised) ? raised : schema;

    private static bool TryChange(JsonSlice schema, bool upper, out JsonSlice changed)
    {
        changed = default;
        byte[]? copy = null;
        var reader = new Utf8JsonReader(schema.Span, JsonCursor.ReaderOptions);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.TextIs("default"u8) || reader.TextIs("example"u8) || reader.TextIs("enum"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }
            if (!reader.TextIs("type"u8)) continue;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                // Only JSON schema has lists of types; a property named "type" is an object.
                if (reader.TokenType == JsonTokenType.StartArray) return false;
                continue;
            }
            var word = reader.ValueSpan;
            if (word.IsEmpty || word.ContainsAnyExceptInRange(upper ? (byte)'a' : (byte)'A', upper ? (byte)'z' : (byte)'Z')) return false;
            copy ??= schema.Span.ToArray();
            var place = copy.AsSpan((int)reader.TokenStartIndex + 1, word.Length);
            foreach (ref var letter in place) letter ^= 0x20;
        }
        if (copy is null) return false;
        changed = new JsonSlice(copy);
        return true;
    }
}
