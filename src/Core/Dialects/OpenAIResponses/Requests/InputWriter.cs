using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// Writes a conversation as <c>input</c>: messages, and calls, results and reasoning as separate items. System and developer
/// turns keep their position (<c>instructions</c> has only one position, and no parts).
/// </summary>
internal sealed class InputWriter(ChatRequest request, JsonOutput output, LossReport losses)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    /// <summary>The maximum length of function names: <c>^[a-zA-Z0-9_-]{1,64}$</c> (platform.openai.com/docs/api-reference/chat/create, tools).</summary>
    private const int MaxNameLength = 64;

    private readonly CallLinks _links = new(request.Messages);
    private readonly ToolIds _ids = new();
    private readonly Dictionary<ToolResultPart, JsonText> _answered = new(ReferenceEqualityComparer.Instance);
    private readonly List<JsonText> _unanswered = [];
    private readonly HashSet<string> _custom = [];
    private readonly ContentWriter _content = new(request.Origin, output, losses);
    private readonly ReasoningWriter _reasoning = new(output, losses);

    public void Write()
    {
        output.BeginArray();
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            // Clients return members of responses that have no meaning for a model.
            losses.DropExtras(message.Extras, Own, "messages", "annotations", "parsed", i == request.Messages.Count - 1 ? "prefix" : "");
            if (message.Name.HasValue) losses.Drop("messages.name");
            if (message.Role == ChatRole.Assistant) Assistant(message);
            else Said(message, i);
        }
        output.EndArray();
    }

    private void Said(ChatMessage message, int index)
    {
        var rest = 0;
        foreach (var part in message.Parts)
            if (part is ToolResultPart result) Result(result);
            else rest++;
        if (rest == 0 && (message.Parts.Count > 0 || message.Role == ChatRole.Tool)) return;
        if (rest > 0 && !_content.CanSayAny(message.Parts))
        {
            // An empty instruction can be dropped; a user's message cannot.
            if (message.Role is not (ChatRole.System or ChatRole.Developer))
                throw new DialectException(GatewayError.Invalid(
                    "The model's provider takes text, images and files; this message has none of them.", $"messages[{index}].content", "unsupported_content"));
            _content.Report(message.Parts);
            return;
        }
        Role(message.Role switch { ChatRole.System => "system"u8, ChatRole.Developer => "developer"u8, _ => "user"u8 });
        output.Name("content"u8);
        _content.Write(message.Parts, isResponse: false);
        output.EndObject();
    }

    private void Assistant(ChatMessage message)
    {
        var parts = message.Parts;
        var last = parts.FindLastIndex(p => IsText(p) || p is ToolCallPart || IsCustomCall(p));
        var hasSaid = false;
        for (var i = 0; i < parts.Count; i++)
        {
            // Reasoning belongs to the next item: alone it is refused (openai-responses-one-error-ff9301).
            if (parts[i] is ReasoningPart thought) _reasoning.Write(thought, hasMore: i < last);
            else if (parts[i] is ToolCallPart call) Call(call);
            else if (IsCustomCall(parts[i])) CustomCall(((OpaquePart)parts[i]).Value);
            else if (IsText(parts[i]) && !hasSaid)
            {
                // All text of the turn is one message.
                hasSaid = true;
                Role("assistant"u8);
                output.Name("content"u8);
                _content.Write(parts, isResponse: true);
                output.EndObject();
            }
        }
        _reasoning.EndTurn();
        if (!hasSaid) _content.Report(parts, isResponse: true);
        foreach (var id in _unanswered) Unanswered(id);
        _unanswered.Clear();
    }

    private static bool IsText(ContentPart part) => part is TextPart { Text.HasValue: true } or RefusalPart;

    private void Call(ToolCallPart call)
    {
        losses.DropExtras(call.Extras, Own, "messages.tool_calls");
        if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
        var id = _ids.Assign(call.Id);
        if (_links.TryFind(call, out var found)) _answered[found.Result] = id;
        else _unanswered.Add(id);
        Item("function_call"u8);
        Text("call_id"u8, id);
        if (!ToolIds.IsGood(call.Name.Span, MaxNameLength)) losses.Emulate("messages.tool_calls.function.name");
        Text("name"u8, ToolNames.InHistory(call.Name, MaxNameLength));
        output.Name("arguments"u8);
        call.Arguments.WriteEncoded(output);
        output.EndObject();
    }

    /// <summary>A call without a result is refused ("No tool output found for function call").</summary>
    private void Unanswered(JsonText id)
    {
        losses.Emulate("messages.tool");
        Item("function_call_output"u8);
        Text("call_id"u8, id);
        output.Name("output"u8);
        output.Literal("No result of this call was given."u8);
        output.EndObject();
    }

    private void Result(ToolResultPart result)
    {
        if (result.IsError) losses.Drop("messages.tool_result.is_error");
        if (_answered.TryGetValue(result, out var id)) Item("function_call_output"u8);
        else if (result.CallId.HasValue && _custom.Contains(result.CallId.ToString()))
        {
            id = result.CallId;
            Item("custom_tool_call_output"u8);
        }
        else
        {
            Stray(result);
            return;
        }
        Text("call_id"u8, id);
        output.Name("output"u8);
        if (result.Json.HasValue)
        {
            output.TextOfJson(result.Json);
            _content.Report(result.Parts);
        }
        else _content.Write(result.Parts, isResponse: false);
        output.EndObject();
    }

    /// <summary>A result without a call is refused, so it becomes a user message.</summary>
    private void Stray(ToolResultPart result)
    {
        losses.Emulate("messages.tool_call_id");
        Role("user"u8);
        output.Name("content"u8);
        if (result.Json.HasValue) output.TextOfJson(result.Json);
        else _content.Write(result.Parts, isResponse: false);
        output.EndObject();
    }

    /// <summary>Whether a part is Chat's call of a custom tool, which its reader keeps whole.</summary>
    public static bool IsCustomCall(ContentPart part) => part is OpaquePart { Origin: DialectNames.OpenAIChat } opaque && opaque.Value.Member("custom"u8).IsObject;

    private void CustomCall(JsonSlice call)
    {
        var id = call.Member("id"u8).AsText();
        var custom = call.Member("custom"u8);
        if (id.HasValue) _custom.Add(id.ToString());
        Item("custom_tool_call"u8);
        Text("call_id"u8, id);
        Text("name"u8, custom.Member("name"u8).AsText());
        Text("input"u8, custom.Member("input"u8).AsText());
        output.EndObject();
    }

    private void Role(ReadOnlySpan<byte> role)
    {
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role);
    }

    private void Item(ReadOnlySpan<byte> type)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
    }

    private void Text(ReadOnlySpan<byte> name, JsonText value)
    {
        output.Name(name);
        output.Text(value);
    }
}
