using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>Conversations whose history has blocks that only Anthropic knows, with another provider's model (field/clients.md).</summary>
public sealed class ToolHistoryTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Gpt = "openai/gpt-4o", Gemini = "google/gemini-3.8-flash", Claude = "anthropic/claude-x";

    private const string Deferred = """
        [{"name":"find_tools","description":"Finds tools.","input_schema":{"type":"object","properties":{}}},
         {"name":"weather","description":"The weather.","defer_loading":true,"input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}]
        """;

    /// <summary>The model finds a tool, calls it, and responds: each turn is sent with the one before it, as the client got it.</summary>
    [Theory]
    [InlineData(Gpt)]
    [InlineData(Gemini)]
    public async Task Client_case7_and_8_a_session_goes_on_after_a_reference_to_a_tool(string model)
    {
        var messages = new JsonArray(User("Weather in Ulm?"));
        var first = await TurnAsync(model, messages, Call(model, "find_tools", "{}"));
        AddResult(messages, first, """[{"type":"tool_reference","tool_name":"weather"}]""");
        var second = await TurnAsync(model, messages, Call(model, "weather", """{"city":"Ulm"}"""));
        gateway.Upstream.Request.BodyText.ShouldContain("The tool weather is available.");
        second["input"]!["city"]!.GetValue<string>().ShouldBe("Ulm");
        AddResult(messages, second, "\"Rain.\"");
        var last = await TurnAsync(model, messages, Text(model, "It rains."));
        last["text"]!.GetValue<string>().ShouldBe("It rains.");
        gateway.Upstream.Request.BodyText.ShouldContain("Rain.");

        async Task<JsonNode> TurnAsync(string model, JsonArray messages, string answer)
        {
            var request = new JsonObject { ["model"] = model, ["max_tokens"] = 999, ["tools"] = JsonNode.Parse(Deferred), ["messages"] = messages.DeepClone() };
            var reply = await gateway.MessageAsync(request.ToJsonString(), UpstreamScript.Json(answer));
            ((int)reply.Status).ShouldBe(200, reply.Text);
            var tools = gateway.Upstream.Request.BodyJson.GetProperty("tools").GetRawText();
            foreach (var name in (string[])["find_tools", "weather"]) tools.ShouldContain($"\"name\":\"{name}\"");
            gateway.Upstream.Request.BodyText.ShouldNotContain("defer_loading");
            gateway.Upstream.Request.BodyText.ShouldNotContain("tool_reference");
            StrictMessages.ReadWhole(reply.Body).IsError.ShouldBeFalse();
            var content = JsonNode.Parse(reply.Body)!["content"]!.AsArray();
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = content.DeepClone() });
            return content.ShouldHaveSingleItem()!;
        }

        static void AddResult(JsonArray messages, JsonNode call, string content) => messages.Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = call["id"]!.GetValue<string>(), ["content"] = JsonNode.Parse(content) }),
        });
    }

    private const string Search = """
        [{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"t","url":"https://u","encrypted_content":"e"}]},{"type":"text","text":"Found"}]
        """;

    /// <summary>Anthropic's model searches in the first turn, whole or streamed; any model has the second turn, whole and streamed.</summary>
    [Theory]
    [InlineData(false, Gpt)]
    [InlineData(true, Gpt)]
    [InlineData(false, Gemini)]
    [InlineData(true, Gemini)]
    [InlineData(false, Claude)]
    [InlineData(true, Claude)]
    public async Task Client_case12_the_turn_after_a_search_works_with_any_model(bool stream, string model)
    {
        var searched = await gateway.MessageAsync(Ask(Claude, new JsonArray(User("Hi")), stream), stream ? UpstreamScript.Sse(SearchStream()) : UpstreamScript.Json(
            $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":{{{Search}}},"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}"""));
        Id(searched).ShouldBe("msg_1");
        var content = Content(searched);
        content.Select(block => block!["type"]!.GetValue<string>()).ShouldBe(["server_tool_use", "web_search_tool_result", "text"]);
        foreach (var isStream in (bool[])[false, true])
        {
            var messages = new JsonArray(User("Hi"), new JsonObject { ["role"] = "assistant", ["content"] = content.DeepClone() }, User("More"));
            var answer = isStream ? UpstreamScript.Sse(TextStream(model, "Done")) : UpstreamScript.Json(Text(model, "Done"));
            var reply = await gateway.MessageAsync(Ask(model, messages, isStream), answer);
            ((int)reply.Status, reply.IsBroken).ShouldBe((200, false), reply.Text);
            (isStream ? StrictMessages.ReadStream(reply.Body) : StrictMessages.ReadWhole(reply.Body)).Choices[0].Text.ShouldBe("Done");
            Id(reply).ShouldStartWith("msg_");
            var sent = gateway.Upstream.Request.BodyText;
            foreach (var kept in (string[])["Hi", "Found", "More"]) sent.ShouldContain($"\"{kept}\"");
            sent.Contains("srvtoolu_1", StringComparison.Ordinal).ShouldBe(model == Claude);
        }
    }

    private static JsonObject User(string text) => new() { ["role"] = "user", ["content"] = text };

    private static string Ask(string model, JsonArray messages, bool stream) =>
        new JsonObject { ["model"] = model, ["max_tokens"] = 999, ["messages"] = messages, ["stream"] = stream }.ToJsonString();

    private static string Id(GatewayReply reply) => (reply.IsStream ? Events(reply).First()["message"]! : JsonNode.Parse(reply.Body)!)["id"]!.GetValue<string>();

    private static IEnumerable<JsonNode> Events(GatewayReply reply) => SseText.Events(reply.Text).Where(item => item.HasData).Select(item => JsonNode.Parse(item.Data)!);

    /// <summary>The blocks of a response as a client sends them back.</summary>
    private static JsonArray Content(GatewayReply reply)
    {
        if (!reply.IsStream) return JsonNode.Parse(reply.Body)!["content"]!.DeepClone().AsArray();
        var blocks = new JsonArray();
        foreach (var item in Events(reply))
        {
            if (item["content_block"] is { } block) blocks.Add(block.DeepClone());
            if (item["delta"]?["text"] is { } text) blocks[^1]!["text"] = blocks[^1]!["text"]!.GetValue<string>() + text.GetValue<string>();
            if (item["delta"]?["partial_json"] is { } input) blocks[^1]!["input"] = JsonNode.Parse(input.GetValue<string>());
        }
        return blocks;
    }

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    private static string Messages(params (string Block, string Delta)[] blocks) =>
        Event("message_start", """ "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}} """)
        + string.Concat(blocks.Select((block, index) => Event("content_block_start", $"\"index\":{index},\"content_block\":{block.Block}")
            + (block.Delta.Length > 0 ? Event("content_block_delta", $"\"index\":{index},\"delta\":{block.Delta}") : "") + Event("content_block_stop", $"\"index\":{index}")))
        + Event("message_delta", """ "delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0} """) + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private static string SearchStream()
    {
        var blocks = JsonNode.Parse(Search)!.AsArray();
        return Messages(("""{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}""", """{"type":"input_json_delta","partial_json":"{\"query\":\"q\"}"}"""),
            (blocks[1]!.ToJsonString(), ""), ("""{"type":"text","text":""}""", """{"type":"text_delta","text":"Found"}"""));
    }

    private static string Text(string model, string text) => model switch
    {
        Gpt => $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""",
        Gemini => GeminiPart($$"""{"text":"{{text}}"}"""),
        _ => $$$"""{"id":"msg_2","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"{{{text}}}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}""",
    };

    private static string TextStream(string model, string text) => model switch
    {
        Gpt => $$$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n",
        Gemini => $"data: {Text(model, text)}\n\n",
        _ => Messages(("""{"type":"text","text":""}""", $$"""{"type":"text_delta","text":"{{text}}"}""")),
    };

    private static string Call(string model, string name, string arguments) => model switch
    {
        Gpt => $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_{{{name}}}","type":"function","function":{"name":"{{{name}}}","arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""",
        _ => GeminiPart($$$"""{"functionCall":{"name":"{{{name}}}","args":{{{arguments}}}}}"""),
    };

    private static string GeminiPart(string part) =>
        $$$"""{"candidates":[{"index":0,"content":{"role":"model","parts":[{{{part}}}]},"finishReason":"STOP"}],"modelVersion":"m","responseId":"r1","usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}""";
}
