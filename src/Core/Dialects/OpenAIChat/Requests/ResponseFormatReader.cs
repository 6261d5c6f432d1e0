using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Reads <c>response_format</c>; false for a type that only this dialect understands.</summary>
internal static class ResponseFormatReader
{
    private static readonly JsonText SchemaName = JsonText.From("json_schema");

    public static bool Read(JsonSlice value, ChatRequest request)
    {
        if (!value.IsObject) return false;
        JsonText type = default;
        JsonSlice schema = default;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (member.IsText && name.Is("type"u8)) type = member.AsText();
            else if (member.IsObject && name.Is("json_schema"u8)) schema = member;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, member);
        }
        var isSchema = type.Is("json_schema"u8);
        if (isSchema != schema.IsPresent) return false;
        if (isSchema) request.ResponseFormat = Schema(schema);
        else if (type.Is("json_object"u8)) request.ResponseFormat = new ResponseFormat(ResponseFormatKind.JsonObject);
        else if (type.Is("text"u8)) request.ResponseFormat = new ResponseFormat(ResponseFormatKind.Text);
        else return false;
        if (request.ResponseFormat.Extras is null) request.ResponseFormat.Extras = extras;
        else if (extras is not null)
            foreach (var member in extras.Members) request.ResponseFormat.Extras.Add(member.Name, member.Value);
        return true;
    }

    /// <summary>If members are unknown or null, as in dumps of pydantic models, the object is also kept whole.</summary>
    private static ResponseFormat Schema(JsonSlice format)
    {
        NamedSchema named = default;
        Extras? whole = null, lost = null;
        var plain = true;
        var cursor = new JsonCursor(format.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var member = cursor.Name;
            var value = cursor.TakeValue();
            if (named.Take(member, value, "schema"u8)) continue;
            plain = false;
            Extras.Add(ref lost, OpenAIChatDialect.DialectName, member, value);
        }
        if (!plain) Extras.AddCarried(ref whole, OpenAIChatDialect.DialectName, SchemaName, format, lost);
        return new ResponseFormat(ResponseFormatKind.JsonSchema)
        {
            Name = named.Name, Description = named.Description, Schema = named.Schema, Strict = named.Strict, Extras = whole,
        };
    }
}
