using System.Text;
using System.Text.Json;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads responses of the Responses API like a strict client, independently of the codecs: every mandatory member of the
/// reference, every event in its place, and the same items in <c>done</c> and in the last event. Raises <see cref="ChatFormException"/>.
/// </summary>
public static class StrictResponses
{
    private static readonly string[] Totals = ["input_tokens", "output_tokens", "total_tokens"];

    public static Answer ReadWhole(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var root = Json.Parse(text) ?? throw new ChatFormException("not JSON");
        CheckResponse(root, isEnd: true);
        return ResponsesOracle.ReadWhole(text);
    }

    public static Answer ReadStream(byte[] body)
    {
        var events = SseText.Events(Encoding.UTF8.GetString(body)).Where(e => e.HasData).ToList();
        var reader = new StrictResponsesStream();
        foreach (var item in events) reader.Take(item);
        return ResponsesOracle.ReadWhole(reader.End().GetRawText());
    }

    /// <summary>The error of a stream that failed: an <c>error</c> event and then <c>response.failed</c>, with the same code and message, and nothing more.</summary>
    public static (string Code, string Message) ReadFailure(byte[] body)
    {
        var events = SseText.Events(Encoding.UTF8.GetString(body)).Where(e => e.HasData).ToList();
        Require(events.Count >= 2 && events[^2].Type == "error" && events[^1].Type == "response.failed",
            $"the stream does not end with error and response.failed: {string.Join(", ", events.Select(e => e.Type))}");
        var (error, failed) = (Json.Parse(events[^2].Data)!.Value, Json.Parse(events[^1].Data)!.Value);
        Require(error.Text("type") == "error" && failed.Text("type") == "response.failed", "type");
        var numbers = events.Select(e => ((JsonElement?)Json.Parse(e.Data)!.Value).Count("sequence_number")).ToList();
        Require(numbers.SequenceEqual(Enumerable.Range(0, events.Count).Select(n => (long?)n)), $"sequence numbers {string.Join(',', numbers)}");
        var response = failed.Member("response") ?? throw new ChatFormException("no response");
        Require(response.Text("status") == "failed" && response.Text("id")?.StartsWith("resp_", StringComparison.Ordinal) == true, "the failed response has no id or status");
        Require(events.Count == 2 || Json.Parse(events[0].Data)!.Value.Member("response").Text("id") == response.Text("id"), "the failed response has another id");
        var nested = response.Member("error") ?? throw new ChatFormException("no error");
        Require(nested.Text("code") is { Length: > 0 }, "no code");
        Require(error.Text("message") == nested.Text("message") && error.Member("error").Text("message") == nested.Text("message"), "the messages differ");
        return (nested.Text("code")!, nested.Text("message")!);
    }

    internal static void CheckResponse(JsonElement response, bool isEnd)
    {
        Require(response.Text("object") == "response", "object");
        Require(response.Text("id")?.StartsWith("resp_", StringComparison.Ordinal) == true, $"id {response.Text("id")}");
        Require(((JsonElement?)response).Count("created_at") > 0, "created_at");
        Require(response.Text("model") is not null, "model");
        foreach (var member in (string[])["error", "incomplete_details", "instructions", "metadata", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p",
            "usage"])
            Require(response.TryGetProperty(member, out _), $"no {member}");
        var status = response.Text("status");
        if (!isEnd)
        {
            Require(status == "in_progress" && !response.Items("output").Any(), $"status {status}");
            return;
        }
        Require(status is "completed" or "incomplete", $"status {status}");
        Require(status == "incomplete" == (response.Member("incomplete_details").Text("reason") is not null), "incomplete_details");
        var ids = new HashSet<string>();
        foreach (var item in response.Items("output")) CheckItem(item, ids);
        CheckUsage(response.Member("usage") ?? throw new ChatFormException("no usage"));
    }

    private static void CheckItem(JsonElement item, HashSet<string> ids)
    {
        Require(item.Text("id") is { Length: > 0 } id && ids.Add(id), $"item id {item.Text("id")}");
        switch (item.Text("type"))
        {
            case "message":
                Require(item.Text("role") == "assistant" && item.Text("status") == "completed", "message");
                Require(item.Items("content").Any(), "a message without content");
                foreach (var part in item.Items("content"))
                {
                    if (part.Text("type") == "refusal") Require(part.Text("refusal") is not null, "refusal");
                    else Require(part.Text("type") == "output_text" && part.Text("text") is not null && part.TryGetProperty("annotations", out _), $"part {part.GetRawText()}");
                }
                break;
            case "reasoning":
                foreach (var part in item.Items("summary")) Require(part.Text("type") == "summary_text" && part.Text("text") is { Length: > 0 }, "summary");
                Require(item.Items("summary").Any() || item.Text("encrypted_content") is not null, "reasoning without text or state");
                break;
            case "function_call":
                Require(item.Text("call_id") is { Length: > 0 } && item.Text("name") is { Length: > 0 } && item.Text("arguments") is { Length: > 0 }, $"call {item.GetRawText()}");
                break;
            case "custom_tool_call":
                Require(item.Text("call_id") is { Length: > 0 } && item.Text("name") is { Length: > 0 } && item.Text("input") is not null, $"call {item.GetRawText()}");
                break;
            case "image_generation_call":
                Require(item.Text("result") is { Length: > 0 }, "image");
                break;
            default:
                throw new ChatFormException($"item {item.GetRawText()}");
        }
    }

    private static void CheckUsage(JsonElement usage)
    {
        foreach (var total in Totals) Require(((JsonElement?)usage).Count(total) is >= 0, $"usage.{total}");
        Require(((JsonElement?)usage).Count("input_tokens") + ((JsonElement?)usage).Count("output_tokens") == ((JsonElement?)usage).Count("total_tokens"),
            "usage.total_tokens is not the sum");
        foreach (var details in (string[])["input_tokens_details", "output_tokens_details"])
        {
            if (!usage.TryGetProperty(details, out var value)) continue;
            Require(value.ValueKind == JsonValueKind.Object, $"usage.{details}");
            foreach (var member in value.EnumerateObject()) Require(member.Value.ValueKind == JsonValueKind.Number, $"usage.{details}.{member.Name}");
        }
    }

    internal static void Require(bool condition, string what)
    {
        if (!condition) throw new ChatFormException($"Responses: {what}");
    }
}
