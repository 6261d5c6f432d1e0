using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Reads <c>tool_choice</c> and legacy <c>function_call</c>; false when only this dialect understands the value.</summary>
internal static class ToolChoiceReader
{
    public static bool Read(JsonSlice value, ChatRequest request)
    {
        request.ToolChoice = value.IsText ? Word(value.AsText()) : value.IsObject ? Object(value) : null;
        return request.ToolChoice is not null;
    }

    public static bool ReadLegacy(JsonSlice value, ChatRequest request)
    {
        if (request.ToolChoice is not null) return false;
        var choice = value.IsText ? Word(value.AsText()) : value.IsObject && Fits(value, 1) ? Named(value.Member("name"u8).AsText()) : null;
        if (choice is null) return false;
        choice.Form = (int)ToolChoiceForm.Legacy;
        request.ToolChoice = choice;
        return true;
    }

    private static ToolChoice? Word(JsonText word) =>
        word.Is("auto"u8) ? new ToolChoice(ToolChoiceMode.Auto)
        : word.Is("none"u8) ? new ToolChoice(ToolChoiceMode.None)
        : word.Is("required"u8) ? new ToolChoice(ToolChoiceMode.Required)
        : word.Is("any"u8) ? new ToolChoice(ToolChoiceMode.Required) { Form = (int)ToolChoiceForm.Any }
        : null;

    private static ToolChoice? Object(JsonSlice value)
    {
        var type = value.Member("type"u8).AsText();
        if (!Fits(value, 2)) return null;
        if (type.Is("function"u8)) return FunctionName(value) is { HasValue: true } name ? Named(name) : null;
        if (type.Is("allowed_tools"u8)) return Allowed(value.Member("allowed_tools"u8));
        if (!type.Is("tool"u8) || Named(value.Member("name"u8).AsText()) is not { } choice) return null;
        choice.Form = (int)ToolChoiceForm.Named;
        return choice;
    }

    /// <summary>https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice: <c>{"mode":"auto","tools":[...]}</c>.</summary>
    private static ToolChoice? Allowed(JsonSlice allowed)
    {
        var mode = allowed.Member("mode"u8).AsText();
        var tools = allowed.Member("tools"u8);
        if (!Fits(allowed, 2) || !tools.IsArray || !(mode.Is("auto"u8) || mode.Is("required"u8))) return null;
        var choice = new ToolChoice(ToolChoiceMode.Allowed) { MustCall = mode.Is("required"u8) };
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var tool = cursor.TakeValue();
            if (!tool.Member("type"u8).AsText().Is("function"u8) || !Fits(tool, 2) || FunctionName(tool) is not { HasValue: true } name) return null;
            choice.Allowed.Add(name);
        }
        return choice;
    }

    private static JsonText FunctionName(JsonSlice value)
    {
        var function = value.Member("function"u8);
        return Fits(function, 1) ? function.Member("name"u8).AsText() : default;
    }

    private static ToolChoice? Named(JsonText name) => name.HasValue ? new ToolChoice(ToolChoiceMode.Tool) { Name = name } : null;

    /// <summary>Whether an object has exactly that many members: further ones would be lost.</summary>
    private static bool Fits(JsonSlice value, int members)
    {
        if (!value.IsObject) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        for (; cursor.NextMember(); members--) cursor.Skip();
        return members == 0;
    }
}
