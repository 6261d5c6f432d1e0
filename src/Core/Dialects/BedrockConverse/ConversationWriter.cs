using Nano.Chat;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse;

/// <summary>Writes planned turns as <c>system</c> and <c>messages</c>. Empty text is refused, so none is ever written.</summary>
internal sealed class ConversationWriter(ModelFamily family, JsonOutput output, CachePlan markers, LossReport losses)
{
    private const string Own = BedrockConverseDialect.DialectName;

    /// <summary>What the assistant says between results and what the user says behind them, where the two may not stand in one turn.</summary>
    private const string Between = "I have the results.";

    private readonly MediaWriter _media = new(output, losses);
    private readonly PartFilter _filter = new(losses, Own, takesVideo: true);

    /// <param name="instruction">What the gateway adds, written by a callback between the quotes of a text; null for nothing.</param>
    public void WriteSystem(List<TextPart> system, Action<JsonOutput>? instruction)
    {
        if (system.Count == 0 && instruction is null) return;
        output.Name("system"u8);
        output.BeginArray();
        foreach (var text in system)
        {
            WriteText(text.Text);
            markers.Write(text.CacheControl);
        }
        if (instruction is not null)
        {
            output.BeginObject();
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
        foreach (var turn in turns) WriteTurn(turn);
        output.EndArray();
    }

    private void WriteTurn(Turn turn)
    {
        var (results, others) = Part(turn);
        if (results.Count > 0 && others.Count > 0 && MustStandAlone(others))
        {
            // Two turns of one role are read as one, so something has to stand between them.
            losses.Emulate("messages");
            WriteMessage(turn.Role, results);
            WriteMessage(ChatRole.Assistant, [new TurnBlock(TurnBlockKind.Content, new TextPart(JsonText.From(Between)), default)]);
            WriteMessage(turn.Role, others);
            return;
        }
        if (results.Count > 0 && others.Count > 0) results.AddRange(others);
        WriteMessage(turn.Role, results.Count > 0 ? results : others);
    }

    /// <summary>Results first, and of them what the model does not take inside of a result.</summary>
    private (List<TurnBlock> Results, List<TurnBlock> Others) Part(Turn turn)
    {
        List<TurnBlock> results = [], others = [];
        foreach (var block in turn.Blocks)
        {
            if (block.Kind is not (TurnBlockKind.Result or TurnBlockKind.MissingResult))
            {
                others.Add(block);
                continue;
            }
            results.Add(block);
            if (block.Part is not ToolResultPart result) continue;
            foreach (var part in result.Parts)
                if (part is MediaPart media && !TakesInside(media) && _filter.ForUser(media) is { } kept)
                {
                    losses.Emulate("messages.tool.content");
                    others.Add(new TurnBlock(TurnBlockKind.Content, kept, default));
                }
        }
        return (results, others);
    }

    private bool TakesInside(MediaPart media) => media.Kind switch
    {
        MediaKind.Image => family.ResultMedia.HasFlag(ResultMedia.Image),
        MediaKind.Document => family.ResultMedia.HasFlag(ResultMedia.Document),
        _ => false,
    };

    private bool MustStandAlone(List<TurnBlock> others)
    {
        if (family.LoneResults) return true;
        if (!family.NoDocumentsBesideResults) return false;
        foreach (var block in others)
            if (IsDocument(block)) return true;
        return false;
    }

    private static bool IsDocument(in TurnBlock block) => block.Part is MediaPart { Kind: MediaKind.Document or MediaKind.Video };

    private void WriteMessage(ChatRole role, List<TurnBlock> blocks)
    {
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role == ChatRole.Assistant ? "assistant"u8 : "user"u8);
        output.Name("content"u8);
        output.BeginArray();
        if (HasDocumentWithoutText(blocks))
        {
            losses.Emulate("messages.content");
            WriteText(JsonText.From("See the document."));
        }
        var points = PlacePoints(blocks);
        for (var i = 0; i < blocks.Count; i++)
        {
            WriteBlock(blocks[i]);
            if (points?[i] is { HasValue: true } marker) markers.WritePoint(marker);
        }
        output.EndArray();
        output.EndObject();
    }

    /// <summary>"If you include a ContentBlock with a document field, you must also include a ContentBlock with a text field."</summary>
    private static bool HasDocumentWithoutText(List<TurnBlock> blocks)
    {
        var hasDocument = false;
        foreach (var block in blocks)
        {
            if (block is { Kind: TurnBlockKind.StrayResult } or { Part: TextPart }) return false;
            hasDocument |= block is { Kind: TurnBlockKind.Content, Part: MediaPart { Kind: MediaKind.Document } };
        }
        return hasDocument;
    }

