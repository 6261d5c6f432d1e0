using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Edits the conversation for providers with restrictions. A search for the affected members comes first: most conversations
/// have none and are not scanned. Turns that need no edit are copied unchanged.
/// </summary>
internal sealed class MessagesEdit
{
    private readonly RequestQuirks _quirks;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private bool _changed;

    private MessagesEdit(RequestQuirks quirks, JsonOutput output, LossReport losses) => (_quirks, _output, _losses) = (quirks, output, losses);

    public static void Apply(RequestQuirks quirks, BodyMembers members, LossReport losses)
    {
        var messages = members.Find("messages"u8);
        if (!messages.IsArray) return;
        if (MayNeed(quirks, messages.Span))
        {
            var output = members.NewValue(messages.Span.Length + 256);
            var edit = new MessagesEdit(quirks, output, losses);
            edit.Walk(messages);
            if (edit._changed) members.Set("messages"u8, messages = new JsonSlice(output.Written));
        }
        if (quirks.NoTools || quirks.AlternatingTurns) PlainTurns.Apply(quirks, members, messages, losses);
    }

    /// <summary>Whether the body may contain one of the three reasoning members.</summary>
    public static bool MayHoldReasoning(ReadOnlySpan<byte> body)
    {
        for (int at; (at = body.IndexOf("\"reasoning"u8)) >= 0;)
        {
            body = body[(at + "\"reasoning"u8.Length)..];
            if (body.StartsWith("\""u8) || body.StartsWith("_content\""u8) || body.StartsWith("_details\""u8)) return true;
        }
        return false;
    }

    private static bool MayNeed(RequestQuirks quirks, ReadOnlySpan<byte> messages) =>
        (quirks.NoDeveloperRole && messages.IndexOf("\"developer\""u8) >= 0)
        || (quirks.NoMessageNames && messages.IndexOf("\"name\""u8) >= 0)
        || quirks.TakenOfMessages is not null
        || (quirks.NineCharacterCallIds && messages.IndexOf("\"tool_call"u8) >= 0)
        || (quirks.MarksPrefill && messages.IndexOf("\"assistant\""u8) >= 0)
        || (quirks.ReasoningHistory != ReasoningQuirk.None && messages.IndexOf("\"assistant\""u8) >= 0)
        || (quirks.History != HistoryQuirk.None && MayHoldReasoning(messages));

    private void Walk(JsonSlice messages)
    {
        _output.BeginArray();
        var cursor = new JsonCursor(messages.Memory);
        cursor.EnterArray();
        var more = cursor.NextElement();
        while (more)
        {
            var message = cursor.TakeValue();
            more = cursor.NextElement();
            if (message.IsObject) Message(message, isLast: !more);
            else _output.Raw(message);
        }
        _output.EndArray();
    }

