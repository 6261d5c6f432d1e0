using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Writes a conversation of another dialect as Chat messages: tool results become separate turns directly after the
/// calls, and parts that Chat cannot express are reported as lost.
/// </summary>
internal sealed class ForeignMessageWriter(bool takesReasoning, JsonOutput output, LossReport losses)
{
    private const string Own = OpenAIChatDialect.DialectName;

    /// <summary>The maximum length of function names, which consist of letters, digits, <c>_</c> and <c>-</c>.</summary>
    private const int MaxNameLength = 64;

    /// <summary>Generated ids of calls without one.</summary>
    private readonly Dictionary<ToolCallPart, string> _made = new(ReferenceEqualityComparer.Instance);
    private List<ChatMessage> _messages = [];
    private CallLinks? _links;
    private int _count;

    /// <summary>Results whose media no user turn contains yet.</summary>
    private readonly List<ToolResultPart> _withMedia = [];

    public void Write(List<ChatMessage> messages)
    {
        _messages = messages;
        foreach (var message in messages)
        {
            losses.DropExtras(message.Extras, Own, "messages");
            foreach (var part in message.Parts)
            {
                if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
                if (part is not OpaquePart) losses.DropExtras(part.Extras, Own, "messages.content");
            }
            if (message.Role == ChatRole.Assistant) Assistant(message);
            else Others(message);
        }
        Media();
    }

    private void Others(ChatMessage message)
    {
        var rest = message.Parts.Count == 0;
        foreach (var part in message.Parts)
            if (part is ToolResultPart result)
            {
                Result(result);
                if (HasMedia(result)) _withMedia.Add(result);
            }
            else rest = true;
        if (!rest) return;
        Media();
        if (CanSay(message)) Turn(OwnMessageWriter.RoleOf(message.Role == ChatRole.Tool ? ChatRole.User : message.Role), message.Name, message.Parts);
    }

    /// <summary>
    /// Media in a tool's result: Chat's tool turns have only text, so media follow in user turns. All results come first, since strict servers refuse any
    /// other turn between two results of one assistant turn.
    /// </summary>
    private void Media()
    {
        foreach (var result in _withMedia)
        {
            losses.Emulate("messages.tool_result.media");
            Turn("user"u8, default, result.Parts, mediaOnly: true);
        }
        _withMedia.Clear();
    }

    /// <summary>OpenAI refuses empty content. An instruction without content is left out; a user's message cannot be.</summary>
    private bool CanSay(ChatMessage message)
    {
        if (message.Parts.Exists(part => part is TextPart || (part is MediaPart media && ForeignMediaWriter.CanWrite(media)))) return true;
        var isInstruction = message.Role is ChatRole.System or ChatRole.Developer;
        if (message.Parts.Count > 0 && !isInstruction)
            throw new DialectException(GatewayError.Invalid(
                "The model's provider takes text, images and files; this message has none of them.", $"messages[{_messages.IndexOf(message)}].content", "unsupported_content"));
        foreach (var part in message.Parts) Part(part);
        return !isInstruction;
    }

    private void Turn(ReadOnlySpan<byte> role, JsonText name, List<ContentPart> parts, bool mediaOnly = false)
    {
        Begin(role);
        if (name.HasValue)
        {
            output.Name("name"u8);
            output.Text(name);
        }
        output.Name("content"u8);
        if (!mediaOnly && parts is [TextPart only]) output.Text(only.Text);
        else if (parts.Count == 0) output.Literal(default);
        else
        {
            output.BeginArray();
            foreach (var part in parts)
                if (!mediaOnly || part is MediaPart) Part(part);
            output.EndArray();
        }
        output.EndObject();
    }

