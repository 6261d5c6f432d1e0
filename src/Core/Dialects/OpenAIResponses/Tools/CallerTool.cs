using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

internal enum CallerToolKind
{
    /// <summary>A function, of a namespace.</summary>
    Function,
    /// <summary>A free-form tool: it takes text, and other models give it as the only argument.</summary>
    Custom,
    /// <summary>A tool of OpenAI's that the caller runs (<see cref="BuiltInTool"/>).</summary>
    BuiltIn,
}

/// <summary>A tool as the caller knows it. Its bytes are its own.</summary>
internal sealed record CallerTool(CallerToolKind Kind, byte[] Name, byte[] Namespace)
{
    /// <summary>The argument that contains a free-form tool's text.</summary>
    public const string TextArgument = "input";

    /// <summary>The parameters of a free-form tool as a function.</summary>
    public static readonly JsonSlice TextParameters = JsonSlice.Constant(
        """{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool, as plain text."}},"required":["input"],"additionalProperties":false}""");

    public BuiltInTool? BuiltIn { get; init; }

    /// <summary>A free-form tool's text, out of the arguments of the function that stands for it.</summary>
    /// <param name="arguments">JSON. What has no such argument is the text as it is.</param>
    /// <returns>Absent when it is to be written as it is.</returns>
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
