using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Cases of field/cases.md about state that only its own model accepts.</summary>
public sealed class StateCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Signature = "RXJVQkNrWUlBaGdDSWtDRnNpZ25hdHVyZQ==";

    private const string Thought =
        $$$"""{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Look first.","signature":"{{{Signature}}}"},{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_1","name":"look","input":{"at":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":2}}""";

    private const string Done =
        """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}""";

    private const string DoneInChat =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Done."},"finish_reason":"stop"}]}""";

    /// <summary>Every model but the one that signed the history refuses it, so it is sent only there; with other models the conversation continues without it.</summary>
    [Theory]
    [InlineData("anthropic/claude-of-tomorrow", true)]
    [InlineData("anthropic/claude-of-another-day", false)]
    [InlineData("openai/gpt-4o", false)]
    [InlineData("google/gemini-of-tomorrow", false)]
    public async Task Case17_Signed_history_goes_back_to_its_model_and_to_no_other(string next, bool isHome)
    {
        const string tools = """[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{"at":{"type":"integer"}}}}}]""";
        const string ask = """{"role":"user","content":"What is there?"}""";
        var first = await gateway.ChatAsync($$"""{"model":"anthropic/claude-of-tomorrow","tools":{{tools}},"messages":[{{ask}}]}""", UpstreamScript.Json(Thought));
        var message = first.Json.GetProperty("choices")[0].GetProperty("message");
        var call = message.GetProperty("tool_calls")[0].GetProperty("id").GetString();

        var history = $$"""[{{ask}},{{message.GetRawText()}},{"role":"tool","tool_call_id":"{{call}}","content":"A door."}]""";
        var answer = next.StartsWith("anthropic/", StringComparison.Ordinal) ? Done
            : next.StartsWith("google/", StringComparison.Ordinal) ? """{"candidates":[{"content":{"role":"model","parts":[{"text":"Done."}]},"finishReason":"STOP"}]}"""
            : DoneInChat;
        var reply = await gateway.ChatAsync($$"""{"model":"{{next}}","tools":{{tools}},"messages":{{history}}}""", UpstreamScript.Json(answer));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().ShouldBe("Done.");

        var sent = gateway.Upstream.Request.BodyText;
        sent.Contains(Signature, StringComparison.Ordinal).ShouldBe(isHome, sent);
        sent.ShouldNotContain("__nano");
        sent.ShouldContain("A door.");
        if (isHome) reply.Headers.ContainsKey("x-nano-loss").ShouldBeFalse(reply.Headers.GetValueOrDefault("x-nano-loss"));
        else if (next != "openai/gpt-4o") reply.Headers["x-nano-loss"].ShouldContain("reasoning_details");
    }
}
