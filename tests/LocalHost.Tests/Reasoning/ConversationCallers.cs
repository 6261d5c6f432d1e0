using System.Text.Json.Nodes;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>A caller of one API: its requests, and the parts of a response that it sends back.</summary>
internal abstract class ConversationCaller
{
    /// <summary>How the API reports to its callers that state was left out.</summary>
    public abstract string Loss { get; }

    public abstract string Path(string model, bool stream);

    /// <param name="history">The earlier turns, with the caller's results.</param>
    public abstract JsonObject Request(string model, JsonArray history, bool stream);

    /// <summary>The model's turn, as the history has it.</summary>
    public abstract JsonArray Turn(string body, bool stream);

    public abstract JsonNode Question(string text);

    /// <summary>The calls of a turn.</summary>
    public abstract IReadOnlyList<JsonNode> Calls(JsonArray turn);

    public abstract string Text(JsonArray turn);

    /// <summary>The turn that the caller appends: the results of all calls of a turn.</summary>
    public abstract JsonArray Results(IReadOnlyList<JsonNode> calls);

    protected static JsonNode Parameters() => JsonNode.Parse("""{"type":"object","properties":{"by":{"type":"string"},"turn":{"type":"integer"},"call":{"type":"integer"}}}""")!;

    protected static IEnumerable<JsonObject> Events(string body) =>
        body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!.AsObject());

    protected static IReadOnlyList<JsonNode> Of(JsonArray items, string type) => [.. items.Where(item => (string?)item!["type"] == type).Select(item => item!)];
}

/// <summary>Sends the items of each response back.</summary>
internal sealed class ResponsesConversationCaller : ConversationCaller
{
    public override string Loss => "encrypted_content";

    public override string Path(string model, bool stream) => "/v1/responses";

    public override JsonObject Request(string model, JsonArray history, bool stream) => new()
    {
        ["model"] = model, ["input"] = history.DeepClone(), ["reasoning"] = new JsonObject { ["effort"] = "high", ["summary"] = "auto" }, ["stream"] = stream, ["store"] = false,
        ["include"] = new JsonArray("reasoning.encrypted_content"),
        ["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["name"] = "look", ["parameters"] = Parameters() }),
    };

    public override JsonArray Turn(string body, bool stream)
    {
        var whole = stream ? Events(body).Last(item => (string?)item["type"] == "response.completed")["response"]! : JsonNode.Parse(body)!;
        return whole["output"]!.DeepClone().AsArray();
    }

    public override JsonNode Question(string text) => new JsonObject { ["role"] = "user", ["content"] = text };

    public override IReadOnlyList<JsonNode> Calls(JsonArray turn) => Of(turn, "function_call");

    public override string Text(JsonArray turn) => (string?)Of(turn, "message").Single()["content"]![0]!["text"] ?? "";

    public override JsonArray Results(IReadOnlyList<JsonNode> calls) =>
        [.. calls.Select(call => new JsonObject { ["type"] = "function_call_output", ["call_id"] = (string)call["call_id"]!, ["output"] = "rain" })];
}

/// <summary>Sends the blocks of each response back; a stream's are gathered as the SDKs gather them.</summary>
internal sealed class MessagesConversationCaller : ConversationCaller
{
    public override string Loss => "messages.content.signature";

    public override string Path(string model, bool stream) => "/v1/messages";

    public override JsonObject Request(string model, JsonArray history, bool stream) => new()
    {
        ["model"] = model, ["max_tokens"] = 9000, ["messages"] = history.DeepClone(), ["thinking"] = new JsonObject { ["type"] = "adaptive" }, ["stream"] = stream,
        ["tools"] = new JsonArray(new JsonObject { ["name"] = "look", ["input_schema"] = Parameters() }),
    };

    public override JsonArray Turn(string body, bool stream) =>
        [new JsonObject { ["role"] = "assistant", ["content"] = stream ? Gather(body) : JsonNode.Parse(body)!["content"]!.DeepClone() }];

    public override JsonNode Question(string text) => new JsonObject { ["role"] = "user", ["content"] = text };

    public override IReadOnlyList<JsonNode> Calls(JsonArray turn) => Of(turn[0]!["content"]!.AsArray(), "tool_use");

    public override string Text(JsonArray turn) => string.Concat(Of(turn[0]!["content"]!.AsArray(), "text").Select(block => (string?)block["text"]));

