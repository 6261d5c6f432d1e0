using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Reads <c>text.format</c>; null for a type that only this dialect understands.</summary>
internal static class FormatReader
{
    public static ResponseFormat? Read(JsonSlice value)
    {
        var (type, format, extras) = TypedSchema.Read(value, "schema"u8);
        if (type.Is("text"u8)) return new ResponseFormat(ResponseFormatKind.Text);
        if (type.Is("json_object"u8)) return new ResponseFormat(ResponseFormatKind.JsonObject);
        if (!type.Is("json_schema"u8)) return null;
        return new ResponseFormat(ResponseFormatKind.JsonSchema)
        {
            Name = format.Name, Description = format.Description, Schema = format.Schema, Strict = format.Strict, Extras = extras,
        };
    }
}
