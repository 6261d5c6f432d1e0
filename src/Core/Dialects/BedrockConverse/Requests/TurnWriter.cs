using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>Writes the blocks of planned turns. Empty text is refused, so it is never written.</summary>
internal sealed class TurnWriter(ModelFamily family, PartFilter filter, JsonOutput output, CachePlan markers, LossReport losses)
    : BlockTurnWriter(Own, ToolWriter.MaxNameLength, filter, output, losses)
{
    private const string Own = BedrockConverseDialect.DialectName;

    /// <summary>The assistant message between results and the user content after them, if the two may not share a message.</summary>
    private const string Between = "I have the results.";

    private readonly MediaWriter _media = new(output, losses);
    private readonly MessageSplit _split = new(family, filter, losses);

    protected override void WriteTurn(Turn turn)
    {
        var (results, others) = _split.Of(turn);
        if (results.Count > 0 && others.Count > 0 && _split.MustBeAlone(others))
        {
            // Two messages of one role are read as one, so a message of the assistant separates them.
            Losses.Emulate("messages");
            WriteMessage(turn.Role, results);
            WriteMessage(ChatRole.Assistant, [new TurnBlock(TurnBlockKind.Content, new TextPart(JsonText.From(Between)), default)]);
            WriteMessage(turn.Role, others);
            return;
        }
        if (results.Count > 0 && others.Count > 0) results.AddRange(others);
        WriteMessage(turn.Role, results.Count > 0 ? results : others);
    }

    protected override void WriteBlocks(List<TurnBlock> blocks)
    {
        if (MessageSplit.HasDocumentWithoutText(blocks))
        {
            Losses.Emulate("messages.content");
            WriteText(JsonText.From("See the document."), default);
        }
        var points = PlacePoints(blocks);
        for (var i = 0; i < blocks.Count; i++)
        {
            WriteBlock(blocks[i], isMarked: false);
            if (points?[i] is { HasValue: true } marker) markers.WritePoint(marker);
        }
    }

    /// <summary>The marker after each block. No marker is accepted directly after documents and videos, so it moves before them.</summary>
    private JsonSlice[]? PlacePoints(List<TurnBlock> blocks)
    {
        JsonSlice[]? points = null;
        for (var i = 0; i < blocks.Count; i++)
        {
            var marker = CacheMarkers.Of(blocks[i]);
            if (!markers.Take(marker)) continue;
            var at = i;
            while (at >= 0 && MessageSplit.IsDocument(blocks[at])) at--;
            if (at < 0) Losses.Drop("cache_control");
            else (points ??= new JsonSlice[blocks.Count])[at] = marker;
        }
        return points;
    }

    protected override void BeginText()
    {
        Output.BeginObject();
        Output.Name("text"u8);
    }

    protected override void EndText(JsonSlice marker)
    {
        Output.EndObject();
        markers.Write(marker);
    }

    protected override void WriteMedia(MediaPart media, JsonSlice marker) => _media.Write(media);

    protected override void WriteReasoning(ReasoningPart reasoning)
    {
        Output.BeginObject();
        Output.Name("reasoningContent"u8);
        Output.BeginObject();
        if (reasoning.Opaque.HasValue)
        {
            Output.Name("redactedContent"u8);
            Output.Text(reasoning.Opaque);
        }
        else
        {
            Output.Name("reasoningText"u8);
            Output.BeginObject();
            Output.Name("text"u8);
            Output.Text(reasoning.Text);
            Output.Name("signature"u8);
            Output.Text(reasoning.Signature);
            Output.EndObject();
        }
        Output.EndObject();
        Output.EndObject();
    }

    protected override void BeginCall(JsonText id)
    {
        Output.BeginObject();
        Output.Name("toolUse"u8);
        Output.BeginObject();
        Output.Name("toolUseId"u8);
        WriteId(id);
    }

    protected override void EndCall(JsonSlice marker)
    {
        Output.EndObject();
        Output.EndObject();
    }

    /// <summary>All models accept the ids of <see cref="TurnPlanner"/>, except those that require nine characters.</summary>
    private void WriteId(JsonText id)
    {
        if (family.NineCharacterIds && !NineCharacterId.Is(id)) NineCharacterId.Write(id, Output);
        else Output.Text(id);
    }

    private void BeginResult(JsonText id)
    {
        Output.BeginObject();
        Output.Name("toolResult"u8);
        Output.BeginObject();
        Output.Name("toolUseId"u8);
        WriteId(id);
        Output.Name("content"u8);
        Output.BeginArray();
    }

    private void EndResult(bool isError)
    {
        Output.EndArray();
        if (isError && family.ResultStatus)
        {
            Output.Name("status"u8);
            Output.Literal("error"u8);
        }
        else if (isError) Losses.Drop("messages.is_error");
        Output.EndObject();
        Output.EndObject();
    }

    protected override void WriteMissingResult(JsonText id)
    {
        BeginResult(id);
        BeginText();
        Output.Literal(MissingResult);
        EndText(default);
        EndResult(isError: true);
    }

    protected override void WriteResult(ToolResultPart result, JsonText id)
    {
        BeginResult(id);
        var start = Output.Length;
        if (result.Json.IsObject) WriteObject(result.Json);
        else if (result.Json.HasValue) WriteJsonText(result.Json);
        WriteParts(result, isInside: true);
        // Empty text is refused, and so is a turn without content.
        if (Output.Length == start)
        {
            Losses.Emulate("messages.tool.content");
            WriteText(JsonText.From("(nothing)"), default);
        }
        EndResult(result.IsError);
    }

    protected override void WriteParts(ToolResultPart result, bool isInside)
    {
        foreach (var part in result.Parts)
        {
            if (isInside && part is MediaPart media && !_split.TakesInside(media)) continue;
            if (Filter.ForUser(part) is { } kept) WriteContent(kept, isMarked: false);
        }
    }

    private void WriteObject(JsonSlice json)
    {
        Output.BeginObject();
        Output.Name("json"u8);
        Output.Raw(json);
        Output.EndObject();
    }
}
