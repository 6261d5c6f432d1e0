using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of a Converse request. Its address contains whether it streams.</summary>
public static class ConverseMeaning
{
    public static RequestMeaning Read(JsonElement body)
    {
        var output = body.Member("outputConfig")?.Member("textFormat")?.Member("structure")?.Member("jsonSchema");
        var said = new RequestMeaning
        {
            ThinksByItself = false,
            SaysStream = false,
            Format = output is { } schema ? new FormatMeaning("json_schema", JsonQuestions.TryParse(schema.Text("schema") ?? "")) : null,
            Reasoning = ReadReasoning(body.Member("additionalModelRequestFields") ?? default),
        };
        var config = body.Member("inferenceConfig") ?? default;
        foreach (var (name, word) in ((string, string)[])[("maxTokens", "max_tokens"), ("temperature", "temperature"), ("topP", "top_p")])
            if (config.Given(name) is { ValueKind: JsonValueKind.Number } number) said.Limits[word] = number.GetDouble();
        var fields = body.Member("additionalModelRequestFields") ?? default;
        if ((fields.Given("top_k") ?? fields.Member("inferenceConfig")?.Given("topK")) is { } topK) said.Limits["top_k"] = topK.GetDouble();
        said.Stops.AddRange(config.Elements("stopSequences").Select(s => s.GetString()!));
        said.System.AddRange(Marked(body.Elements("system").ToArray(), b => b.Text("text") is { } text ? new SayText(text) : null).Cast<SayText>());
        var tools = body.Member("toolConfig")?.Elements("tools").ToArray() ?? [];
        for (var i = 0; i < tools.Length; i++)
            if (tools[i].Member("toolSpec") is { } spec)
                said.Tools.Add(new ToolMeaning(spec.Text("name") ?? "", spec.Text("description"), spec.Member("inputSchema")?.Given("json"),
                    spec.Member("strict") is { ValueKind: JsonValueKind.True }, i + 1 < tools.Length ? Point(tools[i + 1]) : null));
        if (body.Member("toolConfig")?.Given("toolChoice") is { } choice)
            said.ToolChoice = choice.Member("any") is not null ? "required" : choice.Member("tool") is { } one ? $"tool:{one.Text("name")}" : "auto";
        // Offering no tools is how Converse expresses "none".
        if (tools.Length == 0) said.ToolChoice = "none";
        if (body.Given("serviceTier") is { } tier) said.Others["service_tier"] = tier;
        foreach (var message in Joined(body.Elements("messages").ToArray()))
            said.Turns.Add(new Turn(message.Role, [.. Marked(message.Blocks, b => ReadBlock(b, said))]));
        return said;
    }

    /// <summary>A turn that was split in two, since some models accept results only alone, counts as one: the assistant's turn in between has no content.</summary>
    private static List<(string Role, JsonElement[] Blocks)> Joined(JsonElement[] messages)
    {
        var turns = new List<(string Role, JsonElement[] Blocks)>();
        for (var i = 0; i < messages.Length; i++)
        {
            var blocks = messages[i].Elements("content").ToArray();
            var isBetween = i > 0 && i + 1 < messages.Length && blocks is [var only] && only.Text("text") == "I have the results."
                && turns[^1].Blocks.All(b => b.Member("toolResult") is not null);
            if (isBetween) turns[^1] = (turns[^1].Role, [.. turns[^1].Blocks, .. messages[++i].Elements("content")]);
            else turns.Add((messages[i].Text("role") ?? "", blocks));
        }
        return turns;
    }

    private static IEnumerable<Item> Marked(JsonElement[] blocks, Func<JsonElement, Item?> read)
    {
        for (var i = 0; i < blocks.Length; i++)
            if (read(blocks[i]) is { } item) yield return item with { Cache = i + 1 < blocks.Length ? Point(blocks[i + 1]) : null };
    }

    private static string? Point(JsonElement block) => block.Member("cachePoint") is { } point ? point.Text("ttl") ?? "5m" : null;

    private static ReasoningMeaning? ReadReasoning(JsonElement fields)
    {
        var effort = fields.Member("output_config")?.Text("effort") ?? fields.Text("reasoning_effort") ?? fields.Text("reasoning_config");
        if (fields.Given("thinking") is { } thinking)
            return new ReasoningMeaning(effort, AnthropicRequestRules.Whole(thinking, "budget_tokens"), thinking.Text("type") != "disabled");
        if (fields.Given("reasoningConfig") is { } nova) return new ReasoningMeaning(nova.Text("maxReasoningEffort"), null, nova.Text("type") != "disabled");
        return effort is null ? null : new ReasoningMeaning(effort, null, fields.Text("reasoning_effort") is null && fields.Text("reasoning_config") is null ? null : true);
    }

    private static Item? ReadBlock(JsonElement block, RequestMeaning said)
    {
        if (block.Text("text") is { } text) return new SayText(text);
        if (ReadMedia(block) is { } media) return media;
        if (block.Member("toolUse") is { } call)
        {
            var name = call.Text("name") ?? "";
            return new CallTool(said.Calls.Add(call.Text("toolUseId"), name), name, call.Member("input") ?? default);
        }
        if (block.Member("toolResult") is { } result)
        {
            var parts = result.Elements("content").Select(b => ReadMedia(b) ?? (b.Text("text") is { } words ? new SayText(words) : null)).Where(i => i is not null).Select(i => i!)
                .ToList();
            return new ToolAnswer(said.Calls.ById(result.Text("toolUseId")), parts, result.Elements("content").Select(b => b.Given("json")).FirstOrDefault(j => j is not null));
        }
        if (block.Member("reasoningContent") is { } reasoning) return new Think(reasoning.Member("reasoningText")?.Text("text"));
        return null;
    }

    private static Item? ReadMedia(JsonElement block)
    {
        foreach (var kind in (string[])["image", "document", "video"])
        {
            if (block.Member(kind) is not { } media) continue;
            var source = media.Member("source") ?? default;
            var content = source.Text("bytes") is { } bytes ? Media.FromBase64(bytes, null) : new Media(null, $"url:{source.Member("s3Location")?.Text("uri")}");
            return content with { Name = media.Text("name") };
        }
        return null;
    }
}
