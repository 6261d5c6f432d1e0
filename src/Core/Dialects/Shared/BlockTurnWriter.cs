using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Writes planned turns as <c>system</c> and <c>messages</c> with content blocks, for Messages and Converse. A dialect
/// adds the form of each block.
/// </summary>
/// <param name="own">The dialect that is written.</param>
/// <param name="filter">The filter that the turns were planned with.</param>
internal abstract class BlockTurnWriter(string own, int maxToolNameLength, PartFilter filter, JsonOutput output, LossReport losses)
{
    /// <summary>The text of a placeholder result.</summary>
    protected static ReadOnlySpan<byte> MissingResult => "No result of this call was given."u8;

    protected JsonOutput Output => output;

    protected LossReport Losses => losses;

    protected PartFilter Filter => filter;

    /// <param name="instruction">Writes the gateway's own text between the quotes of a text; null for nothing.</param>
    public void WriteSystem(List<TextPart> system, Action<JsonOutput>? instruction)
    {
        if (system.Count == 0 && instruction is null) return;
        output.Name("system"u8);
        output.BeginArray();
        foreach (var text in system) WriteText(text.Text, text.CacheControl);
        if (instruction is not null)
        {
            BeginText();
            output.BeginText();
            instruction(output);
            output.EndText();
            EndText(default);
        }
        output.EndArray();
    }

    public void WriteTurns(List<Turn> turns)
    {
        output.Name("messages"u8);
        output.BeginArray();
        foreach (var turn in turns) WriteTurn(turn);
        output.EndArray();
    }

    protected virtual void WriteTurn(Turn turn) => WriteMessage(turn.Role, turn.Blocks);

    protected void WriteMessage(ChatRole role, List<TurnBlock> blocks)
    {
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role switch { ChatRole.Assistant => "assistant"u8, ChatRole.System => "system"u8, _ => "user"u8 });
        output.Name("content"u8);
        output.BeginArray();
        WriteBlocks(blocks);
        output.EndArray();
        output.EndObject();
    }

    protected abstract void WriteBlocks(List<TurnBlock> blocks);

    /// <param name="isMarked">Whether the block has its part's cache marker.</param>
    protected void WriteBlock(in TurnBlock block, bool isMarked)
    {
        switch (block.Kind)
        {
            case TurnBlockKind.Call:
                WriteCall((ToolCallPart)block.Part!, block.Id, isMarked);
                break;
            case TurnBlockKind.Result:
                var result = (ToolResultPart)block.Part!;
                WriteResult(result, block.Id);
                losses.DropExtras(result.Extras, own, "messages");
                break;
            case TurnBlockKind.MissingResult:
                WriteMissingResult(block.Id);
                break;
            case TurnBlockKind.StrayResult:
                WriteStray((ToolResultPart)block.Part!);
                break;
            default:
                WriteContent(block.Part!, isMarked);
                break;
        }
    }

    protected void WriteContent(ContentPart part, bool isMarked)
    {
        var marker = isMarked ? part.CacheControl : default;
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text, marker);
                break;
            case MediaPart media:
                WriteMedia(media, marker);
                break;
            case ReasoningPart reasoning:
                WriteReasoning(reasoning);
                break;
        }
    }

    protected void WriteText(JsonText text, JsonSlice marker)
    {
        BeginText();
        output.Text(text);
        EndText(marker);
    }

    protected void WriteJsonText(JsonSlice json)
    {
        BeginText();
        output.TextOfJson(json);
        EndText(default);
    }

    /// <summary>Opens a text block, up to the value of its text.</summary>
    protected abstract void BeginText();

    protected abstract void EndText(JsonSlice marker);

    protected abstract void WriteMedia(MediaPart media, JsonSlice marker);

    /// <summary>Writes reasoning, which always has its own state here (<see cref="PartFilter.IsOwnState"/>).</summary>
    protected abstract void WriteReasoning(ReasoningPart reasoning);

    /// <summary>Opens a call and writes its id.</summary>
    protected abstract void BeginCall(JsonText id);

    protected abstract void EndCall(JsonSlice marker);

    protected abstract void WriteResult(ToolResultPart result, JsonText id);

    protected abstract void WriteMissingResult(JsonText id);

    /// <summary>Writes the parts of a result.</summary>
    /// <param name="isInside">False for a result that is written as text of the turn.</param>
    protected virtual void WriteParts(ToolResultPart result, bool isInside)
    {
        foreach (var part in result.Parts)
            if (filter.ForUser(part) is { } kept) WriteContent(kept, isMarked: false);
    }

    private void WriteCall(ToolCallPart call, JsonText id, bool isMarked)
    {
        BeginCall(id);
        output.Name("name"u8);
        if (!ToolIds.IsGood(call.Name.Span, maxToolNameLength)) losses.Emulate("messages.tool_calls.function.name");
        output.Text(ToolNames.InHistory(call.Name, maxToolNameLength));
        output.Name("input"u8);
        if (!call.Arguments.WriteObject(output)) losses.Emulate("messages.tool_calls.function.arguments");
        EndCall(isMarked ? call.CacheControl : default);
        if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
        losses.DropExtras(call.Extras, own, "messages.tool_calls", "index", "cache_control");
    }

    private void WriteStray(ToolResultPart result)
    {
        BeginText();
        output.BeginText();
        output.Append("Result of the tool call '"u8);
        output.Append(result.CallId.HasValue ? result.CallId : result.Name);
        output.Append("':"u8);
        output.EndText();
        EndText(default);
        if (result.Json.HasValue) WriteJsonText(result.Json);
        WriteParts(result, isInside: false);
    }
}
