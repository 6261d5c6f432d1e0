using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Writes a stream for a caller who speaks Responses: events of this dialect unchanged (<see cref="FrameEcho"/>), events
/// of others as new items (<see cref="ResponseStream"/>).
/// </summary>
internal sealed class EventWriter(in ResponseContext context, JsonOutput output, LossReport losses) : IEventWriter
{
    private readonly FrameEcho _echo = new(output);
    private readonly ResponseStream _stream = new(context, output, losses);
    private readonly ForeignExtras _extras = new(losses, OpenAIResponsesDialect.DialectName);
    private bool _own, _ended;
    private FinishReason _finish; // the last one

    public Usage? Usage { get; private set; }

    public bool TakesTextAlone(string origin) => origin != OpenAIResponsesDialect.DialectName;

    public void BeginFrame(in ChatFrame frame)
    {
        _own = frame.Origin == OpenAIResponsesDialect.DialectName;
        if (_own) _echo.Begin(frame);
        else _extras.Answer(frame.Extras);
    }

    public void On(in ChatEvent item)
    {
        if (item.Usage is { } usage) Usage = usage;
        if (item.Kind == ChatEventKind.Finish && item.Finish != FinishReason.None) _finish = item.Finish;
        _ended |= item.Kind == ChatEventKind.Error;
        if (_own)
        {
            _ended |= item.Kind == ChatEventKind.End;
            _echo.On(item);
        }
        else
        {
            _stream.On(item);
            if (item.Choice > 0) return;
            _extras.Event(item);
            if (item.Kind == ChatEventKind.Finish) _extras.StopSequence(item.Text);
            if (item is { Kind: ChatEventKind.Finish, Finish: FinishReason.Other }) _extras.Finish();
            // Some providers repeat usage in every event; the last one is complete.
            if (item.Kind == ChatEventKind.Usage && _finish != FinishReason.None) _extras.Usage(item.Json);
        }
    }

    public void EndFrame()
    {
        if (_own) _echo.End();
        else _stream.EndFrame();
    }

    public StreamPlace Place => new() { Events = _stream.Count, Id = _stream.Id };

    public void Complete()
    {
        if (!_ended) _stream.Complete(Usage, _finish);
        _ended = true;
    }
}
