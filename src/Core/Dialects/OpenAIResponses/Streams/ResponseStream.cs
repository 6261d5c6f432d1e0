using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Converts another dialect's events into a stream of this one: items are announced, written in pieces, and repeated whole when they
/// end; the last event repeats all of them, so they are kept until then.
/// </summary>
internal sealed class ResponseStream
{
    /// <summary>The maximum number of sources that are kept until their text arrives.</summary>
    private const int MaxEarly = 256;

    private static readonly byte[][] Beginnings = ["response.created"u8.ToArray(), "response.in_progress"u8.ToArray()];

    private readonly ResponseContext _context;
    private readonly ResponsesMemo? _memo;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly ItemEvents _events;
    private readonly StreamFrame _frame;
    private readonly List<StreamItem> _all = [];
    private readonly List<byte[]> _states = [];
    private readonly List<Citation> _early = [];  // sources that came before their text
    private byte[] _id = [], _model = [], _created = [];
    private StreamItem? _open;  // the message or reasoning that grows
    private int _part = -1;     // the part of the provider's response that it is
    private JsonText _held;     // text that waits for its log probabilities
    private long _textLength;
    private bool _started;

    public ResponseStream(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        (_context, _memo, _output, _losses) = (context, context.Memo as ResponsesMemo, output, losses);
        _frame = new StreamFrame(output);
        _events = new ItemEvents(context.FallbackId, _frame, output);
    }

    /// <summary>The number of events so far.</summary>
    public int Count => _frame.Count;

    public string? Id => _started ? ResponseFrame.IdOf(new JsonText(_id), _context) : null;

    public void On(in ChatEvent item)
    {
        if (item.Choice > 0)
        {
            _losses.Drop("choices");
            return;
        }
        if (_held.IsPresent && item.Kind != ChatEventKind.Logprobs) EndFrame();
        switch (item.Kind)
        {
            case ChatEventKind.Start when !_started:
                (_id, _model, _created) = (item.Id.Span.ToArray(), item.Model.Span.ToArray(), item.Json.Span.ToArray());
                Start();
                break;
            case ChatEventKind.Text:
                Said(StreamItemKind.Text, item.Text, part: -1);
                break;
            case ChatEventKind.Refusal:
                Said(StreamItemKind.Refusal, item.Text, part: -1);
                break;
            case ChatEventKind.Reasoning:
                Said(StreamItemKind.Reasoning, item.Text, item.Part);
                break;
            case ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque:
                State(item);
                break;
            case ChatEventKind.ToolCallStart:
                Call(item);
                break;
            case ChatEventKind.ToolCallArguments:
                Arguments(item);
                break;
            case ChatEventKind.ToolCallEnd when Find(item.ToolIndex) is { } call:
                _events.End(call);
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                Cite(citation);
                break;
            case ChatEventKind.Media when item.Media is { Kind: MediaKind.Image, Source.Data.HasValue: true } image:
                Image(image);
                break;
            case ChatEventKind.Media:
                _losses.Drop(item.Media?.Kind == MediaKind.Audio ? "audio" : "images");
                break;
            case ChatEventKind.Logprobs:
                Logprobs(item.Json.Member("content"u8));
                break;
            case ChatEventKind.Opaque:
                _losses.Drop($"content.{item.Type}");
                break;
        }
    }

    /// <summary>The content of one provider event is complete.</summary>
    public void EndFrame()
    {
        if (_held.IsPresent) Release(default);
    }

    public void Complete(Usage? usage, FinishReason finish)
    {
        EndFrame();
        Start();
        Close();
        if (_early.Count > 0) _losses.Drop("choices.annotations");
        foreach (var item in _all) _events.End(item);
        var status = ResponseFrame.Status(finish);
        _frame.Begin(status.SequenceEqual("completed"u8) ? "response.completed"u8 : "response.incomplete"u8);
        _output.Name("response"u8);
        Response(status, finish, usage, isEnd: true);
        _frame.End();
        foreach (var item in _all) item.Dispose();
    }

    private void Start()
    {
        if (_started) return;
        _started = true;
        foreach (var type in Beginnings)
        {
            _frame.Begin(type);
            _output.Name("response"u8);
            Response("in_progress"u8, FinishReason.None, null, isEnd: false);
            _frame.End();
        }
    }

    private void Response(ReadOnlySpan<byte> status, FinishReason finish, Usage? usage, bool isEnd)
    {
        ResponseFrame.Begin(new JsonText(_id), new JsonText(_model), new JsonSlice(_created), status, finish, _context, _output);
        _output.BeginArray();
        if (isEnd)
            foreach (var item in _all) _events.Whole(item);
        _output.EndArray();
        ResponseFrame.End(usage, isEnd, _context, _output);
    }

    /// <param name="part">The part; each part of reasoning becomes a separate item with its state.</param>
    private void Said(StreamItemKind kind, JsonText text, int part)
    {
        if (text.IsEmpty) return;
        if (_open?.Kind != kind || _part != part)
        {
            Close();
            _open = Add(kind);
            _part = part;
            _events.Announce(_open);
        }
        _open.Text.Append(text);
        if (kind == StreamItemKind.Text && _memo is { WantsLogprobs: true }) _held = text;
        else _events.Delta(_open, text);
        if (kind != StreamItemKind.Text || _early.Count == 0) return;
        EndFrame();
        foreach (var citation in _early) Cite(citation);
        _early.Clear();
    }

