using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>
/// Writes a stream for a caller who speaks Messages: events of this dialect unchanged (<see cref="EventEcho"/>),
/// events of others as new blocks (<see cref="BlockStream"/>).
/// </summary>
internal sealed class EventWriter(in ResponseContext context, JsonOutput output, LossReport losses) : IEventWriter
{
    private readonly EventEcho _echo = new(output);
    private readonly BlockStream _blocks = new(context, output, losses);
    private readonly ForeignExtras _extras = new(losses, AnthropicMessagesDialect.DialectName);
    private bool _own;
    private bool _ended;
    private FinishReason _finish; // the last one

    public Usage? Usage { get; private set; }

    public bool TakesTextAlone(string origin) => origin != AnthropicMessagesDialect.DialectName;

    public void BeginFrame(in ChatFrame frame)
    {
        _own = frame.Origin == AnthropicMessagesDialect.DialectName;
        if (_own) _echo.Begin(frame);
        else _extras.Answer(frame.Extras);
    }

    public void On(in ChatEvent item)
    {
        if (item.Usage is { } usage) Usage = usage;
        if (item.Kind == ChatEventKind.Finish && item.Finish != FinishReason.None) _finish = item.Finish;
        if (_own)
        {
            _ended |= item.Kind is ChatEventKind.End or ChatEventKind.Error;
            _echo.On(item);
        }
        else
        {
            _blocks.On(item);
            if (item.Choice <= 0) _extras.Event(item);
            if (item is { Kind: ChatEventKind.Finish, Choice: <= 0, Finish: FinishReason.Other }) _extras.Finish();
            // Some providers repeat usage in every event; the last one is complete.
            if (item.Kind == ChatEventKind.Usage && _finish != FinishReason.None) _extras.Usage(item.Json);
        }
    }

    public void EndFrame()
    {
        if (_own) _echo.End();
    }

    public void Complete()
    {
        if (!_own && !_ended) _blocks.Complete(Usage);
        _ended = true;
    }
}
