using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.CohereChat.Errors;
using Nano.Dialects.CohereChat.Responses;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Streams;

/// <summary>
/// Reads a stream (https://docs.cohere.com/v2/docs/streaming): <c>message-start</c>, the pieces of reasoning, plan, text and calls,
/// each between a start and an end, with citations, and <c>message-end</c>, without which the stream is incomplete. The marker
/// <c>[DONE]</c> after it is redundant and sometimes missing.
/// </summary>
internal sealed class EventReader : IEventReader
{
    private readonly StreamedCalls _calls = new();
    private long _said;        // UTF-16 units of text so far, plan included
    private long _before;      // those of them before the block that is open
    private long _block = -1;

    public bool IsComplete { get; private set; }

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        if (IsComplete || data.Span.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8)) return;
        var wire = WireEvent.Read(data);
        var word = wire.Type.HasValue ? wire.Type : new JsonText(type);
        sink.BeginFrame(new ChatFrame(CohereChatDialect.DialectName) { Type = word, Json = new JsonSlice(data) });
        Tell(word.Span, wire, new JsonSlice(data), sink);
        sink.EndFrame();
    }

    private void Tell(ReadOnlySpan<byte> type, in WireEvent wire, JsonSlice data, IChatEventSink sink)
    {
        if (type.SequenceEqual("content-delta"u8)) Content(wire, sink);
        else if (type.SequenceEqual("tool-call-delta"u8)) _calls.Piece(wire.Index, wire.Call.Member("function"u8).Member("arguments"u8).AsText(), sink);
        else if (type.SequenceEqual("tool-plan-delta"u8)) Text(wire.Message.Member("tool_plan"u8).AsText(), sink);
        else if (type.SequenceEqual("content-start"u8)) ContentStart(wire, sink);
        else if (type.SequenceEqual("content-end"u8)) sink.On(new ChatEvent(ChatEventKind.PartEnd) { Part = (int)wire.Index });
        else if (type.SequenceEqual("tool-call-start"u8)) _calls.Start(wire.Index, wire.Call, sink);
        else if (type.SequenceEqual("tool-call-end"u8)) _calls.End(wire.Index, sink);
        else if (type.SequenceEqual("citation-start"u8)) Citation(wire, sink);
        else if (type.SequenceEqual("message-start"u8)) sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1, Id = wire.Id });
        else if (type.SequenceEqual("message-end"u8)) End(wire, sink);
        else if (type.SequenceEqual("citation-end"u8)) return;
        // An error object in place of an event, in the form of error responses.
        else if (type.SequenceEqual("error"u8) || (type.IsEmpty && (data.Member("message"u8).IsText || data.Member("error"u8).HasValue)))
            sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = Failures.OfObject(data) });
        else if (type.IsEmpty) throw new JsonException("An event without a type.");
        else sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = wire.Type.HasValue ? wire.Type : JsonText.From("event"), Json = data });
    }

    private void ContentStart(in WireEvent wire, IChatEventSink sink)
    {
        var type = wire.Content.Member("type"u8).AsText();
        sink.On(new ChatEvent(ChatEventKind.PartStart)
        {
            Part = (int)wire.Index,
            PartKind = type.Is("thinking"u8) ? PartKind.Reasoning : type.Is("text"u8) || !type.HasValue ? PartKind.Text : PartKind.Opaque,
            Type = type,
            Json = wire.Content,
        });
        Open(wire.Index);
        Content(wire, sink);
    }

    private void Content(in WireEvent wire, IChatEventSink sink)
    {
        var thoughts = wire.Content.Member("thinking"u8).AsText();
        if (thoughts.HasValue) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = (int)wire.Index, Text = thoughts });
        else if (wire.Content.Member("text"u8).AsText() is { HasValue: true } text)
        {
            Open(wire.Index);
            Text(text, sink, (int)wire.Index);
        }
        if (LogprobsReader.Read(wire.Logprobs) is { IsPresent: true } logprobs) sink.On(new ChatEvent(ChatEventKind.Logprobs) { Part = (int)wire.Index, Json = logprobs });
    }

    private void Open(long index)
    {
        if (_block == index) return;
        (_block, _before) = (index, _said);
    }

    private void Text(JsonText text, IChatEventSink sink, int part = -1)
    {
        if (!text.HasValue) return;
        _said += text.CountUtf16();
        sink.On(new ChatEvent(ChatEventKind.Text) { Part = part, Text = text });
    }

    private void Citation(in WireEvent wire, IChatEventSink sink)
    {
        var citation = wire.Message.Member("citations"u8);
        if (!citation.IsObject) return;
        if (CitationReader.IsOfReasoning(citation))
        {
            sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = JsonText.From("citations"), Json = citation });
            return;
        }
        Extras? lost = null;
        foreach (var one in CitationReader.Read(citation, CitationReader.IsOfPlan(citation) ? 0 : _before, ref lost))
        {
            sink.On(new ChatEvent(ChatEventKind.Citation) { Part = (int)_block, Citation = one, Extras = lost });
            lost = null;
        }
    }

    private void End(in WireEvent wire, IChatEventSink sink)
    {
        var finish = wire.Delta.Member("finish_reason"u8).AsText();
        var reason = FinishReasons.Read(finish);
        var usage = wire.Delta.Member("usage"u8);
        if (reason != FinishReason.Error) sink.On(new ChatEvent(ChatEventKind.Finish) { Part = -1, Finish = reason, NativeFinish = finish });
        if (UsageReader.Read(usage, keepMembers: false) is { } counted) sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = counted, Json = usage });
        var error = wire.Delta.Member("error"u8).AsText();
        if (reason == FinishReason.Error || error.HasValue)
        {
            sink.On(new ChatEvent(ChatEventKind.Error) { Part = -1, Error = Failures.OfGeneration(finish, error) });
            return;
        }
        IsComplete = true;
        sink.On(new ChatEvent(ChatEventKind.End) { Part = -1 });
    }
}
