using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Edits <c>response_format</c> for providers that support only a part of it.</summary>
internal static class FormatEdit
{
    public static void Apply(RequestQuirks quirks, BodyMembers members, LossReport losses)
    {
        var format = members.Find("response_format"u8);
        if (!format.IsObject) return;
        var type = format.Member("type"u8).AsText();
        switch (quirks.Format)
        {
            case FormatQuirk.ObjectOnly when type.Is("json_schema"u8):
                members.Set("response_format"u8, "{\"type\":\"json_object\"}"u8);
                Instruct(members, format.Member("json_schema"u8));
                losses.Emulate("response_format");
                break;
            case FormatQuirk.SchemaOnly when type.Is("json_object"u8):
                members.Set("response_format"u8, "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"response\",\"schema\":{\"type\":\"object\"}}}"u8);
                losses.Emulate("response_format");
                break;
            case FormatQuirk.FlatSchema when type.Is("json_schema"u8) && format.Member("json_schema"u8).Member("schema"u8) is { IsObject: true } schema:
                var output = members.NewValue(schema.Span.Length + 64);
                output.BeginObject();
                output.Name("type"u8);
                output.Literal("json_schema"u8);
                output.Name("schema"u8);
                output.Raw(schema);
                output.EndObject();
                members.Set("response_format"u8, new JsonSlice(output.Written));
                if (format.Member("json_schema"u8).Member("description"u8).HasValue) losses.Drop("response_format.json_schema.description");
                break;
        }
        if (!quirks.NoStreamWithFormat || type.Is("text"u8) || !members.Find("stream"u8).IsTrue) return;
        members.Set("stream"u8, "false"u8);
        members.Remove("stream_options"u8);
        losses.Emulate("stream");
    }

    /// <summary>Adds the schema as a separate system turn before all others.</summary>
    private static void Instruct(BodyMembers members, JsonSlice format)
    {
        var messages = members.Find("messages"u8);
        if (!messages.IsArray) return;
        var output = members.NewValue(messages.Span.Length + format.Span.Length * 2 + 256);
        output.BeginArray();
        output.BeginObject();
        output.Name("role"u8);
        output.Literal("system"u8);
        output.Name("content"u8);
        output.BeginText();
        output.Append("Answer with exactly one JSON object and nothing else: no words around it and no code fence. "u8);
        if (format.Member("description"u8).AsText() is { HasValue: true } description)
        {
            output.Append("It is: "u8);
            output.Append(description);
            output.Append(" "u8);
        }
        output.Append("It must be valid by this JSON schema:\\n"u8);
        output.AppendUtf8(format.Member("schema"u8).Span);
        output.EndText();
        output.EndObject();
        var cursor = new JsonCursor(messages.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) output.Raw(cursor.TakeValue());
        output.EndArray();
        members.Set("messages"u8, new JsonSlice(output.Written));
    }
}