    private void Message(JsonSlice message, bool isLast)
    {
        var turn = new TurnMembers(message);
        var role = turn.Role.Is("developer"u8) && _quirks.NoDeveloperRole ? JsonSlice.Constant("\"system\"") : default;
        var prefix = isLast && _quirks.MarksPrefill && turn.Role.Is("assistant"u8) && !turn.HasCalls && !turn.HasPrefix;
        var thinks = _quirks.History != HistoryQuirk.None && (turn.ReasoningContent.IsPresent || turn.Reasoning.IsPresent || turn.Details.IsPresent);
        var mute = IsMute(turn);
        var named = _quirks.NoMessageNames && turn.HasName;
        var ids = _quirks.NineCharacterCallIds && turn.HasIds;
        var taken = TakenOf(turn.Role);
        if (taken is not null && !HasOthers(message, taken)) taken = null;
        if (taken is null && !role.IsPresent && !prefix && !thinks && !mute && !named && !ids)
        {
            _output.Raw(message);
            return;
        }
        _output.BeginObject();
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (mute && name.Is("reasoning_content"u8)) continue;
            if (taken is not null && !IsReasoning(name) && !taken.Contains(name.ToString())) Refuse(name, value);
            else if (role.IsPresent && name.Is("role"u8)) Changed(name, role);
            else if (named && name.Is("name"u8)) Named(turn, value);
            else if (ids && name.Is("tool_call_id"u8) && value.IsText) Id(name, value.AsText());
            else if (ids && name.Is("tool_calls"u8) && value.IsArray) Calls(name, value);
            else if (thinks && IsReasoning(name)) LeaveOut(turn, name, value);
            else if (thinks && _quirks.History == HistoryQuirk.ContentPart && name.Is("content"u8)) Content(turn, name, value);
            else Keep(name, value);
        }
        if (thinks) Thoughts(turn);
        if (mute) Changed(JsonText.From("reasoning_content"), JsonSlice.Constant($"\"{_quirks.ReasoningFiller}\""));
        if (prefix) Changed(JsonText.From("prefix"), JsonSlice.Constant("true"));
        _output.EndObject();
    }

    /// <summary>A turn without reasoning, from another model or from a client that drops it, if the provider requires some.</summary>
    private bool IsMute(in TurnMembers turn) => turn.Role.Is("assistant"u8) && !turn.Text.HasValue
        && (!turn.ReasoningContent.IsText || _quirks.ReasoningFiller.Length > 0) && _quirks.ReasoningHistory switch
    {
        ReasoningQuirk.InEveryTurn => true,
        ReasoningQuirk.InToolTurns => turn.HasCalls,
        _ => false,
    };

    private IReadOnlySet<string>? TakenOf(JsonText role) =>
        _quirks.TakenOfMessages is { } roles && roles.TryGetValue(role.Is("developer"u8) ? "system" : role.ToString(), out var taken) ? taken : null;

    private static bool HasOthers(JsonSlice message, IReadOnlySet<string> taken)
    {
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!taken.Contains(cursor.Name.ToString())) return true;
            cursor.Skip();
        }
        return false;
    }

    /// <summary>Drops a member that is not in the provider's schema; an empty one is not a loss.</summary>
    private void Refuse(JsonText name, JsonSlice value)
    {
        _changed = true;
        if (value.HasValue && !value.IsFalse && !(value.IsText && !value.AsText().HasValue) && !(value.IsArray && value.Span.Length == 2)) _losses.Drop($"messages.{name}");
    }

    private void Named(in TurnMembers turn, JsonSlice value)
    {
        _changed = true;
        // In a tool's turn the id identifies the call.
        if (value.HasValue && !turn.Role.Is("tool"u8)) _losses.Drop("messages.name");
    }

    private void Id(JsonText name, JsonText id)
    {
        _output.Name(name);
        if (NineCharacterId.Is(id)) _output.Text(id);
        else
        {
            _changed = true;
            NineCharacterId.Write(id, _output);
        }
    }

    private void Calls(JsonText name, JsonSlice calls)
    {
        _output.Name(name);
        _output.BeginArray();
        var cursor = new JsonCursor(calls.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            if (cursor.Token != JsonTokenType.StartObject)
            {
                _output.Raw(cursor.TakeValue());
                continue;
            }
            _output.BeginObject();
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var member = cursor.Name;
                var value = cursor.TakeValue();
                if (member.Is("id"u8) && value.IsText) Id(member, value.AsText());
                else Keep(member, value);
            }
            _output.EndObject();
        }
        _output.EndArray();
    }

    private static bool IsReasoning(JsonText name) => name.Is("reasoning_content"u8) || name.Is("reasoning"u8) || name.Is("reasoning_details"u8);

    /// <summary>Drops the reasoning members; their text is written in the provider's member (<see cref="Thoughts"/>), or lost.</summary>
    private void LeaveOut(in TurnMembers turn, JsonText name, JsonSlice value)
    {
        if (name.Is("reasoning_details"u8))
        {
            if (_quirks.History == HistoryQuirk.ReasoningAndDetails) Keep(name, value);
            else
            {
                _changed = true;
                if (value.HasValue && !value.Span.SequenceEqual("[]"u8)) _losses.Drop("messages.reasoning_details");
            }
            return;
        }
        var own = Word(_quirks.History);
        // An empty one means that there was no reasoning; some providers require it.
        if (!own.IsEmpty && name.Is(own) && value.IsText && !turn.Text.HasValue) Keep(name, value);
        else if (!own.IsEmpty && name.Is(own) && turn.Text.IsPresent && value.AsText().Span.SequenceEqual(turn.Text.Span)) Keep(name, value);
        else
        {
            _changed = true;
            var isSaid = _quirks.History != HistoryQuirk.LeftOut;
            if (!isSaid && value.AsText().HasValue) _losses.Drop($"messages.{name}");
        }
    }

    private void Thoughts(in TurnMembers turn)
    {
        // A turn with only calls may have no content (doubleword-chat-sse-toolres-79f119).
        if (_quirks.History == HistoryQuirk.ContentPart && !turn.HasContent && turn.Text.HasValue) Content(turn, JsonText.From("content"), default);
        var own = Word(_quirks.History);
        if (own.IsEmpty || !turn.Text.HasValue || turn.Has(own)) return;
        _changed = true;
        _output.Name(own);
        _output.Text(turn.Text);
    }

    private void Content(in TurnMembers turn, JsonText name, JsonSlice content)
    {
        if (!turn.Text.HasValue)
        {
            Keep(name, content);
            return;
        }
        _changed = true;
        _output.Name(name);
        _output.BeginArray();
        // In Mistral's own form of reasoning (mistral-chat-one-think-577e9b).
        if (!ContentHasReasoning(content))
        {
            _output.BeginObject();
            Literal("type"u8, "thinking"u8);
            _output.Name("thinking"u8);
            _output.BeginArray();
            Part(turn.Text);
            _output.EndArray();
            _output.Name("closed"u8);
            _output.Boolean(true);
            _output.EndObject();
        }
        if (content.AsText() is { HasValue: true } text) Part(text);
        else if (content.IsArray)
        {
            var cursor = new JsonCursor(content.Memory);
            cursor.EnterArray();
            while (cursor.NextElement()) _output.Raw(cursor.TakeValue());
        }
        _output.EndArray();
    }

    private static bool ContentHasReasoning(JsonSlice content)
    {
        if (!content.IsArray) return false;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (cursor.TakeValue().Member("type"u8).AsText().Is("thinking"u8)) return true;
        return false;
    }

    private void Part(JsonText text)
    {
        _output.BeginObject();
        Literal("type"u8, "text"u8);
        _output.Name("text"u8);
        _output.Text(text);
        _output.EndObject();
    }

    private void Literal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
    {
        _output.Name(name);
        _output.Literal(word);
    }

    private static ReadOnlySpan<byte> Word(HistoryQuirk quirk) => quirk switch
    {
        HistoryQuirk.ReasoningContent => "reasoning_content"u8,
        HistoryQuirk.Reasoning or HistoryQuirk.ReasoningAndDetails => "reasoning"u8,
        _ => default,
    };

    private void Keep(JsonText name, JsonSlice value)
    {
        _output.Name(name);
        _output.Raw(value);
    }

    private void Changed(JsonText name, JsonSlice value)
    {
        _changed = true;
        Keep(name, value);
    }
}