    /// <summary>The marker behind each block. Right behind documents and films none is taken: it moves before them.</summary>
    private JsonSlice[]? PlacePoints(List<TurnBlock> blocks)
    {
        JsonSlice[]? points = null;
        for (var i = 0; i < blocks.Count; i++)
        {
            var marker = CacheMarkers.Of(blocks[i]);
            if (!markers.Take(marker)) continue;
            var at = i;
            while (at >= 0 && IsDocument(blocks[at])) at--;
            if (at < 0) losses.Drop("cache_control");
            else (points ??= new JsonSlice[blocks.Count])[at] = marker;
        }
        return points;
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
                WriteText(JsonText.From("No result of this call was given."));
                EndResult(isError: true);
                break;
            case TurnBlockKind.StrayResult:
                WriteStray((ToolResultPart)block.Part!);
                break;
            default:
                WriteContent(block.Part!);
                break;
        }
    }

    private void WriteContent(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text);
                break;
            case MediaPart media:
                _media.Write(media);
                break;
            case ReasoningPart reasoning:
                WriteReasoning(reasoning);
                break;
        }
    }

    private void WriteText(JsonText text)
    {
        output.BeginObject();
        output.Name("text"u8);
        output.Text(text);
        output.EndObject();
    }

    private void WriteReasoning(ReasoningPart reasoning)
    {
        output.BeginObject();
        output.Name("reasoningContent"u8);
        output.BeginObject();
        if (reasoning.Opaque.HasValue)
        {
            output.Name("redactedContent"u8);
            output.Text(reasoning.Opaque);
        }
        else
        {
            output.Name("reasoningText"u8);
            output.BeginObject();
            output.Name("text"u8);
            output.Text(reasoning.Text);
            output.Name("signature"u8);
            output.Text(reasoning.Signature);
            output.EndObject();
        }
        output.EndObject();
        output.EndObject();
    }

    private void WriteCall(ToolCallPart call, JsonText id)
    {
        output.BeginObject();
        output.Name("toolUse"u8);
        output.BeginObject();
        output.Name("toolUseId"u8);
        WriteId(id);
        output.Name("name"u8);
        if (!ToolIds.IsGood(call.Name.Span, ToolWriter.MaxNameLength)) losses.Emulate("messages.tool_calls.function.name");
        output.Text(ToolWriter.NameInHistory(call.Name));
        output.Name("input"u8);
        if (!call.Arguments.WriteObject(output)) losses.Emulate("messages.tool_calls.function.arguments");
        output.EndObject();
        output.EndObject();
        if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
        losses.DropExtras(call.Extras, Own, "messages.tool_calls", "index");
    }

    /// <summary>Good for all models (TurnPlanner gave it), but for those that want nine characters.</summary>
    private void WriteId(JsonText id)
    {
        if (family.NineCharacterIds && !NineCharacterId.Is(id)) NineCharacterId.Write(id, output);
        else output.Text(id);
    }

    private void BeginResult(JsonText id)
    {
        output.BeginObject();
        output.Name("toolResult"u8);
        output.BeginObject();
        output.Name("toolUseId"u8);
        WriteId(id);
        output.Name("content"u8);
        output.BeginArray();
    }

    private void EndResult(bool isError)
    {
        output.EndArray();
        if (isError && family.ResultStatus)
        {
            output.Name("status"u8);
            output.Literal("error"u8);
        }
        else if (isError) losses.Drop("messages.is_error");
        output.EndObject();
        output.EndObject();
    }

    private void WriteResult(ToolResultPart result, JsonText id)
    {
        BeginResult(id);
        var start = output.Length;
        if (result.Json.HasValue) WriteJson(result.Json);
        WriteParts(result, isInside: true);
        // An empty text is refused, and so is no content at all.
        if (output.Length == start)
        {
            losses.Emulate("messages.tool.content");
            WriteText(JsonText.From("(nothing)"));
        }
        EndResult(result.IsError);
        losses.DropExtras(result.Extras, Own, "messages");
    }

    private void WriteParts(ToolResultPart result, bool isInside)
    {
        foreach (var part in result.Parts)
        {
            if (isInside && part is MediaPart media && !TakesInside(media)) continue;
            if (_filter.ForUser(part) is { } kept) WriteContent(kept);
        }
    }

    private void WriteJson(JsonSlice json)
    {
        output.BeginObject();
        output.Name(json.IsObject ? "json"u8 : "text"u8);
        if (json.IsObject) output.Raw(json);
        else output.TextOfJson(json);
        output.EndObject();
    }

    private void WriteStray(ToolResultPart result)
    {
        output.BeginObject();
        output.Name("text"u8);
        output.BeginText();
        output.Append("Result of the tool call '"u8);
        output.Append(result.CallId.HasValue ? result.CallId : result.Name);
        output.Append("':"u8);
        output.EndText();
        output.EndObject();
        if (result.Json.HasValue)
        {
            output.BeginObject();
            output.Name("text"u8);
            output.TextOfJson(result.Json);
            output.EndObject();
        }
        WriteParts(result, isInside: false);
    }
}
