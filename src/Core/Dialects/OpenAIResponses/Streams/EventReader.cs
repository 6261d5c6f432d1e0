using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Errors;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Reads a stream: <c>response.created</c>, items that are added, sent in pieces and done, and one of
/// <c>response.completed</c>, <c>.incomplete</c>, <c>.failed</c>, <c>.cancelled</c> or <c>error</c>. Later events
/// belong to another response (<c>openai-responses-sse-partools-14bda9</c>) and are not read. Events of unknown types are
/// skipped: their item is reported when it is done.
/// </summary>
internal sealed class EventReader(UsageRules rules) : IEventReader
{
    private readonly ItemTeller _items = new();
    private readonly DeltaShape _shape = new();
    private bool _started, _over;

    /// <summary>The response has ended without a failure: a stream without such an end is incomplete.</summary>
    public bool IsComplete { get; private set; }

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        // OpenRouter closes the stream with Chat's marker (openrouter-responses-sse-think-d20d45).
        if (_over || data.Span.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8)) return;
        if (_shape.TryRead(data, out var delta))
        {
            Say(data, _shape.Place, delta, sink);
            return;
        }
        var isPlain = PlainEvent.TryRead(data, out var plain);
        if (isPlain && plain.Type.Span.SequenceEqual(DeltaShape.Type.Span))
        {
            _shape.Learn(data.Span, plain);
            Say(data, plain.Place, plain.Delta, sink);
            return;
        }
        var wire = isPlain ? WireEvent.Of(plain, type) : WireEvent.Walk(type, data);
        sink.BeginFrame(new ChatFrame(OpenAIResponsesDialect.DialectName) { Type = wire.Type, Json = new JsonSlice(data) });
        Tell(wire, data, sink);
        if (!_over && _items.Fault is { } fault) Fail(fault, sink);
        sink.EndFrame();
    }

    /// <summary>Handles an event with only a piece of text.</summary>
    private void Say(ReadOnlyMemory<byte> data, in Place place, JsonText delta, IChatEventSink sink)
    {
        sink.BeginFrame(new ChatFrame(OpenAIResponsesDialect.DialectName) { Type = DeltaShape.Type, Json = new JsonSlice(data) });
        _items.Text(place, delta, sink);
        sink.EndFrame();
    }

    private void Tell(in WireEvent wire, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        var type = wire.Type.Span;
        if (type.SequenceEqual("error"u8))
        {
            Fail(Failures.Read(new JsonSlice(data)), sink);
            return;
        }
        if (!type.StartsWith("response."u8))
        {
            // An error object in place of an event, in the form of error responses.
            if (new JsonSlice(data).Member("error"u8).HasValue) Fail(Failures.Read(new JsonSlice(data)), sink);
            return;
        }
        type = type["response."u8.Length..];
        if (type.SequenceEqual("output_text.delta"u8)) TellText(wire, sink);
        else if (type.SequenceEqual("function_call_arguments.delta"u8) || type.SequenceEqual("custom_tool_call_input.delta"u8)) _items.Arguments(wire.Place, wire.Delta, sink);
        else if (type.SequenceEqual("function_call_arguments.done"u8) || type.SequenceEqual("custom_tool_call_input.done"u8)) _items.ArgumentsDone(wire.Place, wire.Whole, sink);
        else if (type.SequenceEqual("reasoning_summary_text.delta"u8)) _items.Thought(wire, isSummary: true, sink);
        else if (type.SequenceEqual("reasoning_text.delta"u8)) _items.Thought(wire, isSummary: false, sink);
        else if (type.SequenceEqual("refusal.delta"u8)) _items.Refusal(wire, sink);
        else if (type.SequenceEqual("output_item.added"u8)) _items.Added(wire, sink);
        else if (type.SequenceEqual("output_item.done"u8)) _items.Done(wire.OutputIndex, wire.Item, sink);
        else if (type.SequenceEqual("refusal.done"u8)) _items.RefusalDone(wire, sink);
        else if (type.SequenceEqual("output_text.annotation.added"u8)) _items.Annotation(wire, sink);
        else if (type.SequenceEqual("output_text.done"u8)) _items.TextDone(wire, sink);
        else if (wire.Response.IsObject) TellResponse(type, ResponseObject.Read(wire.Response.Memory), sink);
    }

    private void TellText(in WireEvent wire, IChatEventSink sink)
    {
        _items.Text(wire.Place, wire.Delta, sink);
        _items.Say(wire.Logprobs, sink);
    }

    private void TellResponse(ReadOnlySpan<byte> type, in ResponseObject response, IChatEventSink sink)
    {
        Start(response, sink);
        var isIncomplete = type.SequenceEqual("incomplete"u8);
        if (type.SequenceEqual("failed"u8)) Fail(Failures.OfResponse(response.Status, response.Error) ?? Failures.Read(JsonSlice.Constant("{}")), sink);
        else if (type.SequenceEqual("cancelled"u8)) Fail(Failures.OfResponse(JsonText.From("cancelled"), response.Error)!, sink);
        else if (isIncomplete || type.SequenceEqual("completed"u8) || type.SequenceEqual("done"u8)) End(response, isIncomplete, sink);
    }

    private void Start(in ResponseObject response, IChatEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1, Id = response.Id, Model = response.Model, Json = response.Created });
    }

    private void End(in ResponseObject response, bool isIncomplete, IChatEventSink sink)
    {
        if (response.Error.HasValue)
        {
            Fail(Failures.Read(response.Error), sink);
            return;
        }
        _items.End(response.Output, sink);
        if (_items.Fault is { } fault)
        {
            Fail(fault, sink);
            return;
        }
        _over = IsComplete = true;
        sink.On(new ChatEvent(ChatEventKind.Finish)
        {
            Part = -1,
            Finish = FinishReasons.Read(isIncomplete || response.IsIncomplete, response.IncompleteReason, _items.Calls > 0),
            NativeFinish = response.IncompleteReason,
        });
        if (response.ReadUsage(rules, keepMembers: false) is { } usage)
            sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = usage, Json = response.Usage });
        sink.On(new ChatEvent(ChatEventKind.End) { Part = -1 });
    }

    private void Fail(GatewayError error, IChatEventSink sink)
    {
        _over = true;
        sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = error });
    }
}
