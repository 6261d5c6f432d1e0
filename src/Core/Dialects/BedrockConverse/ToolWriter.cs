using System.Text;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse;

/// <summary>Writes <c>toolConfig</c>, which must also be there when the history holds calls of tools that are offered no more.</summary>
internal sealed class ToolWriter(ChatRequest request, ModelTraits traits, JsonOutput output, CachePlan markers, LossReport losses)
{
    internal const int MaxNameLength = 64;

    private const string Own = BedrockConverseDialect.DialectName;
    private const string UnsaidChoice = "tool_choice";

    /// <summary>The caller insists on a call, and the model takes that.</summary>
    public bool IsForced => request.Tools.Count > 0 && traits.ForcedToolChoice != false && Wanted() is ToolChoiceMode.Required or ToolChoiceMode.Tool;

    public int CountCacheMarkers()
    {
        var count = 0;
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent && tool.CacheControl.HasValue && IsAllowed(tool)) count++;
        return count;
    }

    /// <summary>A name as the history tells it, where it calls nothing any more.</summary>
    public static JsonText NameInHistory(JsonText name)
    {
        if (ToolIds.IsGood(name.Span, MaxNameLength)) return name;
        var cleaned = new StringBuilder();
        foreach (var c in name.ToString()) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        if (cleaned.Length == 0) cleaned.Append("unnamed");
        return JsonText.From(cleaned.ToString(0, Math.Min(cleaned.Length, MaxNameLength)));
    }

    public void Write(List<Turn> turns)
    {
        var called = Called(turns);
        // "none" has no word: without calls in the history it is said by offering nothing.
        var mode = Wanted();
        var isSilent = mode == ToolChoiceMode.None && called.Count == 0;
        if (isSilent && request.Tools.Count > 0) losses.Emulate(UnsaidChoice);
        var before = output.Length;
        output.Name("toolConfig"u8);
        output.BeginObject();
        output.Name("tools"u8);
        output.BeginArray();
        var start = output.Length;
        for (var i = 0; i < request.Tools.Count; i++) WriteTool(request.Tools[i], i, isSilent);
        if (output.Length == start) WriteCalled(called);
        if (output.Length == start)
        {
            output.TruncateTo(before);
            if (mode is ToolChoiceMode.Required or ToolChoiceMode.Tool) losses.Drop(UnsaidChoice);
            return;
        }
        output.EndArray();
        WriteChoice(mode, HasTools());
        output.EndObject();
    }

    private bool HasTools()
    {
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent && IsAllowed(tool)) return true;
        return false;
    }

    private ToolChoiceMode Wanted() => request.ToolChoice switch
    {
        null => ToolChoiceMode.Auto,
        { Mode: ToolChoiceMode.Allowed, MustCall: true } => ToolChoiceMode.Required,
        { Mode: ToolChoiceMode.Allowed } => ToolChoiceMode.Auto,
        { Mode: var mode } => mode,
    };

    private static List<JsonText> Called(List<Turn> turns)
    {
        var names = new List<JsonText>();
        foreach (var turn in turns)
            foreach (var block in turn.Blocks)
                if (block.Part is ToolCallPart call && NameInHistory(call.Name) is var name && !names.Exists(n => n.Span.SequenceEqual(name.Span))) names.Add(name);
        return names;
    }

    private void WriteTool(ToolDefinition tool, int index, bool isSilent)
    {
        if (tool.Native.IsPresent)
        {
            var type = tool.Native.Member("type"u8).AsText();
            losses.Drop(type.HasValue ? $"tools.{type}" : "tools");
            return;
        }
        if (!IsAllowed(tool)) return;
        if (!ToolIds.IsGood(tool.Name.Span, MaxNameLength))
            throw new DialectException(GatewayError.Invalid(
                $"Amazon Bedrock takes tool names of 1 to {MaxNameLength} letters, digits, '_' and '-'; '{Brief(tool.Name)}' is none.", $"tools[{index}].function.name"));
        if (isSilent) return;
        losses.DropExtras(tool.Extras, Own, "tools");
        var strict = IsStrict(tool);
        var schema = strict ? default : InputSchema.Read(tool.Parameters);
        BeginTool(tool.Name);
        WriteDescription(tool.Description, schema.Unsayable);
        output.Name("inputSchema"u8);
        output.BeginObject();
        output.Name("json"u8);
        if (strict) OutputSchema.Write(tool.Parameters, output, losses, "tools.function.parameters");
        else schema.Write(output);
        output.EndObject();
        if (schema.IsChanged) losses.Emulate("tools.function.parameters");
        if (strict)
        {
            output.Name("strict"u8);
            output.Boolean(true);
        }
        EndTool();
        markers.Write(tool.CacheControl, isTool: true);
    }

    /// <summary>Tools that are offered no more, as far as the history tells them.</summary>
    private void WriteCalled(List<JsonText> names)
    {
        if (names.Count == 0) return;
        losses.Emulate("tools");
        foreach (var name in names)
        {
            BeginTool(name);
            output.Name("description"u8);
            output.Literal("Was called earlier in this conversation. It is not available any more."u8);
            output.Name("inputSchema"u8);
            output.Raw("""{"json":{"type":"object","properties":{}}}"""u8);
            EndTool();
        }
    }

    private void BeginTool(JsonText name)
    {
        output.BeginObject();
        output.Name("toolSpec"u8);
        output.BeginObject();
        output.Name("name"u8);
        output.Text(name);
    }

    private void EndTool()
    {
        output.EndObject();
        output.EndObject();
    }

    /// <summary>Strictness is a promise that only a schema within the compiler's limits can be given.</summary>
    private bool IsStrict(ToolDefinition tool)
    {
        if (tool.Strict != true) return false;
        if (traits.JsonSchema != false && OutputSchema.Fits(tool.Parameters) && !InputSchema.Read(tool.Parameters).IsChanged) return true;
        losses.Drop("tools.function.strict");
        return false;
    }

    private void WriteDescription(JsonText description, List<ExtraMember>? unsayable)
    {
        var isBlank = EscapedText.IsBlank(description);
        if (isBlank && unsayable is null) return;
        output.Name("description"u8);
        output.BeginText();
        if (!isBlank) output.Append(description);
        if (unsayable is not null)
        {
            output.Append(isBlank ? ""u8 : "\\n\\n"u8);
            output.Append("The arguments must also match this JSON schema: "u8);
            SchemaText.AppendMembers(unsayable, output);
        }
        output.EndText();
    }

    /// <summary>A choice among some tools is said by offering only those.</summary>
    private bool IsAllowed(ToolDefinition tool)
    {
        if (request.ToolChoice?.Allows(tool.Name) != false) return true;
        losses.Emulate("tool_choice.allowed_tools");
        return false;
    }

    private void WriteChoice(ToolChoiceMode mode, bool hasTools)
    {
        losses.DropExtras(request.ToolChoice?.Extras, Own, UnsaidChoice);
        if (request.ParallelToolCalls == false && hasTools) losses.Drop("parallel_tool_calls");
        var isForced = mode is ToolChoiceMode.Required or ToolChoiceMode.Tool;
        if (mode == ToolChoiceMode.None ? hasTools : isForced && (traits.ForcedToolChoice == false || !hasTools))
        {
            losses.Drop(UnsaidChoice);
            return;
        }
        // Auto is what happens anyway, and some models take not even that word.
        if (!isForced) return;
        output.Name("toolChoice"u8);
        output.BeginObject();
        output.Name(mode == ToolChoiceMode.Tool ? "tool"u8 : "any"u8);
        output.BeginObject();
        if (mode == ToolChoiceMode.Tool)
        {
            output.Name("name"u8);
            output.Text(request.ToolChoice!.Name);
        }
        output.EndObject();
        output.EndObject();
    }

    private static string Brief(JsonText name) => name.ToString() is { Length: > 150 } text ? text[..150] + "..." : name.ToString();
}
