using System.Text.Json;
using Nano.Dialects;
using Nano.Testing;
using Nano.Testing.Requests;
using Nano.Tests.Requests;
using static Nano.Tests.Dialects.CohereChat.Testing;

namespace Nano.Tests.Dialects.CohereChat.Requests;

/// <summary>Chat's members, one by one, in Cohere's form. The request is also checked against the rules of the reference (<see cref="CohereRequestRules"/>).</summary>
public sealed class RequestTests
{
    private const string Tool = """{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}}""";
    private const string Other = """{"type":"function","function":{"name":"g","description":"d"}}""";
    private const string Schema = """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""";

    /// <summary>The catalogue knows the models that take text alone.</summary>
    [Theory]
    [InlineData("command-a-03-2025", false)]
    [InlineData("command-a-vision-07-2025", true)]
    [InlineData("command-of-tomorrow", true)]
    public void An_image_is_sent_to_models_that_see(string model, bool sees)
    {
        var traits = VendorRequests.TraitsOf("cohere", model);
        const string turn = """ "messages":[{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}] """;
        var (body, losses) = Request(turn, traits);
        body.GetRawText().Contains("image_url", StringComparison.Ordinal).ShouldBe(sees);
        losses.ToString().ShouldBe(sees ? "" : "dropped=messages.content.image");
    }

