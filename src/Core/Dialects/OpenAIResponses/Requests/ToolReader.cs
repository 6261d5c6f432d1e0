using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c>. Anything but a function stays native.</summary>
internal static class ToolReader
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    public static void ReadAll(JsonSlice tools, ChatRequest request)
    {
        if (!tools.IsArray) return;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var tool = cursor.TakeValue();
            if (!tool.IsObject) throw new DialectException(GatewayError.Invalid($"Invalid 'tools[{i}]': it must be an object.", $"tools[{i}]", "invalid_type"));
            request.Tools.Add(Read(tool, i));
        }
    }

    /// <summary>False when only this dialect understands the value.</summary>
    public static bool ReadChoice(JsonSlice value, ChatRequest request)
    {
        request.ToolChoice = value.IsText ? Word(value.AsText()) : value.IsObject ? Object(value) : null;
        return request.ToolChoice is not null;
    }

    public static ToolDefinition Read(JsonSlice tool, int index)
    {
        var (type, function, extras) = TypedSchema.Read(tool, "parameters"u8);
        if (!type.Is("function"u8)) return new ToolDefinition { Origin = Own, Native = tool };
        if (!function.Name.HasValue)
            throw new DialectException(GatewayError.Invalid($"Missing required parameter: 'tools[{index}].name'.", $"tools[{index}].name", "missing_required_parameter"));
        return new ToolDefinition
        {
            Origin = Own, Name = function.Name, Description = function.Description, Parameters = function.Schema, Strict = function.Strict, Extras = extras,
        };
    }

    private static ToolChoice? Word(JsonText word) =>
        word.Is("auto"u8) ? new ToolChoice(ToolChoiceMode.Auto)
        : word.Is("none"u8) ? new ToolChoice(ToolChoiceMode.None)
        : word.Is("required"u8) ? new ToolChoice(ToolChoiceMode.Required)
        : null;

    /// <summary>Every version of OpenAI's web search, in <c>tools</c> and in <c>tool_choice</c>.</summary>
    public static bool IsWebSearch(JsonText type) => type.StartsWith("web_search"u8);

    /// <summary>Reads a function, a free-form tool, one of OpenAI's tools that the caller runs, or the web search; or a list of allowed tools.</summary>
    private static ToolChoice? Object(JsonSlice value)
    {
        var type = value.Member("type"u8).AsText();
        if ((type.Is("function"u8) || type.Is("custom"u8) || BuiltInTool.OfType(type) is not null) && NameOf(value).HasValue)
            return new ToolChoice(ToolChoiceMode.Tool) { Name = NameOf(value), Native = value };
        if (IsWebSearch(type)) return new ToolChoice(ToolChoiceMode.Tool) { Native = value };
        var tools = value.Member("tools"u8);
        if (!type.Is("allowed_tools"u8) || !tools.IsArray) return null;
        var choice = new ToolChoice(ToolChoiceMode.Allowed) { MustCall = value.Member("mode"u8).AsText().Is("required"u8), Native = value };
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (NameOf(cursor.TakeValue()) is { HasValue: true } allowed) choice.Allowed.Add(allowed);
        return choice.Allowed.Count > 0 ? choice : null;
    }

    private static JsonText NameOf(JsonSlice choice)
    {
        var name = choice.Member("name"u8).AsText();
        return name.HasValue ? name : BuiltInTool.OfType(choice.Member("type"u8).AsText())?.Name ?? choice.Member("function"u8).Member("name"u8).AsText();
    }
}
