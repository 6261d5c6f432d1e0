using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Makes a stream of this dialect of the events of another one: items are announced, said piece by piece, and said whole
/// when they end; the last event says all of them again. So what was said is kept until then.
/// </summary>
internal sealed class ResponseStream
{
    private readonly ResponseContext _context;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly ItemWriter _items;
    private readonly StreamFrame _frame;
    private readonly List<StreamItem> _all = [];
    private byte[] _id = [], _model = [], _created = [];
    private StreamItem? _open;  // the message or thought that grows
    private bool _started;

    public ResponseStream(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        (_context, _output, _losses) = (context, output, losses);
        _items = new ItemWriter(context.FallbackId, output);
        _frame = new StreamFrame(output);
    }

    public void On(in ChatEvent item)
    {
        if (item.Choice > 0)
        {
            _losses.Drop("choices");
            return;
        }
        switch (item.Kind)
        {
            case ChatEventKind.Start when !_started:
                (_id, _model, _created) = (item.Id.Span.ToArray(), item.Model.Span.ToArray(), item.Json.Span.ToArray());
                Start();
                break;
            case ChatEventKind.Text:
                Said(StreamItemKind.Text, item.Text);
                break;
            case ChatEventKind.Refusal:
                Said(StreamItemKind.Refusal, item.Text);
                break;
            case ChatEventKind.Reasoning:
                Said(StreamItemKind.Reasoning, item.Text);
                break;
            case ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque:
                _losses.Drop("reasoning.signature");
                break;
            case ChatEventKind.ToolCallStart:
                if (item.Signature.HasValue) _losses.Drop("tool_calls.signature");
                Call(item);
                break;
            case ChatEventKind.ToolCallArguments:
                Arguments(item);
                break;
            case ChatEventKind.ToolCallEnd when Find(item.ToolIndex) is { } call:
                End(call);
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                Cite(citation);
                break;
            case ChatEventKind.Media:
                _losses.Drop(item.Media?.Kind == MediaKind.Audio ? "audio" : "images");
                break;
            case ChatEventKind.Logprobs:
                _losses.Drop("choices.logprobs");
                break;
            case ChatEventKind.Opaque:
                _losses.Drop($"content.{item.Type}");
                break;
        }
    }

