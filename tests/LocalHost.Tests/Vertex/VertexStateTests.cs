using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>Reasoning that a model of Vertex AI signed comes back to it on the next turn, from the whole message or from the ids of its calls.</summary>
public sealed class VertexStateTests(VertexFixture gateway) : IClassFixture<VertexFixture>
{
    private const string Signature = "EqQBCgIYAhIkSIGNED0000000000000000000000000000000000==";

    [Theory]
    [InlineData("vertex/claude-of-tomorrow")]
    [InlineData("vertex/gemini-of-tomorrow")]
    public async Task A_signature_returns_to_its_model(string model)
    {
        var isClaude = model.Contains("claude", StringComparison.Ordinal);
        var first = await gateway.ChatAsync(Ask(model, []), UpstreamScript.Json(isClaude ? Claude : Gemini));
        ((int)first.Status).ShouldBe(200, first.Text);
        var message = first.Json.GetProperty("choices")[0].GetProperty("message");
        var call = message.GetProperty("tool_calls")[0].GetProperty("id").GetString()!;

        var result = new JsonObject { ["role"] = "tool", ["tool_call_id"] = call, ["content"] = "20" };
        await gateway.ChatAsync(Ask(model, [JsonNode.Parse(message.GetRawText())!, result]), UpstreamScript.Json(isClaude ? Claude : Gemini));

        var sent = gateway.Upstream.Request.BodyText;
        sent.ShouldContain(Signature);
        call.Length.ShouldBeGreaterThan("toolu_1".Length, "the id carries state");
        sent.ShouldNotContain(call, Case.Sensitive, "the sealed id went upstream");
        if (isClaude)
        {
            var blocks = gateway.Upstream.Request.BodyJson.GetProperty("messages")[1].GetProperty("content");
            blocks[0].GetProperty("type").GetString().ShouldBe("thinking");
            blocks[1].GetProperty("id").GetString().ShouldBe("toolu_1");
        }
        else
        {
            var part = gateway.Upstream.Request.BodyJson.GetProperty("contents")[1].GetProperty("parts").EnumerateArray().Single(p => p.TryGetProperty("functionCall", out _));
            part.GetProperty("thoughtSignature").GetString().ShouldBe(Signature);
            part.GetProperty("functionCall").TryGetProperty("id", out _).ShouldBeFalse();
        }
    }

    private static string Ask(string model, JsonNode[] more)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "How warm is it?" });
        foreach (var message in more) messages.Add(message);
        return JsonSerializer.Serialize(new JsonObject
        {
            ["model"] = model,
            ["reasoning_effort"] = "high",
            ["tools"] = JsonNode.Parse("""[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]"""),
            ["messages"] = messages,
        });
    }

    private const string Claude =
        $$$"""{"id":"msg_vrtx_1","type":"message","role":"assistant","model":"claude-of-tomorrow","content":[{"type":"thinking","thinking":"Let me look.","signature":"{{{Signature}}}"},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Ulm"}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}""";

    private const string Gemini =
        $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me look.","thought":true},{"functionCall":{"name":"weather","args":{"city":"Ulm"}},"thoughtSignature":"{{{Signature}}}"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}""";
}
