using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes the schema that most properties have: a type, a description, words to choose from, and bounds, each once, which Gemini takes as they
/// are. What is anything else is left to <see cref="SchemaMembers"/>.
/// </summary>
internal static class PlainSchema
{
    private const int Type = 1, Enum = 256;

    /// <summary>False, and nothing is written, for a schema with members that are not plain.</summary>
    public static bool TryWrite(JsonSlice schema, JsonOutput output)
    {
        var before = output.Length;
        var seen = 0;
        output.BeginObject();
        var cursor = new JsonCursor(schema.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            var member = MemberOf(name.Span, value);
            if (member == 0 || (seen & member) != 0) return Undo(output, before);
            seen |= member;
            output.Name(name);
            output.Raw(value);
        }
        // Without a type, the words tell it.
        if ((seen & (Type | Enum)) == Enum) return Undo(output, before);
        output.EndObject();
        return true;
    }

    private static bool Undo(JsonOutput output, int length)
    {
        output.TruncateTo(length);
        return false;
    }

    /// <summary>A bit for each member; 0 for what is not plain.</summary>
    private static int MemberOf(ReadOnlySpan<byte> name, JsonSlice value) =>
        name.SequenceEqual("type"u8) && value.IsText ? Type
        : name.SequenceEqual("description"u8) && value.IsText ? 2
        : name.SequenceEqual("title"u8) && value.IsText ? 4
        : name.SequenceEqual("default"u8) ? 8
        : name.SequenceEqual("minimum"u8) && value.IsNumber ? 16
        : name.SequenceEqual("maximum"u8) && value.IsNumber ? 32
        : name.SequenceEqual("minLength"u8) && value.IsNumber ? 64
        : name.SequenceEqual("maxLength"u8) && value.IsNumber ? 128
        : name.SequenceEqual("enum"u8) && IsWords(value) ? Enum
        : 0;

    private static bool IsWords(JsonSlice list)
    {
        if (!list.IsArray) return false;
        var count = 0;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (; cursor.NextElement(); count++)
            if (!cursor.TakeValue().IsText) return false;
        return count > 0;
    }
}
