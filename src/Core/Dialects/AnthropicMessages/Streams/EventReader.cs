using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>
/// Reads a stream: <c>message_start</c>, blocks (<c>content_block_start</c>, <c>_delta</c>, <c>_stop</c>),
/// <c>message_delta</c>, <c>message_stop</c>, with <c>ping</c> and <c>error</c> anywhere. Events after
/// <c>message_stop</c> or an error do not belong to the response and are not read.
/// </summary>
internal sealed class EventReader(UsageRules rules) : IEventReader
{
    internal const string Own = AnthropicMessagesDialect.DialectName;

    private readonly OpenBlocks _blocks = new();
    private readonly Extras _outer = new(Own);
    private readonly Extras _inner = new(Own);
    private readonly RepeatedEvent _repeated = new();
    private UsageCounts _counts;
    private byte[]? _messageId;
    private bool _over;

    public bool IsComplete { get; private set; }

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        // Some gateways close a typed stream with OpenAI's marker (anthropic-messages-sse-trunc-7c9e4e).
        if (_over || data.Span.SequenceEqual("[DONE]"u8)) return;
        if (_repeated.Shape.Matches(data.Span))
        {
            _repeated.Tell(data, sink);
            return;
        }
        if (!_repeated.Shape.TryBegin(data, out var copy))
        {
            Walk(type, data, sink);
            return;
        }
        Walk(type, copy, _repeated.Record(sink));
        var isPiece = _repeated.Events is [{ Kind: ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.ToolCallArguments, Text.HasValue: true }];
        // Data without a type has the type of the event field beside it.
        if (isPiece && _repeated.Shape.PositionOf(_repeated.Type.Span) >= 0) _repeated.TryLearn(text: 0);
    }

    private void Walk(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        _outer.Clear();
        _inner.Clear();
        var wire = WireEvent.Read(type, data, _outer);
        sink.BeginFrame(new ChatFrame(Own) { Type = wire.Type, Extras = _outer });
        Tell(wire, data, sink);
        sink.EndFrame();
    }

    private void Tell(in WireEvent wire, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        var type = wire.Type.Span;
        if (type.SequenceEqual("content_block_delta"u8) && wire.Body.IsObject) TellDelta(wire, sink);
        else if (type.SequenceEqual("content_block_start"u8) && wire.Body.IsObject) _blocks.Start(wire.Index, wire.Body, _inner, sink);
        else if (type.SequenceEqual("content_block_stop"u8)) _blocks.Stop(wire.Index, sink);
        else if (type.SequenceEqual("message_start"u8) && wire.Body.IsObject) TellStart(wire.Body, sink);
        else if (type.SequenceEqual("message_delta"u8)) TellMessageDelta(wire, sink);
        else if (type.SequenceEqual("message_stop"u8)) TellStop(sink);
        else if (type.SequenceEqual("ping"u8)) sink.On(new ChatEvent(ChatEventKind.Ping) { Part = -1 });
        else if (type.SequenceEqual("error"u8)) Fail(ErrorCodec.FromResponse(ErrorCodec.Details(new JsonSlice(data))), sink);
        // An error object in place of an event, in the form of error responses.
        else if (new JsonSlice(data).Member("error"u8).HasValue) Fail(ErrorCodec.FromResponse(ErrorCodec.Details(new JsonSlice(data))), sink);
        else sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = wire.Type, Json = new JsonSlice(data) });
    }

    /// <summary>
    /// Begins the response. A repeated event with the same id is ignored (some gateways repeat it). Another id while the message
    /// is open means a second generation after a broken one: an intermediary lost its upstream and retried into the same stream
    /// (<c>anthropic-messages-sse-partools-72800c</c>). What was sent cannot be taken back, so that is an error.
    /// </summary>
    private void TellStart(JsonSlice message, IChatEventSink sink)
    {
        JsonText id = default, model = default, stopReason = default, stopSequence = default;
        JsonSlice content = default, usage = default;
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("id"u8) && cursor.Token == JsonTokenType.String) id = cursor.TakeText();
            else if (cursor.NameIs("model"u8) && cursor.Token == JsonTokenType.String) model = cursor.TakeText();
            else if (cursor.NameIs("content"u8) && cursor.Token == JsonTokenType.StartArray) content = cursor.TakeValue();
            else if (cursor.NameIs("usage"u8) && cursor.Token == JsonTokenType.StartObject) usage = cursor.TakeValue();
            else if (cursor.NameIs("stop_reason"u8) && cursor.Token == JsonTokenType.String) stopReason = cursor.TakeText();
            else if (cursor.NameIs("stop_sequence"u8) && cursor.Token == JsonTokenType.String) stopSequence = cursor.TakeText();
            else _inner.Add(cursor.Name, cursor.TakeValue());
        }
        if (_messageId is not null && !id.Span.SequenceEqual(_messageId))
        {
            Fail(new GatewayError(GatewayErrorKind.ProviderUnreachable, 502, "The provider's response stopped and restarted in the same stream.")
            {
                Code = "provider_stream_restarted",
            }, sink);
            return;
        }
        var repeated = _messageId is not null;
        _messageId = id.Span.ToArray();
        sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1, Id = id, Model = model, Extras = _inner });
        if (content.IsArray && !repeated) TellContent(content, sink);
        if (stopReason.IsPresent) TellEnd(stopReason, stopSequence, null, usage, sink);
        else TellUsage(usage, sink);
    }

    // A message may already contain its content (anthropic-messages-sse-websearch-efc6d5).
    private void TellContent(JsonSlice content, IChatEventSink sink)
    {
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        for (var index = 0; cursor.NextElement(); index++)
        {
            _blocks.Start(index, cursor.TakeValue(), null, sink);
            _blocks.Stop(index, sink);
        }
    }

    private void TellDelta(in WireEvent wire, IChatEventSink sink)
    {
        var delta = WireDelta.Read(wire.Body, _inner);
        var block = _blocks.Find(wire.Index);
        var extras = _inner.Members.Count > 0 ? _inner : null;
        switch (delta.Kind)
        {
            case DeltaKind.Text:
                sink.On(new ChatEvent(ChatEventKind.Text) { Part = wire.Index, Text = delta.Text, Extras = extras });
                break;
            case DeltaKind.Thinking:
                sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = wire.Index, Text = delta.Text, Extras = extras });
                break;
            case DeltaKind.Signature:
                sink.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = wire.Index, Text = delta.Text, Extras = extras });
                break;
            case DeltaKind.InputJson when block.TakesArguments:
                if (!delta.Text.IsEmpty) _blocks.SawArguments(wire.Index);
                sink.On(new ChatEvent(ChatEventKind.ToolCallArguments)
                {
                    Part = wire.Index, ToolIndex = block.ToolIndex, Text = delta.Text, Extras = extras,
                });
                break;
            case DeltaKind.Citation:
                sink.On(new ChatEvent(ChatEventKind.Citation) { Part = wire.Index, Citation = CitationReader.Read(delta.Json), Extras = extras });
                break;
            default:
                // compaction_delta, input of Anthropic's own tools, and future types.
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = wire.Index, PartKind = PartKind.Opaque, Type = delta.Type, Json = wire.Body });
                break;
        }
    }

    private void TellMessageDelta(in WireEvent wire, IChatEventSink sink)
    {
        JsonText stopReason = default, stopSequence = default;
        if (wire.Body.IsObject)
        {
            var cursor = new JsonCursor(wire.Body.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.NameIs("stop_reason"u8) && cursor.Token == JsonTokenType.String) stopReason = cursor.TakeText();
                else if (cursor.NameIs("stop_sequence"u8) && cursor.Token == JsonTokenType.String) stopSequence = cursor.TakeText();
                else _inner.Add(cursor.Name, cursor.TakeValue());
            }
        }
        // Written back with stop_details, so EventEcho skips it.
        if (FinishReasons.Explanation(stopReason, _inner) is { HasValue: true } explanation)
            sink.On(new ChatEvent(ChatEventKind.Refusal) { Part = -1, Text = explanation });
        TellEnd(stopReason, stopSequence, _inner, wire.Usage, sink);
    }

    private void TellEnd(JsonText stopReason, JsonText stopSequence, Extras? extras, JsonSlice usage, IChatEventSink sink)
    {
        var finish = FinishReasons.Read(stopReason);
        if (finish != FinishReason.Error)
            sink.On(new ChatEvent(ChatEventKind.Finish) { Part = -1, Finish = finish, NativeFinish = stopReason, Text = stopSequence, Extras = extras });
        TellUsage(usage, sink);
        if (finish == FinishReason.Error) Fail(ErrorCodec.FromResponse(FailedFinish.Details(stopReason.ToString())), sink);
    }

    private void TellUsage(JsonSlice usage, IChatEventSink sink)
    {
        if (!usage.IsObject) return;
        _counts.Read(usage, keepExtras: false);
        sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = _counts.ToUsage(rules), Json = usage });
    }

    private void TellStop(IChatEventSink sink)
    {
        _blocks.StopAll(sink);
        _over = IsComplete = true;
        sink.On(new ChatEvent(ChatEventKind.End) { Part = -1 });
    }

    private void Fail(GatewayError error, IChatEventSink sink)
    {
        _over = true;
        IsComplete = false;
        sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = error });
    }
}
