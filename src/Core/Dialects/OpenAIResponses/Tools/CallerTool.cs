using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

internal enum CallerToolKind
{
    /// <summary>A function in a namespace.</summary>
    Function,
    /// <summary>A free-form tool: its input is text, which other models send as the only argument.</summary>
    Custom,
    /// <summary>An OpenAI tool that the caller runs (<see cref="BuiltInTool"/>).</summary>
    BuiltIn,
}

/// <summary>A tool as the caller defined it. It owns its bytes.</summary>
internal sealed record CallerTool(CallerToolKind Kind, byte[] Name, byte[] Namespace)
{
    /// <summary>The parameters of a free-form tool as a function: one text.</summary>
    public static readonly JsonSlice TextParameters = JsonSlice.Constant(
        """{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool, as plain text."}},"required":["input"],"additionalProperties":false}""");

    public BuiltInTool? BuiltIn { get; init; }

    /// <summary>A free-form tool's text, from the arguments of the function that represents it.</summary>
    /// <param name="arguments">JSON. Without that argument, the JSON itself is the text.</param>
    /// <returns>Absent if the arguments should be written unchanged.</returns>
    public static JsonText TextOf(JsonSlice arguments)
    {
        if (!arguments.IsObject) return arguments.AsText();
        if (arguments.Member("input"u8) is { IsText: true } input) return input.AsText();
        var cursor = new JsonCursor(arguments.Memory);
        cursor.EnterObject();
        JsonText only = default;
        while (cursor.NextMember())
        {
            if (only.IsPresent) return default;
            only = cursor.TakeValue().AsText();
            if (!only.IsPresent) return default;
        }
        return only;
    }
}
