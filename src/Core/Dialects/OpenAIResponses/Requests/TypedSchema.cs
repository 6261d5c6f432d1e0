using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>A tool or <c>text.format</c>: a type, the members of a named schema, and extras.</summary>
internal readonly record struct TypedSchema(JsonText Type, NamedSchema Named, Extras? Extras)
{
    public static TypedSchema Read(JsonSlice value, ReadOnlySpan<byte> schemaName)
    {
        JsonText type = default;
        NamedSchema named = default;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (member.IsText && name.Is("type"u8)) type = member.AsText();
            else if (!named.Take(name, member, schemaName) && member.HasValue) Chat.Extras.Add(ref extras, OpenAIResponsesDialect.DialectName, name, member);
        }
        return new TypedSchema(type, named, extras);
    }
}
