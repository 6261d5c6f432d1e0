using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>Writes the events of one item: it is announced, written in pieces, and repeated whole when it ends.</summary>
internal sealed class ItemEvents
{
    private readonly JsonOutput _output;
    private readonly StreamFrame _frame;
    private readonly ItemWriter _items;
    private readonly CallWriter _calls;

    public ItemEvents(string seed, StreamFrame frame, JsonOutput output)
    {
        (_output, _frame) = (output, frame);
        _items = new ItemWriter(seed, output);
        _calls = new CallWriter(_items, output);
    }

    public void Announce(StreamItem item)
    {
        _frame.Begin("response.output_item.added"u8);
        _frame.Number("output_index"u8, item.Index);
        _output.Name("item"u8);
        switch (item.Kind)
        {
            case StreamItemKind.Reasoning:
                _items.Reasoning(item.Index, default, default);
                break;
            case StreamItemKind.Image:
                _items.Image(item.Index, item.Image!, isDone: false);
                break;
            case StreamItemKind.Text or StreamItemKind.Refusal:
                _items.BeginMessage(item.Index, isDone: false);
                _items.EndMessage();
                break;
            default:
                Call(item, new JsonText(default), isDone: false);
                break;
        }
        _frame.End();
        if (item.Kind is StreamItemKind.Text or StreamItemKind.Refusal) Part(item, isDone: false);
    }

    /// <summary>Writes a piece of its text or arguments, which <see cref="StreamItem.Text"/> already contains.</summary>
    /// <param name="logprobs">The inside of the list of the piece's log probabilities.</param>
    public void Delta(StreamItem item, JsonText text, ReadOnlySpan<byte> logprobs = default)
    {
        if (item.Kind == StreamItemKind.Reasoning && !item.HasPart)
        {
            item.HasPart = true;
            Part(item, isDone: false);
        }
        _frame.Begin(item.DeltaEvent);
        DeltaPlace(item);
        _output.Text(text);
        if (item.Kind == StreamItemKind.Text) _items.Logprobs(logprobs);
        _frame.End();
    }

    public void Annotation(StreamItem item, Citation citation)
    {
        _frame.Begin("response.output_text.annotation.added"u8);
        Place(item);
        _frame.Number("content_index"u8, 0);
        _frame.Number("annotation_index"u8, item.Annotations++);
        _output.Name("annotation"u8);
        ItemWriter.Annotation(_output, citation, item.Before);
        _frame.End();
        ItemWriter.Annotation(item.AnnotationList, citation, item.Before);
    }

    /// <summary>Repeats the item whole, once.</summary>
    public void End(StreamItem item)
    {
        if (item.IsEnded) return;
        item.IsEnded = true;
        if (item.IsCall) Complete(item);
        if (item.Kind == StreamItemKind.Image)
        {
            _frame.Begin("response.image_generation_call.completed"u8);
            Place(item);
            _frame.End();
        }
        else if (item.Kind != StreamItemKind.BuiltInCall && (item.Kind != StreamItemKind.Reasoning || item.HasPart)) TextDone(item);
        _frame.Begin("response.output_item.done"u8);
        _frame.Number("output_index"u8, item.Index);
        _output.Name("item"u8);
        Whole(item);
        _frame.End();
    }

    public void Whole(StreamItem item)
    {
        var text = new JsonText(item.Text.Written);
        switch (item.Kind)
        {
            case StreamItemKind.Reasoning:
                _items.Reasoning(item.Index, text, new JsonText(item.State));
                break;
            case StreamItemKind.Image:
                _items.Image(item.Index, item.Image!, isDone: true);
                break;
            case StreamItemKind.Text or StreamItemKind.Refusal:
                _items.BeginMessage(item.Index, isDone: true);
                PartOf(item, text, isDone: true);
                _items.EndMessage();
                break;
            default:
                Call(item, text, isDone: true);
                break;
        }
    }

    /// <summary>Writes gathered arguments in the caller's form; a function without arguments gets an empty object.</summary>
    private void Complete(StreamItem item)
    {
        if (item.Tool?.Kind == CallerToolKind.Custom)
        {
            var text = CallWriter.TextOf(new ToolArguments { Encoded = new JsonText(item.Text.Written.ToArray()) });
            item.Text.Clear();
            item.Text.Append(text);
        }
        else if (item.Kind == StreamItemKind.Call && item.Text.Length == 0) item.Text.Append("{}"u8);
        else return;
        if (item.Text.Length > 0) Delta(item, new JsonText(item.Text.Written));
    }

    private void TextDone(StreamItem item)
    {
        _frame.Begin(item.DoneEvent);
        Place(item);
        PartIndex(item);
        _output.Name(item.DoneMember);
        _output.Text(new JsonText(item.Text.Written));
        if (item.Kind == StreamItemKind.Text) _items.Logprobs(item.Logprobs);
        _frame.End();
        if (!item.IsCall) Part(item, isDone: true);
    }

    private void Part(StreamItem item, bool isDone)
    {
        var isReasoning = item.Kind == StreamItemKind.Reasoning;
        _frame.Begin(isReasoning
            ? isDone ? "response.reasoning_summary_part.done"u8 : "response.reasoning_summary_part.added"u8
            : isDone ? "response.content_part.done"u8 : "response.content_part.added"u8);
        Place(item);
        PartIndex(item);
        _output.Name("part"u8);
        PartOf(item, isDone ? new JsonText(item.Text.Written) : new JsonText(default), isDone);
        _frame.End();
    }

    private void PartOf(StreamItem item, JsonText text, bool isDone)
    {
        if (item.Kind == StreamItemKind.Reasoning) _items.SummaryPart(text);
        else if (item.Kind == StreamItemKind.Refusal) _items.RefusalPart(text);
        else _items.TextPart(text, isDone && item.Annotations > 0 ? item.AnnotationList : null, isDone ? item.Logprobs : default);
    }

    private void Call(StreamItem item, JsonText text, bool isDone) => _calls.Write(
        item.Index, new JsonText(item.CallId), new JsonText(item.Name), item.Tool, new ToolArguments { Encoded = text }, item.Kind == StreamItemKind.CustomCall, isDone);

    private void PartIndex(StreamItem item)
    {
        if (item.Kind == StreamItemKind.Reasoning) _frame.Number("summary_index"u8, 0);
        else if (!item.IsCall) _frame.Number("content_index"u8, 0);
    }

    /// <summary>Creates, once, the bytes between number and text that all pieces of an item share.</summary>
    private void DeltaPlace(StreamItem item)
    {
        if (item.DeltaPlace.Length > 0)
        {
            _output.Bytes(item.DeltaPlace);
            _output.NewValue();
            return;
        }
        var start = _output.Length;
        Place(item);
        PartIndex(item);
        _output.Name("delta"u8);
        item.DeltaPlace = _output.WrittenSpan[start..].ToArray();
    }

    private void Place(StreamItem item)
    {
        _output.Name("item_id"u8);
        _output.Text(_items.Id(item.Prefix, item.Index));
        _frame.Number("output_index"u8, item.Index);
    }
}
