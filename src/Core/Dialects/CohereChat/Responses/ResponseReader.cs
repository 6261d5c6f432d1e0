using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.CohereChat.Errors;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>Reads a whole response (https://docs.cohere.com/reference/chat).</summary>
internal struct ResponseReader
{
    private readonly ChatResponse _response = new(CohereChatDialect.DialectName);
    private JsonSlice _message, _usage, _logprobs;
    private JsonText _finish;
    private Extras? _extras;
    private bool _hasError;

    private ResponseReader(ReadOnlyMemory<byte> body)
    {
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember()) Member(ref cursor);
        cursor.ExpectEnd();
    }

    public static ChatResponse Read(ReadOnlyMemory<byte> body)
    {
        var reader = new ResponseReader(body);
        return reader.Build(body);
    }

    private void Member(ref JsonCursor cursor)
    {
        var name = cursor.Name;
        if (cursor.NameIs("id"u8)) _response.Id = cursor.TakeValue().AsText();
        else if (cursor.NameIs("message"u8)) _message = cursor.TakeValue();
        else if (cursor.NameIs("usage"u8)) _usage = cursor.TakeValue();
        else if (cursor.NameIs("logprobs"u8)) _logprobs = cursor.TakeValue();
        else if (cursor.NameIs("finish_reason"u8)) _finish = cursor.TakeValue().AsText();
        else if (cursor.NameIs("error"u8) && !cursor.IsNull) _hasError = cursor.TakeValue().HasValue;
        else Extras.Add(ref _extras, CohereChatDialect.DialectName, name, cursor.TakeValue());
    }

    private ChatResponse Build(ReadOnlyMemory<byte> body)
    {
        // An error object whose status was 200.
        if (_message.IsText || _hasError) _response.Error = Failures.OfObject(new JsonSlice(body));
        else if (!_message.IsObject) throw new JsonException("'message' must be an object.");
        else if (FinishReasons.Read(_finish) == FinishReason.Error) _response.Error = Failures.OfGeneration(_finish, default);
        if (_response.Error is not null) return _response;
        var choice = new ChatChoice(0, MessageReader.Read(_message))
        {
            Finish = FinishReasons.Read(_finish),
            NativeFinish = _finish,
            Logprobs = LogprobsReader.Read(_logprobs),
        };
        _response.Choices.Add(choice);
        _response.Usage = UsageReader.Read(_usage, keepMembers: true);
        _response.Extras = _extras;
        return _response;
    }
}
