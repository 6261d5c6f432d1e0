using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>Reads <c>text.format</c>; null for a type that only this dialect understands.</summary>
internal static class FormatReader
{
    public static ResponseFormat? Read(JsonSlice format)
    {
        JsonText type = default, name = default, description = default;
        JsonSlice schema = default;
        bool? strict = null;
        Extras? extras = null;
        var cursor = new JsonCursor(format.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var member = cursor.Name;
            var value = cursor.TakeValue();
            if (value.IsText && member.Is("type"u8)) type = value.AsText();
            else if (value.IsText && member.Is("name"u8)) name = value.AsText();
            else if (value.IsText && member.Is("description"u8)) description = value.AsText();
            else if (value.IsObject && member.Is("schema"u8)) schema = value;
            else if ((value.IsTrue || value.IsFalse) && member.Is("strict"u8)) strict = value.IsTrue;
            else if (value.HasValue) Extras.Add(ref extras, OpenAIResponsesDialect.DialectName, member, value);
        }
        if (type.Is("text"u8)) return new ResponseFormat(ResponseFormatKind.Text);
        if (type.Is("json_object"u8)) return new ResponseFormat(ResponseFormatKind.JsonObject);
        if (!type.Is("json_schema"u8)) return null;
        return new ResponseFormat(ResponseFormatKind.JsonSchema) { Name = name, Description = description, Schema = schema, Strict = strict, Extras = extras };
    }
}