    /// <summary>Adds state to its reasoning, or writes it as a separate item after the open one has ended.</summary>
    private void State(in ChatEvent item)
    {
        if (!item.Text.HasValue) return;
        var state = item.Text.Span.ToArray();
        if (_open is { Kind: StreamItemKind.Reasoning, State.Length: 0 } reasoning && item.PartKind is not (PartKind.Text or PartKind.Media)
            && item.Kind == ChatEventKind.ReasoningSignature)
        {
            reasoning.State = state;
            Close();
            return;
        }
        _states.Add(state);
        if (_open is null) Close();
    }

    /// <summary>Ends the open item, and writes the state that waited for its end.</summary>
    private void Close()
    {
        if (_open is { } open)
        {
            if (open.Kind == StreamItemKind.Text) _textLength += new JsonText(open.Text.Written).CountUtf16();
            _events.End(open);
            _open = null;
        }
        foreach (var state in _states)
        {
            var item = Add(StreamItemKind.Reasoning);
            _events.Announce(item);
            item.State = state;
            _events.End(item);
        }
        _states.Clear();
    }

    private void Call(in ChatEvent item)
    {
        if (Find(item.ToolIndex) is not null) return;
        Close();
        // A signature is sent in the call's id, if it fits.
        if (item.Signature.HasValue && StateSeal.IndexOf(item.Id.Span) < 0) _losses.Drop("tool_calls.signature");
        var tool = _memo?.Find(item.Name);
        var kind = tool switch
        {
            { Kind: CallerToolKind.BuiltIn } => StreamItemKind.BuiltInCall,
            { Kind: CallerToolKind.Custom } => StreamItemKind.CustomCall,
            _ => item.IsCustom ? StreamItemKind.CustomCall : StreamItemKind.Call,
        };
        Start();
        var call = new StreamItem(kind, _all.Count, _output.CreateScratch(256))
        {
            ToolIndex = item.ToolIndex, CallId = item.Id.Span.ToArray(), Name = item.Name.Span.ToArray(), Tool = tool,
        };
        _all.Add(call);
        _events.Announce(call);
    }

    private void Arguments(in ChatEvent item)
    {
        if (Find(item.ToolIndex) is not { IsEnded: false } call) return;
        var start = call.Text.Length;
        if (item.Json.HasValue) call.Text.AppendUtf8(item.Json.Span);
        else call.Text.Append(item.Text);
        if (call.Text.Length > start && !call.IsGathered) _events.Delta(call, new JsonText(call.Text.Written[start..]));
    }

    private void Cite(Citation citation)
    {
        if (_open is not { Kind: StreamItemKind.Text } text)
        {
            if (_early.Count < MaxEarly) _early.Add(Owned(citation));
            else _losses.Drop("choices.annotations");
            return;
        }
        // A source without a position covers all the text so far.
        if (citation.EndIndex is null) citation = citation with { EndIndex = text.Before + new JsonText(text.Text.Written).CountUtf16() };
        _events.Annotation(text, citation);
    }

    /// <summary>A copy, since the provider's bytes are no longer valid when the text arrives.</summary>
    private static Citation Owned(Citation citation) => new()
    {
        Origin = citation.Origin, Url = new JsonText(citation.Url.Span.ToArray()), Title = new JsonText(citation.Title.Span.ToArray()), StartIndex = citation.StartIndex,
        EndIndex = citation.EndIndex,
    };

    private void Image(MediaPart image)
    {
        Close();
        Start();
        // A copy, since the provider's bytes are no longer valid when the last event repeats the item.
        var data = new JsonText(image.Source.InStandardBase64().Data.Span.ToArray());
        var item = new StreamItem(StreamItemKind.Image, _all.Count, _output.CreateScratch(16)) { Image = new MediaPart(image.Kind, new MediaSource { Data = data }) };
        _all.Add(item);
        _events.Announce(item);
        _events.End(item);
    }

    private void Logprobs(JsonSlice list)
    {
        if (!LogprobsBuilder.Says(list)) return;
        if (_open is not { Kind: StreamItemKind.Text })
        {
            _losses.Drop("choices.logprobs");
            return;
        }
        Release(list.Span[1..^1]);
    }

    /// <summary>Writes the text that waited, with its log probabilities.</summary>
    private void Release(ReadOnlySpan<byte> logprobs)
    {
        var text = _held.IsPresent ? _held : new JsonText(default);
        _held = default;
        if (!logprobs.IsEmpty) _open!.LogprobList.Raw(logprobs);
        _events.Delta(_open!, text, logprobs);
    }

    private StreamItem Add(StreamItemKind kind)
    {
        Start();
        var item = new StreamItem(kind, _all.Count, _output.CreateScratch(256)) { Before = _textLength };
        _all.Add(item);
        return item;
    }

    private StreamItem? Find(int tool)
    {
        foreach (var item in _all)
            if (item.ToolIndex == tool) return item;
        return null;
    }
}
