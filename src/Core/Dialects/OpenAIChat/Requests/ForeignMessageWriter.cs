using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Writes a conversation of another dialect as Chat messages: tool results become separate turns directly after the
/// calls, and parts that Chat cannot express are reported as lost.
/// </summary>
/// <param name="quirks">Null for OpenAI's own rules; a provider with quirks takes reasoning.</param>
internal sealed class ForeignMessageWriter(ProviderQuirks? quirks, MediaForms forms, JsonOutput output, LossReport losses)
{
    private const string Own = OpenAIChatDialect.DialectName;

    /// <summary>The maximum length of function names, which consist of letters, digits, <c>_</c> and <c>-</c>.</summary>
    private const int MaxNameLength = 64;

    private readonly bool _takesReasoning = quirks is not null;
    private readonly ForeignPartWriter _parts = new(forms, output, losses);
    private List<ChatMessage> _messages = [];
    private ForeignResultWriter _results = null!;

    public void Write(List<ChatMessage> messages)
    {
        if (quirks?.Flags.Foreign is { SystemFirst: true } foreign) messages = SystemTurns.Join(messages, foreign, losses);
        _messages = messages;
        _results = new ForeignResultWriter(messages, _parts, output, losses);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            losses.DropExtras(message.Extras, Own, "messages");
            foreach (var part in message.Parts)
            {
                if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
                if (part is not OpaquePart) losses.DropExtras(part.Extras, Own, "messages.content");
            }
            if (message.Role == ChatRole.Assistant) Assistant(message, i);
            else Others(message);
        }
    }

    private void Others(ChatMessage message)
    {
        _results.Strays(message);
        var hasMore = message.Parts.Count == 0 || message.Parts.Exists(part => part is not ToolResultPart);
        if (hasMore && CanSay(message)) _parts.Turn(OwnMessageWriter.RoleOf(RoleOf(message)), message.Name, message.Parts);
    }

    private ChatRole RoleOf(ChatMessage message) => message.Role switch
    {
        ChatRole.Tool => ChatRole.User,
        ChatRole.Developer when quirks?.Flags.Foreign.NoDeveloperRole == true => ChatRole.System,
        var role => role,
    };

    /// <summary>OpenAI refuses empty content. An instruction without content is left out; a user's message cannot be.</summary>
    private bool CanSay(ChatMessage message)
    {
        if (message.Parts.Exists(part => part is TextPart || (part is MediaPart media && _parts.CanWrite(media)))) return true;
        var isInstruction = message.Role is ChatRole.System or ChatRole.Developer;
        if (message.Parts.Count > 0 && !isInstruction)
            throw new DialectException(GatewayError.Invalid(
                "The model takes none of this message's content.", $"messages[{_messages.IndexOf(message)}].content", "unsupported_content"));
        foreach (var part in message.Parts) _parts.Part(part);
        return !isInstruction;
    }

    private void Assistant(ChatMessage message, int index)
    {
        int texts = 0, calls = 0;
        bool isSaid = false, isReasoned = false;
        foreach (var part in message.Parts)
        {
            if (part is TextPart text)
            {
                texts++;
                isSaid |= text.Text.HasValue;
            }
            else if (part is ToolCallPart) calls++;
            else if (part is RefusalPart) isSaid = true;
            else if (part is ReasoningPart reasoning)
            {
                if (!_takesReasoning) losses.Drop("messages.reasoning");
                isReasoned |= reasoning.Text.HasValue || reasoning.Signature.HasValue || reasoning.Opaque.HasValue;
            }
            else if (part is OpaquePart opaque) losses.Drop($"messages.content.{opaque.Type}");
            else if (part is MediaPart) losses.Drop("messages.content.media");
        }
        if (calls == 0 && !isSaid)
        {
            // Mistral, Moonshot and others refuse an empty turn, and reasoning belongs to what follows it.
            if (isReasoned) losses.Drop("messages.reasoning");
            _results.Strays(message);
            return;
        }
        _parts.Begin("assistant"u8);
        output.Name("content"u8);
        if (texts == 0 && calls > 0) output.Null();
        else _parts.Texts(message.Parts, texts);
        foreach (var part in message.Parts)
            if (part is RefusalPart refusal)
            {
                output.Name("refusal"u8);
                output.Text(refusal.Text);
                break;
            }
        if (_takesReasoning) ReasoningWriter.WriteForeign(output, message.Parts);
        if (calls > 0) Calls(message);
        output.EndObject();
        if (calls > 0) _results.Results(message, index);
        _results.Strays(message);
    }

    private void Calls(ChatMessage message)
    {
        output.Name("tool_calls"u8);
        output.BeginArray();
        foreach (var part in message.Parts)
        {
            if (part is not ToolCallPart call) continue;
            if (call.Signature.HasValue) losses.Drop("messages.tool_calls.signature");
            var id = call.Id.HasValue ? "" : _results.MakeId(call);
            if (!ToolIds.IsGood(call.Name.Span, MaxNameLength)) losses.Emulate("messages.tool_calls.function.name");
            ToolCallWriter.WriteForeign(output, call, ToolNames.InHistory(call.Name, MaxNameLength), id, withSignature: false);
        }
        output.EndArray();
    }
}
