using System.Text.Json;
using Nano.LocalHost.Tests.Errors;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Halves of surrogate pairs in requests and responses: never a fault of the gateway, and U+FFFD in converted text.</summary>
public sealed class HalfPairTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string ChatResponseBody =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"cut \ud83d","\ud800":1},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
    private const string MessagesAnswer =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"cut \ud83d, 😀"}],"stop_reason":"end_turn","\ud800":"\udc00","usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string GeminiResponse =
        """{"candidates":[{"content":{"role":"model","parts":[{"text":"cut \ud83d, 😀"}]},"finishReason":"STOP","\ud800":"\udc00"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}""";

    private static string AnswerOf(string model) => model.Split('/')[0] switch { "anthropic" => MessagesAnswer, "google" => GeminiResponse, _ => ChatResponseBody };

    [Theory]
    [InlineData("openai/m", "\"\\ud800\":1")]
    [InlineData("anthropic/m", "\"\\ud800\":1")]
    [InlineData("google/m", "\"x\\udfff\":1")]
    [InlineData("openai/m", "\"reasoning_effort\":\"\\ud800\"")]
    [InlineData("anthropic/m", "\"reasoning_effort\":\"\\ud800\"")]
    [InlineData("openai/m\\ud800", "\"n\":1")]
    public async Task A_name_or_a_value_that_is_compared_is_400_invalid_json(string model, string member)
    {
        var reply = await gateway.ChatAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}],{{member}}}""");
        ((int)reply.Status).ShouldBe(400, reply.Text);
        reply.Error().GetProperty("code").GetString().ShouldBe("invalid_json");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("(line 1, byte ");
        NoFault();
    }

    [Theory]
    [InlineData("anthropic/claude-haiku-4-5")]
    [InlineData("google/gemini-3.6-flash")]
    [InlineData("google/gemini-2.5-flash")]
    [InlineData("cohere/command-a-03-2025")]
    public async Task In_text_that_is_converted_it_becomes_U_FFFD(string model)
    {
        const string body = """
            {"model":"MODEL","messages":[{"role":"system","content":"s \ud83d"},{"role":"user","content":"cut \ud83d, 😀 \ud83d\ude00 \\ud83d"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":\"\\ud83d\",\"\\udc00\":1}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"{\"\\ud800\":1,\"b\":\"\ud83d\"}"}],
            "tools":[{"type":"function","function":{"name":"look","description":"d \ud83d","parameters":{"type":"object","properties":{"a":{"type":"object","properties":{"\ud800":{"type":"string","description":"\udc00"}}}}}}}],"user":"u\ud800"}
            """;
        var answer = model.StartsWith("cohere", StringComparison.Ordinal)
            ? """{"id":"i","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"cut \ud83d, 😀"}]},"usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}"""
            : AnswerOf(model);
        var reply = await gateway.ChatAsync(body.Replace("MODEL", model, StringComparison.Ordinal), UpstreamScript.Json(answer));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        NoFault();

        var sent = gateway.Upstream.Requests.Single().BodyText;
        Texts(JsonDocument.Parse(sent, new JsonDocumentOptions { MaxDepth = 128 }).RootElement).ShouldContain(text => text.Contains("cut \ufffd, 😀 😀 \\ud83d"), sent);
        reply.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().ShouldBe("cut \ufffd, 😀");
    }

    [Fact]
    public async Task On_passthrough_it_is_unchanged()
    {
        var reply = await gateway.ChatAsync("""{"model":"openai/m","messages":[{"role":"user","content":"cut \ud83d"}]}""", UpstreamScript.Json(ChatResponseBody));
        ((int)reply.Status).ShouldBe(200);
        gateway.Upstream.Requests.Single().BodyText.ShouldContain(@"cut \ud83d");
        reply.Text.ShouldContain(@"cut \ud83d");
        NoFault();
    }

    /// <summary>A provider may cut an emoji between two events.</summary>
    [Theory]
    [InlineData(@"a \ud83d", @"\ude00 b", "a 😀 b")]
    [InlineData(@"\ud83d", @"\ude00", "😀")]
    [InlineData(@"a \ud83d", "b", "a \ufffdb")]
    [InlineData(@"a \ud83d", @"\ud83d\ude00", "a \ufffd😀")]
    [InlineData("a", @"\ude00 b", "a\ufffd b")]
    [InlineData("a", @"b \ud83d", "ab \ufffd")]
    [InlineData(@"\ud83d\ude00", @"\\ud83d", "😀\\ud83d")]
    public async Task A_converted_stream_joins_halves_and_replaces_those_that_stay_alone(string first, string second, string expected)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/m", stream: true), HandmadeTests.Anthropic(
            """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{first}}}"}}""",
            $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{second}}}"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}""",
            """{"type":"message_stop"}"""));
        ((int)reply.Status).ShouldBe(200);
        var text = string.Concat(reply.Text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line[6..]).RootElement.GetProperty("choices"))
            .Where(choices => choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out _))
            .Select(choices => choices[0].GetProperty("delta").GetProperty("content").GetString()));
        text.ShouldBe(expected);
        reply.Text.ShouldEndWith("data: [DONE]\n\n");
        NoFault();
    }

    [Theory]
    [InlineData("openai/m")]
    [InlineData("anthropic/m")]
    [InlineData("google/m")]
    [InlineData("cohere/m")]
    public async Task In_a_providers_error_it_is_not_a_fault_of_the_gateway(string model)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model),
            UpstreamScript.Json("""{"\ud800":1,"error":{"message":"no \ud83d","type":"\ud800","code":"\udc00","status":"\ud800","\ud800":1},"type":"error","message":"no \ud83d"}""", 400));
        ((int)reply.Status).ShouldBe(400, reply.Text);
        NoFault();
    }

    private void NoFault() => gateway.Usage.Lines.ShouldAllBe(line => !line.Contains("Exception") && !line.Contains("failed inside the gateway"));

    /// <summary>Reads every name and string; raises if one is not valid text.</summary>
    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value).Prepend(member.Name)),
        _ => [],
    };
}
