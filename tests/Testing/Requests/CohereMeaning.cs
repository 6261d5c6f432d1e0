using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of a Cohere <c>/v2/chat</c> request.</summary>
public static class CohereMeaning
{
    private static readonly (string Cohere, string Chat)[] Numbers =
    [
        ("max_tokens", "max_tokens"), ("temperature", "temperature"), ("p", "top_p"), ("k", "top_k"), ("seed", "seed"),
        ("presence_penalty", "presence_penalty"), ("frequency_penalty", "frequency_penalty"),
    ];

    public static RequestMeaning Read(JsonElement body)
    {
        var said = new RequestMeaning
        {
            UnlimitedEffort = "high",
            Stream = body.Member("stream") is { ValueKind: JsonValueKind.True },
            ToolChoice = body.Text("tool_choice")?.ToLowerInvariant(),
            Format = ReadFormat(body.Member("response_format")),
            Reasoning = ReadThinking(body.Member("thinking")),
        };
        foreach (var (cohere, chat) in Numbers)
            if (body.Member(cohere) is { ValueKind: JsonValueKind.Number } number) said.Limits[chat] = number.GetDouble();
        if (body.Member("logprobs") is { ValueKind: JsonValueKind.True }) said.Limits["logprobs"] = 1;
        said.Stops.AddRange(body.Elements("stop_sequences").Select(s => s.GetString()!));
        var isStrict = body.Member("strict_tools") is { ValueKind: JsonValueKind.True };
        foreach (var tool in body.Elements("tools").Select(t => t.Member("function") ?? default))
            said.Tools.Add(new ToolMeaning(tool.Text("name") ?? "", tool.Text("description"), tool.Member("parameters"), isStrict, null));
        foreach (var name in (string[])["documents", "citation_options", "safety_mode", "strict_tools", "priority"])
            if (body.Member(name) is { } other) said.Others[name] = other;
        foreach (var message in body.Elements("messages")) said.Turns.Add(ReadTurn(message, said));
        return said;
    }

    private static FormatMeaning? ReadFormat(JsonElement? format) =>
        format?.Text("type") != "json_object" ? null
        : format.Value.Member("json_schema") is { } schema ? new FormatMeaning("json_schema", schema)
        : new FormatMeaning("json_object", null);

    private static ReasoningMeaning? ReadThinking(JsonElement? thinking) => thinking is not { } asked ? null
        : new ReasoningMeaning(null, AnthropicRequestRules.Whole(asked, "token_budget"), asked.Text("type") == "enabled");

    private static Turn ReadTurn(JsonElement message, RequestMeaning said)
    {
        var role = message.Text("role") ?? "";
        if (role == "tool")
            return new Turn("user", [new ToolAnswer(said.Calls.ById(message.Text("tool_call_id")), ReadContent(message), null)]);
        var items = ReadContent(message);
        ReadDetails(message, said);
        if (message.Text("tool_plan") is { Length: > 0 } plan) items.Add(new SayText(plan));
        foreach (var call in message.Elements("tool_calls"))
        {
            var function = call.Member("function") ?? default;
            var text = function.Text("arguments") ?? "";
            var arguments = JsonQuestions.TryParse(text) is { ValueKind: JsonValueKind.Object } parsed ? parsed : JsonQuestions.Json(text);
            items.Add(new CallTool(said.Calls.Add(call.Text("id"), function.Text("name") ?? ""), function.Text("name") ?? "", arguments));
        }
        return new Turn(role, items);
    }

    private static List<Item> ReadContent(JsonElement message)
    {
        if (message.Text("content") is { } text) return [new SayText(text)];
        return [.. message.Elements("content").Select(ReadBlock)];
    }

    private static void ReadDetails(JsonElement message, RequestMeaning said)
    {
        foreach (var detail in message.Elements("content").Select(b => b.Member("image_url")?.Member("detail")))
            if (detail is { } asked) said.Others["detail"] = asked;
    }

    private static Item ReadBlock(JsonElement block) => block.Text("type") switch
    {
        "thinking" => new Think(block.Text("thinking")),
        "image_url" => Media.FromUrl(block.Member("image_url")?.Text("url") ?? ""),
        "text" => new SayText(block.Text("text") ?? ""),
        var other => new OwnItem(other ?? ""),
    };
}
