using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of OpenAI Responses. From the reference: a response is a list of items; its text is that of all its
/// messages, one after the other (the SDKs' <c>output_text</c>); a stream sends each item piece by piece and whole, and
/// ends with the first <c>response.completed</c> or <c>response.incomplete</c>. Each piece of a reasoning item is a
/// paragraph. Items that Chat cannot express are ignored here.
/// </summary>
public static class ResponsesOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { ValueKind: JsonValueKind.Object } root) return Answer.Failure("not a JSON object");
        if (Problem(root) is { } problem) return Answer.Failure(problem);
        if (root.Member("output") is null) return Answer.Failure("no output");
        var choice = new ChoiceBuilder(0);
        foreach (var item in root.Items("output")) Take(choice, item, new Said());
        choice.Finish = Finish(root, choice);
        return new Answer { Choices = [choice.Build()], Usage = Usage(root.Member("usage")) };
    }

    public static Answer ReadStream(string text)
    {
        var said = new Dictionary<long, Said>();
        var items = new List<(Said Said, JsonElement Item)>();
        foreach (var item in SseText.Events(text).Where(e => e.HasData && e.Data != "[DONE]"))
        {
            if (Json.Parse(item.Data) is not { ValueKind: JsonValueKind.Object } data) return Answer.Failure($"an event is no JSON object: {item.Data}");
            var index = ((JsonElement?)data).Count("output_index") ?? -1;
            if (!said.TryGetValue(index, out var pieces)) said.Add(index, pieces = new Said());
            var part = ((JsonElement?)data).Count("content_index") ?? ((JsonElement?)data).Count("summary_index") ?? 0;
            switch (data.Text("type"))
            {
                case "error":
                    return Answer.Failure((data.Member("error") ?? data).Text("message") ?? "an error without a message");
                case "response.output_text.delta" or "response.refusal.delta":
                    pieces.Add(part, data.Text("delta"));
                    break;
                case "response.output_item.done" when data.Member("item") is { } whole:
                    items.Add((pieces, whole));
                    said[index] = new Said();
                    break;
                case "response.failed" or "response.cancelled":
                    return Answer.Failure(Problem(data.Member("response") ?? data) ?? "failed");
                case "response.completed" or "response.incomplete" when data.Member("response") is { } response:
                    return Whole(items, response);
            }
        }
        return Answer.Failure("the stream ends without its last event");
    }

    private static Answer Whole(List<(Said Said, JsonElement Item)> items, JsonElement response)
    {
        var choice = new ChoiceBuilder(0);
        foreach (var (said, item) in items) Take(choice, item, said);
        choice.Finish = Finish(response, choice);
        return new Answer { Choices = [choice.Build()], Usage = Usage(response.Member("usage")) };
    }

    private static string? Problem(JsonElement response) =>
        response.Member("error") is { } error ? error.Text("message") ?? "an error without a message"
        : response.Text("status") is "failed" or "cancelled" or "queued" or "in_progress" ? $"the response is {response.Text("status")}"
        : null;

    private static void Take(ChoiceBuilder choice, JsonElement item, Said said)
    {
        switch (item.Text("type"))
        {
            case "message":
                foreach (var (i, part) in item.Items("content").Index())
                {
                    if (part.Text("type") == "refusal") choice.Refusal.Append(said.At(i) ?? part.Text("refusal"));
                    else choice.Text.Append(said.At(i) ?? part.Text("text"));
                    foreach (var annotation in part.Items("annotations")) choice.Source(annotation.Text("url"));
                }
                break;
            case "reasoning":
                choice.Reasoning.Append(string.Join("\n\n", item.Items("summary").Concat(item.Items("content")).Select(p => p.Text("text")).Where(t => !string.IsNullOrEmpty(t))));
                break;
            case "function_call" or "custom_tool_call":
                var call = new CallBuilder { Id = item.Text("call_id"), Name = item.Text("name") ?? "" };
                call.Arguments.Append(item.Text("arguments") ?? item.Text("input"));
                choice.Calls.Add(call);
                break;
            case "image_generation_call" when item.Text("result") is { } image:
                choice.Images.Add(image);
                break;
        }
    }

    // Chat cannot express other reasons: its clients know only a closed list.
    private static string Finish(JsonElement response, ChoiceBuilder choice) => response.Member("incomplete_details").Text("reason") switch
    {
        "max_output_tokens" => "length",
        "content_filter" => "content_filter",
        _ => choice.Calls.Count > 0 ? "tool_calls" : "stop",
    };

    private static AnswerUsage? Usage(JsonElement? usage) => usage is null ? null : new AnswerUsage
    {
        Prompt = usage.Count("input_tokens"),
        Completion = usage.Count("output_tokens"),
        Cached = usage.Member("input_tokens_details").Count("cached_tokens"),
        CacheWritten = usage.Member("input_tokens_details").Count("cache_write_tokens"),
        Reasoning = usage.Member("output_tokens_details").Count("reasoning_tokens"),
    };

    /// <summary>The deltas of one item, by part: they take precedence over events that repeat them (<c>openai-responses-sse-basic-d17416</c>, edited by hand).</summary>
    private sealed class Said
    {
        private readonly Dictionary<long, string> _parts = [];

        public void Add(long part, string? delta) => _parts[part] = _parts.GetValueOrDefault(part) + delta;

        public string? At(long part) => _parts.GetValueOrDefault(part);
    }
}
