using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Writes <c>tools</c>, <c>tool_choice</c> and <c>strict_tools</c>. The choice supports only REQUIRED and NONE. To restrict the choice to
/// named tools, only those are sent.
/// </summary>
internal sealed class ToolWriter
{
    private readonly ChatRequest _request;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly List<ToolDefinition> _tools = [];

    public ToolWriter(ChatRequest request, JsonOutput output, LossReport losses)
    {
        (_request, _output, _losses) = (request, output, losses);
        var left = 0;
        foreach (var tool in request.Tools)
        {
            if (tool.Native.IsPresent) NativeTools.Drop(tool, losses);
            else if (IsAllowed(tool.Name)) _tools.Add(tool);
            else left++;
        }
        if (left == 0) return;
        if (_tools.Count == 0) throw new DialectException(GatewayError.Invalid("'tool_choice' names none of the tools.", "tool_choice"));
        losses.Emulate(request.ToolChoice!.Mode == ToolChoiceMode.Tool ? "tool_choice" : "tool_choice.allowed_tools");
    }

    public bool HasTools => _tools.Count > 0;

    /// <param name="isStrictSet">The caller sets <c>strict_tools</c> itself.</param>
    public void Write(bool isStrictSet)
    {
        var choice = _request.ToolChoice;
        var mustCall = choice is { Mode: ToolChoiceMode.Required or ToolChoiceMode.Tool } or { Mode: ToolChoiceMode.Allowed, MustCall: true };
        if (_tools.Count == 0)
        {
            if (mustCall) _losses.Drop("tool_choice");
            return;
        }
        _output.Name("tools"u8);
        _output.BeginArray();
        foreach (var tool in _tools) Tool(tool);
        _output.EndArray();
        _losses.DropExtras(choice?.Extras, CohereChatDialect.DialectName, "tool_choice");
        if (mustCall || choice?.Mode == ToolChoiceMode.None)
        {
            _output.Name("tool_choice"u8);
            _output.Literal(mustCall ? "REQUIRED"u8 : "NONE"u8);
        }
        if (!isStrictSet) Strict();
        if (_request.ParallelToolCalls == false && choice?.Mode != ToolChoiceMode.None) _losses.Drop("parallel_tool_calls");
    }

    private bool IsAllowed(JsonText name)
    {
        if (_request.ToolChoice is { Mode: ToolChoiceMode.Tool } one) return one.Name.Span.SequenceEqual(name.Span);
        return _request.ToolChoice?.Allows(name) != false;
    }

    private void Tool(ToolDefinition tool)
    {
        _losses.DropExtras(tool.Extras, CohereChatDialect.DialectName, "tools");
        if (tool.CacheControl.HasValue) _losses.Drop("tools.cache_control");
        _output.BeginObject();
        _output.Name("type"u8);
        _output.Literal("function"u8);
        _output.Name("function"u8);
        _output.BeginObject();
        _output.Name("name"u8);
        _output.Text(tool.Name);
        if (tool.Description.HasValue)
        {
            _output.Name("description"u8);
            _output.Text(tool.Description);
        }
        // Mandatory here.
        _output.Name("parameters"u8);
        if (tool.Parameters.IsObject) _output.Raw(tool.Parameters);
        else _output.Raw("""{"type":"object","properties":{}}"""u8);
        _output.EndObject();
        _output.EndObject();
    }

    /// <summary>One switch for all tools, which requires that all their schemas are supported.</summary>
    private void Strict()
    {
        var (asked, fit) = (0, 0);
        foreach (var tool in _tools)
        {
            if (tool.Strict != true) continue;
            asked++;
            if (StructuredSchema.Fits(tool.Parameters)) fit++;
        }
        if (asked == 0) return;
        if (fit < _tools.Count)
        {
            _losses.Drop("tools.function.strict");
            return;
        }
        _output.Name("strict_tools"u8);
        _output.Boolean(true);
    }
}
