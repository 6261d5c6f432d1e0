using System.Text;
using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of an Anthropic Messages request.</summary>
public static class AnthropicMeaning
{
    public static RequestMeaning Read(JsonElement body)
    {
        var said = new RequestMeaning
        {
            ThinksByItself = false,
            Stream = body.Member("stream") is { ValueKind: JsonValueKind.True },
            User = body.Member("metadata")?.Text("user_id"),
            Format = body.Member("output_config")?.Given("format") is { } format ? new FormatMeaning("json_schema", format.Given("schema")) : null,
            Reasoning = ReadReasoning(body),
        };
        foreach (var name in (string[])["max_tokens", "temperature", "top_p", "top_k"])
            if (body.Given(name) is { ValueKind: JsonValueKind.Number } number) said.Limits[name] = number.GetDouble();
        said.Stops.AddRange(body.Elements("stop_sequences").Select(s => s.GetString()!));
        if (body.Text("system") is { } system) said.System.Add(new SayText(system));
        said.System.AddRange(body.Elements("system").Select(b => new SayText(b.Text("text") ?? "") { Cache = b.Cache() }));
        foreach (var tool in body.Elements("tools"))
            said.Tools.Add(new ToolMeaning(tool.Text("name") ?? "", tool.Text("description"), tool.Given("input_schema"),
                tool.Member("strict") is { ValueKind: JsonValueKind.True }, tool.Cache(), tool.Text("type") is "custom" ? null : tool.Text("type")));
        if (body.Given("tool_choice") is { } choice)
        {
            said.ToolChoice = choice.Text("type") switch { "any" => "required", "tool" => $"tool:{choice.Text("name")}", var same => same };
            if (choice.Given("disable_parallel_tool_use") is { } off) said.ParallelCalls = !off.GetBoolean();
        }
        foreach (var name in (string[])["service_tier", "container", "context_management", "mcp_servers", "cache_control"])
            if (body.Given(name) is { } other) said.Others[name] = other;
        foreach (var message in body.Elements("messages")) said.Turns.Add(new Turn(message.Text("role") ?? "", ReadContent(message, said)));
        return said;
    }

    private static ReasoningMeaning? ReadReasoning(JsonElement body)
    {
        var effort = body.Member("output_config")?.Text("effort");
        if (body.Given("thinking") is not { } thinking) return effort is null ? null : new ReasoningMeaning(effort, null, null);
        return new ReasoningMeaning(effort, AnthropicRequestRules.Whole(thinking, "budget_tokens"), thinking.Text("type") != "disabled");
    }

    private static List<Item> ReadContent(JsonElement owner, RequestMeaning said)
    {
        if (owner.Text("content") is { } text) return [new SayText(text)];
        return [.. owner.Elements("content").SelectMany(b => ReadTexts(b) ?? [ReadBlock(b, said) with { Cache = b.Cache() }])];
    }

    /// <summary>Blocks that contain only text, which every dialect can express; null for others.</summary>
    private static List<Item>? ReadTexts(JsonElement block)
    {
        switch (block.Text("type"))
        {
            case "tool_reference":
                return [new SayText($"The tool {block.Text("tool_name")} is available.")];
            case "search_result":
                return [new SayText($"{block.Text("title")}\n{block.Text("source")}"), .. block.Elements("content").Select(inner => new SayText(inner.Text("text") ?? ""))];
            case "document" when block.Member("source") is { } source && source.Text("type") == "content":
                var title = block.Text("title") is { } text ? new SayText(text) : null;
                return [.. title is null ? (SayText[])[] : [title], .. source.Elements("content").Select(inner => new SayText(inner.Text("text") ?? ""))];
            default:
                return null;
        }
    }

    private static Item ReadBlock(JsonElement block, RequestMeaning said)
    {
        switch (block.Text("type"))
        {
            case "text":
                return new SayText(block.Text("text") ?? "");
            case "image" or "document":
                return ReadSource(block.Member("source") ?? default) is Media media ? media with { Name = block.Text("title") } : new OwnItem("document");
            case "tool_use":
                var name = block.Text("name") ?? "";
                return new CallTool(said.Calls.Add(block.Text("id"), name), name, block.Member("input") ?? default);
            case "tool_result":
                return new ToolAnswer(said.Calls.ById(block.Text("tool_use_id")), ReadContent(block, said), null);
            case "thinking":
                return new Think(block.Text("thinking"));
            case "redacted_thinking":
                return new Think(null);
            default:
                return new OwnItem(block.Text("type") ?? "");
        }
    }

    private static Item ReadSource(JsonElement source) => source.Text("type") switch
    {
        "base64" => Media.FromBase64(source.Text("data") ?? "", source.Text("media_type")),
        "url" => Media.FromUrl(source.Text("url") ?? ""),
        "file" => new Media(null, $"file:{source.Text("file_id")}"),
        "text" => Media.Of(source.Text("media_type"), Encoding.UTF8.GetBytes(source.Text("data") ?? "")),
        var type => new OwnItem($"document.{type}"),
    };
}
