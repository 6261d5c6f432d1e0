using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of Cohere's Chat API, version 2. From the reference: content is a list of <c>text</c> and <c>thinking</c> blocks; the model's plan
/// precedes calls, and Chat's callers get it as text; a stream sends each block and each call between a start and an end,
/// and ends with <c>message-end</c>. A call without parameters has the arguments <c>null</c> or none.
/// </summary>
public static class CohereOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { ValueKind: JsonValueKind.Object } root) return Answer.Failure("not a JSON object");
        if (root.Member("message") is not { ValueKind: JsonValueKind.Object } message) return Answer.Failure(root.Text("message") ?? "no message");
        var choice = new ChoiceBuilder(0);
        choice.Text.Append(message.Text("tool_plan"));
        foreach (var block in message.Items("content")) Take(choice, block);
        foreach (var citation in message.Items("citations")) Take(choice, citation.Items("sources"));
        foreach (var call in message.Items("tool_calls"))
        {
            var made = Begin(choice, call);
            if (made.Arguments.ToString() is "" or "null") made.Arguments.Clear().Append("{}");
        }
        return End(choice, root.Text("finish_reason"), root.Member("usage"));
    }

    public static Answer ReadStream(string text)
    {
        var choice = new ChoiceBuilder(0);
        foreach (var item in SseText.Events(text).Where(e => e.HasData && e.Data != "[DONE]"))
        {
            if (Json.Parse(item.Data) is not { ValueKind: JsonValueKind.Object } data) return Answer.Failure($"an event is no JSON object: {item.Data}");
            var delta = data.Member("delta");
            var message = delta.Member("message");
            switch (data.Text("type"))
            {
                case "content-start" or "content-delta" when message.Member("content") is { } block:
                    Take(choice, block);
                    break;
                case "tool-plan-delta":
                    choice.Text.Append(message.Text("tool_plan"));
                    break;
                case "tool-call-start" when message.Member("tool_calls") is { } call:
                    Begin(choice, call).Index = (int)((JsonElement?)data).Count("index")!.Value;
                    break;
                case "tool-call-delta":
                    var index = ((JsonElement?)data).Count("index");
                    choice.Calls.Single(c => c.Index == index).Arguments.Append(message.Member("tool_calls").Member("function").Text("arguments"));
                    break;
                case "tool-call-end":
                    var ended = ((JsonElement?)data).Count("index");
                    var whole = choice.Calls.Single(c => c.Index == ended).Arguments;
                    if (whole.ToString() is "" or "null") whole.Clear().Append("{}");
                    break;
                case "citation-start":
                    Take(choice, message.Member("citations") is { } citation ? citation.Items("sources") : []);
                    break;
                case "message-end":
                    return End(choice, delta.Text("finish_reason"), delta.Member("usage"));
            }
        }
        return Answer.Failure("the stream ends without message-end");
    }

    private static void Take(ChoiceBuilder choice, JsonElement block)
    {
        choice.Text.Append(block.Text("text"));
        choice.Reasoning.Append(block.Text("thinking"));
    }

    /// <summary>Sources that have an address.</summary>
    private static void Take(ChoiceBuilder choice, IEnumerable<JsonElement> sources)
    {
        foreach (var source in sources)
        {
            var said = source.Member("document") ?? source.Member("tool_output");
            choice.Source(said.Text("url") ?? (source.Text("id") is { } id && id.StartsWith("http", StringComparison.Ordinal) ? id : null));
        }
    }

    private static CallBuilder Begin(ChoiceBuilder choice, JsonElement call)
    {
        var function = call.Member("function");
        var made = new CallBuilder { Id = call.Text("id"), Name = function.Text("name") ?? "" };
        made.Arguments.Append(function.Text("arguments"));
        choice.Calls.Add(made);
        return made;
    }

    private static Answer End(ChoiceBuilder choice, string? reason, JsonElement? usage)
    {
        if (reason is "ERROR" or "TIMEOUT") return Answer.Failure($"the generation ended with {reason}");
        choice.Finish = reason switch { "MAX_TOKENS" => "length", "TOOL_CALL" => "tool_calls", _ => "stop" };
        return new Answer { Choices = [choice.Build()], Usage = Usage(usage) };
    }

    /// <summary>All tokens, not only billed ones: cached and reasoning tokens are included.</summary>
    private static AnswerUsage? Usage(JsonElement? usage) => usage is null ? null : new AnswerUsage
    {
        Prompt = usage.Member("tokens").Count("input_tokens"),
        Completion = usage.Member("tokens").Count("output_tokens"),
        Cached = usage.Count("cached_tokens"),
        Reasoning = usage.Member("tokens").Count("reasoning_tokens"),
    };
}
