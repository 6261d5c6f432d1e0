using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Gemini.Responses;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// Writes one streamed response: one event per frame, each a <c>GenerateContentResponse</c> with the parts that are new.
/// Events of Gemini go through <see cref="OwnEvents"/>, which puts them back as they were. There is no end marker: the last event has
/// the finish reasons and usage, which other dialects send in several events.
/// </summary>
internal sealed class EventWriter : IEventWriter
{
    private readonly ResponseContext _context;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly OwnEvents _own;
    private readonly PendingCalls _calls = new();
    private readonly List<Citation> _citations = [];
    private readonly List<(int Choice, FinishReason Reason)> _finished = [];
    private readonly List<int> _begun = []; // candidates
    private readonly List<(int Choice, int Index)> _ended = []; // calls that are whole

    private byte[] _id = [];
    private byte[] _model = [];
    private bool _ownFrame;
    private bool _foreign;    // a frame was of another dialect
    private bool _failed;     // the stream ended with an error
    private bool _open;       // the event's object is open
    private int _choice = -1; // the candidate that is open
    private bool _partsOpen;
    private int _start;       // of the candidate's content
    private int _event;       // of the event's JSON
    private Usage? _usage;

    public EventWriter(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        (_context, _output, _losses) = (context, output, losses);
        _own = new OwnEvents(output);
    }

    public Usage? Usage { get; private set; }

    public FinishReason Finish { get; private set; }

    public void BeginFrame(in ChatFrame frame)
    {
        _ownFrame = frame.Origin == GeminiDialect.DialectName;
        if (_ownFrame) _own.Begin(frame);
        else
        {
            _foreign = true;
            _losses.DropExtras(frame.Extras, GeminiDialect.DialectName, "");
        }
    }

    public void On(in ChatEvent item)
    {
        if (item.Usage is not null) Usage = item.Usage;
        if (item.Kind == ChatEventKind.Finish && item.Finish != FinishReason.None) Finish = item.Finish;
        if (_ownFrame) _own.On(item);
        else Write(item);
    }

    public void EndFrame()
    {
        if (_ownFrame) _own.End();
        else EndEvent();
    }

    public void Complete()
    {
        if (_foreign && !_failed) FinishAll();
        foreach (var (choice, reason) in _finished)
        {
            OpenCandidate(choice);
            WriteCalls(choice);
            CloseParts();
            _output.Name("finishReason"u8);
            _output.Literal(FinishReasons.Write(reason));
        }
        EndEvent(isLast: true);
    }

    /// <summary>Clients look for the reason in the last event, which not every server gives.</summary>
    private void FinishAll()
    {
        foreach (var choice in _calls.Choices())
            if (!_begun.Contains(choice)) _begun.Add(choice);
        if (_begun.Count == 0 && _finished.Count == 0) _begun.Add(0);
        foreach (var begun in _begun)
            if (!_finished.Exists(finished => finished.Choice == begun)) _finished.Add((begun, FinishReason.None));
    }

