using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// One message, of a request or of a response. Parts are in the order reasoning, content, refusal, tool calls, audio and
/// images, whatever the order of the members.
/// </summary>
internal struct MessageReader
{
    private readonly Place _place;
    private readonly LegacyCalls _legacy;
    private readonly List<ContentPart> _content = [];
    private MessageForm _form = MessageForm.RoleAbsent;
    private ChatRole _role = ChatRole.Assistant;
    private Extras? _extras;
    private JsonText _name, _toolCallId, _refusal;
    private JsonSlice _toolCalls, _functionCall, _reasoningContent, _reasoning, _details, _annotations, _audio, _images;

    private MessageReader(in Place place, LegacyCalls legacy)
    {
        _place = place;
        _legacy = legacy;
    }

    /// <param name="cursor">Positioned on the message, which is an object.</param>
    public static ChatMessage Read(ref JsonCursor cursor, in Place place, LegacyCalls legacy)
    {
        var reader = new MessageReader(place, legacy);
        cursor.EnterObject();
        while (cursor.NextMember()) reader.Member(ref cursor);
        return reader.Build();
    }

    private void Member(ref JsonCursor cursor)
    {
        if (cursor.NameIs("content"u8)) ContentReader.Read(ref cursor, _content, _place, ref _form);
        else if (cursor.NameIs("role"u8)) Role(ref cursor);
        else if (cursor.IsNull) Keep(ref cursor);
        else if (cursor.NameIs("tool_calls"u8)) Take(ref cursor, ref _toolCalls, "tool_calls");
        else if (cursor.NameIs("tool_call_id"u8)) Take(ref cursor, ref _toolCallId, "tool_call_id");
        else if (cursor.NameIs("name"u8)) Take(ref cursor, ref _name, "name");
        else if (cursor.NameIs("refusal"u8)) Take(ref cursor, ref _refusal, "refusal");
        else if (cursor.NameIs("reasoning_content"u8)) TakeIf(ref cursor, ref _reasoningContent, JsonTokenType.String);
        else if (cursor.NameIs("reasoning"u8)) TakeIf(ref cursor, ref _reasoning, JsonTokenType.String);
        else if (cursor.NameIs("reasoning_details"u8)) TakeIf(ref cursor, ref _details, JsonTokenType.StartArray);
        else if (cursor.NameIs("function_call"u8)) TakeIf(ref cursor, ref _functionCall, JsonTokenType.StartObject);
        else if (cursor.NameIs("audio"u8)) TakeIf(ref cursor, ref _audio, JsonTokenType.StartObject);
        else if (cursor.NameIs("annotations"u8)) TakeIf(ref cursor, ref _annotations, JsonTokenType.StartArray);
        else if (cursor.NameIs("images"u8)) TakeIf(ref cursor, ref _images, JsonTokenType.StartArray);
        else Keep(ref cursor);
    }

    private void Role(ref JsonCursor cursor)
    {
        _place.Expect(cursor.Token == JsonTokenType.String, "role", "a string");
        if (cursor.Token != JsonTokenType.String)
        {
            Keep(ref cursor);
            return;
        }
        var word = cursor.TakeText();
        _form &= ~(MessageForm.RoleAbsent | MessageForm.FunctionRole);
        if (word.Is("user"u8)) _role = ChatRole.User;
        else if (word.Is("assistant"u8)) _role = ChatRole.Assistant;
        else if (word.Is("tool"u8)) _role = ChatRole.Tool;
        else if (word.Is("system"u8)) _role = ChatRole.System;
        else if (word.Is("developer"u8)) _role = ChatRole.Developer;
        else if (word.Is("function"u8)) (_role, _form) = (ChatRole.Tool, _form | MessageForm.FunctionRole);
        else
        {
            _place.Expect(false, "role", "one of 'developer', 'system', 'user', 'assistant', 'tool', 'function'");
            _form |= MessageForm.RoleAbsent;
            Keep(ref cursor);
        }
    }

    private ChatMessage Build()
    {
        if ((_form & MessageForm.RoleAbsent) != 0) _place.Require(false, "role");
        var message = new ChatMessage(_role) { Name = _name };
        if (_role == ChatRole.Tool) message.Parts.Add(ToolResult(message));
        else
        {
            ReasoningReader.Read(_reasoningContent, _reasoning, _details, message.Parts, ref _form, ref _extras);
            message.Parts.AddRange(_content);
            if (_refusal.HasValue) message.Parts.Add(new RefusalPart(_refusal) { Form = OwnMessageWriter.RefusalMember });
            else if (_refusal.IsPresent) _form |= MessageForm.RefusalEmpty;
            Citations(message);
            if (_toolCalls.IsPresent)
            {
                _form |= MessageForm.ToolCalls;
                ToolCallReader.Read(_toolCalls, message.Parts, _place);
            }
            if (_functionCall.IsPresent) FunctionCall(message);
            ResponseMediaReader.Read(_audio, _images, message.Parts, ref _form);
        }
        message.Form = (int)_form;
        message.Extras = _extras;
        return message;
    }

    /// <summary>Snowflake adds an empty one to every response (<c>snowflake-chat-one-logprobs-69bcb0</c>).</summary>
    private void FunctionCall(ChatMessage message)
    {
        var call = ToolCallReader.ReadLegacy(_functionCall, _place, _legacy);
        if (call is not null) message.Parts.Add(call);
        else Extras.Add(ref _extras, OpenAIChatDialect.DialectName, ToolCallReader.FunctionCallName, _functionCall);
    }

    private readonly ToolResultPart ToolResult(ChatMessage message)
    {
        var legacy = (_form & MessageForm.FunctionRole) != 0;
        var result = new ToolResultPart(legacy ? _legacy.Last : _toolCallId) { Name = message.Name };
        message.Name = default;
        result.Parts.AddRange(_content);
        return result;
    }

    /// <summary>Adds citations, which Chat puts beside the text, to the text.</summary>
    private void Citations(ChatMessage message)
    {
        if (!_annotations.IsPresent) return;
        TextPart? text = null;
        foreach (var part in message.Parts)
            if (part is TextPart first)
            {
                text = first;
                break;
            }
        var citations = CitationReader.Read(_annotations);
        if (citations.Count == 0) _form |= MessageForm.Annotations;
        else if (text is not null) (text.Citations, _form) = (citations, _form | MessageForm.Annotations);
        else Extras.Add(ref _extras, OpenAIChatDialect.DialectName, CitationReader.Member, _annotations);
    }

    private void Take(ref JsonCursor cursor, ref JsonSlice slice, string member)
    {
        _place.Expect(cursor.Token == JsonTokenType.StartArray, member, "an array");
        TakeIf(ref cursor, ref slice, JsonTokenType.StartArray);
    }

    private void Take(ref JsonCursor cursor, ref JsonText text, string member)
    {
        var fits = cursor.Token == JsonTokenType.String;
        _place.Expect(fits, member, "a string");
        if (fits) text = cursor.TakeText();
        else Keep(ref cursor);
    }

    private void TakeIf(ref JsonCursor cursor, ref JsonSlice slice, JsonTokenType kind)
    {
        if (cursor.Token == kind) slice = cursor.TakeValue();
        else Keep(ref cursor);
    }

    private void Keep(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, cursor.TakeValue());
    }
}

/// <summary>
/// Ids for legacy <c>function_call</c>s, which have none: generated in order, so that the <c>function</c> message after a
/// call has the same id in dialects that need ids.
/// </summary>
internal sealed class LegacyCalls
{
    private int _count;

    public JsonText Last { get; private set; }

    public JsonText Next() => Last = JsonText.From($"call_function_{++_count}");
}