    public override JsonArray Results(IReadOnlyList<JsonNode> calls) =>
        [new JsonObject { ["role"] = "user",
        ["content"] = new JsonArray([.. calls.Select(call => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string)call["id"]!, ["content"] = "rain" })]) }];

    private static JsonArray Gather(string body)
    {
        var blocks = new JsonArray();
        var inputs = new Dictionary<int, string>();
        foreach (var item in Events(body))
        {
            var index = (int?)item["index"] ?? -1;
            if ((string?)item["type"] == "content_block_start") blocks.Add(item["content_block"]!.DeepClone());
            if ((string?)item["type"] != "content_block_delta") continue;
            var (block, delta) = (blocks[index]!, item["delta"]!);
            switch ((string?)delta["type"])
            {
                case "text_delta": block["text"] = (string?)block["text"] + (string?)delta["text"]; break;
                case "thinking_delta": block["thinking"] = (string?)block["thinking"] + (string?)delta["thinking"]; break;
                case "signature_delta": block["signature"] = (string?)block["signature"] + (string?)delta["signature"]; break;
                case "input_json_delta": inputs[index] = inputs.GetValueOrDefault(index) + (string?)delta["partial_json"]; break;
            }
        }
        foreach (var (index, input) in inputs) blocks[index]!["input"] = JsonNode.Parse(input);
        return blocks;
    }
}

/// <summary>Sends the model's content back; a stream's parts are appended to each other, and pieces of a text joined.</summary>
internal class GeminiConversationCaller : ConversationCaller
{
    public override string Loss => "thoughtSignature";

    public override string Path(string model, bool stream) => $"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}";

    public override JsonObject Request(string model, JsonArray history, bool stream) => new()
    {
        ["contents"] = history.DeepClone(),
        ["generationConfig"] = new JsonObject { ["thinkingConfig"] = new JsonObject { ["includeThoughts"] = true, ["thinkingLevel"] = "high" } },
        ["tools"] = new JsonArray(new JsonObject { ["functionDeclarations"] = new JsonArray(new JsonObject { ["name"] = "look", ["parametersJsonSchema"] = Parameters() }) }),
    };

    public override JsonArray Turn(string body, bool stream)
    {
        var gathered = new JsonArray();
        foreach (var part in (stream ? Events(body) : [JsonNode.Parse(body)!.AsObject()]).SelectMany(item => item["candidates"]?[0]?["content"]?["parts"]?.AsArray() ?? []))
        {
            if (gathered.LastOrDefault() is { } last && IsText(last) && IsText(part!)) last["text"] = (string?)last["text"] + (string?)part!["text"];
            else gathered.Add(part!.DeepClone());
            // Google's SDKs for .NET, Java and Go read only standard base64.
            if (part!["thoughtSignature"] is { } signature) Convert.FromBase64String((string)signature!).ShouldNotBeEmpty();
        }
        return [new JsonObject { ["role"] = "model", ["parts"] = gathered }];

        // Pieces of one text.
        static bool IsText(JsonNode part) => part.AsObject() is { Count: 1 } only && only.ContainsKey("text");
    }

    public override JsonNode Question(string text) => new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) };

    public override IReadOnlyList<JsonNode> Calls(JsonArray turn) => [.. turn[0]!["parts"]!.AsArray().Select(part => part!["functionCall"]).OfType<JsonNode>()];

    public override string Text(JsonArray turn) => string.Concat(turn[0]!["parts"]!.AsArray().Where(part => part!["thought"] is null).Select(part => (string?)part!["text"]));

    public override JsonArray Results(IReadOnlyList<JsonNode> calls) =>
        [new JsonObject { ["role"] = "user", ["parts"] = new JsonArray([.. calls.Select(Result)]) }];

    protected virtual JsonNode Result(JsonNode call)
    {
        var result = new JsonObject { ["name"] = (string)call["name"]!, ["response"] = new JsonObject { ["output"] = "rain" } };
        if (call["id"] is { } id) result["id"] = (string)id!;
        return new JsonObject { ["functionResponse"] = result };
    }
}

/// <summary>Google's Python SDK: signatures are in base64url with padding, and results have the role <c>tool</c> and no id.</summary>
internal sealed class PythonGeminiConversationCaller : GeminiConversationCaller
{
    public override JsonArray Turn(string body, bool stream)
    {
        var turn = base.Turn(body, stream);
        // Google reads its own signatures in both alphabets; the fake model does not.
        foreach (var part in turn[0]!["parts"]!.AsArray())
            if ((string?)part!["thoughtSignature"] is { } signature && signature.StartsWith("//nano", StringComparison.Ordinal))
                part["thoughtSignature"] = signature.Replace('+', '-').Replace('/', '_');
        return turn;
    }

    public override JsonArray Results(IReadOnlyList<JsonNode> calls)
    {
        var results = base.Results(calls);
        results[0]!["role"] = "tool";
        return results;
    }

    protected override JsonNode Result(JsonNode call)
    {
        var result = base.Result(call);
        result["functionResponse"]!.AsObject().Remove("id");
        return result;
    }
}
