using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes <c>systemInstruction</c> and <c>contents</c> for a request of another dialect. Neighbouring turns of one role become one
/// content. The results of a turn's calls are placed directly after it, in the order of the calls (Gemini requires as many
/// results as calls), wherever the caller put them.
/// </summary>
internal ref struct TurnWriter(ChatRequest request, ModelGeneration model, FormatWriter.Plan format, bool takesSystem, JsonOutput output, LossReport losses)
{
    private readonly List<ToolCallPart> _calls = [];
    private readonly CallLinks _links = new(request.Messages);
    private bool _open;
    private bool _any;
    private bool _model;

    public void Write()
    {
        var alone = !HasTurns();
        if (!alone && takesSystem) SystemWriter.Write(request, format, output, losses);
        output.Name("contents"u8);
        output.BeginArray();
        if (alone || !takesSystem) WriteSystemAsTurn(alone);
        if (_links.IsGuessed) losses.Emulate("messages.tool_call_id");
        var messages = request.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (SystemWriter.IsSystem(message)) continue;
            // Ignored beside the calls, which have the same signatures (@openai/agents sends both).
            losses.DropExtras(message.Extras, GeminiDialect.DialectName, "messages",
                message.Parts.Exists(part => part is ToolCallPart { Signature.HasValue: true }) ? "extra_content" : "");
            if (message.Name.HasValue && message.Role != ChatRole.Tool) losses.Drop("messages.name");
            if (message.Role == ChatRole.Assistant) i = WriteModelTurn(i);
            else WriteUserParts(message);
        }
        CloseTurn();
        output.EndArray();
    }

    private readonly bool HasTurns()
    {
        foreach (var message in request.Messages)
            if (!SystemWriter.IsSystem(message) && message.Parts.Count > 0) return true;
        return false;
    }

    /// <summary>
    /// Instructions as a user's text: of a request without other turns, since Gemini refuses a request without a turn, or for a model without a system
    /// prompt, where the first user turn continues it.
    /// </summary>
    private void WriteSystemAsTurn(bool alone)
    {
        foreach (var message in request.Messages)
        {
            if (!SystemWriter.IsSystem(message)) continue;
            losses.Emulate($"messages.{(message.Role == ChatRole.System ? "system" : "developer")}");
            if (!alone) SystemWriter.ReportMembers(message, losses);
            foreach (var part in message.Parts)
            {
                if (part is TextPart { Text.HasValue: true } text) WriteText(text.Text, default, model: false);
                if (alone) continue;
                SystemWriter.Report(part, losses);
                if (part is not TextPart) losses.Drop("messages.content");
            }
        }
        if (alone && !_open) throw RequestWriter.Refuse("'messages' must contain at least one message with content.", "messages");
        if (!format.AskInWords) return;
        OpenTurn(model: false);
        format.WriteWords(output);
    }

    /// <summary>Writes the run of assistant messages from <paramref name="first"/> on, and the results of its calls. Returns the run's last index.</summary>
    private int WriteModelTurn(int first)
    {
        _calls.Clear();
        var messages = request.Messages;
        var last = first;
        if (!_any && BeginsWithCall(messages[first])) WriteEmptyTurn();
        for (var i = first; i < messages.Count && (messages[i].Role == ChatRole.Assistant || SystemWriter.IsSystem(messages[i])); i++)
        {
            if (SystemWriter.IsSystem(messages[i])) continue;
            last = i;
            if (i > first) losses.DropExtras(messages[i].Extras, GeminiDialect.DialectName, "messages");
            WriteModelParts(messages[i].Parts);
        }
        if (_calls.Count > 0) WriteResults(last + 1);
        return last;
    }

    private static bool BeginsWithCall(ChatMessage message) => message.Parts.Exists(p => p is ToolCallPart);

    /// <summary>
    /// Gemini refuses a call without a user turn before it; a turn with empty text is enough
    /// (<c>mistral-chat-one-schema-ceb67a</c> and <c>openrouter-chat-sse-partools-ff9a4e</c> begin with a call).
    /// </summary>
    private void WriteEmptyTurn()
    {
        losses.Emulate("messages");
        WriteText(new JsonText(default), default, model: false);
    }

    private void WriteModelParts(List<ContentPart> parts)
    {
        // Only the first of parallel calls has the turn's signature (gemini-generatecontent-one-partools-6643fc).
        var signedBatch = false;
        var signatures = Signatures.OfTexts(parts);
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            SystemWriter.Report(part, losses);
            if (part is not ToolCallPart) signedBatch = false;
            switch (part)
            {
                case TextPart text:
                    if (text.Text.HasValue) WriteText(text.Text, signatures is null ? default : signatures[i], model: true);
                    break;
                case RefusalPart refusal:
                    losses.Emulate("messages.refusal");
                    if (refusal.Text.HasValue) WriteText(refusal.Text, default, model: true);
                    break;
                case ReasoningPart reasoning:
                    WriteReasoning(reasoning, signatures is null ? default : signatures[i]);
                    break;
                case ToolCallPart call:
                    var signature = call.Signature;
                    signedBatch |= signature.HasValue;
                    if (!signature.HasValue && model.IsThreeOrLater && !signedBatch) signature = Signatures.Unknown;
                    OpenTurn(model: true);
                    if (!ToolNames.IsGoodForGemini(call.Name.Span, 128)) losses.Emulate("messages.tool_calls.function.name");
                    if (!ForeignParts.WriteCall(call, signature, output, withId: !model.IsOnVertex)) losses.Emulate("messages.tool_calls.function.arguments");
                    _calls.Add(call);
                    break;
                default:
                    WritePart(part, ofModel: true);
                    break;
            }
        }
    }

    /// <param name="alone">Its signature, if no text has it.</param>
    private void WriteReasoning(ReasoningPart reasoning, JsonText alone)
    {
        if (reasoning.Origin != GeminiDialect.DialectName)
        {
            losses.Drop(reasoning.Text.HasValue ? "messages.reasoning_content" : "messages.reasoning_details");
            return;
        }
        if (reasoning.Text.HasValue)
        {
            OpenTurn(model: true);
            ForeignParts.WriteThought(reasoning.Text, reasoning.Signature, output);
        }
        else if (alone.HasValue)
        {
            // Gemini itself puts a signature without a text on an empty text (gemini_empty_text_part_with_signature).
            OpenTurn(model: true);
            ForeignParts.WriteText(new JsonText(default), alone, output);
        }
    }

    /// <summary>Writes one result for each call of the turn, from anywhere after it; a placeholder if it has none.</summary>
    private void WriteResults(int from)
    {
        var end = from;
        while (end < request.Messages.Count && request.Messages[end].Role != ChatRole.Assistant) end++;
        List<ContentPart>? media = null;
        OpenTurn(model: false);
        var writer = new ResultWriter(withIds: !model.IsOnVertex, output, losses);
        foreach (var call in _calls)
        {
            if (!_links.TryFind(call, out var found))
            {
                losses.Emulate("messages.tool");
                writer.WriteMissing(call);
                continue;
            }
            // The result follows a later turn of the model, and moves to its call.
            if (found.Message >= end) losses.Emulate("messages.tool");
            writer.Write(found.Result, call, model.IsThreeOrLater, ref media);
        }
        if (media is null) return;
        foreach (var part in media) WritePart(part, ofModel: false);
    }

    private void WriteUserParts(ChatMessage message)
    {
        foreach (var part in message.Parts)
        {
            SystemWriter.Report(part, losses);
            if (part is ToolResultPart result) WriteLateResult(result);
            else if (part is TextPart { Text: var text })
            {
                // Empty text is refused, but a turn without other content must not vanish.
                if (text.HasValue || message.Parts.Count == 1) WriteText(text, default, model: false);
            }
            else WritePart(part, ofModel: false);
        }
    }

    /// <summary>A result whose call is not in the model's turn before it, as text: Gemini refuses a result without its call.</summary>
    private void WriteLateResult(ToolResultPart result)
    {
        if (_links.IsLinked(result)) return;
        losses.Emulate("messages.tool_call_id");
        foreach (var part in result.Parts)
        {
            if (part is TextPart { Text.HasValue: true } text) WriteText(text.Text, default, model: false);
            else if (part is not TextPart) WritePart(part, ofModel: false);
        }
        if (!result.Json.HasValue) return;
        OpenTurn(model: false);
        output.BeginObject();
        output.Name("text"u8);
        output.TextOfJson(result.Json);
        output.EndObject();
    }

    private void WritePart(ContentPart part, bool ofModel)
    {
        switch (part)
        {
            case MediaPart media when ForeignParts.CanWrite(media.Source, model):
                if (media.Detail.HasValue && !media.Detail.Is("auto"u8)) losses.Drop("messages.content.image_url.detail");
                if (media.Name.HasValue) losses.Drop("messages.content.filename");
                OpenTurn(ofModel);
                ForeignParts.WriteMedia(media, output);
                break;
            case MediaPart media when media.Source.Url.HasValue:
                throw RequestWriter.Refuse("A data URL must be base64: data:<type>;base64,<data>.", "messages.content");
            case MediaPart { Transcript.HasValue: true } media:
                losses.Emulate("messages.audio");
                WriteText(media.Transcript, default, ofModel);
                break;
            case MediaPart media:
                losses.Drop(media.Kind == MediaKind.Audio && ofModel ? "messages.audio" : "messages.content.file_id");
                break;
            case OpaquePart { Origin: GeminiDialect.DialectName } own:
                OpenTurn(ofModel);
                output.Raw(own.Value);
                break;
            case OpaquePart opaque:
                losses.Drop(opaque.Type.HasValue ? $"messages.content.{opaque.Type}" : "messages.content");
                break;
            case TextPart { Text.HasValue: true } text:
                WriteText(text.Text, default, ofModel);
                break;
            case RefusalPart { Text.HasValue: true } refusal:
                WriteText(refusal.Text, default, ofModel);
                break;
            case ReasoningPart:
                losses.Drop("messages.reasoning_content");
                break;
            case ToolCallPart:
                losses.Drop("messages.tool_calls");
                break;
        }
    }

    private void WriteText(JsonText text, JsonText signature, bool model)
    {
        OpenTurn(model);
        ForeignParts.WriteText(text, signature, output);
    }

    private void OpenTurn(bool model)
    {
        if (_open && _model == model) return;
        CloseTurn();
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(model ? "model"u8 : "user"u8);
        output.Name("parts"u8);
        output.BeginArray();
        (_open, _any, _model) = (true, true, model);
    }

    private void CloseTurn()
    {
        if (!_open) return;
        output.EndArray();
        output.EndObject();
        _open = false;
    }
}
