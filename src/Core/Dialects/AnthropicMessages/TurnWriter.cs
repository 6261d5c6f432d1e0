using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>Writes planned turns as <c>messages</c> and <c>system</c>.</summary>
internal sealed class TurnWriter(JsonOutput output, CacheMarkers markers, LossReport losses)
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    private readonly MediaWriter _media = new(output, markers);

    /// <param name="instruction">What the gateway adds, written by a callback between the quotes of a text; null for nothing.</param>
    public void WriteSystem(List<TextPart> system, Action<JsonOutput>? instruction)
    {
        if (system.Count == 0 && instruction is null) return;
        output.Name("system"u8);
        output.BeginArray();
        foreach (var text in system) WriteText(text.Text, text.CacheControl);
        if (instruction is not null)
        {
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("text"u8);
            output.Name("text"u8);
            output.BeginText();
            instruction(output);
            output.EndText();
            output.EndObject();
        }
        output.EndArray();
    }

    public void WriteTurns(List<Turn> turns)
    {
        output.Name("messages"u8);
        output.BeginArray();
        foreach (var turn in turns)
        {
            output.BeginObject();
            output.Name("role"u8);
            output.Literal(turn.Role switch { ChatRole.Assistant => "assistant"u8, ChatRole.System => "system"u8, _ => "user"u8 });
            output.Name("content"u8);
            output.BeginArray();
            foreach (var block in turn.Blocks) WriteBlock(block);
            output.EndArray();
            output.EndObject();
        }
        output.EndArray();
    }

    private void WriteBlock(in TurnBlock block)
    {
        switch (block.Kind)
        {
            case TurnBlockKind.Call:
                WriteCall((ToolCallPart)block.Part!, block.Id);
                break;
            case TurnBlockKind.Result:
                WriteResult((ToolResultPart)block.Part!, block.Id);
                break;
            case TurnBlockKind.MissingResult:
                BeginResult(block.Id);
                output.Name("content"u8);
                output.Literal("No result of this call was given."u8);
                output.Name("is_error"u8);
                output.Boolean(true);
                output.EndObject();
                break;
            case TurnBlockKind.StrayResult:
                WriteStray((ToolResultPart)block.Part!);
                break;
            default:
                WriteContent(block.Part!);
                break;
        }
    }

    private void WriteContent(ContentPart part, bool isInside = false)
    {
        var marker = isInside ? default : part.CacheControl;
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text, marker);
                break;
            case MediaPart media:
                _media.Write(media, marker);
                break;
            case ReasoningPart reasoning:
                WriteReasoning(reasoning);
                break;
        }
    }

    private void WriteText(JsonText text, JsonSlice cacheControl)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.Text(text);
        markers.Write(cacheControl);
        output.EndObject();
    }

    private void WriteReasoning(ReasoningPart reasoning)
    {
        output.BeginObject();
        output.Name("type"u8);
        if (reasoning.Opaque.HasValue)
        {
            output.Literal("redacted_thinking"u8);
            output.Name("data"u8);
            output.Text(reasoning.Opaque);
        }
        else
        {
            // A signature without its text is whole: the text was withheld, and must come back empty.
            output.Literal("thinking"u8);
            output.Name("thinking"u8);
            output.Text(reasoning.Text);
            output.Name("signature"u8);
            output.Text(reasoning.Signature);
        }
        output.EndObject();
    }

    private void WriteCall(ToolCallPart call, JsonText id)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("tool_use"u8);
        output.Name("id"u8);
        output.Text(id);
        output.Name("name"u8);
        WriteToolName(call.Name);
        output.Name("input"u8);
        if (!call.Arguments.WriteObject(output)) losses.Emulate("messages.tool_calls.function.arguments");
        markers.Write(call.CacheControl);
        output.EndObject();
        if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
        losses.DropExtras(call.Extras, Own, "messages.tool_calls", "index");
    }

    // In history a name only tells what was called, so one that Anthropic refuses is put into its alphabet.
    private void WriteToolName(JsonText name)
    {
        if (ToolIds.IsGood(name.Span, ToolWriter.MaxNameLength))
        {
            output.Text(name);
            return;
        }
        losses.Emulate("messages.tool_calls.function.name");
        var cleaned = new System.Text.StringBuilder();
        foreach (var c in name.ToString()) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        if (cleaned.Length == 0) cleaned.Append("unnamed");
        output.Text(cleaned.ToString(0, Math.Min(cleaned.Length, ToolWriter.MaxNameLength)));
    }

    private void BeginResult(JsonText id)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("tool_result"u8);
        output.Name("tool_use_id"u8);
        output.Text(id);
    }

    private void WriteResult(ToolResultPart result, JsonText id)
    {
        BeginResult(id);
        if (result.Json.HasValue && result.Parts.Count == 0)
        {
            output.Name("content"u8);
            output.TextOfJson(result.Json);
        }
        else if (!result.Json.HasValue && result.Parts is [TextPart only])
        {
            losses.DropExtras(only.Extras, Own, "messages.content");
            if (only.Text.HasValue)
            {
                output.Name("content"u8);
                output.Text(only.Text);
            }
        }
        else WriteResultBlocks(result);
        if (result.IsError)
        {
            output.Name("is_error"u8);
            output.Boolean(true);
        }
        markers.Write(CacheMarkers.Of(result));
        output.EndObject();
        losses.DropExtras(result.Extras, Own, "messages");
    }

    private void WriteResultBlocks(ToolResultPart result)
    {
        var before = output.Length;
        output.Name("content"u8);
        output.BeginArray();
        var start = output.Length;
        if (result.Json.HasValue) WriteJsonText(result.Json);
        WriteParts(result);
        if (output.Length == start) output.TruncateTo(before);
        else output.EndArray();
    }

    private void WriteParts(ToolResultPart result)
    {
        var filter = new PartFilter(losses);
        foreach (var part in result.Parts)
            if (filter.ForUser(part) is { } kept) WriteContent(kept, isInside: true);
    }

    private void WriteJsonText(JsonSlice json)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.TextOfJson(json);
        output.EndObject();
    }

    private void WriteStray(ToolResultPart result)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.BeginText();
        output.Append("Result of the tool call '"u8);
        output.Append(result.CallId.HasValue ? result.CallId : result.Name);
        output.Append("':"u8);
        output.EndText();
        output.EndObject();
        if (result.Json.HasValue) WriteJsonText(result.Json);
        WriteParts(result);
    }
}
