using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of Anthropic Messages. From the reference: text blocks are joined without a separator, a
/// stream ends with the first <c>message_stop</c>, usage in <c>message_delta</c> is cumulative and replaces what
/// <c>message_start</c> reported, and <c>input_tokens</c> excludes tokens read from or written to the cache.
/// </summary>
public static class MessagesOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { ValueKind: JsonValueKind.Object } root) return Answer.Failure("not a JSON object");
        if (root.Text("type") == "error" || root.Member("content") is null) return Answer.Failure(root.Member("error").Text("message") ?? "no content");
        var choice = new ChoiceBuilder(0);
        foreach (var block in root.Items("content"))
        {
            Begin(choice, block, out var call);
            if (call is not null && block.Member("input") is { } input) call.Arguments.Append(input.GetRawText());
        }
        choice.Finish = Finish(root.Text("stop_reason"));
        Explain(choice, root);
        return new Answer { Choices = [choice.Build()], Usage = Usage(new Counts().With(root.Member("usage"))) };
    }

    public static Answer ReadStream(string text)
    {
        var choice = new ChoiceBuilder(0);
        var counts = new Counts();
        var open = new Dictionary<long, CallBuilder?>();
        foreach (var item in SseText.Events(text).Where(e => e.HasData))
        {
            if (Json.Parse(item.Data) is not { ValueKind: JsonValueKind.Object } data) return Answer.Failure($"an event is no JSON object: {item.Data}");
            var index = ((JsonElement?)data).Count("index") ?? 0;
            switch (data.Text("type"))
            {
                case "error":
                    return Answer.Failure(data.Member("error").Text("message") ?? "an error without a message");
                // A message that begins again while a block is open was broken off: its call has half its arguments.
                case "message_start" when open.Count > 0:
                    return Answer.Failure("the answer broke off and began again");
                case "message_start":
                    counts.With(data.Member("message").Member("usage"));
                    break;
                case "content_block_start" when data.Member("content_block") is { } block:
                    Begin(choice, block, out var call);
                    open[index] = call;
                    // Arguments may be in the start instead of in fragments; an empty object there only announces fragments.
                    if (call is not null && block.Member("input") is { ValueKind: JsonValueKind.Object } input && input.EnumerateObject().Any())
                        call.Arguments.Append(input.GetRawText());
                    break;
                case "content_block_delta" when data.Member("delta") is { } delta:
                    choice.Text.Append(delta.Text("type") == "text_delta" ? delta.Text("text") : null);
                    choice.Reasoning.Append(delta.Text("type") == "thinking_delta" ? delta.Text("thinking") : null);
                    if (delta.Member("citation") is { } citation) Cite(choice, citation);
                    if (delta.Text("type") == "input_json_delta") open.GetValueOrDefault(index)?.Arguments.Append(delta.Text("partial_json"));
                    break;
                case "content_block_stop":
                    if (open.GetValueOrDefault(index) is { Arguments.Length: 0 } empty) empty.Arguments.Append("{}");
                    open.Remove(index);
                    break;
                case "message_delta":
                    choice.Finish = Finish(data.Member("delta").Text("stop_reason")) ?? choice.Finish;
                    Explain(choice, data.Member("delta"));
                    counts.With(data.Member("usage"));
                    break;
                case "message_stop":
                    return new Answer { Choices = [choice.Build()], Usage = Usage(counts) };
            }
        }
        return Answer.Failure("the stream ends without message_stop");
    }

    // Chat cannot express blocks of Anthropic's own tools (server_tool_use and results): they are not calls of the caller's tools.
    private static void Begin(ChoiceBuilder choice, JsonElement block, out CallBuilder? call)
    {
        call = null;
        switch (block.Text("type"))
        {
            case "text":
                choice.Text.Append(block.Text("text"));
                foreach (var citation in block.Items("citations")) Cite(choice, citation);
                break;
            case "thinking":
                choice.Reasoning.Append(block.Text("thinking"));
                break;
            case "tool_use":
                call = new CallBuilder { Id = block.Text("id"), Name = block.Text("name") ?? "" };
                choice.Calls.Add(call);
                break;
        }
    }

    private static void Cite(ChoiceBuilder choice, JsonElement citation) => choice.Source(citation.Text("url") ?? citation.Text("source"));

    // This is the whole text of a refusal: the content is empty (anthropic-messages-one-refusal-7d01b7, -sse-refusal-ae4b5c).
    private static void Explain(ChoiceBuilder choice, JsonElement? from)
    {
        if (from.Text("stop_reason") == "refusal") choice.Refusal.Append(from.Member("stop_details").Text("explanation"));
    }

    // https://platform.claude.com/docs/en/api/messages: stop_reason.
    private static string? Finish(string? reason) => reason switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };

    private static AnswerUsage? Usage(Counts counts) => counts is { Input: null, Output: null } ? null : new AnswerUsage
    {
        Prompt = counts.Input is null ? null : counts.Input + (counts.CacheRead ?? 0) + (counts.CacheWrite ?? 0),
        Completion = counts.Output,
        Cached = counts.CacheRead,
        CacheWritten = counts.CacheWrite,
        Reasoning = counts.Thinking,
    };

    private sealed class Counts
    {
        public long? Input { get; private set; }

        public long? Output { get; private set; }

        public long? CacheRead { get; private set; }

        public long? CacheWrite { get; private set; }

        public long? Thinking { get; private set; }

        public Counts With(JsonElement? usage)
        {
            Input = usage.Count("input_tokens") ?? Input;
            Output = usage.Count("output_tokens") ?? Output;
            CacheRead = usage.Count("cache_read_input_tokens") ?? CacheRead;
            CacheWrite = usage.Count("cache_creation_input_tokens") ?? CacheWrite;
            Thinking = usage.Member("output_tokens_details").Count("thinking_tokens") ?? Thinking;
            return this;
        }
    }
}
