using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c> of a request of another dialect.</summary>
internal sealed class ToolWriter(ChatRequest request, ModelTraits? traits, JsonOutput output, CacheMarkers markers, LossReport losses)
{
    internal const int MaxNameLength = 128;

    private const string Own = AnthropicMessagesDialect.DialectName;

    private int _written;

    /// <summary>The caller insists on a call, and the model takes that.</summary>
    public bool IsForced => request.Tools.Count > 0 && traits?.ForcedToolChoice != false && Wanted() is ToolChoiceMode.Required or ToolChoiceMode.Tool;

    public int CountCacheMarkers()
    {
        var count = 0;
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent && tool.CacheControl.HasValue && IsAllowed(tool)) count++;
        return count;
    }

    public void Write(JsonSlice webSearch)
    {
        var before = output.Length;
        output.Name("tools"u8);
        output.BeginArray();
        for (var i = 0; i < request.Tools.Count; i++) WriteTool(request.Tools[i], i);
        if (webSearch.HasValue) WriteWebSearch(webSearch);
        if (_written == 0)
        {
            output.TruncateTo(before);
            if (request.ToolChoice is { Mode: not (ToolChoiceMode.None or ToolChoiceMode.Auto) }) losses.Drop("tool_choice");
            return;
        }
        output.EndArray();
        WriteChoice();
    }

    private ToolChoiceMode Wanted() => request.ToolChoice switch
    {
        null => ToolChoiceMode.Auto,
        { Mode: ToolChoiceMode.Allowed, MustCall: true } => ToolChoiceMode.Required,
        { Mode: ToolChoiceMode.Allowed } => ToolChoiceMode.Auto,
        { Mode: var mode } => mode,
    };

    private void WriteTool(ToolDefinition tool, int index)
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
                $"Anthropic takes tool names of 1 to {MaxNameLength} letters, digits, '_' and '-'; '{Brief(tool.Name)}' is none.", $"tools[{index}].function.name"));
        _written++;
        losses.DropExtras(tool.Extras, Own, "tools");
        var strict = IsStrict(tool);
        output.BeginObject();
        output.Name("name"u8);
        output.Text(tool.Name);
        var schema = strict ? default : InputSchema.Read(tool.Parameters);
        WriteDescription(tool.Description, schema.Unsayable);
        output.Name("input_schema"u8);
        if (strict) OutputSchema.Write(tool.Parameters, output, losses, "tools.function.parameters");
        else schema.Write(output);
        if (schema.IsChanged) losses.Emulate("tools.function.parameters");
        if (strict)
        {
            output.Name("strict"u8);
            output.Boolean(true);
        }
        markers.Write(tool.CacheControl);
        output.EndObject();
    }

    /// <summary>Strictness is a promise that only a schema within Anthropic's limits can be given.</summary>
    private bool IsStrict(ToolDefinition tool)
    {
        if (tool.Strict != true) return false;
        if (traits?.JsonSchema != false && OutputSchema.Fits(tool.Parameters) && !InputSchema.Read(tool.Parameters).IsChanged) return true;
        losses.Drop("tools.function.strict");
        return false;
    }

    private void WriteDescription(JsonText description, List<ExtraMember>? unsayable)
    {
        if (!description.HasValue && unsayable is null) return;
        output.Name("description"u8);
        output.BeginText();
        output.Append(description);
        if (unsayable is not null)
        {
            output.Append(description.HasValue ? "\\n\\n"u8 : ""u8);
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

    private void WriteChoice()
    {
        var mode = Wanted();
        if (mode is ToolChoiceMode.Required or ToolChoiceMode.Tool && traits?.ForcedToolChoice == false)
        {
            losses.Drop("tool_choice");
            mode = ToolChoiceMode.Auto;
        }
        losses.DropExtras(request.ToolChoice?.Extras, Own, "tool_choice");
        var single = request.ParallelToolCallsOrOne == false && mode != ToolChoiceMode.None;
        if (request.ToolChoice is null && !single) return;
        output.Name("tool_choice"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(mode switch
        {
            ToolChoiceMode.None => "none"u8, ToolChoiceMode.Required => "any"u8, ToolChoiceMode.Tool => "tool"u8, _ => "auto"u8,
        });
        if (mode == ToolChoiceMode.Tool)
        {
            output.Name("name"u8);
            output.Text(request.ToolChoice!.Name);
        }
        if (single)
        {
            output.Name("disable_parallel_tool_use"u8);
            output.Boolean(true);
        }
        output.EndObject();
    }

    /// <summary>Chat's <c>web_search_options</c> as Anthropic's own search tool.</summary>
    private void WriteWebSearch(JsonSlice options)
    {
        foreach (var tool in request.Tools)
        {
            if (!tool.Name.Is("web_search"u8)) continue;
            losses.Drop("web_search_options");
            return;
        }
        losses.Emulate("web_search_options");
        if (options.Member("search_context_size"u8).HasValue) losses.Drop("web_search_options.search_context_size");
        _written++;
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("web_search_20250305"u8);
        output.Name("name"u8);
        output.Literal("web_search"u8);
        var place = options.Member("user_location"u8).Member("approximate"u8);
        if (place.IsObject) WritePlace(place);
        output.EndObject();
    }

    private void WritePlace(JsonSlice place)
    {
        output.Name("user_location"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("approximate"u8);
        var cursor = new JsonCursor(place.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var known = cursor.NameIs("city"u8) || cursor.NameIs("country"u8) || cursor.NameIs("region"u8) || cursor.NameIs("timezone"u8);
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!known || !value.IsText) continue;
            output.Name(name);
            output.Raw(value);
        }
        output.EndObject();
    }

    private static string Brief(JsonText name) => name.ToString() is { Length: > 150 } text ? text[..150] + "..." : name.ToString();
}
