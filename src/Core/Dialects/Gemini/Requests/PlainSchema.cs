using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes the schema that most properties have: a type, a description, an enum of strings, and bounds, each once, which Gemini accepts
/// unchanged. <see cref="SchemaMembers"/> handles all others.
/// </summary>
internal static class PlainSchema
{
    private const int Type = 1, Enum = 256;

    /// <summary>
    /// Writes the schema under the cursor, in one scan. False for one with members that are not plain: nothing is written, and the cursor
    /// does not move.
    /// </summary>
    public static bool TryWrite(ref JsonCursor cursor, JsonOutput output)
    {
        if (cursor.Token != JsonTokenType.StartObject) return false;
        var before = output.Length;
        var seen = 0;
        var walk = cursor;
        output.BeginObject();
        while (walk.NextMember())
        {
            var member = MemberOf(walk);
            if (member == 0 || (seen & member) != 0) return Undo(output, before);
            seen |= member;
            output.Name(walk.Name);
            var start = walk.Position;
            if (member != Enum) output.Raw(walk.TakeValue());
            else if (SkipWords(ref walk)) output.Raw(walk.ValueSince(start));
            else return Undo(output, before);
        }
        // Without a type, the enum's values determine it.
        if ((seen & (Type | Enum)) == Enum) return Undo(output, before);
        output.EndObject();
        cursor = walk;
        return true;
    }

    private static bool Undo(JsonOutput output, int length)
    {
        output.TruncateTo(length);
        return false;
    }

    /// <summary>One bit per member; 0 for a member that is not plain.</summary>
    private static int MemberOf(in JsonCursor cursor)
    {
        if (cursor.Token == JsonTokenType.String)
        {
            var name = cursor.Name.Span;
            if (name.SequenceEqual("type"u8)) return Type;
            if (name.SequenceEqual("description"u8)) return 2;
            if (name.SequenceEqual("title"u8)) return 4;
        }
        else if (cursor.Token == JsonTokenType.Number)
        {
            var name = cursor.Name.Span;
            if (name.SequenceEqual("minimum"u8)) return 16;
            if (name.SequenceEqual("maximum"u8)) return 32;
            if (name.SequenceEqual("minLength"u8)) return 64;
            if (name.SequenceEqual("maxLength"u8)) return 128;
        }
        else if (cursor.Token == JsonTokenType.StartArray && cursor.Name.Span.SequenceEqual("enum"u8)) return Enum;
        return cursor.Name.Span.SequenceEqual("default"u8) ? 8 : 0;
    }

    private static bool SkipWords(ref JsonCursor cursor)
    {
        var count = 0;
        for (; cursor.NextElement(); count++)
            if (cursor.Token != JsonTokenType.String) return false;
        return count > 0;
    }
}
