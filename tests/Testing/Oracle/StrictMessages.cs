using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Oracle;

/// <summary>
/// Reads a response that the gateway wrote for a caller of Messages, and raises if it does not have what the reference and the official SDKs
/// require: <c>event:</c> lines, one <c>message_start</c> with complete usage, blocks one after the other, one <c>message_delta</c> with
/// usage, <c>message_stop</c> at the end. <see cref="MessagesOracle"/> then reads its content.
/// </summary>
public static partial class StrictMessages
{
    private static readonly string[] StopReasons = ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"];

    public static Answer ReadWhole(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var root = Parse(text);
        Head(root);
        Stop(root);
        Usage(root.GetProperty("usage"));
        foreach (var block in root.GetProperty("content").EnumerateArray()) Block(block, isStart: false);
        return MessagesOracle.ReadWhole(text);
    }

    /// <summary>Of a stream with an error event, the result is that error.</summary>
    public static Answer ReadStream(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var (phase, open, next) = ("", default((int Index, string Type)?), 0);
        foreach (var item in SseText.Events(text).Where(e => e.HasData))
        {
            var data = Parse(item.Data);
            var type = data.GetProperty("type").GetString()!;
            Demand(item.Type == type, $"the event line says '{item.Type}' and the data '{type}'");
            Demand(phase is not ("message_stop" or "error"), $"{type} follows {phase}");
            if (type is "ping") continue;
            if (type is "error")
            {
                ReadError(item.Data);
                phase = type;
                continue;
            }
            Demand((phase == "") == (type == "message_start"), $"{type} comes after '{phase}'");
            switch (type)
            {
                case "message_start":
                    Head(data.GetProperty("message"));
                    Usage(data.GetProperty("message").GetProperty("usage"));
                    Demand(data.GetProperty("message").GetProperty("content").GetArrayLength() == 0, "the message begins with content");
                    break;
                case "content_block_start":
                    Demand(open is null, "a block begins inside another");
                    var index = data.GetProperty("index").GetInt32();
                    Demand(index == next++, $"block {index} follows block {next - 2}");
                    Block(data.GetProperty("content_block"), isStart: true);
                    open = (index, data.GetProperty("content_block").GetProperty("type").GetString()!);
                    break;
                case "content_block_delta":
                    Demand(open?.Index == data.GetProperty("index").GetInt32(), "a delta of a block that is not open");
                    Delta(open!.Value.Type, data.GetProperty("delta"));
                    break;
                case "content_block_stop":
                    Demand(open?.Index == data.GetProperty("index").GetInt32(), "the end of a block that is not open");
                    open = null;
                    break;
                case "message_delta":
                    Demand(open is null && phase != "message_delta", "message_delta comes within a block or twice");
                    Stop(data.GetProperty("delta"));
                    Usage(data.GetProperty("usage"));
                    break;
                case "message_stop":
                    Demand(phase == "message_delta", "message_stop comes without message_delta");
                    break;
                default:
                    throw new ChatFormException($"an event that the reference does not have: {type}");
            }
            phase = type;
        }
        Demand(phase is "message_stop" or "error", $"the stream ends after '{phase}'");
        return MessagesOracle.ReadStream(text);
    }

    /// <summary>The error object of a whole body or an event.</summary>
    public static JsonElement ReadError(string body)
    {
        var root = Parse(body);
        Demand(root.GetProperty("type").GetString() == "error", "type is not error");
        Demand(root.GetProperty("request_id").GetString() is { Length: 24 }, "request_id is missing");
        var error = root.GetProperty("error");
        Demand(error.GetProperty("message").GetString() is { Length: > 0 }, "the error has no message");
        Demand(error.GetProperty("type").GetString()!.EndsWith("_error", StringComparison.Ordinal) || error.GetProperty("type").GetString() == "request_too_large",
            "the error's type is none of the reference");
        return error;
    }

    private static void Head(JsonElement message)
    {
        Demand(message.GetProperty("type").GetString() == "message" && message.GetProperty("role").GetString() == "assistant", "type or role is wrong");
        Demand(message.GetProperty("id").GetString()!.StartsWith("msg_", StringComparison.Ordinal), "the id does not begin with msg_");
        Demand(message.GetProperty("model").GetString() is { Length: > 0 }, "model is missing");
    }

    private static void Stop(JsonElement from)
    {
        Demand(StopReasons.Contains(from.GetProperty("stop_reason").GetString()), $"stop_reason is {from.GetProperty("stop_reason")}");
        Demand(from.GetProperty("stop_sequence").ValueKind is JsonValueKind.Null or JsonValueKind.String, "stop_sequence is missing");
    }

    private static void Usage(JsonElement usage)
    {
        foreach (var name in (string[])["input_tokens", "output_tokens"]) Demand(usage.GetProperty(name).TryGetInt64(out var count) && count >= 0, $"{name} is no count");
        foreach (var name in (string[])["cache_creation_input_tokens", "cache_read_input_tokens"])
            Demand(usage.GetProperty(name).ValueKind == JsonValueKind.Null || usage.GetProperty(name).TryGetInt64(out _), $"{name} is no count and not null");
    }

    private static void Block(JsonElement block, bool isStart)
    {
        switch (block.GetProperty("type").GetString())
        {
            case "text":
                Demand(block.GetProperty("text").ValueKind == JsonValueKind.String, "a text block without text");
                break;
            case "thinking":
                Demand(block.GetProperty("thinking").ValueKind == JsonValueKind.String && block.GetProperty("signature").ValueKind == JsonValueKind.String,
                    "a thinking block without its members");
                break;
            case "redacted_thinking":
                Demand(block.GetProperty("data").GetString() is { Length: > 0 }, "a redacted block without data");
                break;
            case "tool_use":
                Demand(Id().IsMatch(block.GetProperty("id").GetString()!), $"an id that Anthropic refuses: {block.GetProperty("id")}");
                Demand(block.GetProperty("name").GetString() is { Length: > 0 }, "a call without a name");
                Demand(block.GetProperty("input").ValueKind == JsonValueKind.Object && (!isStart || !block.GetProperty("input").EnumerateObject().Any()), "the input of a call");
                break;
            default:
                throw new ChatFormException($"a block that the reference does not have: {block.GetProperty("type")}");
        }
    }

    private static void Delta(string block, JsonElement delta)
    {
        var type = delta.GetProperty("type").GetString();
        var member = (block, type) switch
        {
            ("text", "text_delta") => "text",
            ("text", "citations_delta") => "citation",
            ("thinking", "thinking_delta") => "thinking",
            ("thinking", "signature_delta") => "signature",
            ("tool_use", "input_json_delta") => "partial_json",
            _ => throw new ChatFormException($"a {type} in a block of type {block}"),
        };
        Demand(delta.GetProperty(member).ValueKind is JsonValueKind.String or JsonValueKind.Object, $"a {type} without {member}");
    }

    private static JsonElement Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ChatFormException($"no JSON: {e.Message}");
        }
    }

    private static void Demand(bool condition, string otherwise)
    {
        if (!condition) throw new ChatFormException(otherwise);
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]+$")]
    private static partial Regex Id();
}
