using System.Text;
using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>Gathers one stream of the Responses API, event by event, for <see cref="StrictResponses"/>.</summary>
internal sealed class StrictResponsesStream
{
    private readonly List<OpenItem> _items = [];
    private int _count;
    private string? _id;
    private JsonElement? _end;

    public void Take(SseTextEvent item)
    {
        StrictResponses.Require(_end is null, $"{item.Type} after the end");
        var data = Json.Parse(item.Data) ?? throw new ChatFormException($"an event is not JSON: {item.Data}");
        var type = data.Text("type");
        StrictResponses.Require(item.Type == type, $"event: {item.Type} has type {type}");
        StrictResponses.Require(((JsonElement?)data).Count("sequence_number") == _count, $"sequence_number {((JsonElement?)data).Count("sequence_number")} of event {_count}");
        if (_count == 0) StrictResponses.Require(type == "response.created", $"{type} first");
        if (_count == 1) StrictResponses.Require(type == "response.in_progress", $"{type} second");
        _count++;
        switch (type)
        {
            case "response.created" or "response.in_progress":
                Begin(data);
                break;
            case "response.output_item.added":
                Add(data);
                break;
            case "response.output_item.done":
                Done(data);
                break;
            case "response.completed" or "response.incomplete":
                End(type, data);
                break;
            default:
                Find(data).Take(type!, data);
                break;
        }
    }

    public JsonElement End() => _end ?? throw new ChatFormException("the stream has no end");

    private void Begin(JsonElement data)
    {
        var response = data.Member("response") ?? throw new ChatFormException("no response");
        StrictResponses.CheckResponse(response, isEnd: false);
        StrictResponses.Require(_id is null || _id == response.Text("id"), "another id");
        _id = response.Text("id");
    }

    private void Add(JsonElement data)
    {
        var item = data.Member("item") ?? throw new ChatFormException("no item");
        StrictResponses.Require(((JsonElement?)data).Count("output_index") == _items.Count, $"output_index of item {_items.Count}");
        _items.Add(new OpenItem(item));
    }

    private void Done(JsonElement data)
    {
        var index = ((JsonElement?)data).Count("output_index") ?? -1;
        StrictResponses.Require(index >= 0 && index < _items.Count, $"output_index {index}");
        _items[(int)index].End(data.Member("item") ?? throw new ChatFormException("no item"));
    }

    private OpenItem Find(JsonElement data)
    {
        var index = ((JsonElement?)data).Count("output_index") ?? -1;
        StrictResponses.Require(index >= 0 && index < _items.Count, $"output_index {index} in {data.GetRawText()}");
        StrictResponses.Require(_items[(int)index].Id == data.Text("item_id"), $"item_id {data.Text("item_id")}");
        return _items[(int)index];
    }

    private void End(string type, JsonElement data)
    {
        var response = data.Member("response") ?? throw new ChatFormException("no response");
        StrictResponses.CheckResponse(response, isEnd: true);
        StrictResponses.Require(response.Text("id") == _id && response.Text("status") == type["response.".Length..], "the last event is of another response or status");
        var output = response.Items("output").ToList();
        StrictResponses.Require(output.Count == _items.Count, $"{_items.Count} items became {output.Count}");
        for (var i = 0; i < output.Count; i++)
        {
            StrictResponses.Require(_items[i].Whole is not null, $"item {i} is not done");
            StrictResponses.Require(JsonDifference.First(_items[i].Whole!.Value, output[i]) is null, $"item {i} differs from its done event");
        }
        _end = response;
    }

    /// <summary>An announced item, and the content of its events.</summary>
    private sealed class OpenItem(JsonElement announced)
    {
        private readonly StringBuilder _said = new();
        private readonly List<JsonElement> _annotations = [];
        private string? _done;
        private bool _hasPart, _hasPartEnd;

        public string? Id { get; } = announced.Text("id");

        public JsonElement? Whole { get; private set; }

        public void Take(string type, JsonElement data)
        {
            StrictResponses.Require(Whole is null, $"{type} after the item is done");
            var kind = type["response.".Length..];
            var isReasoning = announced.Text("type") == "reasoning";
            var needsIndex = isReasoning ? "summary_index" : announced.Text("type") == "message" ? "content_index" : null;
            StrictResponses.Require(needsIndex is null || ((JsonElement?)data).Count(needsIndex) == 0, $"{needsIndex} in {type}");
            switch (kind)
            {
                case "content_part.added" or "reasoning_summary_part.added":
                    _hasPart = true;
                    break;
                case "content_part.done" or "reasoning_summary_part.done":
                    StrictResponses.Require(_done is not null, $"{type} before the text is done");
                    _hasPartEnd = true;
                    break;
                case "output_text.annotation.added":
                    StrictResponses.Require(((JsonElement?)data).Count("annotation_index") == _annotations.Count, "annotation_index");
                    _annotations.Add(data.Member("annotation")!.Value);
                    break;
                case "image_generation_call.completed":
                    break;
                case var _ when kind.EndsWith(".delta", StringComparison.Ordinal):
                    StrictResponses.Require(_done is null, $"{type} after its done");
                    StrictResponses.Require(needsIndex is null || _hasPart, $"{type} before its part");
                    _said.Append(data.Text("delta") ?? throw new ChatFormException("no delta"));
                    break;
                case var _ when kind.EndsWith(".done", StringComparison.Ordinal):
                    _done = data.Text("text") ?? data.Text("refusal") ?? data.Text("arguments") ?? data.Text("input") ?? throw new ChatFormException($"nothing in {type}");
                    StrictResponses.Require(_done == _said.ToString(), $"{type}: \"{_said}\" is done as \"{_done}\"");
                    break;
                default:
                    throw new ChatFormException($"unknown event {type}");
            }
        }

        public void End(JsonElement item)
        {
            StrictResponses.Require(Whole is null, "done twice");
            StrictResponses.Require(item.Text("id") == Id && item.Text("type") == announced.Text("type"), "done as another item");
            StrictResponses.Require(_hasPart == _hasPartEnd, "a part is not done");
            var text = item.Text("type") switch
            {
                "message" => string.Concat(item.Items("content").Select(p => p.Text("text") ?? p.Text("refusal"))),
                "reasoning" => string.Concat(item.Items("summary").Select(p => p.Text("text"))),
                "function_call" => item.Text("arguments"),
                "custom_tool_call" => item.Text("input"),
                _ => null,
            };
            StrictResponses.Require(text is null || text == (_done ?? ""), $"\"{_done}\" is whole as \"{text}\"");
            var annotations = item.Items("content").SelectMany(p => p.Items("annotations")).Select(a => a.GetRawText());
            StrictResponses.Require(_annotations.Select(a => a.GetRawText()).SequenceEqual(annotations), "annotations differ");
            Whole = item;
        }
    }
}
