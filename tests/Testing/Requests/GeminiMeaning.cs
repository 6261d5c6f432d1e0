using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Reads the meaning of a Gemini request.</summary>
public static class GeminiMeaning
{
    private static readonly (string Gemini, string Chat)[] Numbers =
    [
        ("maxOutputTokens", "max_tokens"), ("temperature", "temperature"), ("topP", "top_p"), ("topK", "top_k"), ("seed", "seed"),
        ("presencePenalty", "presence_penalty"), ("frequencyPenalty", "frequency_penalty"), ("candidateCount", "n"), ("logprobs", "top_logprobs"),
    ];

    public static RequestMeaning Read(JsonElement request)
    {
        var body = GeminiJson.Normal(request);
        var said = new RequestMeaning { SaysStream = false };
        said.System.AddRange((body.Member("systemInstruction") ?? default).Elements("parts").Select(p => new SayText(p.Text("text") ?? "")));
        ReadConfig(body.Member("generationConfig") ?? default, said);
        foreach (var tool in body.Elements("tools")) ReadTool(tool, said);
        if (body.Member("toolConfig")?.Member("functionCallingConfig") is { } calling) said.ToolChoice = ReadChoice(calling);
        foreach (var name in (string[])["safetySettings", "cachedContent", "serviceTier", "labels"])
            if (body.Member(name) is { } other) said.Others[name] = other;
        foreach (var (i, content) in body.Elements("contents").Index())
            said.Turns.Add(new Turn(content.Text("role") == "model" ? "assistant" : "user", [.. content.Elements("parts").Select(p => ReadPart(p, i, said))]));
        return said;
    }

    private static void ReadConfig(JsonElement config, RequestMeaning said)
    {
        foreach (var (gemini, chat) in Numbers)
            if (config.Member(gemini) is { ValueKind: JsonValueKind.Number } number) said.Limits[chat] = number.GetDouble();
        if (said.Limits.TryGetValue("n", out var n) && n == 1) said.Limits.Remove("n");
        if (config.Member("responseLogprobs") is { ValueKind: JsonValueKind.True }) said.Limits["logprobs"] = 1;
        said.Stops.AddRange(config.Elements("stopSequences").Select(s => s.GetString()!));
        var schema = config.Member("responseJsonSchema") ?? config.Member("_responseJsonSchema") ?? config.Member("responseSchema");
        if (schema is not null) said.Format = new FormatMeaning("json_schema", schema);
        else if (config.Text("responseMimeType") == "application/json") said.Format = new FormatMeaning("json_object", null);
        if (config.Member("thinkingConfig") is { } thinking)
        {
            var budget = AnthropicRequestRules.Whole(thinking, "thinkingBudget");
            var level = thinking.Text("thinkingLevel")?.ToLowerInvariant();
            if (budget is not null || level is not null) said.Reasoning = new ReasoningMeaning(level, budget, budget != 0);
        }
        foreach (var name in (string[])["responseModalities", "speechConfig", "imageConfig", "mediaResolution"])
            if (config.Member(name) is { } other) said.Others[name] = other;
    }

    private static void ReadTool(JsonElement tool, RequestMeaning said)
    {
        foreach (var member in tool.EnumerateObject().Where(m => m.Name != "functionDeclarations"))
            said.Tools.Add(new ToolMeaning(member.Name, null, null, false, null, member.Name));
        foreach (var one in tool.Elements("functionDeclarations"))
            said.Tools.Add(new ToolMeaning(one.Text("name") ?? "", one.Text("description"), one.Member("parametersJsonSchema") ?? one.Member("parameters"), false, null));
    }

    private static string? ReadChoice(JsonElement calling)
    {
        var names = calling.Elements("allowedFunctionNames").Select(n => n.GetString()).ToArray();
        return calling.Text("mode") switch
        {
            "NONE" => "none",
            "ANY" when names.Length == 1 => $"tool:{names[0]}",
            "ANY" when names.Length > 1 => $"allowed:required:{string.Join(',', names)}",
            "ANY" => "required",
            "VALIDATED" when names.Length > 0 => $"allowed:auto:{string.Join(',', names)}",
            _ => "auto",
        };
    }

    private static Item ReadPart(JsonElement part, int turn, RequestMeaning said)
    {
        if (part.Member("thought") is { ValueKind: JsonValueKind.True }) return new Think(part.Text("text"));
        if (part.Text("text") is { } text) return new SayText(text);
        if (ReadMedia(part) is { } media) return media;
        if (part.Member("functionCall") is { } call)
        {
            var name = call.Text("name") ?? "";
            return new CallTool(said.Calls.Add(call.Text("id"), name, turn), name, call.Member("args") ?? JsonQuestions.TryParse("{}")!.Value);
        }
        if (part.Member("functionResponse") is { } response)
        {
            var parts = response.Elements("parts").Select(ReadMedia).Where(m => m is not null).Select(m => (Item)m!).ToList();
            return new ToolAnswer(said.Calls.InTurn(turn - 1, response.Text("id"), response.Text("name")), parts, response.Member("response"));
        }
        return new OwnItem(part.EnumerateObject().FirstOrDefault().Name ?? "");
    }

    private static Media? ReadMedia(JsonElement part) =>
        part.Member("inlineData") is { } inline ? Media.FromBase64(inline.Text("data") ?? "", inline.Text("mimeType"))
        : part.Member("fileData") is { } file ? new Media(file.Text("mimeType"), $"url:{file.Text("fileUri")}")
        : null;
}