    private void Assistant(ChatMessage message)
    {
        Media();
        Begin("assistant"u8);
        int texts = 0, calls = 0;
        foreach (var part in message.Parts)
        {
            if (part is TextPart) texts++;
            else if (part is ToolCallPart) calls++;
            else if (part is ReasoningPart && !takesReasoning) losses.Drop("messages.reasoning");
            else if (part is OpaquePart opaque) losses.Drop($"messages.content.{opaque.Type}");
            else if (part is MediaPart) losses.Drop("messages.content.media");
        }
        output.Name("content"u8);
        if (texts == 0 && calls > 0) output.Null();
        else Texts(message.Parts, texts);
        foreach (var part in message.Parts)
            if (part is RefusalPart refusal)
            {
                output.Name("refusal"u8);
                output.Text(refusal.Text);
                break;
            }
        if (takesReasoning) ReasoningWriter.WriteForeign(output, message.Parts);
        if (calls > 0) Calls(message);
        output.EndObject();
    }

    private void Calls(ChatMessage message)
    {
        output.Name("tool_calls"u8);
        output.BeginArray();
        foreach (var part in message.Parts)
        {
            if (part is not ToolCallPart call) continue;
            if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
            var id = call.Id.HasValue ? "" : CallIds.Make("nano", 0, _count++);
            if (!call.Id.HasValue) _made.Add(call, id);
            if (!ToolIds.IsGood(call.Name.Span, MaxNameLength)) losses.Emulate("messages.tool_calls.function.name");
            ToolCallWriter.WriteForeign(output, call, ToolNames.InHistory(call.Name, MaxNameLength), id, withSignature: false);
        }
        output.EndArray();
    }

    private void Result(ToolResultPart result)
    {
        Begin("tool"u8);
        output.Name("tool_call_id"u8);
        if (result.CallId.HasValue) output.Text(result.CallId);
        else WriteIdOfCall(result);
        if (result.IsError) losses.Drop("messages.tool_result.is_error");
        foreach (var part in result.Parts)
            if (part is MediaPart media && !ForeignMediaWriter.CanWrite(media)) losses.Drop($"messages.content.{ForeignMediaWriter.NameOf(media)}");
        output.Name("content"u8);
        if (result.Json.HasValue) output.TextOfJson(result.Json);
        else
        {
            var texts = 0;
            foreach (var part in result.Parts)
                if (part is TextPart) texts++;
                else if (part is OpaquePart opaque) losses.Drop($"messages.tool_result.{opaque.Type}");
            Texts(result.Parts, texts);
        }
        output.EndObject();
    }

    /// <summary>Writes one text as a string, which every provider accepts; several texts as parts.</summary>
    private void Texts(List<ContentPart> parts, int count)
    {
        if (count == 0) output.Literal(default);
        if (count > 1) output.BeginArray();
        foreach (var part in parts)
            if (part is TextPart text)
            {
                if (count == 1) output.Text(text.Text);
                else Part(text);
            }
        if (count > 1) output.EndArray();
    }

    /// <summary>For a result that has at most the function's name: its call's own id, or the generated one.</summary>
    private void WriteIdOfCall(ToolResultPart result)
    {
        if (_links is null)
        {
            _links = new CallLinks(_messages);
            if (_links.IsGuessed) losses.Emulate("messages.tool_call_id");
        }
        if (_links.CallOf(result) is not { } call) output.Text(CallIds.Make("nano", 0, _count++));
        else if (_made.TryGetValue(call, out var id)) output.Text(id);
        else output.Text(call.Id);
    }

    private void Part(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                output.BeginObject();
                Type("text"u8);
                output.Name("text"u8);
                output.Text(text.Text);
                output.EndObject();
                break;
            case MediaPart media:
                if (!ForeignMediaWriter.TryWrite(output, media)) losses.Drop($"messages.content.{ForeignMediaWriter.NameOf(media)}");
                break;
            case OpaquePart opaque:
                losses.Drop($"messages.content.{opaque.Type}");
                break;
            case ToolResultPart:
                break;
            default:
                losses.Drop("messages.content");
                break;
        }
    }

    private void Begin(ReadOnlySpan<byte> role)
    {
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role);
    }

    private void Type(ReadOnlySpan<byte> type)
    {
        output.Name("type"u8);
        output.Literal(type);
    }

    /// <summary>Whether a turn of its own has something of the result.</summary>
    private static bool HasMedia(ToolResultPart result)
    {
        foreach (var part in result.Parts)
            if (part is MediaPart media && ForeignMediaWriter.CanWrite(media)) return true;
        return false;
    }
}
