using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// Writes one streamed response: one event per frame, each a <c>GenerateContentResponse</c> with the new parts.
/// <see cref="OwnEvents"/> restores Gemini's own events unchanged. There is no end marker: the last event has
/// the finish reasons and usage, which other dialects send in several events.
/// </summary>
internal sealed class EventWriter : IEventWriter
{
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly ForeignExtras _extras;
    private readonly OwnEvents _own;
    private readonly PendingCalls _calls = new();
    private readonly OpenEvent _event;
    private readonly HeldTails _tails;
    private readonly RequestMemo? _memo;
    private readonly List<(int Choice, FinishReason Reason)> _finished = [];
    private readonly List<(int Choice, int Index)> _ended = []; // complete calls
    private readonly List<int> _called = []; // candidates with calls

    private bool _ownFrame;
    private bool _foreign; // a frame came from another dialect
    private bool _failed;  // the stream ended with an error
    private Usage? _usage;
    private FinishReason _finish; // the last one

    public EventWriter(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        (_output, _losses, _memo) = (output, losses, context.Memo);
        _extras = new ForeignExtras(losses, GeminiDialect.DialectName);
        _own = new OwnEvents(output);
        _event = new OpenEvent(context, output);
        _tails = new HeldTails(_event, output);
    }

    public Usage? Usage { get; private set; }

    public bool TakesTextAlone(string origin) => origin != GeminiDialect.DialectName;

    public void BeginFrame(in ChatFrame frame)
    {
        _ownFrame = frame.Origin == GeminiDialect.DialectName;
        if (_ownFrame) _own.Begin(frame);
        else
        {
            _foreign = true;
            _extras.Answer(frame.Extras);
        }
    }

    public void On(in ChatEvent item)
    {
        if (item.Usage is not null) Usage = item.Usage;
        if (item.Kind == ChatEventKind.Finish && item.Finish != FinishReason.None) _finish = item.Finish;
        if (_ownFrame) _own.On(item);
        else Write(item);
    }

    public void EndFrame()
    {
        if (_ownFrame) _own.End();
        else _event.End();
    }

    public void Complete()
    {
        if (_foreign && !_failed) FinishAll();
        foreach (var (choice, reason) in _finished)
        {
            _tails.Release(choice);
            WriteCalls(choice);
            if (_event.Begun.Contains(choice) && !_event.HasParts(choice))
            {
                // The last part was an image.
                _event.OpenParts(choice);
                BareThought.Write(_output);
            }
            _event.OpenLastMembers(choice);
            _output.Name("finishReason"u8);
            _output.Literal(FinishReasons.Write(reason));
        }
        _event.End(_usage);
    }

    public void Interrupt()
    {
        // The failed frame was discarded, with the held text that it contained.
        if (_event.TryForget()) return;
        foreach (var choice in _tails.Choices().Union(_event.Citations.Choices()).ToArray())
        {
            _tails.Release(choice);
            _event.OpenLastMembers(choice);
        }
        _event.End();
    }

    /// <summary>Clients read the finish reason from the last event; some servers send none.</summary>
    private void FinishAll()
    {
        var open = _event.Begun.Union(_calls.Choices()).Union(_tails.Choices()).ToList();
        if (open.Count == 0 && _finished.Count == 0) open.Add(0);
        foreach (var choice in open)
            if (!_finished.Exists(finished => finished.Choice == choice)) _finished.Add((choice, FinishReason.None));
    }

