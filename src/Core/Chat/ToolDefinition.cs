using Nano.Json;

namespace Nano.Chat;

/// <summary>A tool that the caller runs (<see cref="Parameters"/> is its JSON schema), or one that only its dialect knows (<see cref="Native"/>).</summary>
internal sealed class ToolDefinition
{
    public JsonText Name { get; init; }

    public JsonText Description { get; init; }

    /// <summary>A JSON schema, absent for a tool without parameters.</summary>
    public JsonSlice Parameters { get; set; }

    public bool? Strict { get; init; }

    /// <inheritdoc cref="ContentPart.CacheControl"/>
    public JsonSlice CacheControl { get; init; }

    /// <summary>The whole tool where it is not a plain function (server tools, custom tools): valid only in <see cref="Origin"/>.</summary>
    public JsonSlice Native { get; init; }

    /// <summary>
    /// The options of a <see cref="Native"/> tool that searches the web, in the form of Chat's <c>web_search_options</c> plus
    /// Responses' <c>filters</c>. Absent for every other tool.
    /// </summary>
    public JsonSlice Search { get; init; }

    /// <summary>The dialect that read it.</summary>
    public required string Origin { get; init; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }

    /// <summary>The same tool under another name.</summary>
    public ToolDefinition WithName(JsonText name) => new()
    {
        Name = name, Description = Description, Parameters = Parameters, Strict = Strict, CacheControl = CacheControl, Native = Native, Search = Search, Origin = Origin,
        Form = Form, Extras = Extras,
    };
}

public enum ToolChoiceMode
{
    Auto,
    None,
    /// <summary>At least one tool must be called (Anthropic and Gemini <c>any</c>).</summary>
    Required,
    /// <summary>The tool <see cref="ToolChoice.Name"/> must be called.</summary>
    Tool,
    /// <summary>Only tools in <see cref="ToolChoice.Allowed"/> may be called; one must be if <see cref="ToolChoice.MustCall"/> is set.</summary>
    Allowed,
}

internal sealed class ToolChoice(ToolChoiceMode mode)
{
    public ToolChoiceMode Mode { get; } = mode;

    public JsonText Name { get; init; }

    public List<JsonText> Allowed { get; init; } = [];

    public bool MustCall { get; init; }

    /// <summary>The whole choice as its dialect wrote it, where it names tools that are not functions.</summary>
    public JsonSlice Native { get; init; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }

    /// <summary>The same choice among tools with other names.</summary>
    public ToolChoice WithNames(JsonText name, List<JsonText> allowed) =>
        new(Mode) { Name = name, Allowed = allowed, MustCall = MustCall, Native = Native, Form = Form, Extras = Extras };

    /// <summary>Whether the choice allows this tool: a dialect without <see cref="ToolChoiceMode.Allowed"/> offers only such tools.</summary>
    public bool Allows(JsonText tool)
    {
        if (Mode != ToolChoiceMode.Allowed) return true;
        foreach (var name in Allowed)
            if (name.Span.SequenceEqual(tool.Span)) return true;
        return false;
    }
}
