using Nano.LocalHost.Tests.Errors;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Cases of field/cases.md about tool calls in responses.</summary>
public class ToolCaseTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private const string GeminiCalls =
        """{"candidates":[{"content":{"role":"model","parts":[{"text":"Looking. "},{"functionCall":{"name":"weather","args":{"city":"Ulm","days":[1,2]}}},{"functionCall":{"name":"time","args":{"zone":"CET"}}},{"functionCall":{"name":"ping"}}]},"finishReason":"STOP","index":0}]}""";

    private static readonly string[] AnthropicCalls =
    [
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Looking. "}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_a","name":"weather","input":{}}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Ulm\","}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"days\":[1,2]}"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_b","name":"time","input":{}}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"zone\":\"CET\"}"}}""",
        """{"type":"content_block_stop","index":2}""",
        """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_c","name":"ping","input":{}}}""",
        """{"type":"content_block_stop","index":3}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":30}}""",
        """{"type":"message_stop"}""",
    ];

    public static TheoryData<string, bool> Answers => new()
    {
        { "google", false },
        { "google", true },
        { "anthropic", false },
        { "anthropic", true },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Case09_And_10_Parallel_calls_keep_their_names_arguments_and_places(string provider, bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask($"{provider}/model-x", stream), Script(provider, stream));

        var answer = reply.ReadStrictly(usageAsked: stream);
        answer.IsError.ShouldBeFalse(answer.Error);
        var choice = answer.Choices.ShouldHaveSingleItem();
        choice.Text.ShouldBe("Looking. ");
        choice.Finish.ShouldBe("tool_calls");
        choice.ToolCalls.Select(c => c.Name).ShouldBe(["weather", "time", "ping"]);
        choice.ToolCalls.Select(c => c.Arguments).ShouldBe(["""{"city":"Ulm","days":[1,2]}""", """{"zone":"CET"}""", "{}"]);
        choice.ToolCalls.Select(c => c.Id).Distinct().Count().ShouldBe(3);
    }

    private static UpstreamScript Script(string provider, bool stream) => (provider, stream) switch
    {
        ("google", false) => UpstreamScript.Json(GeminiCalls),
        ("google", true) => UpstreamScript.Sse($"data: {GeminiCalls}\r\n\r\n"),
        (_, true) => HandmadeTests.Anthropic(AnthropicCalls),
        _ => UpstreamScript.Json(
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Looking. "},{"type":"tool_use","id":"toolu_a","name":"weather","input":{"city":"Ulm","days":[1,2]}},{"type":"tool_use","id":"toolu_b","name":"time","input":{"zone":"CET"}},{"type":"tool_use","id":"toolu_c","name":"ping","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":9,"output_tokens":30}}"""),
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case16_A_thinking_block_with_a_signature_and_no_text_adds_no_text_and_breaks_nothing(bool stream)
    {
        var whole = UpstreamScript.Json(
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"","signature":"c2ln"},{"type":"text","text":"Done"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":3}}""");
        var events = HandmadeTests.Anthropic(
            AnthropicCalls[0],
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Done"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}""",
            """{"type":"message_stop"}""");

        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/model-x", stream), stream ? events : whole);

        var choice = reply.ReadStrictly(usageAsked: stream).Choices.ShouldHaveSingleItem();
        choice.Text.ShouldBe("Done");
        choice.Reasoning.ShouldBe("");
    }

    /// <summary>Some models write <c>null</c> for "no arguments"; SDKs would call the tool with null as its input.</summary>
    [Theory]
    [InlineData("/v1/messages", "\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]", "\"input\":{}")]
    [InlineData("/v1/responses", "\"store\":false,\"input\":\"q\"", "\"arguments\":\"{}\"")]
    public async Task Arguments_that_are_null_count_as_none(string path, string members, string expected)
    {
        foreach (var stream in new[] { false, true })
        {
            gateway.Script(stream
                ? UpstreamScript.Sse("""
                    data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"ping","arguments":"null"}}]}}]}

                    data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

                    data: [DONE]


                    """)
                : UpstreamScript.Json(
                    """{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"ping","arguments":"null"}}]},"finish_reason":"tool_calls"}]}"""));
            using var content = new StringContent($"{{\"model\":\"groq/m\",\"stream\":{(stream ? "true" : "false")},{members}}}", System.Text.Encoding.UTF8, "application/json");
            using var response = await gateway.Client.PostAsync(path, content);
            var text = await response.Content.ReadAsStringAsync();
            text.ShouldContain(expected, Case.Sensitive);
            text.ShouldNotContain("\"null\"", Case.Sensitive);
        }
    }
}
