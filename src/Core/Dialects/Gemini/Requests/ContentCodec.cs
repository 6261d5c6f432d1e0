using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>A <c>content</c>: a role and its parts. In requests (<c>contents</c>, <c>systemInstruction</c>) and in whole responses.</summary>
internal static class ContentCodec
{
    /// <param name="implied">The default role: user in <c>contents</c>, the model in responses.</param>
    /// <param name="path">The path for error messages; null in responses, where any role is accepted.</param>
    public static ChatMessage Read(JsonSlice content, ChatRole implied, string? path)
    {
        var message = new ChatMessage(implied) { Form = Forms.NoRole | Forms.NoParts };
        Extras? extras = null;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("role"u8) && !cursor.IsNull)
            {
                var role = cursor.TakeText();
                var form = Role(role);
                if (form != 0) message.Form = (message.Form & ~Forms.NoRole) | form;
                else if (path is null || role.IsEmpty) Extras.Add(ref extras, GeminiDialect.DialectName, name, new JsonSlice(Quoted(role)));
                else throw new DialectException(GatewayError.Invalid($"The role of {path} must be 'user' or 'model'.", $"{path}.role"));
            }
            else if (cursor.NameIs("parts"u8) && !cursor.IsNull)
            {
                message.Form &= ~Forms.NoParts;
                if (cursor.Token == JsonTokenType.StartObject)
                {
                    message.Form |= Forms.PartsObject;
                    Part.Read(cursor.TakeValue()).AddTo(message.Parts);
                }
                else
                {
                    var list = cursor.TakeValue();
                    if (!list.IsArray) throw new JsonException("'parts' must be an array.");
                    Part.ReadList(list, message.Parts);
                }
            }
            else
            {
                Extras.Add(ref extras, GeminiDialect.DialectName, name, cursor.TakeValue());
            }
        }
        if (implied == ChatRole.User) message.Role = (message.Form & Forms.RoleModel) != 0 ? ChatRole.Assistant : ChatRole.User;
        message.Extras = extras;
        return message;
    }

    /// <summary>Writes a content that was read from Gemini, unchanged.</summary>
    public static void WriteOwn(ChatMessage message, JsonOutput output)
    {
        output.BeginObject();
        WriteRole(message.Form, output);
        if ((message.Form & Forms.NoParts) == 0)
        {
            output.Name("parts"u8);
            OwnParts.WriteList(message.Parts, message.Form, output);
        }
        message.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
    }

    public static void WriteRole(int form, JsonOutput output)
    {
        if ((form & Forms.NoRole) != 0) return;
        output.Name("role"u8);
        output.Literal((form & Forms.RoleUser) != 0 ? "user"u8 : (form & Forms.RoleFunction) != 0 ? "function"u8 : (form & Forms.RoleTool) != 0 ? "tool"u8 : "model"u8);
    }

    /// <summary>The form value of a role; zero for an unknown role. Turns of results have the role user, function (older) or tool (Google's Python SDK).</summary>
    public static int Role(JsonText role) =>
        role.Is("user"u8) ? Forms.RoleUser : role.Is("model"u8) ? Forms.RoleModel : role.Is("function"u8) ? Forms.RoleFunction : role.Is("tool"u8) ? Forms.RoleTool : 0;

    private static byte[] Quoted(JsonText text) => [(byte)'"', .. text.Span, (byte)'"'];
}
