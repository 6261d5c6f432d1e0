using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>Reads model, usage, finish and errors from responses that are relayed as bytes.</summary>
internal sealed class UsageTap(UsageRules rules) : IUsageTap
{
    private UsageCounts _counts;
    private byte[]? _messageId;
    private bool _failed;
    private string? _failure;

    public Usage? Usage => _counts.ToUsage(rules);

    public FinishReason Finish { get; private set; }

    public string? Model { get; private set; }

    public bool IsComplete { get; private set; }

    public ErrorDetails? Error { get; private set; }

    public void OnBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            bool hasContent = false, hasError = false;
            var cursor = new JsonCursor(body);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                hasContent |= cursor.NameIs("content"u8) && cursor.Token == JsonTokenType.StartArray;
                hasError |= cursor.NameIs("error"u8) && !cursor.IsNull;
                TakeMember(ref cursor);
            }
            cursor.ExpectEnd();
            if (hasError) Error = ErrorCodec.Details(new JsonSlice(body));
            else if (_failure is not null) Error = FailedFinish.Details(_failure);
            // An object without content is not a message.
            IsComplete = Error is null && hasContent;
        }
        catch (JsonException)
        {
            IsComplete = false;
        }
    }

    public TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        try
        {
            return Read(type, data);
        }
        catch (JsonException)
        {
            return TapVerdict.Relay;
        }
    }

    private TapVerdict Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data)
    {
        if (data.Length == 0 || data.Span[0] != (byte)'{') return TapVerdict.Relay;
        var word = type.Span;
        // Most events are deltas, which only show that there is content.
        if (word.SequenceEqual("content_block_delta"u8)) return TapVerdict.Content;
        if (word.SequenceEqual("ping"u8) || word.SequenceEqual("content_block_stop"u8)) return TapVerdict.Relay;
        var json = new JsonSlice(data);
        var name = json.Member("type"u8).AsText();
        if (name.IsPresent) word = name.Span;
        if (word.SequenceEqual("content_block_delta"u8)) return TapVerdict.Content;
        if (word.SequenceEqual("message_start"u8)) return TakeStart(json.Member("message"u8));
        if (word.SequenceEqual("message_delta"u8))
        {
            TakeObject(json.Member("delta"u8));
            _counts.Read(json.Member("usage"u8), keepExtras: false);
            if (_failure is not null) return Fail(FailedFinish.Details(_failure));
        }
        else if (word.SequenceEqual("message_stop"u8))
        {
            IsComplete = !_failed;
            return TapVerdict.End;
        }
        // An error object in place of an event, in the form of error responses.
        else if (word.SequenceEqual("error"u8) || json.Member("error"u8).HasValue)
            return Fail(ErrorCodec.Details(json));
        return TapVerdict.Relay;
    }

    private TapVerdict Fail(ErrorDetails error)
    {
        _failed = true;
        IsComplete = false;
        Error = error;
        return TapVerdict.Error;
    }

    /// <summary>Another id while a message is open is a second response after a broken one, as in <see cref="EventReader"/>.</summary>
    private TapVerdict TakeStart(JsonSlice message)
    {
        var id = message.Member("id"u8).AsText();
        if (_messageId is not null && !id.Span.SequenceEqual(_messageId))
            return Fail(new ErrorDetails("The provider's response stopped and restarted in the same stream.", null, "provider_stream_restarted", null));
        _messageId = id.Span.ToArray();
        TakeObject(message);
        return TapVerdict.Relay;
    }

    private void TakeObject(JsonSlice value)
    {
        if (!value.IsObject) return;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember()) TakeMember(ref cursor);
    }

    private void TakeMember(ref JsonCursor cursor)
    {
        if (cursor.NameIs("model"u8) && cursor.Token == JsonTokenType.String) Model = cursor.TakeText().ToString();
        else if (cursor.NameIs("usage"u8)) _counts.Read(cursor.TakeValue(), keepExtras: false);
        else if (cursor.NameIs("stop_reason"u8) && cursor.Token == JsonTokenType.String)
        {
            var word = cursor.TakeText();
            Finish = FinishReasons.Read(word);
            if (Finish == FinishReason.Error) _failure = word.ToString();
        }
        else cursor.Skip();
    }
}
