using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Tells the items of a streamed response once, however often the stream says them: in deltas, whole in the <c>done</c>
/// events, whole again in the item, and in the response that ends it. What was not said in deltas
/// (<c>local-responses-sse-logprobs-7381b4</c>) is told where it first stands whole.
/// </summary>
internal sealed class ItemTeller
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    /// <summary>More items than this are no response.</summary>
    private const int MostItems = 4096;

    /// <summary>Pieces of reasoning count on behind the summary's.</summary>
    private const int ThoughtPieces = 1 << 20;

    private readonly List<OpenItem> _items = [];
    private OpenItem? _last;
    private LogprobsBuilder? _logprobs;
    private long _textLength;

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    public void Added(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Item.IsObject) return;
        // Some count no items, or all as 0: what is added behind a whole one is another.
        if (Find(wire.OutputIndex).IsDone) Add(wire.OutputIndex);
        Extras? extras = null;
        var item = Item.Read(wire.Item, ref extras);
        Open(wire.OutputIndex, item, extras, sink);
    }

    public void Text(int index, int part, JsonText delta, IChatEventSink sink)
    {
        if (!delta.HasValue) return;
        Find(index).Part(part).HasSaid = true;
        sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = delta });
    }

    public void TextDone(in WireEvent wire, IChatEventSink sink) =>
        Close(Find(wire.OutputIndex).Part(wire.PartIndex), wire.Whole, wire.Logprobs, sink);

    public void Refusal(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Delta.HasValue) return;
        Find(wire.OutputIndex).Part(wire.PartIndex).HasSaid = true;
        sink.On(new ChatEvent(ChatEventKind.Refusal) { Part = -1, Text = wire.Delta });
    }

    public void Thought(in WireEvent wire, bool isSummary, IChatEventSink sink) =>
        Think(Find(wire.OutputIndex), isSummary ? wire.PartIndex : ThoughtPieces + wire.PartIndex, wire.Delta, sink);

    public void Arguments(int index, JsonText fragment, IChatEventSink sink)
    {
        var item = Find(index);
        if (!fragment.HasValue || item.Tool < 0) return;
        item.HasSaid = true;
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, ToolIndex = item.Tool, Text = fragment });
    }

    public void Annotation(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Annotation.IsObject) return;
        var part = Find(wire.OutputIndex).Part(wire.PartIndex);
        part.Annotations++;
        Cite(wire.Annotation, StartOf(part), sink);
    }

    /// <summary>An item is whole.</summary>
    public void Done(int index, JsonSlice json, IChatEventSink sink)
    {
        if (!json.IsObject) return;
        Extras? extras = null;
        var item = Item.Read(json, ref extras);
        var open = Open(index, item, extras, sink);
        if (open.IsDone) return;
        open.IsDone = true;
        switch (item.Kind)
        {
            case ItemKind.Message:
                Message(open, item, sink);
                break;
            case ItemKind.Reasoning:
                Pieces(open, item.Summary, 0, sink);
                Pieces(open, item.Content, ThoughtPieces, sink);
                if (item.EncryptedContent.HasValue) sink.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = -1, Text = item.EncryptedContent });
                break;
            case ItemKind.FunctionCall or ItemKind.CustomToolCall:
                if (!open.HasSaid) Arguments(index, item.Arguments, sink);
                sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1, ToolIndex = open.Tool });
                break;
            case ItemKind.ImageGenerationCall when item.Result.HasValue:
                sink.On(new ChatEvent(ChatEventKind.Media) { Part = -1, Media = ImageReader.Read(item) });
                break;
            default:
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = item.Type, Json = json });
                break;
        }
    }

    /// <summary>
    /// The response is complete: calls that are still open end, and items that the stream did not bring are told. Those that it
    /// did are known by their place or, where the places differ, by their id.
    /// </summary>
    public void End(JsonSlice output, IChatEventSink sink)
    {
        if (output.IsArray)
        {
            var cursor = new JsonCursor(output.Memory);
            cursor.EnterArray();
            for (var index = 0; cursor.NextElement(); index++)
            {
                var item = cursor.TakeValue();
                if (item.IsObject && !IsKnown(index, item.Member("id"u8).AsText())) Done(index, item, sink);
            }
        }
        foreach (var item in _items)
            if (item.Tool >= 0 && !item.IsDone) sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1, ToolIndex = item.Tool });
        _logprobs?.Dispose();
        _logprobs = null;
    }

    private bool IsKnown(int index, JsonText id)
    {
        foreach (var item in _items)
            if (item.Index == index || item.IsNamed(id)) return true;
        return false;
    }

    private OpenItem Open(int index, in Item item, Extras? extras, IChatEventSink sink)
    {
        var open = Find(index);
        open.Kind = item.Kind;
        open.Named(item.Id);
        if (item.Kind is not (ItemKind.FunctionCall or ItemKind.CustomToolCall) || open.Tool >= 0) return open;
        open.Tool = Calls++;
        sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
        {
            Part = -1,
            ToolIndex = open.Tool,
            Id = item.CallId.HasValue ? item.CallId : item.Id,
            Name = item.Name.IsPresent ? item.Name : new JsonText(default),
            IsCustom = item.Kind == ItemKind.CustomToolCall,
            Extras = extras,
        });
        return open;
    }

    private void Message(OpenItem open, in Item item, IChatEventSink sink)
    {
        if (item.Content.IsText) Close(open.Part(0), item.Content.AsText(), default, sink);
        if (!item.Content.IsArray) return;
        var cursor = new JsonCursor(item.Content.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var said = OutputPart.Read(ref cursor);
            var part = open.Part(i);
            if (said.Text.IsPresent)
            {
                Close(part, said.Text, said.Logprobs, sink);
                Cite(said.Annotations, part, StartOf(part), sink);
            }
            else if (!said.Refusal.IsPresent) sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = said.Type, Json = said.Json });
            else if (!part.HasSaid && said.Refusal.HasValue) sink.On(new ChatEvent(ChatEventKind.Refusal) { Part = -1, Text = said.Refusal });
            part.HasSaid = true;
        }
    }

    /// <summary>A text is whole: it is told where no delta said it, and counted, since places of sources count from each part's beginning.</summary>
    private void Close(OpenPart part, JsonText text, JsonSlice logprobs, IChatEventSink sink)
    {
        if (!part.HasSaid && text.HasValue)
        {
            part.HasSaid = true;
            sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = text });
            Say(logprobs, sink);
        }
        if (part.Before >= 0 || !text.IsPresent) return;
        part.Before = _textLength;
        _textLength += text.CountUtf16();
    }

    /// <summary>Where its text begins in the response's: of one that is not whole yet, behind those that are.</summary>
    private long StartOf(OpenPart part) => part.Before >= 0 ? part.Before : _textLength;

    private void Pieces(OpenItem open, JsonSlice list, int first, IChatEventSink sink)
    {
        if (!list.IsArray) return;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var text = cursor.TakeValue().Member("text"u8).AsText();
            if (!open.Part(first + i).HasSaid) Think(open, first + i, text, sink);
        }
    }

    private static void Think(OpenItem open, int piece, JsonText text, IChatEventSink sink)
    {
        if (!text.HasValue) return;
        if (open.LastPiece != piece)
        {
            if (open.LastPiece >= 0) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = -1, Text = ReasoningTexts.Gap });
            open.LastPiece = piece;
            open.Part(piece).HasSaid = true;
        }
        sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = -1, Text = text });
    }

    private static void Cite(JsonSlice annotations, OpenPart part, long before, IChatEventSink sink)
    {
        if (!annotations.IsArray) return;
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var annotation = cursor.TakeValue();
            if (i < part.Annotations || !annotation.IsObject) continue;
            part.Annotations++;
            Cite(annotation, before, sink);
        }
    }

    private static void Cite(JsonSlice annotation, long before, IChatEventSink sink) =>
        sink.On(AnnotationReader.Read(annotation, before) is { } citation
            ? new ChatEvent(ChatEventKind.Citation) { Part = -1, Citation = citation }
            : new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = annotation.Member("type"u8).AsText(), Json = annotation });

    /// <summary>Tells the log probabilities of a text, where there are some.</summary>
    public void Say(JsonSlice logprobs, IChatEventSink sink)
    {
        if (!LogprobsBuilder.Says(logprobs)) return;
        _logprobs ??= new LogprobsBuilder();
        _logprobs.Clear();
        _logprobs.Add(logprobs);
        sink.On(new ChatEvent(ChatEventKind.Logprobs) { Part = -1, Json = _logprobs.Take() });
    }

    private OpenItem Find(int index)
    {
        if (_last is not null && _last.Index == index) return _last;
        for (var i = _items.Count - 1; i >= 0; i--)
            if (_items[i].Index == index) return _last = _items[i];
        return Add(index);
    }

    private OpenItem Add(int index)
    {
        if (_items.Count >= MostItems) throw new DialectException(GatewayError.Invalid("The response has too many items."));
        _items.Add(new OpenItem(index));
        return _last = _items[^1];
    }
}
