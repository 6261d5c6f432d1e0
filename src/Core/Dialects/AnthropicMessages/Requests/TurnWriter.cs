using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Writes the blocks of planned turns.</summary>
internal sealed class TurnWriter(PartFilter filter, JsonOutput output, CacheControls markers, LossReport losses)
    : BlockTurnWriter(Own, ToolWriter.MaxNameLength, filter, output, losses)
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    private readonly MediaWriter _media = new(output, markers);

    protected override void WriteBlocks(List<TurnBlock> blocks)
    {
        foreach (var block in blocks) WriteBlock(block, isMarked: true);
    }

    protected override void BeginText()
    {
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal("text"u8);
        Output.Name("text"u8);
    }

    protected override void EndText(JsonSlice marker)
    {
        markers.Write(marker);
        Output.EndObject();
    }

    protected override void WriteMedia(MediaPart media, JsonSlice marker) => _media.Write(media, marker);

    protected override void WriteReasoning(ReasoningPart reasoning)
    {
        Output.BeginObject();
        Output.Name("type"u8);
        if (reasoning.Opaque.HasValue)
        {
            Output.Literal("redacted_thinking"u8);
            Output.Name("data"u8);
            Output.Text(reasoning.Opaque);
        }
        else
        {
            // A signature without its text is complete: the text was withheld, and must be returned empty.
            Output.Literal("thinking"u8);
            Output.Name("thinking"u8);
            Output.Text(reasoning.Text);
            Output.Name("signature"u8);
            Output.Text(reasoning.Signature);
        }
        Output.EndObject();
    }

    protected override void BeginCall(JsonText id)
    {
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal("tool_use"u8);
        Output.Name("id"u8);
        Output.Text(id);
    }

    protected override void EndCall(JsonSlice marker)
    {
        markers.Write(marker);
        Output.EndObject();
    }

    protected override void WriteMissingResult(JsonText id)
    {
        BeginResult(id);
        Output.Name("content"u8);
        Output.Literal(MissingResult);
        EndResult(isError: true, default);
    }

    protected override void WriteResult(ToolResultPart result, JsonText id)
    {
        BeginResult(id);
        if (result.Json.HasValue && result.Parts.Count == 0)
        {
            Output.Name("content"u8);
            Output.TextOfJson(result.Json);
        }
        else if (!result.Json.HasValue && result.Parts is [TextPart only])
        {
            Losses.DropExtras(only.Extras, Own, "messages.content");
            if (only.Text.HasValue)
            {
                Output.Name("content"u8);
                Output.Text(only.Text);
            }
        }
        else WriteResultBlocks(result);
        EndResult(result.IsError, CacheMarkers.Of(result));
    }

    private void BeginResult(JsonText id)
    {
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal("tool_result"u8);
        Output.Name("tool_use_id"u8);
        Output.Text(id);
    }

    private void EndResult(bool isError, JsonSlice marker)
    {
        if (isError)
        {
            Output.Name("is_error"u8);
            Output.Boolean(true);
        }
        markers.Write(marker);
        Output.EndObject();
    }

    private void WriteResultBlocks(ToolResultPart result)
    {
        var before = Output.Length;
        Output.Name("content"u8);
        Output.BeginArray();
        var start = Output.Length;
        if (result.Json.HasValue) WriteJsonText(result.Json);
        WriteParts(result, isInside: true);
        if (Output.Length == start) Output.TruncateTo(before);
        else Output.EndArray();
    }
}
