using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>Writes <c>toolConfig</c>, which is also mandatory if the history has calls of tools that are no longer offered.</summary>
internal sealed class ToolWriter(ChatRequest request, ModelTraits traits, StrictBudget budget, JsonOutput output, CachePlan markers, LossReport losses)
    : BlockToolWriter(Own, "Amazon Bedrock", MaxNameLength, request, traits, budget, output, losses)
{
    internal const int MaxNameLength = 64;

    private const string Own = BedrockConverseDialect.DialectName;
    private const string UnsaidChoice = "tool_choice";

    public void Write(List<Turn> turns)
    {
        var called = Called(turns);
        // There is no "none": if the history has no calls, offer no tools instead.
        var mode = Mode;
        var isSilent = mode == ToolChoiceMode.None && called.Count == 0;
        if (isSilent && Request.Tools.Count > 0) Losses.Emulate(UnsaidChoice);
        var before = Output.Length;
        Output.Name("toolConfig"u8);
        Output.BeginObject();
        Output.Name("tools"u8);
        Output.BeginArray();
        var start = Output.Length;
        for (var i = 0; i < Request.Tools.Count; i++) WriteTool(Request.Tools[i], i, isSilent);
        if (Output.Length == start) WriteCalled(called);
        if (Output.Length == start)
        {
            Output.TruncateTo(before);
            if (mode is ToolChoiceMode.Required or ToolChoiceMode.Tool) Losses.Drop(UnsaidChoice);
            return;
        }
        Output.EndArray();
        WriteChoice(mode, HasTools());
        Output.EndObject();
    }

    private bool HasTools()
    {
        foreach (var tool in Request.Tools)
            if (!tool.Native.IsPresent && IsAllowed(tool)) return true;
        return false;
    }

    private static List<JsonText> Called(List<Turn> turns)
    {
        var names = new List<JsonText>();
        foreach (var turn in turns)
            foreach (var block in turn.Blocks)
                if (block.Part is ToolCallPart call && ToolNames.InHistory(call.Name, MaxNameLength) is var name && !names.Exists(n => n.Span.SequenceEqual(name.Span)))
                    names.Add(name);
        return names;
    }

    private void WriteTool(ToolDefinition tool, int index, bool isSilent)
    {
        if (Offers(tool, index) && !isSilent) WriteTool(tool, EscapedText.IsBlank(tool.Description) ? default : tool.Description);
    }

    /// <summary>Tools that are no longer offered, reconstructed from the history.</summary>
    private void WriteCalled(List<JsonText> names)
    {
        if (names.Count == 0) return;
        Losses.Emulate("tools");
        foreach (var name in names)
        {
            BeginTool(name);
            Output.Name("description"u8);
            Output.Literal("Was called earlier in this conversation. It is not available any more."u8);
            Output.Name("inputSchema"u8);
            Output.Raw("""{"json":{"type":"object","properties":{}}}"""u8);
            EndTool(default);
        }
    }

    protected override void BeginTool(JsonText name)
    {
        Output.BeginObject();
        Output.Name("toolSpec"u8);
        Output.BeginObject();
        Output.Name("name"u8);
        Output.Text(name);
    }

    protected override void BeginSchema()
    {
        Output.Name("inputSchema"u8);
        Output.BeginObject();
        Output.Name("json"u8);
    }

    protected override void EndSchema() => Output.EndObject();

    protected override void EndTool(JsonSlice marker)
    {
        Output.EndObject();
        Output.EndObject();
        markers.Write(marker, isTool: true);
    }

    private void WriteChoice(ToolChoiceMode mode, bool hasTools)
    {
        Losses.DropExtras(Request.ToolChoice?.Extras, Own, UnsaidChoice);
        if (Request.ParallelToolCalls == false && hasTools) Losses.Drop("parallel_tool_calls");
        var isForced = mode is ToolChoiceMode.Required or ToolChoiceMode.Tool;
        if (mode == ToolChoiceMode.None ? hasTools : isForced && (!TakesForcedChoice || !hasTools))
        {
            Losses.Drop(UnsaidChoice);
            return;
        }
        // Auto is the default, and some models refuse even that value.
        if (!isForced) return;
        Output.Name("toolChoice"u8);
        Output.BeginObject();
        Output.Name(mode == ToolChoiceMode.Tool ? "tool"u8 : "any"u8);
        Output.BeginObject();
        if (mode == ToolChoiceMode.Tool)
        {
            Output.Name("name"u8);
            Output.Text(Request.ToolChoice!.Name);
        }
        Output.EndObject();
        Output.EndObject();
    }
}
