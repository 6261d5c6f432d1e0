using System.Text;
using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads what the gateway itself wrote in Chat's dialect and checks it against OpenAI's reference for chat.completion and
/// chat.completion.chunk, member by member. A breach of the format is a <see cref="ChatFormException"/>.
/// </summary>
public static class StrictChat
{
    private static readonly string[] Reasons = ["stop", "length", "tool_calls", "content_filter", "function_call"];

    public static Answer ReadWhole(ReadOnlySpan<byte> body)
    {
        var root = Parse(Utf8(body), "the body");
        Head(root, "chat.completion");
        var choices = new List<AnswerChoice>();
        foreach (var item in Array(root, "choices"))
        {
            var choice = new ChoiceBuilder(Integer(item, "index"));
            var message = Object(item, "message");
            Demand(message.Text("role") == "assistant", "message.role is not assistant");
            choice.Text.Append(TextOrNull(message, "content", mandatory: true));
            choice.Reasoning.Append(TextOrNull(message, "reasoning_content"));
            choice.Refusal.Append(TextOrNull(message, "refusal"));
            ChatOracle.TakeAttachments(choice, message);
            foreach (var call in ((JsonElement?)message).Items("tool_calls")) choice.Calls.Add(WholeCall(call));
            Demand(message.Member("tool_calls") is null || choice.Calls.Count > 0, "tool_calls is empty");
            choice.Finish = Reason(item) ?? throw new ChatFormException("a choice without finish_reason");
            choices.Add(choice.Build());
        }
        Demand(choices.Count > 0, "no choices");
        Ids(choices);
        return new Answer { Choices = choices, Usage = Usage(root.Member("usage")) };
    }

    /// <param name="body">The stream's bytes, all of them.</param>
    /// <param name="usageAsked">The request had <c>stream_options.include_usage</c>.</param>
    public static Answer ReadStream(ReadOnlySpan<byte> body, bool usageAsked)
    {
        var reader = new StrictChatStream(usageAsked);
        foreach (var item in SseText.Events(Utf8(body)))
        {
            Demand(item.Stray.Length == 0, $"a line that is no SSE field: {item.Stray}");
            Demand(item.Raw.EndsWith("\n\n", StringComparison.Ordinal), "an event without its blank line");
            if (item.HasData) reader.Read(item.Data);
        }
        var answer = reader.End();
        if (!answer.IsError) Ids(answer.Choices);
        return answer;
    }

    /// <summary>The error object of an error body or an error event.</summary>
    public static JsonElement ReadError(string json)
    {
        var root = Parse(json, "the error");
        var error = Object(root, "error");
        Demand(error.Text("message") is { Length: > 0 }, "error.message is missing or empty");
        Demand(error.Text("type") is { Length: > 0 }, "error.type is missing or empty");
        TextOrNull(error, "param", mandatory: true);
        TextOrNull(error, "code", mandatory: true);
        return error;
    }

    internal static void Head(JsonElement root, string kind)
    {
        Demand(root.Text("id") is { Length: > 0 }, "id is missing or empty");
        Demand(root.Text("object") == kind, $"object is not {kind}");
        Demand(((JsonElement?)root).Count("created") is > 0, "created is not a time");
        Demand(root.Text("model") is { Length: > 0 }, "model is missing or empty");
    }

    internal static string? Reason(JsonElement choice)
    {
        var reason = TextOrNull(choice, "finish_reason", mandatory: true);
        Demand(reason is null || Reasons.Contains(reason), $"finish_reason '{reason}' is none of OpenAI's");
        return reason;
    }

    internal static AnswerUsage? Usage(JsonElement? usage)
    {
        if (usage is null) return null;
        var (prompt, completion, total) = (usage.Count("prompt_tokens"), usage.Count("completion_tokens"), usage.Count("total_tokens"));
        Demand(prompt is not null && completion is not null && total is not null, $"usage lacks a mandatory count: {usage.Value.GetRawText()}");
        Demand(total == prompt + completion, $"total_tokens is not the sum: {usage.Value.GetRawText()}");
        return ChatOracle.Usage(usage);
    }

    internal static JsonElement Parse(string json, string what) =>
        Json.Parse(json) is { ValueKind: JsonValueKind.Object } root ? root : throw new ChatFormException($"{what} is no JSON object: {json}");

    internal static JsonElement Object(JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Object } child ? child : throw new ChatFormException($"{name} is no object: {parent.GetRawText()}");

    internal static IEnumerable<JsonElement> Array(JsonElement parent, string name) =>
        parent.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : throw new ChatFormException($"{name} is no array: {parent.GetRawText()}");

    internal static int Integer(JsonElement parent, string name) =>
        (int?)((JsonElement?)parent).Count(name) ?? throw new ChatFormException($"{name} is no integer: {parent.GetRawText()}");

    internal static string? TextOrNull(JsonElement parent, string name, bool mandatory = false)
    {
        if (!parent.TryGetProperty(name, out var value))
        {
            Demand(!mandatory, $"{name} is missing: {parent.GetRawText()}");
            return null;
        }
        Demand(value.ValueKind is JsonValueKind.String or JsonValueKind.Null, $"{name} is neither text nor null: {parent.GetRawText()}");
        return value.GetString();
    }

    internal static void Demand(bool holds, string breach)
    {
        if (!holds) throw new ChatFormException(breach);
    }

    private static CallBuilder WholeCall(JsonElement call)
    {
        var kind = Kind(call) ?? throw new ChatFormException("a tool call's type is neither function nor custom");
        var called = Object(call, kind);
        var built = new CallBuilder
        {
            Id = call.Text("id"),
            Name = called.Text("name") ?? throw new ChatFormException("a tool call without a name"),
        };
        var arguments = kind == "function" ? "arguments" : "input";
        built.Arguments.Append(TextOrNull(called, arguments, mandatory: true) ?? throw new ChatFormException("arguments is null"));
        return built;
    }

    /// <summary>A call's type, which is the name of the member that contains it.</summary>
    internal static string? Kind(JsonElement call) => call.Text("type") is "function" or "custom" ? call.Text("type") : null;

    private static void Ids(IReadOnlyList<AnswerChoice> choices)
    {
        var ids = choices.SelectMany(c => c.ToolCalls).Select(c => c.Id).ToArray();
        Demand(ids.All(id => !string.IsNullOrEmpty(id)), "a tool call without an id");
        Demand(ids.Distinct().Count() == ids.Length, $"tool call ids repeat: {string.Join(", ", ids)}");
    }

    private static string Utf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new ChatFormException($"not valid UTF-8: {e.Message}");
        }
    }
}

/// <summary>The gateway wrote something that OpenAI's reference does not allow.</summary>
public sealed class ChatFormException(string message) : Exception(message);
