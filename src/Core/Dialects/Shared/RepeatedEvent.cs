using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Records what a stream's reader sends to its sink for one event. For the next event that differs only in its text, and perhaps in the
/// counts of its usage (<see cref="EventShape"/>), the same is sent again with the new text. Every event that is fully read ends the
/// repetition, so a reader's state cannot have changed in between. Not thread safe.
/// </summary>
internal sealed class RepeatedEvent : IChatEventSink
{
    /// <summary>The maximum number of chat events per repeated event.</summary>
    private const int MostEvents = 3;

    private readonly ChatEvent[] _events = new ChatEvent[MostEvents];
    private IChatEventSink _sink = null!;
    private ChatFrame _frame;
    private int _count, _text;

    public EventShape Shape { get; } = new();

    /// <summary>The recorded events; empty if there were too many.</summary>
    public ReadOnlySpan<ChatEvent> Events => _count <= MostEvents ? _events.AsSpan(0, _count) : default;

    /// <summary>The type of the frame.</summary>
    public JsonText Type => _frame.Type;

    /// <summary>Returns a sink that records and forwards. The event must be read from the shape's copy.</summary>
    public IChatEventSink Record(IChatEventSink sink)
    {
        (_sink, _count) = (sink, 0);
        return this;
    }

    /// <summary>The next event may be compared with this one.</summary>
    /// <param name="text">The index in <see cref="Events"/> of the text that differs.</param>
    public bool TryLearn(int text)
    {
        _text = text;
        if (!Shape.TryAddValue(_events[text].Text.Span, HoleKind.Text)) return false;
        Shape.Learn();
        return true;
    }

    /// <summary>The text of an event that the shape has just matched.</summary>
    public JsonText TextOf(ReadOnlyMemory<byte> data)
    {
        foreach (ref readonly var hole in Shape.Holes)
            if (hole.Kind == HoleKind.Text) return new JsonText(data[hole.Found]);
        return default;
    }

    /// <summary>Sends the text of an event that repeats the recorded one, and nothing else, if that is enough for the sink.</summary>
    /// <param name="data">The event, which the shape has just matched.</param>
    public bool TryTellText(ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        if (!sink.TakesTextAlone(_frame.Origin)) return false;
        sink.BeginFrame(_frame);
        sink.On(_events[_text] with { Text = TextOf(data) });
        sink.EndFrame();
        return true;
    }

    /// <summary>Sends the recorded events for an event that repeats the recorded one.</summary>
    /// <param name="data">The event, which the shape has just matched.</param>
    /// <param name="usage">Its usage, if the recorded event has one.</param>
    /// <param name="usageJson">The same as JSON.</param>
    public void Tell(ReadOnlyMemory<byte> data, IChatEventSink sink, Usage? usage = null, JsonSlice usageJson = default)
    {
        sink.BeginFrame(_frame.Json.IsPresent ? _frame with { Json = new JsonSlice(data) } : _frame);
        for (var i = 0; i < _count; i++)
        {
            if (i == _text) sink.On(_events[i] with { Text = TextOf(data) });
            else if (_events[i].Kind == ChatEventKind.Usage) sink.On(_events[i] with { Usage = usage, Json = usageJson });
            else sink.On(_events[i]);
        }
        sink.EndFrame();
    }

    void IChatEventSink.BeginFrame(in ChatFrame frame)
    {
        _frame = frame;
        _sink.BeginFrame(frame);
    }

    void IChatEventSink.On(in ChatEvent item)
    {
        if (_count < MostEvents) _events[_count] = item;
        _count++;
        _sink.On(item);
    }

    void IChatEventSink.EndFrame() => _sink.EndFrame();
}
