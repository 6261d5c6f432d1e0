using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;
using static Nano.Testing.Upstream.AmazonEventStream;

namespace Nano.LocalHost.Tests.Bedrock;

/// <summary>Signed reasoning reaches the next turn: whole and streamed, with reasoning_details, and with the id of a call alone.</summary>
public sealed class BedrockReasoningTests(BedrockFixture gateway) : IClassFixture<BedrockFixture>
{
    private const string Model = "bedrock/us.anthropic.claude-opus-4-8";
    private const string Tool = """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]""";
    private const string Block = """{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"EtkBCkgI"}}}""";

    private const string Whole = """
        {"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"EtkBCkgI"}}},
        {"toolUse":{"toolUseId":"tooluse_1","name":"f","input":{"a":1}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}
        """;

    private static UpstreamScript Streamed => BedrockFixture.Stream(
        Event("messageStart", """{"role":"assistant"}"""),
        Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"H"}}}"""),
        Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"m."}}}"""),
        Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EtkBCkgI"}}}"""),
        Event("contentBlockStop", """{"contentBlockIndex":0}"""),
        Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"f"}}}"""),
        Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"""),
        Event("contentBlockStop", """{"contentBlockIndex":1}"""),
        Event("messageStop", """{"stopReason":"tool_use"}"""),
        Event("metadata", """{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"""));

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Signed_reasoning_returns_to_its_model(bool stream, bool keepsDetails)
    {
        var reply = await gateway.ChatAsync(Ask(stream, "[]"), stream ? Streamed : UpstreamScript.Json(Whole));
        var turn = stream ? Gathered(reply.Text) : JsonNode.Parse(reply.Body)!["choices"]![0]!["message"]!.AsObject();
        turn["reasoning_content"]!.ToString().ShouldBe("Hm.");
        if (!keepsDetails)
        {
            turn.Remove("reasoning_details");
            turn.Remove("reasoning_content");
        }
        var id = turn["tool_calls"]![0]!["id"]!.ToString();
        var history = $"[{turn.ToJsonString()},{{\"role\":\"tool\",\"tool_call_id\":{JsonSerializer.Serialize(id)},\"content\":\"7\"}}]";

        var next = await gateway.ChatAsync(Ask(false, history), UpstreamScript.Json(Whole));
        next.Status.ShouldBe(System.Net.HttpStatusCode.OK, next.Text);
        var sent = gateway.Upstream.Request.BodyText;
        sent.ShouldContain(Block);
        sent.ShouldContain("""{"toolUse":{"toolUseId":"tooluse_1","name":"f","input":{"a":1}}}""");
        sent.ShouldContain("""{"toolResult":{"toolUseId":"tooluse_1","content":[{"text":"7"}]}}""");
    }

    /// <summary>A model of another developer never gets it, and the loss is reported to the caller.</summary>
    [Fact]
    public async Task Another_model_does_not_get_signed_reasoning()
    {
        var reply = await gateway.ChatAsync(Ask(false, "[]"), UpstreamScript.Json(Whole));
        var turn = JsonNode.Parse(reply.Body)!["choices"]![0]!["message"]!;
        var history = $"[{turn.ToJsonString()},{{\"role\":\"tool\",\"tool_call_id\":{JsonSerializer.Serialize(turn["tool_calls"]![0]!["id"]!.ToString())},\"content\":\"7\"}}]";
        var next = await gateway.ChatAsync(Ask(false, history, "bedrock/us.amazon.nova-2-lite-v1:0"), UpstreamScript.Json(Whole));
        gateway.Upstream.Request.BodyText.ShouldNotContain("EtkBCkgI");
        gateway.Upstream.Request.BodyText.ShouldNotContain("reasoningContent");
        next.Headers["x-nano-loss"].ShouldContain("reasoning");
    }

    private static string Ask(bool stream, string history, string model = Model) =>
        $"{{\"model\":\"{model}\",\"stream\":{(stream ? "true" : "false")},\"reasoning_effort\":\"high\",\"tools\":{Tool},\"messages\":[{{\"role\":\"user\",\"content\":\"Hi\"}}{(history.Length > 2 ? "," + history[1..^1] : "")}]}}";

    /// <summary>The turn as a client assembles it from chunks.</summary>
    private static JsonObject Gathered(string text)
    {
        var (reasoning, arguments, id) = ("", "", "");
        var details = new JsonArray();
        foreach (var item in SseText.Events(text).Where(e => e.HasData && e.Data != "[DONE]"))
        {
            var delta = JsonNode.Parse(item.Data)!["choices"]?.AsArray().FirstOrDefault()?["delta"];
            reasoning += delta?["reasoning_content"]?.ToString();
            foreach (var detail in delta?["reasoning_details"]?.AsArray() ?? []) details.Add(detail!.DeepClone());
            id += delta?["tool_calls"]?[0]?["id"]?.ToString();
            arguments += delta?["tool_calls"]?[0]?["function"]?["arguments"]?.ToString();
        }
        return new JsonObject
        {
            ["role"] = "assistant", ["content"] = null, ["reasoning_content"] = reasoning, ["reasoning_details"] = details,
            ["tool_calls"] = new JsonArray(new JsonObject { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = arguments } }),
        };
    }
}