    [Theory]
    [InlineData("\"temperature\":0.5", "\"temperature\":0.5")]
    [InlineData("\"temperature\":1.5", "\"temperature\":1", "emulated=temperature")]
    [InlineData("\"top_p\":0.5,\"top_k\":40", "\"p\":0.5,\"k\":40")]
    [InlineData("\"top_p\":1", "\"p\":0.99", "emulated=top_p")]
    [InlineData("\"top_k\":-1", "", "dropped=top_k")]
    [InlineData("\"top_k\":900", "\"k\":500", "emulated=top_k")]
    [InlineData("\"frequency_penalty\":0.5,\"presence_penalty\":0", "\"frequency_penalty\":0.5")]
    [InlineData("\"frequency_penalty\":0.5,\"presence_penalty\":0.5", "\"frequency_penalty\":0.5", "dropped=presence_penalty")]
    [InlineData("\"presence_penalty\":1.5", "\"presence_penalty\":1", "emulated=presence_penalty")]
    [InlineData("\"frequency_penalty\":-0.5", "", "dropped=frequency_penalty")]
    [InlineData("\"max_completion_tokens\":5,\"seed\":7", "\"max_tokens\":5,\"seed\":7")]
    [InlineData("\"seed\":-7", "", "dropped=seed")]
    [InlineData("\"random_seed\":7", "\"seed\":7")]
    [InlineData("\"stop\":\"x\"", "\"stop_sequences\":[\"x\"]")]
    [InlineData("\"stop\":[\"a\",\"\",\"b\",\"c\",\"d\",\"e\",\"f\"]", "\"stop_sequences\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", "dropped=stop")]
    [InlineData("\"n\":2,\"logprobs\":true,\"top_logprobs\":3,\"user\":\"u\"", "\"logprobs\":true", "dropped=n,top_logprobs,user")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true}", "\"stream\":true")]
    [InlineData("\"reasoning_effort\":\"none\"", "\"thinking\":{\"type\":\"disabled\"}")]
    [InlineData("\"reasoning_effort\":\"low\"", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":2048}")]
    [InlineData("\"max_tokens\":1500,\"reasoning_effort\":\"low\"", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":476},\"max_tokens\":1500", "emulated=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"high\"", "\"thinking\":{\"type\":\"enabled\"}")]
    [InlineData("\"reasoning_effort\":\"xhigh\"", "\"thinking\":{\"type\":\"enabled\"}", "emulated=reasoning_effort")]
    [InlineData("\"reasoning\":{\"max_tokens\":500}", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":500}")]
    [InlineData("\"reasoning\":{\"enabled\":true,\"exclude\":true}", "\"thinking\":{\"type\":\"enabled\"}", "dropped=reasoning.exclude")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":600}", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":600}")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"token_budget\":700}", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":700}")]
    [InlineData("\"thinking\":{\"type\":\"disabled\"}", "\"thinking\":{\"type\":\"disabled\"}")]
    // Cohere's own members, by their own names.
    [InlineData("\"documents\":[{\"data\":{\"text\":\"t\"}}],\"citation_options\":{\"mode\":\"FAST\"},\"safety_mode\":\"STRICT\",\"priority\":1",
        "\"documents\":[{\"data\":{\"text\":\"t\"}}],\"citation_options\":{\"mode\":\"FAST\"},\"safety_mode\":\"STRICT\",\"priority\":1")]
    [InlineData("\"metadata\":{\"a\":\"b\"},\"something_new\":1", "", "dropped=metadata,something_new")]
    public void A_member_is_written(string chat, string cohere, string losses = "") => Said(chat, cohere, losses);

    [Theory]
    [InlineData("\"tools\":[" + Tool + "]", "\"tools\":[" + Tool + "]")]
    [InlineData("\"tools\":[" + Other + "]", """ "tools":[{"type":"function","function":{"name":"g","description":"d","parameters":{"type":"object","properties":{}}}}]""")]
    [InlineData("\"tools\":[" + Tool + "],\"tool_choice\":\"auto\"", "\"tools\":[" + Tool + "]")]
    [InlineData("\"tools\":[" + Tool + "],\"tool_choice\":\"none\"", "\"tools\":[" + Tool + "],\"tool_choice\":\"NONE\"")]
    [InlineData("\"tools\":[" + Tool + "],\"tool_choice\":\"required\"", "\"tools\":[" + Tool + "],\"tool_choice\":\"REQUIRED\"")]
    [InlineData("\"tools\":[" + Tool + "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "\"tools\":[" + Tool + "],\"tool_choice\":\"REQUIRED\"")]
    [InlineData("\"tools\":[" + Tool + "," + Other + "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}",
        "\"tools\":[" + Tool + "],\"tool_choice\":\"REQUIRED\"", "emulated=tool_choice")]
    [InlineData("\"tool_choice\":\"required\"", "", "dropped=tool_choice")]
    [InlineData("\"tools\":[" + Tool + "],\"parallel_tool_calls\":false", "\"tools\":[" + Tool + "]", "dropped=parallel_tool_calls")]
    [InlineData("\"tools\":[" + Tool + "],\"strict_tools\":true", "\"tools\":[" + Tool + "],\"strict_tools\":true")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":" + Schema + "}}]",
        "\"tools\":[" + Tool + "],\"strict_tools\":true")]
    // Strictness applies to all tools or to none.
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":" + Schema + "}}," + Tool + "]",
        "\"tools\":[" + Tool + "," + Tool + "]", "dropped=tools.function.strict")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":{\"type\":\"object\"}}}]",
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]", "dropped=tools.function.strict")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]", "", "dropped=tools.custom")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":" + Schema + "}}",
        "\"response_format\":{\"type\":\"json_object\",\"json_schema\":" + Schema + "}")]
    public void Tools_and_formats_are_written(string chat, string cohere, string losses = "") => Said(chat, cohere, losses);

    /// <summary>If a format cannot be requested, the model gets an instruction.</summary>
    [Theory]
    [InlineData("\"tools\":[" + Tool + "],\"response_format\":{\"type\":\"json_object\"}", false)]
    [InlineData("\"documents\":[\"d\"],\"response_format\":{\"type\":\"json_object\"}", false)]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"array\",\"items\":{}}}}", false)]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":1}},\"required\":[\"a\"]}}}", true)]
    public void A_format_that_cannot_be_requested_becomes_an_instruction(string chat, bool isObject)
    {
        var (body, losses) = Request(chat);
        losses.Emulated.ShouldContain("response_format");
        (body.Member("response_format") is not null).ShouldBe(isObject);
        body.Elements("messages").First().GetRawText().ShouldContain("JSON");
        CohereRequestRules.Check(body).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"role":"system","content":"s"},{"role":"user","content":"q"}""", """{"role":"system","content":"s"},{"role":"user","content":"q"}""")]
    [InlineData("""{"role":"developer","content":"s"},{"role":"user","content":"q"},{"role":"system","content":"t"}""",
        """{"role":"system","content":[{"type":"text","text":"s"},{"type":"text","text":"t"}]},{"role":"user","content":"q"}""", "emulated=messages.system")]
    [InlineData("""{"role":"system","content":"s"}""", """{"role":"user","content":"s"}""", "emulated=messages.system")]
    [InlineData("""{"role":"user","name":"ann","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]}""",
        """{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]}""", "dropped=messages.name")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"q"},{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}""",
        """{"role":"user","content":[{"type":"text","text":"q"}]}""", "dropped=messages.content.input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"q"},{"type":"document_url","document_url":"https://x/y.pdf"}]}""",
        """{"role":"user","content":[{"type":"text","text":"q"}]}""", "dropped=messages.content.document")]
    // Text before calls is their plan.
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","content":"I will look.","reasoning_content":"Hm.","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"c","content":"r"}""",
        """{"role":"user","content":"q"},{"role":"assistant","tool_plan":"I will look.","content":[{"type":"thinking","thinking":"Hm."}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"c"}""")]
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"Hm."},{"role":"user","content":"r"}""",
        """{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"a"}]},{"role":"user","content":"r"}""")]
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","content":""},{"role":"user","content":"r"}""",
        """{"role":"user","content":"q"},{"role":"user","content":"r"}""")]
    // Other providers' state is dropped.
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"x","format":"anthropic-claude-v1"}]},{"role":"user","content":"r"}""",
        """{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"a"}]},{"role":"user","content":"r"}""", "dropped=messages.reasoning_details")]
    // A call without a result, a result without a call, two calls with one id, an empty result.
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""",
        """{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"No result of this call was given.","tool_call_id":"c"}""", "emulated=messages.tool")]
    [InlineData("""{"role":"user","content":"q"},{"role":"tool","tool_call_id":"c","content":"r"}""", """{"role":"user","content":"q"},{"role":"user","content":"r"}""",
        "emulated=messages.tool_call_id")]
    [InlineData("""{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r"},{"type":"text","text":"s"}]},{"role":"tool","tool_call_id":"c","content":""}""",
        """{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c_2","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":[{"type":"text","text":"r"},{"type":"text","text":"s"}],"tool_call_id":"c"},{"role":"tool","content":"(no output)","tool_call_id":"c_2"}""", "emulated=messages.tool.content")]
    public void A_conversation_is_written(string chat, string cohere, string losses = "") => Said($"\"messages\":[{chat}]", $"\"messages\":[{cohere}]", losses);

    [Fact]
    public void A_model_that_does_not_reason_gets_no_reasoning()
    {
        var (body, losses) = Request("""
            "reasoning_effort":"high","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"Hm."},{"role":"user","content":"r"}]
            """, new ModelTraits { Reasons = false });
        body.GetRawText().ShouldNotContain("thinking");
        losses.ToString().ShouldBe("dropped=reasoning_effort,messages.reasoning_content");
    }

    [Theory]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"\"}]", "messages")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]}]", "messages[0].content")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"max_tokens\":1.5", "max_tokens")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"tools\":[" + Tool + "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"x\"}}",
        "tool_choice")]
    public void A_request_that_cannot_be_expressed_is_refused(string chat, string param)
    {
        using var output = new Nano.Json.JsonOutput();
        var request = new Nano.Dialects.OpenAIChat.OpenAIChatDialect().ReadRequest(System.Text.Encoding.UTF8.GetBytes($$"""{"model":"m",{{chat}}}"""));
        Dialect.TryWriteRequest(request, new RequestTarget { Model = "m" }, output, new Nano.Chat.LossReport())!.Param.ShouldBe(param);
    }

    private static void Said(string chat, string cohere, string losses)
    {
        var (body, reported) = Request(chat);
        var messages = cohere.Contains("\"messages\"", StringComparison.Ordinal) ? "" : ",\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]";
        var expected = $$"""{"model":"m"{{(cohere.Length > 0 ? "," : "")}}{{cohere}}{{messages}}}""";
        JsonDifference.First(JsonDocument.Parse(expected).RootElement, body).ShouldBeNull(body.GetRawText());
        reported.ToString().ShouldBe(losses);
        CohereRequestRules.Check(body).ShouldBeEmpty(body.GetRawText());
    }
}