    public void Complete(Usage? usage, FinishReason finish)
    {
        Start();
        foreach (var item in _all) End(item);
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

    private static readonly byte[][] Beginnings = ["response.created"u8.ToArray(), "response.in_progress"u8.ToArray()];

    private void Response(ReadOnlySpan<byte> status, FinishReason finish, Usage? usage, bool isEnd)
    {
        ResponseFrame.Begin(new JsonText(_id), new JsonText(_model), new JsonSlice(_created), status, finish, _context, _output);
        _output.BeginArray();
        if (isEnd)
            foreach (var item in _all) Whole(item);
        _output.EndArray();
        ResponseFrame.End(usage, _output);
    }

    private void Said(StreamItemKind kind, JsonText text)
    {
        if (text.IsEmpty) return;
        Start();
        if (_open?.Kind != kind)
        {
            if (_open is not null) End(_open);
            _open = Add(new StreamItem(kind, _all.Count));
            Announce(_open);
        }
        _open.Text.Append(text);
        Delta(_open, text);
    }

    private void Call(in ChatEvent item)
    {
        Start();
        if (Find(item.ToolIndex) is not null) return;
        if (_open is not null) End(_open);
        var call = Add(new StreamItem(item.IsCustom ? StreamItemKind.CustomCall : StreamItemKind.Call, _all.Count)
        {
            Tool = item.ToolIndex,
            CallId = item.Id.Span.ToArray(),
            Name = item.Name.Span.ToArray(),
        });
        Announce(call);
    }

    private void Arguments(in ChatEvent item)
    {
        if (Find(item.ToolIndex) is not { IsEnded: false } call) return;
        var start = call.Text.Length;
        if (item.Json.HasValue) call.Text.AppendUtf8(item.Json.Span);
        else call.Text.Append(item.Text);
        if (call.Text.Length > start) Delta(call, new JsonText(call.Text.Written[start..]));
    }

    private void Cite(Citation citation)
    {
        if (_open is not { Kind: StreamItemKind.Text } text)
        {
            _losses.Drop("choices.annotations");
            return;
        }
        _frame.Begin("response.output_text.annotation.added"u8);
        Place(text);
        _frame.Number("content_index"u8, 0);
        _frame.Number("annotation_index"u8, text.Annotations++);
        _output.Name("annotation"u8);
        ItemWriter.Annotation(_output, citation, 0);
        _frame.End();
        ItemWriter.Annotation(text.AnnotationList, citation, 0);
    }

    private void Announce(StreamItem item)
    {
        _frame.Begin("response.output_item.added"u8);
        _frame.Number("output_index"u8, item.Index);
        _output.Name("item"u8);
        switch (item.Kind)
        {
            case StreamItemKind.Reasoning:
                _items.Reasoning(item.Index, default, default);
                break;
            case StreamItemKind.Call or StreamItemKind.CustomCall:
                _items.Call(item.Index, new JsonText(item.CallId), new JsonText(item.Name), new ToolArguments { Encoded = new JsonText(default) }, item.Kind == StreamItemKind.CustomCall, isDone: false);
                break;
            default:
                _items.BeginMessage(item.Index, isDone: false);
                _items.EndMessage();
                break;
        }
        _frame.End();
        if (item.Kind is not (StreamItemKind.Call or StreamItemKind.CustomCall)) Part(item, isDone: false);
    }

    /// <summary>A part begins or is whole.</summary>
    private void Part(StreamItem item, bool isDone)
    {
        var isThought = item.Kind == StreamItemKind.Reasoning;
        _frame.Begin(isThought ? isDone ? "response.reasoning_summary_part.done"u8 : "response.reasoning_summary_part.added"u8
            : isDone ? "response.content_part.done"u8 : "response.content_part.added"u8);
        Place(item);
        _frame.Number(isThought ? "summary_index"u8 : "content_index"u8, 0);
        _output.Name("part"u8);
        var text = isDone ? new JsonText(item.Text.Written) : new JsonText(default);
        if (isThought) _items.SummaryPart(text);
        else if (item.Kind == StreamItemKind.Refusal) _items.RefusalPart(text);
        else _items.TextPart(text, isDone && item.Annotations > 0 ? item.AnnotationList : null);
        _frame.End();
    }

    private void Delta(StreamItem item, JsonText text)
    {
        _frame.Begin(item.DeltaEvent);
        Place(item);
        if (item.Kind == StreamItemKind.Reasoning) _frame.Number("summary_index"u8, 0);
        else if (item.Kind is StreamItemKind.Text or StreamItemKind.Refusal) _frame.Number("content_index"u8, 0);
        _output.Name("delta"u8);
        _output.Text(text);
        if (item.Kind == StreamItemKind.Text) _output.Raw("\"logprobs\":[]"u8);
        _frame.End();
    }

    /// <summary>Says the item whole, once.</summary>
    private void End(StreamItem item)
    {
        if (item.IsEnded) return;
        item.IsEnded = true;
        if (_open == item) _open = null;
        _frame.Begin(item.DoneEvent);
        Place(item);
        if (item.Kind == StreamItemKind.Reasoning) _frame.Number("summary_index"u8, 0);
        else if (item.Kind is StreamItemKind.Text or StreamItemKind.Refusal) _frame.Number("content_index"u8, 0);
        _output.Name(item.DoneMember);
        _output.Text(new JsonText(item.Text.Written));
        if (item.Kind == StreamItemKind.Text) _output.Raw("\"logprobs\":[]"u8);
        _frame.End();
        if (item.Kind is not (StreamItemKind.Call or StreamItemKind.CustomCall)) Part(item, isDone: true);
        _frame.Begin("response.output_item.done"u8);
        _frame.Number("output_index"u8, item.Index);
        _output.Name("item"u8);
        Whole(item);
        _frame.End();
    }

    private void Whole(StreamItem item)
    {
        var text = new JsonText(item.Text.Written);
        switch (item.Kind)
        {
            case StreamItemKind.Reasoning:
                _items.Reasoning(item.Index, text, default);
                break;
            case StreamItemKind.Call or StreamItemKind.CustomCall:
                _items.Call(item.Index, new JsonText(item.CallId), new JsonText(item.Name), new ToolArguments { Encoded = text }, item.Kind == StreamItemKind.CustomCall, isDone: true);
                break;
            default:
                _items.BeginMessage(item.Index, isDone: true);
                if (item.Kind == StreamItemKind.Refusal) _items.RefusalPart(text);
                else _items.TextPart(text, item.Annotations > 0 ? item.AnnotationList : null);
                _items.EndMessage();
                break;
        }
    }

    private StreamItem Add(StreamItem item)
    {
        _all.Add(item);
        return item;
    }

    private StreamItem? Find(int tool)
    {
        foreach (var item in _all)
            if (item.Tool == tool) return item;
        return null;
    }

    private void Place(StreamItem item)
    {
        _output.Name("item_id"u8);
        _output.Text(_items.Id(item.Prefix, item.Index));
        _frame.Number("output_index"u8, item.Index);
    }
}
