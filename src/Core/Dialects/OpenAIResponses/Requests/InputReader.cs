using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Reads <c>input</c>: a user's text, or items. Everything between two turns of other roles (assistant messages,
/// reasoning, calls, unknown items) is one assistant turn; each result is a separate turn.
/// </summary>
internal static class InputReader
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    public static void Read(JsonSlice input, List<ChatMessage> messages)
    {
        if (input.IsText)
        {
            var said = new ChatMessage(ChatRole.User);
            said.Parts.Add(new TextPart(input.AsText()));
            messages.Add(said);
            return;
        }
        ChatMessage? open = null;
        var cursor = new JsonCursor(input.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var json = cursor.TakeValue();
            if (!json.IsObject) throw new DialectException(GatewayError.Invalid($"Invalid 'input[{i}]': it must be an object.", $"input[{i}]", "invalid_type"));
            Extras? extras = null;
            var item = Item.Read(json, ref extras);
            if (item.Kind is ItemKind.FunctionCallOutput or ItemKind.CustomToolCallOutput)
            {
                open = null;
                messages.Add(Result(item, extras));
                continue;
            }
            var role = item.Kind == ItemKind.Message ? RoleOf(item.Role, i) : ChatRole.Assistant;
            if (role != ChatRole.Assistant || open is null)
            {
                open = new ChatMessage(role);
                messages.Add(open);
            }
            Add(item, json, extras, open);
            if (role != ChatRole.Assistant) open = null;
        }
    }

    private static void Add(in Item item, JsonSlice json, Extras? extras, ChatMessage message)
    {
        switch (item.Kind)
        {
            case ItemKind.Message:
                ContentReader.Read(item.Content, message.Parts);
                message.Extras ??= extras;
                break;
            case ItemKind.Reasoning when ReasoningTexts.Read(item) is { } reasoning:
                message.Parts.Add(reasoning);
                break;
            case ItemKind.FunctionCall or ItemKind.CustomToolCall:
                message.Parts.Add(CallReader.Read(item, extras));
                break;
            default:
                message.Parts.Add(new OpaquePart(Own, item.Type, json));
                break;
        }
    }

    private static ChatMessage Result(in Item item, Extras? extras)
    {
        var message = new ChatMessage(ChatRole.Tool);
        var result = new ToolResultPart(item.CallId) { Extras = extras };
        ContentReader.Read(item.Output, result.Parts);
        message.Parts.Add(result);
        return message;
    }

    private static ChatRole RoleOf(JsonText role, int index) =>
        role.Is("user"u8) ? ChatRole.User
        : role.Is("assistant"u8) ? ChatRole.Assistant
        : role.Is("system"u8) ? ChatRole.System
        : role.Is("developer"u8) ? ChatRole.Developer
        : throw new DialectException(GatewayError.Invalid(
            $"Invalid 'input[{index}].role': it must be one of 'user', 'assistant', 'system', 'developer'.", $"input[{index}].role", "invalid_value"));
}
