using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of Bedrock's Converse API, streams as the events that the recording was parsed into. From the reference: a
/// block's kind is its member's name; blocks of tools that Bedrock runs itself (<c>server_tool_use</c> and their results) are not calls
/// of the caller's tools; a stream is complete with <c>messageStop</c> and <c>metadata</c>.
/// </summary>
public static class ConverseOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { ValueKind: JsonValueKind.Object } root) return Answer.Failure("not a JSON object");
        if (root.Member("output").Member("message").Member("content") is null) return Answer.Failure("no content");
        var choice = new ChoiceBuilder(0);
        foreach (var block in root.Member("output").Member("message").Items("content"))
        {
            choice.Text.Append(block.Text("text"));
            choice.Reasoning.Append(block.Member("reasoningContent").Member("reasoningText").Text("text"));
            foreach (var piece in block.Member("citationsContent").Items("content")) choice.Text.Append(piece.Text("text"));
            foreach (var citation in block.Member("citationsContent").Items("citations")) Cite(choice, citation);
            if (block.Member("toolUse") is not { } call || call.Text("type") == "server_tool_use") continue;
            var made = new CallBuilder { Id = call.Text("toolUseId"), Name = call.Text("name") ?? "" };
            made.Arguments.Append(call.Member("input")?.GetRawText());
            choice.Calls.Add(made);
        }
        choice.Finish = Finish(root.Text("stopReason"), choice);
        return new Answer { Choices = [choice.Build()], Usage = Usage(root.Member("usage")) };
    }

    /// <param name="events">Each with <c>headers</c> and <c>payload</c>.</param>
    public static Answer ReadStream(IEnumerable<JsonElement> events)
    {
        var choice = new ChoiceBuilder(0);
        var calls = new Dictionary<long, CallBuilder>();
        AnswerUsage? usage = null;
        var (stopped, counted) = (false, false);
        foreach (var item in events)
        {
            var data = item.Member("payload");
            if (item.Member("headers").Text(":message-type") != "event") return Answer.Failure(data.Text("message") ?? "an exception");
            var index = data.Count("contentBlockIndex") ?? -1;
            switch (item.Member("headers").Text(":event-type"))
            {
                case "contentBlockStart" when data.Member("start").Member("toolUse") is { } call && call.Text("type") != "server_tool_use":
                    choice.Calls.Add(calls[index] = new CallBuilder { Id = call.Text("toolUseId"), Name = call.Text("name") ?? "" });
                    break;
                case "contentBlockDelta":
                    var delta = data.Member("delta");
                    choice.Text.Append(delta.Text("text"));
                    choice.Reasoning.Append(delta.Member("reasoningContent").Text("text"));
                    if (calls.TryGetValue(index, out var open)) open.Arguments.Append(delta.Member("toolUse").Text("input"));
                    if (delta.Member("citation") is { } citation) Cite(choice, citation);
                    break;
                case "messageStop":
                    stopped = true;
                    choice.Finish = data.Text("stopReason");
                    break;
                case "metadata":
                    counted = true;
                    usage = Usage(data.Member("usage"));
                    break;
            }
        }
        if (!stopped || !counted) return Answer.Failure("the stream ends without messageStop and metadata");
        foreach (var call in choice.Calls.Where(call => call.Arguments.Length == 0)) call.Arguments.Append("{}");
        choice.Finish = Finish(choice.Finish, choice);
        return new Answer { Choices = [choice.Build()], Usage = usage };
    }

    private static void Cite(ChoiceBuilder choice, JsonElement citation) =>
        choice.Source(citation.Member("location").Member("web").Text("url") ?? citation.Text("source"));

    private static string? Finish(string? reason, ChoiceBuilder choice) => reason switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "guardrail_intervened" or "content_filtered" => "content_filter",
        "end_turn" => "stop",
        _ => choice.Calls.Count > 0 ? "tool_calls" : "stop",
    };

    private static AnswerUsage? Usage(JsonElement? usage) => usage is null ? null : new AnswerUsage
    {
        Prompt = usage.Count("inputTokens") + (usage.Count("cacheReadInputTokens") ?? 0) + (usage.Count("cacheWriteInputTokens") ?? 0),
        Completion = usage.Count("outputTokens"),
        Cached = usage.Count("cacheReadInputTokens"),
        CacheWritten = usage.Count("cacheWriteInputTokens"),
    };
}
