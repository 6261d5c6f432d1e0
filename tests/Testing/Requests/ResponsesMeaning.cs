using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of an OpenAI Responses request.</summary>
public static class ResponsesMeaning
{
    private static readonly string[] Said =
    [
        "model", "input", "instructions", "stream", "stream_options", "max_output_tokens", "temperature", "top_p", "top_logprobs", "include", "tools", "tool_choice",
        "parallel_tool_calls", "reasoning", "text", "user", "store",
    ];

    public static RequestMeaning Read(JsonElement body)
    {
        var text = body.Given("text") ?? default;
        var said = new RequestMeaning
        {
            Stream = body.Member("stream") is { ValueKind: JsonValueKind.True },
            User = body.Text("user"),
            ParallelCalls = body.Given("parallel_tool_calls")?.GetBoolean(),
            ToolChoice = ReadChoice(body.Given("tool_choice")),
            Reasoning = (body.Given("reasoning") ?? default).Text("effort") is { } effort ? new ReasoningMeaning(effort, null, effort != "none") : null,
            Format = (text.Given("format") ?? default).Text("type") is "json_object" or "json_schema"
                ? new FormatMeaning(text.Member("format")!.Value.Text("type")!, text.Member("format")!.Value.Given("schema")) : null,
        };
        foreach (var name in (string[])["temperature", "top_p", "top_logprobs"])
            if (body.Given(name) is { ValueKind: JsonValueKind.Number } number) said.Limits[name] = number.GetDouble();
        if (body.Given("max_output_tokens") is { ValueKind: JsonValueKind.Number } most) said.Limits["max_tokens"] = most.GetDouble();
        if (body.Elements("include").Any(i => i.ValueEquals("message.output_text.logprobs"))) said.Limits["logprobs"] = 1;
        foreach (var tool in body.Elements("tools"))
        {
            var type = tool.Text("type") is "function" ? null : tool.Text("type");
            said.Tools.Add(new ToolMeaning(tool.Text("name") ?? type ?? "", tool.Text("description"), tool.Given("parameters"),
                tool.Member("strict") is not { ValueKind: JsonValueKind.False }, null, type));
        }
        if (body.Text("instructions") is { } instructions) said.System.Add(new SayText(instructions));
        if (body.Text("input") is { } only) said.Turns.Add(new Turn("user", [new SayText(only)]));
        foreach (var item in body.Elements("input")) ReadItem(item, said);
        ChatMeaning.ReadOthers(body, Said, "", said);
        if (text.Given("verbosity") is { } verbosity) said.Others["verbosity"] = verbosity;
        // Stored unless the request has <c>store: false</c>.
        if (body.Member("store") is not { ValueKind: JsonValueKind.False }) said.Others["store"] = JsonQuestions.TryParse("true")!.Value;
        return said;
    }

    private static void ReadItem(JsonElement item, RequestMeaning said)
    {
        switch (item.Text("type") ?? "message")
        {
            case "message":
                var role = item.Text("role") is "system" or "developer" ? "system" : item.Text("role") ?? "";
                said.Turns.Add(new Turn(role, ReadContent(item.Member("content"), said)));
                break;
            case "reasoning":
                var summary = string.Join("\n\n", item.Elements("summary").Select(s => s.Text("text")));
                said.Turns.Add(new Turn("assistant", [new Think(summary.Length > 0 ? summary : null)]));
                break;
            case "function_call":
                said.Turns.Add(new Turn("assistant", [Call(item, item.Text("arguments"), said)]));
                break;
            case "custom_tool_call":
                said.Turns.Add(new Turn("assistant", [Call(item, item.Text("input"), said)]));
                break;
            case "function_call_output" or "custom_tool_call_output":
                said.Turns.Add(new Turn("user", [new ToolAnswer(said.Calls.ById(item.Text("call_id")), ReadContent(item.Member("output"), said), null)]));
                break;
            case var other:
                said.Turns.Add(new Turn("assistant", [new OwnItem(other)]));
                break;
        }
    }

    private static CallTool Call(JsonElement item, string? text, RequestMeaning said)
    {
        var name = item.Text("name") ?? "";
        var arguments = text?.Trim() is null or "" or "null" ? JsonQuestions.TryParse("{}")!.Value
            : JsonQuestions.TryParse(text) is { ValueKind: JsonValueKind.Object } parsed ? parsed
            : JsonQuestions.Json(text);
        return new CallTool(said.Calls.Add(item.Text("call_id"), name), name, arguments);
    }

    private static List<Item> ReadContent(JsonElement? content, RequestMeaning said)
    {
        if (content is not { } value) return [];
        if (value.IsText()) return [new SayText(value.GetString()!)];
        return value.IsArray() ? [.. value.EnumerateArray().Select(p => ReadPart(p, said))] : [];
    }

    private static Item ReadPart(JsonElement part, RequestMeaning said)
    {
        if (part.Text("detail") is { } detail && detail != "auto") said.Others["messages.content.image_url.detail"] = part.Member("detail")!.Value;
        if (part.Given("prompt_cache_breakpoint") is { } breakpoint) said.Others["messages.content.prompt_cache_breakpoint"] = breakpoint;
        return part.Text("type") switch
        {
            "input_text" or "output_text" => new SayText(part.Text("text") ?? ""),
            "refusal" => new SayText(part.Text("refusal") ?? ""),
            "input_image" or "input_file" when part.Text("file_id") is { } id => new Media(null, $"file:{id}"),
            "input_image" => Media.FromUrl(part.Text("image_url") ?? ""),
            "input_file" => Media.FromUrl(part.Text("file_url") ?? part.Text("file_data") ?? "") with { Name = part.Text("filename") },
            var type => new OwnItem(type ?? ""),
        };
    }

    private static string? ReadChoice(JsonElement? value)
    {
        if (value is not { } choice) return null;
        if (choice.IsText()) return choice.GetString();
        if (choice.Text("type") == "allowed_tools") return $"allowed:{choice.Text("mode")}:{string.Join(',', choice.Elements("tools").Select(t => t.Text("name")))}";
        return choice.Text("name") is { } name ? $"tool:{name}" : choice.Text("type");
    }
}
