using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of a Chat request for OpenAI, or for one of its compatibles.</summary>
public static class ChatMeaning
{
    /// <summary>The <c>reasoning_content</c> of a turn without reasoning at Moonshot, which refuses an empty one.</summary>
    public const string Filler = " ";

    private static readonly string[] Numbers =
        ["temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed", "n", "top_logprobs"];

    private static readonly string[] Said =
    [
        .. Numbers, "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "logprobs", "stop", "tools", "functions",
        "tool_choice", "function_call", "parallel_tool_calls", "response_format", "reasoning_effort", "user", "reasoning", "thinking", "enable_thinking", "thinking_budget",
    ];

    public static RequestMeaning Read(JsonElement body)
    {
        var said = new RequestMeaning
        {
            Stream = body.Member("stream") is { ValueKind: JsonValueKind.True },
            User = body.Text("user"),
            ParallelCalls = body.Given("parallel_tool_calls")?.GetBoolean(),
            TakesOneCall = body.Elements("functions").Any() && !body.Elements("tools").Any(),
            ToolChoice = ReadChoice(body.Given("tool_choice") ?? body.Given("function_call")),
            Reasoning = ReadReasoning(body),
        };
        foreach (var name in Numbers)
            if (body.Given(name) is { ValueKind: JsonValueKind.Number } number) said.Limits[name] = number.GetDouble();
        if ((body.Given("max_completion_tokens") ?? body.Given("max_tokens")) is { ValueKind: JsonValueKind.Number } most) said.Limits["max_tokens"] = most.GetDouble();
        if (said.Limits.TryGetValue("n", out var n) && n == 1) said.Limits.Remove("n");
        if (body.Member("logprobs") is { ValueKind: JsonValueKind.True }) said.Limits["logprobs"] = 1;
        else said.Limits.Remove("top_logprobs");
        if (body.Text("stop") is { } stop) said.Stops.Add(stop);
        foreach (var one in body.Elements("stop")) if (one.IsText()) said.Stops.Add(one.GetString()!);
        foreach (var tool in body.Elements("tools")) said.Tools.Add(ReadTool(tool));
        foreach (var function in body.Elements("functions")) said.Tools.Add(ReadFunction(function, function));
        said.Format = ReadFormat(body.Given("response_format"));
        ChatTurnsMeaning.Read(body, said);
        ReadOthers(body, Said, "", said);
        return said;
    }

    /// <summary>Members that are not in <paramref name="known"/> and have a value.</summary>
    internal static void ReadOthers(JsonElement value, string[] known, string path, RequestMeaning said)
    {
        if (!value.IsObject()) return;
        foreach (var member in value.EnumerateObject())
            if (!known.Contains(member.Name) && !IsNothing(member) && !(path == "messages." && member.Value.ValueKind == JsonValueKind.False))
                said.Others[path + member.Name] = member.Value;
    }

    private static bool IsNothing(JsonProperty member) => member.Value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => member.Value.GetArrayLength() == 0 || (member.Name == "modalities" && member.Value.EnumerateArray().All(m => m.ValueEquals("text"))),
        JsonValueKind.Object => !member.Value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>In the format of OpenAI, OpenRouter, DeepSeek (and Anthropic) or Qwen.</summary>
    private static ReasoningMeaning? ReadReasoning(JsonElement body)
    {
        var router = body.Given("reasoning") ?? default;
        var thinking = body.Given("thinking") ?? default;
        var effort = body.Text("reasoning_effort") ?? router.Text("effort");
        var budget = AnthropicRequestRules.Whole(router, "max_tokens") ?? AnthropicRequestRules.Whole(thinking, "budget_tokens")
            ?? AnthropicRequestRules.Whole(body, "thinking_budget");
        bool? enabled = thinking.Text("type") is { } type ? type != "disabled" : (body.Given("enable_thinking") ?? router.Given("enabled"))?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };
        return effort is null && budget is null && enabled is null ? null : new ReasoningMeaning(effort, budget, enabled ?? (effort != "none" && budget != 0));
    }

    private static string? ReadChoice(JsonElement? value)
    {
        if (value is not { } choice) return null;
        if (choice.IsText()) return choice.GetString() == "any" ? "required" : choice.GetString();
        if (choice.Text("type") == "allowed_tools" && (choice.Member("allowed_tools") ?? choice) is var allowed)
            return $"allowed:{allowed.Text("mode")}:{string.Join(',', allowed.Elements("tools").Select(t => t.Member("function")?.Text("name") ?? t.Text("name")))}";
        var name = choice.Member("function")?.Text("name") ?? choice.Member("custom")?.Text("name") ?? choice.Text("name");
        return name is null ? choice.Text("type") ?? choice.GetRawText() : $"tool:{name}";
    }

    private static ToolMeaning ReadTool(JsonElement tool)
    {
        var cached = tool.Cache();
        var type = tool.Text("type") ?? "function";
        if (type == "function" && tool.Given("function") is { } function) return ReadFunction(function, tool);
        return new ToolMeaning(tool.Member(type)?.Text("name") ?? type, null, null, false, cached, type);
    }

    private static ToolMeaning ReadFunction(JsonElement function, JsonElement tool) => new(
        function.Text("name") ?? "", function.Text("description"), function.Given("parameters"),
        function.Member("strict") is { ValueKind: JsonValueKind.True }, tool.Cache() ?? function.Cache());

    private static FormatMeaning? ReadFormat(JsonElement? value) => value?.Text("type") switch
    {
        "json_object" => new FormatMeaning("json_object", null),
        "json_schema" => new FormatMeaning("json_schema", value.Value.Member("json_schema")?.Given("schema")),
        _ => null,
    };
}
