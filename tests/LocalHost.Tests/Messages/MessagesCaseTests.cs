using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>Reports about other gateways' Messages API (field/clients.md), by their numbers there.</summary>
public class MessagesCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static string Chunk(string delta, string finish = "null") =>
        $"data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n";

    private const string Usage =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":3,\"total_tokens\":73,\"prompt_tokens_details\":{\"cached_tokens\":50}}}\n\n";

    private const string Done = "data: [DONE]\n\n";

    /// <summary>The input is estimated at the start, and the exact counts are at the end.</summary>
    [Fact]
    public async Task Client_case2_usage_is_complete_at_the_start_and_true_at_the_end()
    {
        var reply = await StreamAsync(Chunk("""{"role":"assistant","content":"Hello"}"""), Chunk("{}", "\"stop\""), Usage, Done);
        StrictMessages.ReadStream(reply.Body).Usage.ShouldBe(new AnswerUsage { Prompt = 70, Completion = 3, Cached = 50 });
        var start = Events(reply).First().GetProperty("message").GetProperty("usage");
        start.GetProperty("input_tokens").GetInt32().ShouldBeInRange(1, 50);
        start.GetProperty("output_tokens").GetInt32().ShouldBe(0);
        start.EnumerateObject().Select(member => member.Name).ShouldBe(["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]);
        (await gateway.Usage.OneAsync())["InputTokens"].ShouldBe(70L);
    }

    [Fact]
    public async Task Client_case3_arguments_beside_the_switch_from_text_to_tool_are_kept()
    {
        var reply = await StreamAsync(
            Chunk("""{"role":"assistant","content":"Let me look."}"""),
            Chunk("""{"content":" Now.","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""), Chunk("{}", "\"tool_calls\""), Usage, Done);
        var choice = StrictMessages.ReadStream(reply.Body).Choices[0];
        choice.Text.ShouldBe("Let me look. Now.");
        choice.ToolCalls.ShouldBe([new AnswerToolCall("call_1", "f", "{\"a\":1}")]);
    }

    [Fact]
    public async Task Client_case4_reasoning_has_a_block_of_its_own()
    {
        var reply = await StreamAsync(Chunk("""{"role":"assistant","reasoning_content":"Hm."}"""), Chunk("""{"reasoning_content":" So."}"""), Chunk("""{"content":"Yes"}"""),
            Chunk("{}", "\"stop\""), Usage, Done);
        var choice = StrictMessages.ReadStream(reply.Body).Choices[0];
        (choice.Reasoning, choice.Text).ShouldBe(("Hm. So.", "Yes"));
        Events(reply).Count(e => e.GetProperty("type").GetString() == "message_start").ShouldBe(1);
        Events(reply).Where(e => e.TryGetProperty("content_block", out _)).Select(e => e.GetProperty("content_block").GetProperty("type").GetString())
            .ShouldBe(["thinking", "text"]);
    }

    [Fact]
    public async Task Client_case5_every_block_is_started_before_its_delta_and_stopped_once()
    {
        var reply = await StreamAsync(
            Chunk("""{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}"""),
            Chunk("""{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"""), Chunk("{}", "\"tool_calls\""), Usage, Done);
        StrictMessages.ReadStream(reply.Body).Choices[0].ToolCalls.Select(call => $"{call.Name} {call.Arguments}").ShouldBe(["f {\"a\":1}", "g {}"]);
    }

    /// <summary>A model that is not in the catalogue: its state is forwarded unchanged in both directions.</summary>
    [Fact]
    public async Task Client_case13_the_signature_of_an_unknown_model_passes()
    {
        const string body = """{"model":"anthropic/claude-of-tomorrow","max_tokens":9,"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"EqQB"},{"type":"text","text":"Yes"}]},{"role":"user","content":"Go"}]}""";
        const string answer = """{"id":"msg_1","type":"message","role":"assistant","model":"claude-of-tomorrow","content":[{"type":"thinking","thinking":"","signature":"EqQC"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}""";
        var reply = await gateway.MessageAsync(body, UpstreamScript.Json(answer));
        reply.Text.ShouldBe(answer);
        gateway.Upstream.Request.BodyText.ShouldBe(body.Replace("anthropic/claude", "claude"));
    }

    [Fact]
    public async Task Client_case14_thinking_without_a_budget_beside_server_tools_is_mapped_and_named()
    {
        var reply = await gateway.MessageAsync(
            """{"model":"google/gemini-3.8-flash","max_tokens":999,"thinking":{"type":"enabled"},"tools":[{"type":"code_execution_20250825","name":"code_execution"}],"messages":[{"role":"user","content":"Hi"}]}""",
            UpstreamScript.Json("""{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}"""));
        StrictMessages.ReadWhole(reply.Body).Choices[0].Text.ShouldBe("Hi");
        reply.Headers["x-nano-loss"].ShouldContain("tools.code_execution_20250825");
        gateway.Upstream.Request.BodyText.ShouldContain("thinkingConfig");
    }

    /// <summary>Events without <c>event:</c> lines, as some compatible servers send them: the official SDKs ignore all of them.</summary>
    [Fact]
    public async Task Events_get_an_event_line_if_the_provider_sends_only_data()
    {
        var reply = await gateway.MessageAsync(MessagesCaller.Ask("anthropic/claude-x", stream: true), UpstreamScript.Sse(
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":5,\"output_tokens\":1,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0}}}\n\n",
            "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null}}\n\n", "data: {\"type\":\"message_stop\"}\n\n"));
        SseText.Events(reply.Text).Select(item => item.Type)
            .ShouldBe(["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"]);
        Events(reply)[4].GetProperty("usage").GetProperty("output_tokens").GetInt32().ShouldBe(0);
    }

    private Task<GatewayReply> StreamAsync(params string[] events) => gateway.MessageAsync(MessagesCaller.Ask("openai/gpt-4o", stream: true), UpstreamScript.Sse(events));

    private static List<JsonElement> Events(GatewayReply reply) =>
        [.. SseText.Events(Encoding.UTF8.GetString(reply.Body)).Where(item => item.HasData).Select(item => JsonDocument.Parse(item.Data).RootElement.Clone())];
}
