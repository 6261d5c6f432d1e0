using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the messages of a Chat request.</summary>
internal static class ChatTurnsMeaning
{
    private static readonly string[] Said =
    [
        "role", "content", "tool_calls", "tool_call_id", "function_call", "refusal", "reasoning_content", "reasoning", "reasoning_details", "cache_control",
        // Members of a response that a client sent back with it; they have no meaning for a model.
        "annotations", "parsed",
    ];

    public static void Read(JsonElement body, RequestMeaning said)
    {
        var messages = body.Elements("messages").ToArray();
        foreach (var (i, message) in messages.Index())
        {
            var role = message.Text("role") ?? "";
            ChatMeaning.ReadOthers(message, role switch
            {
                // The name of a result's tool follows from the call; a prefix is the same as a last assistant turn elsewhere.
                "tool" or "function" => [.. Said, "name"],
                "assistant" when i == messages.Length - 1 => [.. Said, "prefix"],
                _ => Said,
            }, "messages.", said);
            switch (role)
            {
                case "system" or "developer":
                    said.Turns.Add(new Turn("system", ReadContent(message, said)));
                    break;
                case "assistant":
                    said.Turns.Add(new Turn("assistant", ReadAssistant(message, said)));
                    break;
                case "tool" or "function":
                    var call = role == "function" ? said.Calls.ByName(message.Text("name"))
                        : message.Given("tool_call_id") is null ? said.Calls.NextOpen() : said.Calls.ById(message.Text("tool_call_id"));
                    var parts = ReadContent(message, said);
                    said.Turns.Add(new Turn("user", [new ToolAnswer(call, parts, null) { Cache = parts.LastOrDefault(p => p.Cache is not null)?.Cache }]));
                    break;
                default:
                    said.Turns.Add(new Turn("user", ReadContent(message, said)));
                    break;
            }
        }
    }

    private static List<Item> ReadAssistant(JsonElement message, RequestMeaning said)
    {
        var items = new List<Item>();
        if ((message.Text("reasoning_content") ?? message.Text("reasoning")) is { Length: > 0 } thought && thought != ChatMeaning.Filler) items.Add(new Think(thought));
        else if (message.Elements("reasoning_details").Any()) items.Add(new Think(message.Elements("reasoning_details").First().Text("text")));
        items.AddRange(ReadContent(message, said));
        if (message.Text("refusal") is { Length: > 0 } refusal) items.Add(new SayText(refusal));
        foreach (var call in message.Elements("tool_calls"))
        {
            var function = call.Member("function") ?? call.Member("custom") ?? default;
            items.Add(ReadCall(function, call.Text("id"), said));
        }
        if (message.Given("function_call") is { } legacy) items.Add(ReadCall(legacy, null, said));
        return items;
    }

    private static CallTool ReadCall(JsonElement function, string? id, RequestMeaning said)
    {
        var name = function.Text("name") ?? "";
        var text = function.Text("arguments") ?? function.Text("input") ?? "";
        var arguments = function.Member("arguments") is { ValueKind: JsonValueKind.Object } whole ? whole
            : text.Trim() is "" or "null" ? JsonQuestions.TryParse("{}")!.Value
            : JsonQuestions.TryParse(text) is { ValueKind: JsonValueKind.Object } parsed ? parsed
            : JsonQuestions.Json(text);
        return new CallTool(said.Calls.Add(id, name), name, arguments);
    }

    private static List<Item> ReadContent(JsonElement message, RequestMeaning said)
    {
        var cached = message.Cache();
        if (message.Text("content") is { } text) return [new SayText(text) { Cache = cached }];
        var items = message.Elements("content").Select(p => ReadPart(p, said)).ToList();
        if (cached is not null && items.Count > 0) items[^1] = items[^1] with { Cache = cached };
        return items;
    }

    private static Item ReadPart(JsonElement part, RequestMeaning said)
    {
        var type = part.Text("type") ?? "";
        var media = part.Given(type) ?? default;
        ReadPartOthers(part, type, media, said);
        Item item = type switch
        {
            "text" or "input_text" or "output_text" => new SayText(part.Text("text") ?? ""),
            "refusal" => new SayText(part.Text("refusal") ?? ""),
            "thinking" or "reasoning" => new Think(part.Text("thinking") ?? string.Concat(part.Elements("thinking").Select(t => t.Text("text")))),
            "image_url" or "video_url" or "file_url" or "document_url" => Media.FromUrl(media.IsText() ? media.GetString()! : media.Text("url") ?? ""),
            "input_audio" when media.IsText() => media.GetString()!.Contains(':', StringComparison.Ordinal) ? Media.FromUrl(media.GetString()!)
                : Media.FromBase64(media.GetString()!, null),
            "input_audio" => media.Text("data") is { } data && data.StartsWith("data:", StringComparison.Ordinal) ? Media.FromUrl(data)
                : Media.FromBase64(media.Text("data") ?? "", $"audio/{media.Text("format")}"),
            "file" => ReadFile(media),
            _ => new OwnItem(type),
        };
        return item with { Cache = part.Cache() };
    }

    private static void ReadPartOthers(JsonElement part, string type, JsonElement media, RequestMeaning said)
    {
        // Some clients write every member of every kind of part and leave the others empty or nearly so.
        string[] known = ["type", type, "text", "cache_control", "document_name", "annotations", "logprobs"];
        ChatMeaning.ReadOthers(part, known, "messages.content.", said);
        if (media.Text("detail") is { } detail && detail != "auto") said.Others["messages.content.image_url.detail"] = media.Member("detail")!.Value;
    }

    private static Media ReadFile(JsonElement file)
    {
        if (file.Text("file_id") is { } id) return new Media(null, $"file:{id}");
        if (file.Text("file_url") is { } url) return Media.FromUrl(url) with { Name = file.Text("filename") };
        var data = file.Text("file_data") ?? "";
        return (data.Contains(':', StringComparison.Ordinal) ? Media.FromUrl(data) : Media.FromBase64(data, null)) with { Name = file.Text("filename") };
    }
}
