using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Writes <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>. A tool's members are in the tool itself, not in a nested object as in Chat.</summary>
internal sealed class ToolWriter(ChatRequest request, JsonOutput output, LossReport losses)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    private bool _open;

    public void Write(in RequestExtras extras)
    {
        foreach (var tool in request.Tools)
        {
            if (tool.CacheControl.HasValue) losses.Drop("tools.cache_control");
            losses.DropExtras(tool.Extras, Own, "tools");
            if (!tool.Native.IsPresent) Function(tool);
            else if (tool.Native.Member("custom"u8) is { IsObject: true } custom) Custom(custom);
            else if (tool.Search.IsPresent) WebSearch(tool.Search, NativeTools.NameOf(tool));
            else NativeTools.DropByName(tool, losses);
        }
        if (extras.Find("web_search_options"u8) is { IsPresent: true } search) WebSearch(search, "web_search_options");
        if (_open) output.EndArray();
        Choice(extras.Find("tool_choice"u8).Member("custom"u8).Member("name"u8).AsText());
        // OpenAI refuses it without tools.
        if (request.ParallelToolCallsOrOne is not { } parallel || !_open) return;
        output.Name("parallel_tool_calls"u8);
        output.Boolean(parallel);
    }

    private void Function(ToolDefinition tool)
    {
        Begin("function"u8);
        Text("name"u8, tool.Name);
        if (tool.Description.IsPresent) Text("description"u8, tool.Description);
        output.Name("parameters"u8);
        // Mandatory here.
        if (tool.Parameters.HasValue) SchemaPattern.Write(tool.Parameters, output, losses, "tools.function.parameters");
        else output.Raw("""{"type":"object","properties":{},"additionalProperties":false}"""u8);
        // Here functions are strict by default; in Chat they are not
        // (https://platform.openai.com/docs/guides/migrate-to-responses).
        var strict = StrictSchema.Of(request, tool.Strict, tool.Parameters, out var isLost);
        if (isLost) losses.Drop("tools.function.strict");
        output.Name("strict"u8);
        output.Boolean(strict ?? false);
        output.EndObject();
    }

    /// <summary>Converts Chat's <c>{"name","description","format":{"type":"grammar","grammar":{definition,syntax}}}</c>.</summary>
    private void Custom(JsonSlice custom)
    {
        Begin("custom"u8);
        var cursor = new JsonCursor(custom.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!value.HasValue) continue;
            output.Name(name);
            if (!name.Is("format"u8) || value.Member("grammar"u8) is not { IsObject: true } grammar)
            {
                output.Raw(value);
                continue;
            }
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("grammar"u8);
            Members(grammar);
            output.EndObject();
        }
        output.EndObject();
    }

    /// <summary>Chat's search models always search, with these options; here it is a tool that the model may use.</summary>
    /// <param name="member">The caller's member that requests the search.</param>
    private void WebSearch(JsonSlice options, string member)
    {
        losses.Emulate(member);
        Begin("web_search"u8);
        var cursor = new JsonCursor(options.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!value.HasValue) continue;
            if (name.Is("search_context_size"u8) || name.Is("filters"u8))
            {
                output.Name(name);
                output.Raw(value);
            }
            else if (name.Is("user_location"u8) && value.Member("approximate"u8) is { IsObject: true } place)
            {
                output.Name(name);
                output.BeginObject();
                output.Name("type"u8);
                output.Literal("approximate"u8);
                Members(place);
                output.EndObject();
            }
            else losses.Drop($"{member}.{name}");
        }
        output.EndObject();
    }

    private void Choice(JsonText custom)
    {
        if (request.ToolChoice is { } said) losses.DropExtras(said.Extras, Own, "tool_choice");
        // OpenAI refuses a choice without tools.
        if (!_open || (request.ToolChoice is null && !custom.HasValue)) return;
        output.Name("tool_choice"u8);
        if (request.ToolChoice is not { } choice) Named("custom"u8, custom);
        else if (choice.Mode == ToolChoiceMode.Tool) Named("function"u8, choice.Name);
        else if (choice.Mode == ToolChoiceMode.Allowed) Allowed(choice);
        else output.Literal(choice.Mode switch { ToolChoiceMode.None => "none"u8, ToolChoiceMode.Required => "required"u8, _ => "auto"u8 });
    }

    private void Allowed(ToolChoice choice)
    {
        output.BeginObject();
        Literal("type"u8, "allowed_tools"u8);
        Literal("mode"u8, choice.MustCall ? "required"u8 : "auto"u8);
        output.Name("tools"u8);
        output.BeginArray();
        foreach (var name in choice.Allowed) Named("function"u8, name);
        output.EndArray();
        output.EndObject();
    }

    private void Named(ReadOnlySpan<byte> type, JsonText name)
    {
        output.BeginObject();
        Literal("type"u8, type);
        Text("name"u8, name);
        output.EndObject();
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        if (!_open)
        {
            _open = true;
            output.Name("tools"u8);
            output.BeginArray();
        }
        output.BeginObject();
        Literal("type"u8, type);
    }

    private void Members(JsonSlice value)
    {
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (!member.HasValue) continue;
            output.Name(name);
            output.Raw(member);
        }
    }

    private void Literal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Name(name);
        output.Literal(value);
    }

    private void Text(ReadOnlySpan<byte> name, JsonText value)
    {
        output.Name(name);
        output.Text(value);
    }
}