    private void Write(in ChatEvent item)
    {
        _extras.Event(item);
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                _event.Start(item);
                if (item.Usage is not null) _usage = item.Usage;
                break;
            case ChatEventKind.Text or ChatEventKind.Refusal when item.Text.HasValue:
                WriteText(item.Choice, item.Text, thought: false);
                break;
            case ChatEventKind.Reasoning when item.Text.HasValue:
                WriteText(item.Choice, item.Text, thought: true);
                break;
            case ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque when item.Text.HasValue:
                if (_ended.Count > 0) WriteEndedCalls(item.Choice);
                _tails.AddSignature(item.Choice, item.Text);
                break;
            case ChatEventKind.ToolCallStart:
                _calls.Start(item, CallerNames.Restore(_memo, item.Name));
                break;
            case ChatEventKind.ToolCallArguments:
                _calls.Add(item);
                break;
            case ChatEventKind.ToolCallEnd:
                _ended.Add((item.Choice, item.ToolIndex));
                break;
            case ChatEventKind.Media when item.Media is { } media:
                WriteMedia(item.Choice, media);
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                WriteCitation(item.Choice, citation);
                break;
            case ChatEventKind.Logprobs when item.Json.HasValue:
                if (!_event.HasParts(item.Choice)) _tails.Release(item.Choice);
                _event.OpenMembers(item.Choice);
                _output.Name("logprobsResult"u8);
                LogprobsCodec.WriteFromChat(item.Json, _output);
                break;
            case ChatEventKind.Finish:
                _extras.StopSequence(item.Text);
                if (item.Finish == FinishReason.Pause) _extras.Finish();
                AddFinish(item.Choice, item.Finish);
                break;
            case ChatEventKind.Usage:
                _usage = item.Usage ?? _usage;
                // Some providers repeat usage in every event; the last one is complete.
                if (_finish != FinishReason.None) _extras.Usage(item.Json);
                break;
            case ChatEventKind.Opaque:
                _losses.Drop(item.Type.HasValue ? item.Type.ToString() : "content");
                break;
            case ChatEventKind.Error when item.Error is { } error:
                Interrupt();
                _failed = true;
                ErrorCodec.WriteEvent(error, _output);
                break;
        }
    }

    // A separate method, since a lambda's captures are allocated when its method starts: not for every event.
    private void AddFinish(int choice, FinishReason reason)
    {
        _finished.RemoveAll(other => other.Choice == choice);
        _finished.Add((choice, reason));
    }

    private void WriteText(int choice, JsonText text, bool thought)
    {
        if (_ended.Count > 0) WriteEndedCalls(choice);
        _tails.Add(choice, text, thought);
    }

    /// <summary>
    /// Writes ended calls before other content. The rest are in the last event, beside the finish reason (see <see cref="HeldTails"/>).
    /// </summary>
    private void WriteEndedCalls(int choice)
    {
        if (_ended.Exists(ended => ended.Choice == choice)) _tails.Release(choice);
        foreach (var ended in _ended)
            if (ended.Choice == choice && _calls.Take(choice, ended.Index) is { } call) WriteCall(choice, call);
        _ended.RemoveAll(ended => ended.Choice == choice);
    }

    private void WriteCalls(int choice)
    {
        while (_calls.TakeFirst(choice) is { } call) WriteCall(choice, call);
    }

    private void WriteCall(int choice, PendingCall call)
    {
        _event.OpenParts(choice);
        var isFirst = !_called.Contains(choice);
        if (isFirst) _called.Add(choice);
        if (!call.Write(isFirst, _output)) _losses.Emulate("choices.tool_calls.arguments");
        call.Dispose();
    }

    private void WriteMedia(int choice, MediaPart media)
    {
        if (!media.Source.Data.HasValue && !media.Source.Url.HasValue)
        {
            if (media.Transcript.HasValue) WriteText(choice, media.Transcript, thought: false);
            return;
        }
        _tails.Release(choice);
        if (_ended.Count > 0) WriteEndedCalls(choice);
        _event.OpenParts(choice);
        ForeignParts.WriteMedia(media, _output);
    }

    private void WriteCitation(int choice, Citation citation)
    {
        if (!citation.Url.HasValue)
        {
            _losses.Drop("choices.annotations");
            return;
        }
        _event.Citations.Add(choice, citation);
    }
}
