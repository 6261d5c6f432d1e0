using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Converts tools to the form that every dialect has: a name, a description and a schema.</summary>
internal static class ToolGeneralizer
{
    private static readonly JsonSlice Bash = JsonSlice.Constant("""
        {"type":"object","properties":{"command":{"type":"string","description":"The bash command to run."},"restart":{"type":"boolean","description":"True restarts the shell; no command is run then."}}}
        """);

    private static readonly JsonSlice TextEditor = JsonSlice.Constant("""
        {"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string","description":"Absolute path of a file or folder."},"file_text":{"type":"string","description":"For create: the whole text."},"old_str":{"type":"string","description":"For str_replace: the text to replace, which occurs exactly once."},"new_str":{"type":"string","description":"For str_replace: the new text."},"insert_line":{"type":"integer","description":"For insert: the line after which the text is inserted; 0 for the beginning."},"insert_text":{"type":"string","description":"For insert: the text."},"view_range":{"type":"array","items":{"type":"integer"},"description":"For view: the first and the last line; -1 for the end."}},"required":["command","path"]}
        """);

    private static readonly JsonSlice Memory = JsonSlice.Constant("""
        {"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"path":{"type":"string","description":"A path under /memories."},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}},"old_path":{"type":"string"},"new_path":{"type":"string"}},"required":["command"]}
        """);

    /// <summary>Tools that the caller runs and whose schema is built into Anthropic's models, by the prefix of their type.</summary>
    private static readonly (JsonText Type, JsonText Description, JsonSlice Schema)[] Known =
    [
        (JsonText.From("bash_"), JsonText.From("Runs a command in a bash shell that keeps its state between calls."), Bash),
        (JsonText.From("text_editor_"), JsonText.From("Views, creates and edits text files."), TextEditor),
        (JsonText.From("memory_"), JsonText.From("Stores and retrieves notes in the folder /memories, which stays between conversations. View it before anything else."), Memory),
    ];

    /// <summary>A caller's tool, without the members that only Anthropic understands.</summary>
    public static ToolDefinition OfCaller(ToolDefinition tool, LossReport losses)
    {
        if (tool.Extras is not { } extras) return tool;
        // Only affects how arguments are streamed.
        extras.Take("eager_input_streaming"u8);
        // All tools are sent from the start, so references to them resolve (cases 7 and 8).
        if (extras.Take("defer_loading"u8).IsTrue) losses.Emulate("tools.defer_loading");
        var callers = extras.Find("allowed_callers"u8);
        if (callers.Span.SequenceEqual("[\"direct\"]"u8)) extras.Take("allowed_callers"u8);
        var examples = extras.Find("input_examples"u8);
        if (!examples.IsArray) return tool;
        extras.Take("input_examples"u8);
        losses.Emulate("tools.input_examples");
        return new ToolDefinition
        {
            Name = tool.Name, Description = WithExamples(tool.Description, examples), Parameters = tool.Parameters, Strict = tool.Strict,
            CacheControl = tool.CacheControl, Origin = tool.Origin, Extras = tool.Extras,
        };
    }

    /// <summary>A tool defined by Anthropic and run by the caller, as a function; null for a tool that Anthropic runs itself.</summary>
    public static ToolDefinition? OfClient(ToolDefinition tool, LossReport losses)
    {
        var type = tool.Native.Member("type"u8).AsText();
        var name = tool.Native.Member("name"u8).AsText();
        if (!name.HasValue) return null;
        foreach (var (prefix, description, schema) in Known)
        {
            if (!type.StartsWith(prefix.Span)) continue;
            losses.Emulate($"tools.{type}");
            return new ToolDefinition { Name = name, Description = description, Parameters = schema, CacheControl = tool.Native.Member("cache_control"u8), Origin = tool.Origin };
        }
        return null;
    }

    private static JsonText WithExamples(JsonText description, JsonSlice examples)
    {
        using var text = new JsonOutput(description.Span.Length + examples.Span.Length + 64);
        text.BeginText();
        text.Append(description);
        text.Append(description.HasValue ? "\\n\\n"u8 : ""u8);
        text.Append("Examples of its input: "u8);
        text.AppendUtf8(examples.Span);
        text.EndText();
        return new JsonText(text.WrittenSpan[1..^1].ToArray());
    }
}
