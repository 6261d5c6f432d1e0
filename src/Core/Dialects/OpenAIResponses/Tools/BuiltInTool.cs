using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

/// <summary>
/// An OpenAI tool that the caller runs: OpenAI's models know it by its type alone, and its calls are items of a special type. Other
/// models receive it as a function with that name; a call's arguments are the member <see cref="Member"/> of the item.
/// </summary>
/// <param name="Type">The tool's type, also the name of the function.</param>
/// <param name="Member">The member of a call's item that contains the action.</param>
/// <param name="Placeholder">The value of that member until the call's arguments have arrived.</param>
internal sealed record BuiltInTool(string Type, string Member, string Placeholder, string Description, string Parameters)
{
    /// <summary>The types of the items of a call and of its result.</summary>
    public string CallType { get; } = Type + "_call";

    /// <inheritdoc cref="CallType"/>
    public string OutputType { get; } = Type == "tool_search" ? "tool_search_output" : Type + "_call_output";

    /// <summary>The prefix of its items' ids.</summary>
    public required string IdPrefix { get; init; }

    /// <summary>Further JSON members of a call's item; empty if there are none.</summary>
    public string More { get; init; } = "";

    public JsonText Name { get; } = JsonText.From(Type);

    public JsonText DefaultDescription { get; } = JsonText.From(Description);

    public JsonSlice DefaultParameters { get; } = JsonSlice.Constant(Parameters);

    /// <summary>From https://platform.openai.com/docs/api-reference/responses/create: tools whose calls the client runs.</summary>
    public static IReadOnlyList<BuiltInTool> All { get; } =
    [
        new("tool_search", "arguments", "{}", "Searches for tools that are not offered yet. The tools that are found can be called afterwards.",
            """{"type":"object","properties":{"query":{"type":"string","description":"What the tool should do."}},"required":["query"]}""")
        {
            IdPrefix = "tsc", More = "\"execution\":\"client\"",
        },
        new("local_shell", "action", """{"type":"exec","command":[],"env":{}}""", "Runs a command on the user's machine and returns its output.",
            """{"type":"object","properties":{"type":{"type":"string","enum":["exec"]},"command":{"type":"array","items":{"type":"string"},"description":"The program and its arguments."},"working_directory":{"type":"string"},"env":{"type":"object","additionalProperties":{"type":"string"}},"timeout_ms":{"type":"integer"}},"required":["type","command","env"]}""")
        {
            IdPrefix = "lsh",
        },
        new("shell", "action", """{"commands":[]}""", "Runs shell commands and returns their output.",
            """{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"},"description":"Shell commands, which may run in parallel."},"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer"}},"required":["commands"]}""")
        {
            IdPrefix = "sh",
        },
        new("apply_patch", "operation", """{"type":"update_file","path":"","diff":""}""",
            "Creates, updates or deletes one file. For an update or a creation the diff is in the V4A format: lines that begin with a blank, + or -, after a line that begins with @@.",
            """{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},"path":{"type":"string"},"diff":{"type":"string","description":"Not for delete_file."}},"required":["type","path"]}""")
        {
            IdPrefix = "apc",
        },
    ];

    /// <summary>By the type of a tool; null for any other.</summary>
    public static BuiltInTool? OfType(JsonText type)
    {
        foreach (var tool in All)
            if (type.Is(tool.Name.Span)) return tool;
        return null;
    }

    /// <summary>By the type of an item of a call or of a result; null for any other.</summary>
    public static BuiltInTool? OfItem(string type, out bool isOutput)
    {
        isOutput = false;
        foreach (var tool in All)
        {
            isOutput = type == tool.OutputType;
            if (isOutput || type == tool.CallType) return tool;
        }
        return null;
    }
}
