using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Errors;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>
/// Reads a whole response and tolerates all recorded deviations of compatible providers: only a body that is not a JSON
/// object is refused.
/// </summary>
internal struct ResponseReader
{
    private readonly ChatResponse _response = new(OpenAIChatDialect.DialectName);
    private readonly LegacyCalls _legacy = new();
    private readonly UsageRules _rules;
    private ResponseForm _form = 0;
    private Extras? _extras = null;
    private string? _tier = null;
    private JsonSlice _error = default, _message = default, _object = default, _choiceError = default;

    private ResponseReader(UsageRules rules) => _rules = rules;

    public static ChatResponse Read(ReadOnlyMemory<byte> body, UsageRules rules)
    {
        var cursor = new JsonCursor(body);
        var reader = new ResponseReader(rules);
        cursor.EnterObject();
        while (cursor.NextMember()) reader.Member(ref cursor);
        cursor.ExpectEnd();
        return reader.Build(body);
    }

    private readonly ChatResponse Build(ReadOnlyMemory<byte> body)
    {
        _response.Form = (int)_form;
        _response.Extras = _extras;
        if (_tier is not null && _response.Usage is { ServiceTier: null } usage) _response.Usage = usage with { ServiceTier = _tier };
        // Azure and OpenRouter send errors with status 200 (azure-chat-one-basic-f8b8b8, openrouter-chat-one-toolres-e16426).
        if (_error.HasValue || (_response.Choices.Count == 0 && (_message.HasValue || _object.AsText().Is("error"u8))))
            _response.Error = StreamErrors.Read(new JsonSlice(body));
        else _response.Error = Failure();
        return _response;
    }

    /// <summary>
    /// An error if no choice is usable: each of them failed (<c>openrouter-chat-one-think-637071</c> ends in the middle of its text) or has
    /// no message. If only some failed, they keep their content, with <see cref="FinishReason.Error"/>.
    /// </summary>
    private readonly GatewayError? Failure()
    {
        int failures = 0, empty = 0;
        foreach (var choice in _response.Choices)
        {
            if (choice.Finish == FinishReason.Error) failures++;
            // Azure omits the message of a choice that its filter withheld.
            else if (((ChoiceForm)choice.Form).HasFlag(ChoiceForm.MessageAbsent) && choice.Finish is not (FinishReason.ContentFilter or FinishReason.Refusal)) empty++;
        }
        if (_response.Choices.Count == 0 || failures + empty < _response.Choices.Count) return null;
        if (_choiceError.HasValue) return StreamErrors.Read(_choiceError);
        return StreamErrors.Of(failures > 0 ? FailedFinish.Details(_response.Choices.Find(choice => choice.Finish == FinishReason.Error)!.NativeFinish.ToString())
            : StreamErrors.NoMessage);
    }

    private void Member(ref JsonCursor cursor)
    {
        var isText = cursor.Token == JsonTokenType.String;
        if (cursor.NameIs("choices"u8) && cursor.Token == JsonTokenType.StartArray) Choices(ref cursor);
        else if (isText && cursor.NameIs("id"u8)) _response.Id = cursor.TakeText();
        else if (isText && cursor.NameIs("model"u8)) _response.Model = cursor.TakeText();
        else if (cursor.Token == JsonTokenType.Number && cursor.NameIs("created"u8)) _response.Created = cursor.TakeValue();
        else if (cursor.Token == JsonTokenType.StartObject && cursor.NameIs("usage"u8)) _response.Usage = UsageReader.Read(cursor.TakeValue(), _rules, keepMembers: true);
        else if (isText && cursor.NameIs("object"u8)) Object(ref cursor);
        else
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("error"u8)) _error = value;
            else if (name.Is("message"u8)) _message = value;
            else if (value.AsText().HasValue && name.Is("service_tier"u8)) _tier = value.AsText().ToString();
            Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, value);
        }
    }

    private void Object(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        _object = cursor.TakeValue();
        if (_object.AsText().Is("chat.completion"u8)) _form |= ResponseForm.Object;
        else Extras.Add(ref _extras, OpenAIChatDialect.DialectName, name, _object);
    }

    private void Choices(ref JsonCursor cursor)
    {
        _form |= ResponseForm.Choices;
        _response.Choices.Clear();
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var value = cursor.TakeValue();
            if (value.IsObject) _response.Choices.Add(Choice(value, i));
        }
    }

    private ChatChoice Choice(JsonSlice choice, int ordinal)
    {
        JsonSlice index = default, message = default, delta = default, finish = default, native = default, logprobs = default;
        JsonText finishName = default, nativeName = default, deltaName = default;
        Extras? extras = null;
        var error = false;
        var cursor = new JsonCursor(choice.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (value.IsNumber && name.Is("index"u8)) index = value;
            else if (value.IsObject && name.Is("message"u8)) message = value;
            else if (value.IsObject && name.Is("delta"u8)) (delta, deltaName) = (value, name);
            else if (name.Is("finish_reason"u8)) (finish, finishName) = (value, name);
            else if (value.IsText && name.Is("native_finish_reason"u8)) (native, nativeName) = (value, name);
            else if (name.Is("logprobs"u8)) logprobs = value;
            else
            {
                if (value.HasValue && name.Is("error"u8)) (_choiceError, error) = (choice, true);
                Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value);
            }
        }
        var form = index.IsPresent ? 0 : ChoiceForm.IndexAbsent;
        if (!message.IsPresent && delta.IsPresent) (message, form) = (delta, form | ChoiceForm.Delta);
        else if (delta.IsPresent) Extras.Add(ref extras, OpenAIChatDialect.DialectName, deltaName, delta);
        var word = finish.AsText();
        var reason = FinishReasons.Read(word);
        if (!finish.IsPresent) form |= ChoiceForm.FinishAbsent;
        else if (word.Is("function_call"u8)) form |= ChoiceForm.LegacyFunctionCall;
        else if (!word.HasValue || !word.Is(FinishReasons.Word(reason)))
        {
            form |= ChoiceForm.FinishKept;
            Extras.Add(ref extras, OpenAIChatDialect.DialectName, finishName, finish);
        }
        if (native.IsPresent) form |= ChoiceForm.NativeFinish;
        return new ChatChoice(Index(index) ?? ordinal, Message(message, ref form))
        {
            Finish = error ? FinishReason.Error : reason,
            NativeFinish = native.IsPresent ? native.AsText() : word,
            Logprobs = logprobs,
            Form = (int)form,
            Extras = extras,
        };
    }

    private readonly ChatMessage Message(JsonSlice message, ref ChoiceForm form)
    {
        if (message.IsPresent)
        {
            var cursor = new JsonCursor(message.Memory);
            return MessageReader.Read(ref cursor, Place.Answer, _legacy);
        }
        form |= ChoiceForm.MessageAbsent;
        return new ChatMessage(ChatRole.Assistant);
    }

    private static int? Index(JsonSlice index) => index.AsInt64() is { } value and >= 0 and <= int.MaxValue ? (int)value : null;
}
