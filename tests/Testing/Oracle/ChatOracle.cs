using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of OpenAI Chat and its many compatibles as they are: lenient about everything that a provider was
/// recorded doing. Used for recordings, and for what the passthrough relays of them.
/// </summary>
public static class ChatOracle
{
    public static Answer ReadWhole(string body)
    {
        if (Json.Parse(body) is not { ValueKind: JsonValueKind.Object } root) return Answer.Failure("not a JSON object");
        if (root.Member("error") is { } error) return Answer.Failure(ErrorText(error));
        if (root.Member("choices") is null) return Answer.Failure("no choices");
        // The only choice is an error (openrouter-chat-one-think-637071).
        if (root.Items("choices").ToList() is [var only] && only.Member("error") is { } failure) return Answer.Failure(ErrorText(failure));
        var choices = new List<ChoiceBuilder>();
        foreach (var item in root.Items("choices"))
        {
            var choice = Choice(choices, item);
            if (item.Member("message") is { } message) Take(choice, message, fragments: false);
            choice.Finish = Finish(item) ?? choice.Finish;
        }
        return new Answer { Choices = Build(choices), Usage = Usage(root.Member("usage")) };
    }

    public static Answer ReadStream(string text)
    {
        var choices = new List<ChoiceBuilder>();
        AnswerUsage? usage = null;
        var done = false;
        foreach (var item in SseText.Events(text).Where(e => e.HasData))
        {
            if (item.Data == "[DONE]")
            {
                done = true;
                break;
            }
            if (Json.Parse(item.Data) is not { ValueKind: JsonValueKind.Object } chunk) return Answer.Failure($"a chunk is no JSON object: {item.Data}");
            if (chunk.Member("error") is { } error) return Answer.Failure(ErrorText(error));
            foreach (var part in chunk.Items("choices"))
            {
                var choice = Choice(choices, part);
                if (part.Member("delta") is { } delta) Take(choice, delta, fragments: true);
                choice.Finish = Finish(part) ?? choice.Finish;
            }
            usage = Usage(chunk.Member("usage") ?? chunk.Member("x_groq").Member("usage")) ?? usage;
        }
        // Some providers end without [DONE] (cerebras-chat-sse-trunc-5773ca) or without a reason (snowflake-chat-sse-logprobs-102b09),
        // but a stream with neither broke off.
        if (!done && (choices.Count == 0 || choices.Any(c => c.Finish is null))) return Answer.Failure("the stream broke off");
        return new Answer { Choices = Build(choices), Usage = usage };
    }

    private static void Take(ChoiceBuilder choice, JsonElement message, bool fragments)
    {
        Content(choice, message);
        TakeAttachments(choice, message);
        // Many providers send the same text in both members, or in one of them; reasoning_details repeats it once more.
        choice.Reasoning.Append(message.Text("reasoning_content") ?? message.Text("reasoning"));
        choice.Refusal.Append(message.Text("refusal"));
        foreach (var call in message.Items("tool_calls"))
        {
            var target = fragments ? Find(choice, call) : Add(choice);
            Fill(target, call);
        }
        if (message.Member("function_call") is { } legacy && legacy.Text("name") is { Length: > 0 } name)
        {
            var call = Add(choice);
            call.Name = name;
            call.Arguments.Append(legacy.Text("arguments"));
        }
    }

    /// <summary>Annotations and images, whole or as they arrive in deltas.</summary>
    internal static void TakeAttachments(ChoiceBuilder choice, JsonElement message)
    {
        foreach (var annotation in message.Items("annotations")) choice.Source(annotation.Member("url_citation").Text("url"));
        foreach (var image in message.Items("images"))
            if (image.Member("image_url").Text("url") is { } url) choice.Images.Add(url[(url.IndexOf(',') + 1)..]);
    }

    private static void Content(ChoiceBuilder choice, JsonElement message)
    {
        choice.Text.Append(message.Text("content"));
        foreach (var part in message.Items("content"))
        {
            if (part.Text("type") == "text") choice.Text.Append(part.Text("text"));
            else if (part.Text("type") == "thinking")
                foreach (var thought in part.Items("thinking")) choice.Reasoning.Append(thought.Text("text"));
        }
    }

    private static CallBuilder Find(ChoiceBuilder choice, JsonElement call)
    {
        var index = (int?)((JsonElement?)call).Count("index");
        if (index is not null)
        {
            return choice.Calls.Find(c => c.Index == index) ?? Add(choice, index);
        }
        var id = call.Text("id");
        var known = string.IsNullOrEmpty(id) ? choice.Calls.LastOrDefault() : choice.Calls.Find(c => c.Id == id);
        return known ?? Add(choice);
    }

    private static CallBuilder Add(ChoiceBuilder choice, int? index = null)
    {
        var call = new CallBuilder { Index = index };
        choice.Calls.Add(call);
        return call;
    }

    private static void Fill(CallBuilder target, JsonElement call)
    {
        if (call.Text("id") is { Length: > 0 } id) target.Id = id;
        // Custom tools take text instead of arguments (openai-chat-one-srvtools-bc2591).
        var custom = call.Text("type") == "custom";
        var body = call.Member(custom ? "custom" : "function");
        if (target.Name.Length == 0) target.Name = body.Text("name") ?? "";
        target.Arguments.Append(body.Text(custom ? "input" : "arguments"));
    }

    private static ChoiceBuilder Choice(List<ChoiceBuilder> choices, JsonElement item)
    {
        var index = (int)(((JsonElement?)item).Count("index") ?? 0);
        if (choices.Find(c => c.Index == index) is { } known) return known;
        choices.Add(new ChoiceBuilder(index));
        return choices[^1];
    }

    private static string? Finish(JsonElement choice) => choice.Text("finish_reason");

    internal static AnswerUsage? Usage(JsonElement? usage) => usage is not { ValueKind: JsonValueKind.Object } ? null : new AnswerUsage
    {
        Prompt = usage.Count("prompt_tokens"),
        Completion = usage.Count("completion_tokens"),
        Cached = usage.Member("prompt_tokens_details").Count("cached_tokens"),
        CacheWritten = usage.Member("prompt_tokens_details").Count("cache_write_tokens"),
        Reasoning = usage.Member("completion_tokens_details").Count("reasoning_tokens"),
    };

    private static string ErrorText(JsonElement error) =>
        error.ValueKind == JsonValueKind.String ? error.GetString()! : error.Text("message") ?? error.GetRawText();

    private static AnswerChoice[] Build(List<ChoiceBuilder> choices) => [.. choices.Select(c => c.Build())];
}
