using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Writes the conversation by Cohere's rules: one system turn, first ("system turn must be the first in the list"); no turn without
/// content ("message must not be empty in a turn"); every result answers a call before it ("tool call id not found in previous
/// tool calls"), and no two calls share an id ("cannot have duplicate tool ids"): https://docs.cohere.com/reference/errors.
/// </summary>
internal sealed class MessageWriter(ChatRequest request, ModelTraits? traits, JsonOutput output, LossReport losses)
{
    /// <summary>The maximum length of function names, which consist of letters, digits, <c>_</c> and <c>-</c>.</summary>
    private const int MaxNameLength = 64;

    private const string Own = CohereChatDialect.DialectName;

    private readonly ContentWriter _content = new(new MediaForms(traits?.Input).TakesImages, output, losses);
    private readonly CallLinks _links = new(request.Messages);
    private readonly ToolIds _ids = new();
    private readonly Dictionary<ToolResultPart, JsonText> _answered = new(ReferenceEqualityComparer.Instance);
    private readonly List<JsonText> _unanswered = [];
    private int _turns;

    /// <param name="instruction">Appends the end of the system turn; null for nothing.</param>
    public void Write(Action<JsonOutput>? instruction)
    {
        if (_links.IsGuessed) losses.Emulate("messages.tool_call_id");
        output.BeginArray();
        var system = SystemTexts();
        var hasOthers = HasOthers();
        // Instructions alone are a valid Chat request; Cohere needs another turn.
        if (!hasOthers && system.Count > 0) losses.Emulate("messages.system");
        System(system, instruction, asUser: !hasOthers);
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            // Clients return members of responses that have no meaning for a model. A prefix (Mistral, DeepSeek) is how a last assistant
            // turn works anyway.
            losses.DropExtras(message.Extras, Own, "messages", "annotations", "parsed", i == request.Messages.Count - 1 ? "prefix" : "");
            if (message.Name.HasValue && message.Role != ChatRole.Tool) losses.Drop("messages.name");
            if (message.Role == ChatRole.Assistant) Assistant(message);
            else if (message.Role is ChatRole.User or ChatRole.Tool) Said(message, i);
        }
        output.EndArray();
        if (_turns == 0) throw new DialectException(GatewayError.Invalid("No message has any content.", "messages"));
    }

    private List<TextPart> SystemTexts()
    {
        var texts = new List<TextPart>();
        var isLater = false;
        foreach (var message in request.Messages)
        {
            if (message.Role is not (ChatRole.System or ChatRole.Developer))
            {
                isLater = true;
                continue;
            }
            foreach (var part in message.Parts)
            {
                if (part is not TextPart text) losses.Drop("messages.system.content");
                else if (text.Text.HasValue)
                {
                    _content.DropExtras(text);
                    if (isLater) losses.Emulate("messages.system");
                    texts.Add(text);
                }
            }
        }
        return texts;
    }

    private bool HasOthers()
    {
        foreach (var message in request.Messages)
            if (message.Role is not (ChatRole.System or ChatRole.Developer) && message.Parts.Count > 0) return true;
        return false;
    }

    private void System(List<TextPart> texts, Action<JsonOutput>? instruction, bool asUser)
    {
        if (texts.Count == 0 && instruction is null) return;
        Begin(asUser && texts.Count > 0 ? "user"u8 : "system"u8);
        if (texts.Count == 1 && instruction is null) output.Text(texts[0].Text);
        else
        {
            output.BeginArray();
            foreach (var text in texts) _content.Text(text.Text);
            if (instruction is not null) _content.Text(instruction);
            output.EndArray();
        }
        output.EndObject();
    }

    private void Begin(ReadOnlySpan<byte> role)
    {
        _turns++;
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role);
        output.Name("content"u8);
    }

    private void Said(ChatMessage message, int index)
    {
        var rest = 0;
        foreach (var part in message.Parts)
            if (part is ToolResultPart result) Result(result);
            else rest++;
        if (rest == 0) return;
        var before = output.Length;
        Begin("user"u8);
        if (_content.Write(message.Parts) > 0)
        {
            output.EndObject();
            return;
        }
        output.TruncateTo(before);
        _turns--;
        if (_content.DroppedContent)
            throw new DialectException(GatewayError.Invalid(
                "The model takes none of this message's content.", $"messages[{index}].content", "unsupported_content"));
    }

    private void Assistant(ChatMessage message)
    {
        var (thoughts, texts, calls) = Count(message.Parts);
        if (texts + calls + thoughts == 0) return;
        _turns++;
        output.BeginObject();
        output.Name("role"u8);
        output.Literal("assistant"u8);
        // In a turn with calls, Cohere's models read the text before them from the plan.
        if (calls > 0 && texts > 0) Plan(message.Parts);
        if (thoughts > 0 || calls == 0) Content(message.Parts, withTexts: calls == 0);
        if (calls > 0) Calls(message.Parts);
        output.EndObject();
        foreach (var id in _unanswered) Unanswered(id);
        _unanswered.Clear();
    }

    private (int Reasoning, int Texts, int Calls) Count(List<ContentPart> parts)
    {
        var (thoughts, texts, calls) = (0, 0, 0);
        foreach (var part in parts)
        {
            if (part is ReasoningPart thought)
            {
                if (IsSayable(thought)) thoughts++;
                continue;
            }
            if (TextOf(part).HasValue) texts++;
            else if (part is ToolCallPart { IsCustom: false }) calls++;
            else _content.Lose(part, isResponse: true);
            _content.DropExtras(part);
        }
        return (thoughts, texts, calls);
    }

    /// <summary>Reasoning is text without a signature here: any model's text can be sent (<c>cohere-chatv2-one-think-9610ac</c>), other models' state cannot.</summary>
    private bool IsSayable(ReasoningPart thought)
    {
        if (thought.Signature.HasValue || thought.Opaque.HasValue) losses.Drop("messages.reasoning_details");
        if (!thought.Text.HasValue) return false;
        if (traits?.Reasons != false) return true;
        losses.Drop("messages.reasoning_content");
        return false;
    }

    private static JsonText TextOf(ContentPart part) => part switch
    {
        TextPart text => text.Text,
        RefusalPart refusal => refusal.Text,
        _ => default,
    };

    private void Plan(List<ContentPart> parts)
    {
        output.Name("tool_plan"u8);
        output.BeginText();
        foreach (var part in parts) output.Append(TextOf(part));
        output.EndText();
    }

    private void Content(List<ContentPart> parts, bool withTexts)
    {
        output.Name("content"u8);
        output.BeginArray();
        foreach (var part in parts)
        {
            if (part is ReasoningPart { Text.HasValue: true } thought && traits?.Reasons != false) _content.Thought(thought.Text);
            else if (withTexts && TextOf(part) is { HasValue: true } text) _content.Text(text);
        }
        output.EndArray();
    }

    private void Calls(List<ContentPart> parts)
    {
        output.Name("tool_calls"u8);
        output.BeginArray();
        foreach (var part in parts)
            if (part is ToolCallPart { IsCustom: false } call) Call(call);
        output.EndArray();
    }

    private void Call(ToolCallPart call)
    {
        losses.DropExtras(call.Extras, Own, "messages.tool_calls");
        if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
        var id = _ids.Assign(call.Id);
        if (_links.TryFind(call, out var found)) _answered[found.Result] = id;
        else _unanswered.Add(id);
        output.BeginObject();
        output.Name("id"u8);
        output.Text(id);
        output.Name("type"u8);
        output.Literal("function"u8);
        output.Name("function"u8);
        output.BeginObject();
        output.Name("name"u8);
        if (!ToolIds.IsGood(call.Name.Span, MaxNameLength)) losses.Emulate("messages.tool_calls.function.name");
        output.Text(ToolNames.InHistory(call.Name, MaxNameLength));
        output.Name("arguments"u8);
        if (call.Arguments.IsNothing) output.Literal("{}"u8);
        else call.Arguments.WriteEncoded(output);
        output.EndObject();
        output.EndObject();
    }

    private void Result(ToolResultPart result)
    {
        if (result.IsError) losses.Drop("messages.tool_result.is_error");
        losses.DropExtras(result.Extras, Own, "messages.tool");
        if (!_answered.TryGetValue(result, out var id))
        {
            // A result without a call is refused, so it is sent as user text.
            losses.Emulate("messages.tool_call_id");
            Begin("user"u8);
            ResultContent(result);
            output.EndObject();
            return;
        }
        Begin("tool"u8);
        ResultContent(result);
        output.Name("tool_call_id"u8);
        output.Text(id);
        output.EndObject();
    }

    private void ResultContent(ToolResultPart result)
    {
        if (result.Json.HasValue)
        {
            output.TextOfJson(result.Json);
            _content.Report(result.Parts);
            return;
        }
        if (_content.WriteResult(result.Parts) > 0) return;
        losses.Emulate("messages.tool.content");
        output.Literal("(no output)"u8);
    }

    /// <summary>Adds a placeholder result for a call without one, as for other providers.</summary>
    private void Unanswered(JsonText id)
    {
        losses.Emulate("messages.tool");
        Begin("tool"u8);
        output.Literal("No result of this call was given."u8);
        output.Name("tool_call_id"u8);
        output.Text(id);
        output.EndObject();
    }
}