    private void Write(in ChatEvent item)
    {
        _losses.DropExtras(item.Extras, GeminiDialect.DialectName, "choices");
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                if (_id.Length == 0 && item.Id.HasValue) _id = item.Id.Span.ToArray();
                if (_model.Length == 0 && item.Model.HasValue) _model = item.Model.Span.ToArray();
                if (item.Usage is not null) _usage = item.Usage;
                break;
            case ChatEventKind.Text or ChatEventKind.Refusal when item.Text.HasValue:
                WriteText(item.Choice, item.Text, thought: false);
                break;
            case ChatEventKind.Reasoning when item.Text.HasValue:
                WriteText(item.Choice, item.Text, thought: true);
                break;
            case ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque when item.Text.HasValue:
                WriteSignature(item.Choice, item.Text);
                break;
            case ChatEventKind.ToolCallStart:
                _calls.Start(item);
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
                OpenMembers(item.Choice);
                _output.Name("logprobsResult"u8);
                LogprobsCodec.WriteFromChat(item.Json, _output);
                break;
            case ChatEventKind.Finish:
                var choice = item.Choice;
                _finished.RemoveAll(other => other.Choice == choice);
                _finished.Add((choice, item.Finish));
                break;
            case ChatEventKind.Usage:
                _usage = item.Usage ?? _usage;
                break;
            case ChatEventKind.Opaque:
                _losses.Drop(item.Type.HasValue ? item.Type.ToString() : "content");
                break;
            case ChatEventKind.Error when item.Error is { } error:
                EndEvent();
                _failed = true;
                ErrorCodec.WriteEvent(error, _output);
                break;
        }
    }

    private void WriteText(int choice, JsonText text, bool thought)
    {
        WriteEndedCalls(choice);
        OpenParts(choice);
        _output.BeginObject();
        _output.Name("text"u8);
        _output.Text(text);
        if (thought)
        {
            _output.Name("thought"u8);
            _output.Boolean(true);
        }
        _output.EndObject();
    }

    /// <summary>
    /// Calls that something follows. The others are in the last event, beside the finish reason: chats of npm @google/genai forget a
    /// turn in which an event has no parts.
    /// </summary>
    private void WriteEndedCalls(int choice)
    {
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
        OpenParts(choice);
        if (!call.Write(_output)) _losses.Emulate("choices.tool_calls.arguments");
        call.Dispose();
    }

    private void WriteMedia(int choice, MediaPart media)
    {
        if (!media.Source.Data.HasValue && !media.Source.Url.HasValue)
        {
            if (media.Transcript.HasValue) WriteText(choice, media.Transcript, thought: false);
            return;
        }
        WriteEndedCalls(choice);
        OpenParts(choice);
        ForeignParts.WriteMedia(media, _output);
    }

    private void WriteCitation(int choice, Citation citation)
    {
        if (!citation.Url.HasValue)
        {
            _losses.Drop("choices.annotations");
            return;
        }
        OpenMembers(choice);
        _citations.Clear();
        _citations.Add(citation);
        _output.Name("citationMetadata"u8);
        CitationCodec.Write(_citations, _output);
    }

    /// <summary>The state of the reasoning before it, sealed; clients return parts as they came.</summary>
    private void WriteSignature(int choice, JsonText signature)
    {
        WriteEndedCalls(choice);
        OpenParts(choice);
        _output.BeginObject();
        _output.Name("thought"u8);
        _output.Boolean(true);
        OwnParts.WriteSignature(signature, 0, _output);
        _output.EndObject();
    }

    private void OpenParts(int choice)
    {
        if (_choice == choice && _partsOpen) return;
        // Members of the candidate were written after its parts: the rest goes into an event of its own.
        if (_choice == choice) EndEvent();
        OpenCandidate(choice);
    }

    /// <summary>Goes behind the parts; members that came already belong to an event of their own, since none may come twice.</summary>
    private void OpenMembers(int choice)
    {
        if (_choice == choice && !_partsOpen) EndEvent();
        OpenCandidate(choice);
        CloseParts();
    }

    private void OpenCandidate(int choice)
    {
        if (_choice == choice) return;
        if (!_open)
        {
            _open = true;
            _output.NewValue();
            _output.Bytes("data: "u8);
            _event = _output.Length;
            _output.BeginObject();
            _output.Name("candidates"u8);
            _output.BeginArray();
        }
        CloseCandidate();
        if (!_begun.Contains(choice)) _begun.Add(choice);
        _output.BeginObject();
        _output.Name("index"u8);
        _output.Number(choice);
        _start = _output.Length;
        _output.Name("content"u8);
        _output.BeginObject();
        _output.Name("role"u8);
        _output.Literal("model"u8);
        _output.Name("parts"u8);
        _output.BeginArray();
        (_choice, _partsOpen) = (choice, true);
    }

    private void CloseParts()
    {
        if (!_partsOpen) return;
        _output.EndArray();
        var isEmpty = _output.WrittenSpan.EndsWith("\"parts\":[]"u8);
        _output.EndObject();
        if (isEmpty) _output.TruncateTo(_start);
        _partsOpen = false;
    }

    private void CloseCandidate()
    {
        if (_choice < 0) return;
        CloseParts();
        _output.EndObject();
        _choice = -1;
    }

    /// <param name="isLast">It gets the usage.</param>
    private void EndEvent(bool isLast = false)
    {
        if (!_open && !(isLast && _usage is not null)) return;
        if (!_open)
        {
            _output.NewValue();
            _output.Bytes("data: "u8);
            _event = _output.Length;
            _output.BeginObject();
        }
        else
        {
            CloseCandidate();
            _output.EndArray();
        }
        if (isLast && _usage is { } usage)
        {
            _output.Name("usageMetadata"u8);
            UsageCodec.Write(usage, _output);
        }
        _output.Name("modelVersion"u8);
        if (_model.Length > 0) _output.Literal(_model);
        else _output.Text(_context.Model);
        _output.Name("responseId"u8);
        if (_id.Length > 0) _output.Literal(_id);
        else _output.Text(_context.FallbackId);
        _output.EndObject();
        // Arguments are JSON that the model wrote, perhaps on several lines (openai-chat-sse-toolcall-c3e001).
        _output.PutOnOneLine(_event);
        _output.Bytes("\r\n\r\n"u8);
        _output.NewValue();
        _open = false;
    }
}
