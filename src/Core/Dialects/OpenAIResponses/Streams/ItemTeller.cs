using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Sends the items of a streamed response once, however often the stream repeats them: in deltas, whole in the <c>done</c>
/// events, whole again in the item, and in the final response. Content without deltas
/// (<c>local-responses-sse-logprobs-7381b4</c>) is sent when it first appears whole.
/// </summary>
internal sealed class ItemTeller
{
    private static readonly JsonText Contradiction = JsonText.From("output_text");

    private readonly OpenItems _items = new();
    private LogprobsBuilder? _logprobs;
    private long _textLength;

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Set if a call's complete arguments are longer than its deltas and do not begin with them.</summary>
    public GatewayError? Fault { get; private set; }

    public void Added(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Item.IsObject) return;
        Extras? extras = null;
        var item = Item.Read(wire.Item, ref extras);
        Begin(_items.Added(wire.OutputIndex, item), item, extras, sink);
    }

    public void Text(in Place place, JsonText delta, IChatEventSink sink)
    {
        if (!delta.HasValue) return;
        var item = _items.Of(place, ItemKind.Message);
        item.Text.Append(delta);
        item.OpenText.Append(delta);
        sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = delta });
    }

    /// <summary>A text is complete: sends what the deltas did not contain, and counts the text, since positions of sources count from the start of each part.</summary>
    public void TextDone(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Whole.IsPresent) return;
        var item = _items.Of(wire.Place, ItemKind.Message);
        var isUntold = item.OpenText.IsEmpty;
        if (Rest(item.OpenText, wire.Whole, sink) is { HasValue: true } rest)
        {
            item.Text.Append(rest);
            sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = rest });
            if (isUntold) Say(wire.Logprobs, sink);
        }
        item.OpenText.Clear();
        item.Part(wire.PartIndex).Before = _textLength;
        Count(item, wire.Whole);
    }

    public void Refusal(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Delta.HasValue) return;
        _items.Of(wire.Place, ItemKind.Message).Refusal.Append(wire.Delta);
        sink.On(new ChatEvent(ChatEventKind.Refusal) { Part = -1, Text = wire.Delta });
    }

    public void RefusalDone(in WireEvent wire, IChatEventSink sink) => TellRefusal(_items.Of(wire.Place, ItemKind.Message), wire.Whole, sink);

    public void Thought(in WireEvent wire, bool isSummary, IChatEventSink sink) =>
        ReasoningText.Said(_items.Of(wire.Place, ItemKind.Reasoning), wire, isSummary, sink);

    public void Arguments(in Place place, JsonText fragment, IChatEventSink sink)
    {
        var item = _items.Of(place, ItemKind.FunctionCall);
        if (!fragment.HasValue) return;
        if (item.Tool >= 0) TellArguments(item, fragment, sink);
        // Its name is unknown until its item arrives.
        else item.Early.AddRange(fragment.Span);
    }

    public void ArgumentsDone(in Place place, JsonText whole, IChatEventSink sink)
    {
        var item = _items.Of(place, ItemKind.FunctionCall);
        if (item.Tool >= 0 && RestOfArguments(item, whole) is { HasValue: true } rest) TellArguments(item, rest, sink);
    }

    public void Annotation(in WireEvent wire, IChatEventSink sink)
    {
        if (!wire.Annotation.IsObject) return;
        var item = _items.Of(wire.Place, ItemKind.Message);
        item.Annotations++;
        Cite(wire.Annotation, item.Part(wire.PartIndex).Before is >= 0 and var start ? start : _textLength, sink);
    }

    /// <summary>An item is complete.</summary>
    public void Done(int index, JsonSlice json, IChatEventSink sink)
    {
        if (!json.IsObject) return;
        Extras? extras = null;
        var item = Item.Read(json, ref extras);
        Done(_items.Done(index, item), item, extras, json, sink);
    }

    /// <summary>
    /// The response is complete: ends open calls, and sends what the deltas did not contain.
    /// </summary>
    public void End(JsonSlice output, IChatEventSink sink)
    {
        if (output.IsArray)
        {
            var claimed = new HashSet<OpenItem>();
            var cursor = new JsonCursor(output.Memory);
            cursor.EnterArray();
            for (var index = 0; cursor.NextElement(); index++)
            {
                var json = cursor.TakeValue();
                if (!json.IsObject) continue;
                Extras? extras = null;
                var item = Item.Read(json, ref extras);
                var open = _items.Repeated(index, item, claimed) ?? _items.Done(-1, item);
                claimed.Add(open);
                Done(open, item, extras, json, sink);
            }
        }
        foreach (var item in _items.All)
            if (item.Tool >= 0 && !item.IsDone) sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1, ToolIndex = item.Tool });
        _logprobs?.Dispose();
        _logprobs = null;
    }

    private void Done(OpenItem open, in Item item, Extras? extras, JsonSlice json, IChatEventSink sink)
    {
        if (open.IsDone) return;
        Begin(open, item, extras, sink);
        open.IsDone = true;
        switch (item.Kind)
        {
            case ItemKind.Message:
                Message(open, item, sink);
                break;
            case ItemKind.Reasoning:
                ReasoningText.Done(open, item, sink);
                if (item.EncryptedContent.HasValue) sink.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = -1, Text = item.EncryptedContent });
                break;
            case ItemKind.FunctionCall or ItemKind.CustomToolCall:
                if (RestOfArguments(open, item.Arguments) is { HasValue: true } rest) TellArguments(open, rest, sink);
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

    private void Begin(OpenItem open, in Item item, Extras? extras, IChatEventSink sink)
    {
        if (item.Kind is not (ItemKind.FunctionCall or ItemKind.CustomToolCall) || open.Tool >= 0) return;
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
        if (open.Early.Count > 0) TellArguments(open, new JsonText(open.Early.ToArray()), sink);
    }

    private static void TellArguments(OpenItem item, JsonText fragment, IChatEventSink sink)
    {
        item.Arguments.Append(fragment);
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, ToolIndex = item.Tool, Text = fragment });
    }

    private void TellRefusal(OpenItem item, JsonText whole, IChatEventSink sink)
    {
        if (Rest(item.Refusal, whole, sink) is not { HasValue: true } rest) return;
        item.Refusal.Append(rest);
        sink.On(new ChatEvent(ChatEventKind.Refusal) { Part = -1, Text = rest });
    }

    /// <summary>
    /// The rest of the whole text after the deltas. If the text is longer and does not begin with them
    /// (<c>openai-responses-sse-basic-d17416</c>), what was sent stays, and the difference is reported as a loss.
    /// </summary>
    private static JsonText Rest(SaidText said, JsonText whole, IChatEventSink sink)
    {
        if (said.RestOf(whole) is { } rest) return rest;
        sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = Contradiction });
        return default;
    }

    /// <summary>The same for a call, except that a difference is an error, since the arguments would be wrong.</summary>
    private JsonText RestOfArguments(OpenItem item, JsonText whole)
    {
        if (item.Arguments.RestOf(whole) is { } rest) return rest;
        Fault ??= new GatewayError(GatewayErrorKind.ProviderFailed, 502,
            "The provider's stream contradicts itself: the complete arguments of a call are not those that it streamed.") { Code = "provider_invalid_response" };
        return default;
    }

    private void Message(OpenItem open, in Item item, IChatEventSink sink)
    {
        var isUntold = open.Text.IsEmpty;
        if (item.Content.IsText)
        {
            TellRest(open, item.Content.AsText(), sink);
            return;
        }
        if (!item.Content.IsArray) return;
        if (!isUntold) TellRest(open, PartTexts.Join(item.Content), sink);
        var (texts, annotations) = (0, 0);
        var cursor = new JsonCursor(item.Content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var said = OutputPart.Read(ref cursor);
            if (said.Text.IsPresent)
            {
                if (isUntold && said.Text.HasValue)
                {
                    sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = said.Text });
                    Say(said.Logprobs, sink);
                }
                if (texts == open.Starts.Count) Count(open, said.Text);
                Cite(said.Annotations, open, ref annotations, open.Starts[texts++], sink);
            }
            else if (said.Refusal.IsPresent) TellRefusal(open, said.Refusal, sink);
            else sink.On(new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = said.Type, Json = said.Json });
        }
    }

    private void TellRest(OpenItem open, JsonText whole, IChatEventSink sink)
    {
        if (Rest(open.Text, whole, sink) is { HasValue: true } rest) sink.On(new ChatEvent(ChatEventKind.Text) { Part = -1, Text = rest });
    }

    private void Count(OpenItem item, JsonText text)
    {
        item.Starts.Add(_textLength);
        _textLength += text.CountUtf16();
    }

    /// <summary>Sends the annotations of a whole text, except those that were already sent in separate events, counted over all parts of the item.</summary>
    private static void Cite(JsonSlice annotations, OpenItem item, ref int count, long before, IChatEventSink sink)
    {
        if (!annotations.IsArray) return;
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var annotation = cursor.TakeValue();
            if (count++ < item.Annotations || !annotation.IsObject) continue;
            Cite(annotation, before, sink);
        }
    }

    private static void Cite(JsonSlice annotation, long before, IChatEventSink sink) =>
        sink.On(AnnotationReader.Read(annotation, before) is { } citation
            ? new ChatEvent(ChatEventKind.Citation) { Part = -1, Citation = citation }
            : new ChatEvent(ChatEventKind.Opaque) { Part = -1, Type = annotation.Member("type"u8).AsText(), Json = annotation });

    /// <summary>Sends the log probabilities of a text, if there are any.</summary>
    public void Say(JsonSlice logprobs, IChatEventSink sink)
    {
        if (!LogprobsBuilder.Says(logprobs)) return;
        _logprobs ??= new LogprobsBuilder();
        _logprobs.Clear();
        _logprobs.Add(logprobs);
        sink.On(new ChatEvent(ChatEventKind.Logprobs) { Part = -1, Json = _logprobs.Take() });
    }
}
