using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// The event that the next ones may repeat (<see cref="RepeatedEvent"/>): one candidate, one text, and perhaps the counts so far. Nearly all
/// events of a stream are such. Their counts are read from the bytes; a sink that takes the text alone gets them when another event follows.
/// Not thread safe.
/// </summary>
internal sealed class RepeatedChunk(UsageRules rules)
{
    private readonly RepeatedEvent _event = new();
    private UsageCounts _counts;
    private Range _usage;
    private bool _hasUsage, _holdsUsage;

    /// <summary>Whether the text is a response's, not its reasoning.</summary>
    public bool IsText => _event.Events[1].Kind == ChatEventKind.Text;

    /// <summary>The index of the candidate.</summary>
    public int Choice => _event.Events[0].Choice;

    /// <inheritdoc cref="IEventReader.HeldUsage"/>
    public Usage? HeldUsage => _holdsUsage ? _counts.ToUsage(rules) : null;

    public bool Matches(ReadOnlyMemory<byte> data) => _event.Shape.Matches(data.Span);

    /// <inheritdoc cref="EventShape.TryBegin"/>
    public bool TryBegin(ReadOnlyMemory<byte> data, out ReadOnlyMemory<byte> copy) => _event.Shape.TryBegin(data, out copy);

    /// <inheritdoc cref="RepeatedEvent.Record"/>
    public IChatEventSink Record(IChatEventSink sink) => _event.Record(sink);

    /// <inheritdoc cref="RepeatedEvent.TextOf"/>
    public JsonText TextOf(ReadOnlyMemory<byte> data) => _event.TextOf(data);

    /// <summary>The next event may be compared with the recorded one, if that is of a form that repeats.</summary>
    public void TryLearn()
    {
        var events = _event.Events;
        var isText = events is [{ Kind: ChatEventKind.Start }, { Kind: ChatEventKind.Text or ChatEventKind.Reasoning, Text.HasValue: true }, ..];
        if (!isText || (events.Length == 3 && events[2].Kind != ChatEventKind.Usage)) return;
        var usage = events.Length == 3 ? events[2].Json : default;
        _hasUsage = usage.IsPresent;
        if (_hasUsage)
        {
            _counts = UsageCounts.Read(usage);
            UsageCounts.AddHoles(usage, _event.Shape);
            var start = _event.Shape.PositionOf(usage.Span);
            _usage = start..(start + usage.Span.Length);
        }
        _event.TryLearn(text: 1);
    }

    /// <summary>Sends an event that has just matched.</summary>
    public void Tell(ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        var shape = _event.Shape;
        if (_hasUsage) _counts.Take(data.Span, shape);
        if (_event.TryTellText(data, sink))
        {
            _holdsUsage = _hasUsage;
            return;
        }
        if (!_hasUsage)
        {
            _event.Tell(data, sink);
            return;
        }
        var usage = new JsonSlice(data[shape.PositionOf(_usage.Start.Value)..shape.PositionOf(_usage.End.Value)]);
        _event.Tell(data, sink, _counts.ToUsage(rules), usage);
    }

    /// <summary>Sends the usage that the sink has not received.</summary>
    public void TellHeldUsage(IChatEventSink sink)
    {
        if (HeldUsage is not { } usage) return;
        _holdsUsage = false;
        sink.BeginFrame(new ChatFrame(GeminiDialect.DialectName) { Form = Forms.NoCandidates });
        sink.On(new ChatEvent(ChatEventKind.Usage) { Usage = usage });
        sink.EndFrame();
    }
}
