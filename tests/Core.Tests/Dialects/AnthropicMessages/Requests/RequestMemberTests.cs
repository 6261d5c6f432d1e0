
namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

/// <summary>Every other member of a Chat request: its converted form, by model, and the reported loss.</summary>
public sealed class RequestMemberTests
{
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    private const string Asked = "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}]";
    private const string Person = """{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}""";

    [Theory]
    [InlineData("", "unknown", "\"max_tokens\":4096", "")]
    [InlineData("", "budget", "\"max_tokens\":64000", "")]
    [InlineData("\"max_tokens\":null", "plain", "\"max_tokens\":4096", "")]
    [InlineData("\"max_tokens\":7", "plain", "\"max_tokens\":7", "")]
    [InlineData("\"max_completion_tokens\":999999", "plain", "\"max_tokens\":999999", "")]
    [InlineData("\"max_completion_tokens\":8,\"max_tokens\":7", "plain", "\"max_tokens\":8", "")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true}", "plain", "\"max_tokens\":4096,\"stream\":true", "")]
    [InlineData("\"stream\":false", "plain", "\"max_tokens\":4096", "")]
    [InlineData("\"temperature\":0", "plain", "\"max_tokens\":4096,\"temperature\":0", "")]
    [InlineData("\"temperature\":0.70", "plain", "\"max_tokens\":4096,\"temperature\":0.70", "")]
    [InlineData("\"temperature\":1.5", "plain", "\"max_tokens\":4096,\"temperature\":1", "emulated=temperature")]
    [InlineData("\"temperature\":0.5", "adaptive", "\"max_tokens\":128000", "dropped=temperature")]
    [InlineData("\"temperature\":1", "adaptive", "\"max_tokens\":128000", "")]
    [InlineData("\"top_p\":0.5", "plain", "\"max_tokens\":4096,\"top_p\":0.5", "")]
    [InlineData("\"top_p\":0.5,\"temperature\":0.5", "plain", "\"max_tokens\":4096,\"temperature\":0.5", "dropped=top_p")]
    [InlineData("\"top_p\":0.5,\"top_k\":4", "adaptive", "\"max_tokens\":128000", "dropped=top_p,top_k")]
    [InlineData("\"top_k\":4", "plain", "\"max_tokens\":4096,\"top_k\":4", "")]
    [InlineData("\"stop\":\"END\"", "plain", "\"max_tokens\":4096,\"stop_sequences\":[\"END\"]", "")]
    [InlineData("\"stop\":[\"a\",\"\\n\",\"\"]", "plain", "\"max_tokens\":4096,\"stop_sequences\":[\"a\"]", "dropped=stop")]
    [InlineData("\"stop\":[\"\\n\\n\"]", "plain", "\"max_tokens\":4096", "dropped=stop")]
    [InlineData("\"user\":\"u1\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"u1\"}", "")]
    [InlineData("\"safety_identifier\":\"u1\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"u1\"}", "")]
    [InlineData("\"user\":\"ann@example.com\"", "plain", "\"max_tokens\":4096", "dropped=user")]
    [InlineData("\"user\":\"Ann <ann\\u0040mail.example.com>\"", "plain", "\"max_tokens\":4096", "dropped=user")]
    [InlineData("\"safety_identifier\":\"\\u002b47 (55) 12-34-56\"", "plain", "\"max_tokens\":4096", "dropped=safety_identifier")]
    [InlineData("\"user\":\"5551234567\"", "plain", "\"max_tokens\":4096", "dropped=user")]
    [InlineData("\"user\":\"ann@home\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"ann@home\"}", "")]
    [InlineData("\"user\":\"@ann.b\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"@ann.b\"}", "")]
    [InlineData("\"user\":\"123456\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"123456\"}", "")]
    [InlineData("\"user\":\"12345678-1234-1234-1234-123456789012\"", "plain", "\"max_tokens\":4096,\"metadata\":{\"user_id\":\"12345678-1234-1234-1234-123456789012\"}", "")]
    [InlineData("\"metadata\":{\"a\":\"b\"}", "plain", "\"max_tokens\":4096", "dropped=metadata")]
    [InlineData("\"service_tier\":\"auto\"", "plain", "\"max_tokens\":4096,\"service_tier\":\"auto\"", "")]
    [InlineData("\"service_tier\":\"default\"", "plain", "\"max_tokens\":4096,\"service_tier\":\"standard_only\"", "")]
    [InlineData("\"service_tier\":\"flex\"", "plain", "\"max_tokens\":4096", "dropped=service_tier")]
    [InlineData("\"n\":1,\"logprobs\":false,\"store\":false,\"modalities\":[\"text\"],\"logit_bias\":{}", "plain", "\"max_tokens\":4096", "")]
    [InlineData("\"n\":2,\"seed\":0,\"logprobs\":true,\"top_logprobs\":3,\"logit_bias\":{\"1\":2}", "plain", "\"max_tokens\":4096",
        "dropped=logit_bias,seed,n,logprobs,top_logprobs")]
    [InlineData("\"frequency_penalty\":0,\"presence_penalty\":0.5", "plain", "\"max_tokens\":4096", "dropped=presence_penalty")]
    [InlineData("\"frequency_penalty\":0.0,\"presence_penalty\":0,\"top_p\":1,\"n\":1.0,\"logprobs\":false,\"repetition_penalty\":1.0,\"min_p\":0", "plain",
        "\"max_tokens\":4096", "")]
    [InlineData("\"temperature\":0.5,\"top_p\":1.0", "plain", "\"max_tokens\":4096,\"temperature\":0.5", "")]
    [InlineData("\"temperature\":1,\"top_p\":1", "adaptive", "\"max_tokens\":128000", "")]
    [InlineData("\"frequency_penalty\":1,\"repetition_penalty\":1.1,\"min_p\":0.1", "plain", "\"max_tokens\":4096", "dropped=repetition_penalty,min_p,frequency_penalty")]
    [InlineData("\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"x\"},\"prediction\":{\"type\":\"content\"},\"verbosity\":\"low\",\"tomorrow\":1", "plain",
        "\"max_tokens\":4096", "dropped=modalities,audio,prediction,verbosity,tomorrow")]
    [InlineData("\"logit_bias\":null,\"seed\":null,\"user\":null,\"tools\":null", "plain", "\"max_tokens\":4096", "")]
    [InlineData("\"tool_choice\":\"auto\",\"parallel_tool_calls\":false", "plain", "\"max_tokens\":4096", "")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"low\",\"user_location\":{\"type\":\"approximate\",\"approximate\":{\"city\":\"Bern\",\"country\":\"CH\"}}}",
        "plain",
        "\"max_tokens\":4096,\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"user_location\":{\"type\":\"approximate\",\"city\":\"Bern\",\"country\":\"CH\"}}]",
        "dropped=web_search_options.search_context_size; emulated=web_search_options")]
    public void Plain_members(string members, string model, string expected, string losses) =>
        FromChat.Becomes(members.Length == 0 ? Ask : $"{Ask},{members}", $"{Asked},{expected}", losses, FromChat.Model(model));

    // effort or thinking, model, the members of Claude's request (with max_tokens), losses
    [Theory]
    [InlineData("\"reasoning_effort\":\"high\"", "adaptive",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"high\"},\"max_tokens\":128000", "")]
    [InlineData("\"reasoning_effort\":\"minimal\"", "adaptive",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"low\"},\"max_tokens\":128000", "emulated=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"none\"", "adaptive", "\"thinking\":{\"type\":\"disabled\"},\"max_tokens\":128000", "")]
    [InlineData("\"reasoning_effort\":\"none\"", "always on", "\"output_config\":{\"effort\":\"low\"},\"max_tokens\":128000", "dropped=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"ultra\"", "adaptive",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"ultra\"},\"max_tokens\":128000", "")]
    [InlineData("\"reasoning_effort\":\"medium\"", "unknown",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"medium\"},\"max_tokens\":4096", "")]
    [InlineData("\"reasoning_effort\":\"medium\"", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8192},\"max_tokens\":64000", "")]
    [InlineData("\"reasoning_effort\":\"minimal\"", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024},\"max_tokens\":64000", "")]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":4000", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000},\"max_tokens\":4000", "")]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":1025", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024},\"max_tokens\":1025", "")]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":1024", "budget", "\"max_tokens\":1024", "dropped=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"none\"", "budget", "\"thinking\":{\"type\":\"disabled\"},\"max_tokens\":64000", "")]
    [InlineData("\"reasoning_effort\":\"high\"", "plain", "\"max_tokens\":4096", "dropped=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"none\"", "plain", "\"max_tokens\":4096", "emulated=reasoning_effort")]
    [InlineData("\"reasoning_effort\":\"low\",\"temperature\":0.2,\"top_p\":0.99,\"top_k\":3", "budget",
        "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048},\"max_tokens\":64000,\"top_p\":0.99", "dropped=temperature,top_k")]
    [InlineData("\"reasoning\":{\"max_tokens\":5000}", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000},\"max_tokens\":64000", "")]
    [InlineData("\"reasoning\":{\"max_tokens\":5}", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024},\"max_tokens\":64000", "emulated=reasoning.max_tokens")]
    [InlineData("\"reasoning\":{\"max_tokens\":9000}", "adaptive",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"output_config\":{\"effort\":\"medium\"},\"max_tokens\":128000", "emulated=reasoning.max_tokens")]
    [InlineData("\"reasoning\":{\"enabled\":true}", "adaptive", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"},\"max_tokens\":128000", "")]
    [InlineData("\"reasoning\":{\"effort\":\"high\",\"exclude\":true}", "adaptive",
        "\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"},\"output_config\":{\"effort\":\"high\"},\"max_tokens\":128000", "")]
    [InlineData("\"reasoning\":{\"effort\":\"high\",\"exclude\":true}", "budget", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":16384},\"max_tokens\":64000",
        "dropped=reasoning.exclude")]
    public void Reasoning(string members, string model, string expected, string losses) =>
        FromChat.Becomes($"{Ask},{members}", $"{Asked},{expected}", losses, FromChat.Model(model));

    // The tool is {"name":"f"} with the given further members.
    [Theory]
    [InlineData("", """{"name":"f","input_schema":{"type":"object","properties":{}}}""", "")]
    [InlineData(""","parameters":{}""", """{"name":"f","input_schema":{"type":"object","properties":{}}}""", "")]
    [InlineData(""","description":"d","parameters":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"anyOf":[{"const":1},{"$ref":"#/$defs/A"}]}}}""",
        """{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"anyOf":[{"const":1},{"$ref":"#/$defs/A"}]}}}}""", "")]
    [InlineData(""","parameters":{"properties":{"a":{}}}""", """{"name":"f","input_schema":{"type":"object","properties":{"a":{}}}}""", "emulated=tools.function.parameters")]
    [InlineData(""","parameters":{"anyOf":[{"required":["a"]}],"type":"object","properties":{"a":{}}}""",
        """{"name":"f","description":"The arguments must also match this JSON schema: {\"anyOf\": [{\"required\":[\"a\"]}]}","input_schema":{"type":"object","properties":{"a":{}}}}""",
        "emulated=tools.function.parameters")]
    [InlineData(""","strict":true,"parameters":""" + Person, """{"name":"f","strict":true,"input_schema":""" + Person + "}", "")]
    [InlineData(""","strict":false,"parameters":""" + Person, """{"name":"f","input_schema":""" + Person + "}", "")]
    [InlineData(""","strict":true,"parameters":{"type":"object","additionalProperties":{"type":"string"}}""",
        """{"name":"f","input_schema":{"type":"object","additionalProperties":{"type":"string"}}}""", "dropped=tools.function.strict")]
    [InlineData(""","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":1,"description":"d"}},"additionalProperties":false}""",
        """{"name":"f","strict":true,"input_schema":{"type":"object","properties":{"a":{"type":"integer","description":"d {\"minimum\": 1}"}},"additionalProperties":false}}""",
        "emulated=tools.function.parameters.minimum")]
    public void Case13_Tools(string members, string expected, string losses) =>
        FromChat.Becomes($$$$"""{{{{Ask}}}},"tools":[{"type":"function","function":{"name":"f"{{{{members}}}}}}]""",
            $"{Asked},\"max_tokens\":4096,\"tools\":[{expected}]", losses);

    [Theory]
    [InlineData("\"tool_choice\":\"auto\"", "unknown", """{"type":"auto"}""", "")]
    [InlineData("\"tool_choice\":\"none\"", "unknown", """{"type":"none"}""", "")]
    [InlineData("\"tool_choice\":\"required\"", "unknown", """{"type":"any"}""", "")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "unknown", """{"type":"tool","name":"f"}""", "")]
    [InlineData("\"tool_choice\":\"required\",\"parallel_tool_calls\":false", "unknown", """{"type":"any","disable_parallel_tool_use":true}""", "")]
    [InlineData("\"parallel_tool_calls\":false", "unknown", """{"type":"auto","disable_parallel_tool_use":true}""", "")]
    [InlineData("\"parallel_tool_calls\":true", "unknown", null, "")]
    [InlineData("\"tool_choice\":\"none\",\"parallel_tool_calls\":false", "unknown", """{"type":"none"}""", "")]
    [InlineData("\"tool_choice\":\"required\"", "always on", """{"type":"auto"}""", "dropped=tool_choice")]
    public void Tool_choice(string members, string model, string? expected, string losses) =>
        FromChat.Becomes($$$$"""{{{{Ask}}}},"max_tokens":9,{{{{members}}}},"tools":[{"type":"function","function":{"name":"f","parameters":{{{{Person}}}}}}]""",
            $$$$"""{{{{Asked}}}},"max_tokens":9,"tools":[{"name":"f","input_schema":{{{{Person}}}}}]""" + (expected is null ? "" : $",\"tool_choice\":{expected}"), losses,
            FromChat.Model(model));

    [Fact]
    public void Allowed_tools_are_the_only_ones_offered() => FromChat.Becomes(
        $$$$"""{{{{Ask}}}},"max_tokens":9,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}},"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"},"cache_control":{"type":"ephemeral"}}]""",
        $$$$"""{{{{Asked}}}},"max_tokens":9,"tools":[{"name":"g","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"any"}""",
        "emulated=tool_choice.allowed_tools");

    [Fact]
    public void A_forced_call_and_thinking_exclude_each_other() => FromChat.Becomes(
        $$$$"""{{{{Ask}}}},"max_tokens":9000,"reasoning_effort":"high","tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}]""",
        $$$$"""{{{{Asked}}}},"max_tokens":9000,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"any"}""",
        "dropped=reasoning_effort", FromChat.Budget);

    [Theory]
    [InlineData("bad name")]
    [InlineData("ü")]
    [InlineData("x.y")]
    public void A_tool_name_outside_the_alphabet_is_a_400(string name)
    {
        var (_, _, error) = FromChat.Write(
            $$$$"""{"model":"m",{{{{Ask}}}},"tools":[{"type":"function","function":{"name":"ok"}},{"type":"function","function":{"name":"{{{{name}}}}"}}]}""");
        error.ShouldNotBeNull(name);
        error.Param.ShouldBe("tools[1].function.name");
    }

    [Theory]
    [InlineData("text", "unknown", "")]
    [InlineData("native", "unknown", "")]
    public void Response_format_native(string kind, string model, string losses) => FromChat.Becomes(
        kind == "text" ? $"{Ask},\"max_tokens\":9,\"response_format\":{{\"type\":\"text\"}}"
            : $$$$"""{{{{Ask}}}},"max_tokens":9,"response_format":{"type":"json_schema","json_schema":{"name":"p","strict":true,"schema":{{{{Person}}}}}}""",
        kind == "text" ? $"{Asked},\"max_tokens\":9" : $$$$"""{{{{Asked}}}},"max_tokens":9,"output_config":{"format":{"type":"json_schema","schema":{{{{Person}}}}}}""",
        losses, FromChat.Model(model));

    // schema, its native form (null: not possible, so an instruction is written), losses
    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{}}}}""",
        """{"type":"object","properties":{"a":{"type":"object","properties":{},"additionalProperties":false}},"additionalProperties":false}""",
        "emulated=response_format.json_schema.schema.additionalProperties")]
    [InlineData("""{"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","minItems":2,"items":{"type":"string","format":"date","maxLength":3}},"b":{"type":"string","format":"regex"}}}""",
        """{"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"string","format":"date","description":"{\"maxLength\": 3}"},"description":"{\"minItems\": 2}"},"b":{"type":"string","description":"{\"format\": \"regex\"}"}}}""",
        "emulated=response_format.json_schema.schema.maxLength,response_format.json_schema.schema.minItems,response_format.json_schema.schema.format")]
    [InlineData("""{"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}""",
        """{"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}""", "")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", null, "emulated=response_format")]
    [InlineData("""{"type":"object"}""", null, "emulated=response_format")]
    [InlineData("""{"type":"array","items":{}}""", null, "emulated=response_format")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}}}""", null, "emulated=response_format")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"anyOf":[{"$ref":"#/$defs/B"}]},"B":{"items":{"$ref":"#/$defs/A"}}}}""", null,
        "emulated=response_format")]
    [InlineData("""{"type":"object","properties":{"a":true}}""", null, "emulated=response_format")]
    public void Case13_Schemas(string schema, string? native, string losses)
    {
        var words = "Answer with exactly one JSON value and nothing else: no words around it and no code fence. It must be valid by this JSON schema:\\n"
            + schema.Replace("\"", "\\\"", StringComparison.Ordinal);
        FromChat.Becomes(
            $$$$"""{{{{Ask}}}},"max_tokens":9,"response_format":{"type":"json_schema","json_schema":{"name":"p","schema":{{{{schema}}}}}}""",
            native is null
                ? $$$$"""{{{{Asked}}}},"max_tokens":9,"system":[{"type":"text","text":"{{{{words}}}}"}]"""
                : $$$$"""{{{{Asked}}}},"max_tokens":9,"output_config":{"format":{"type":"json_schema","schema":{{{{native}}}}}}""",
            losses);
    }

    [Fact]
    public void A_model_without_schemas_gets_an_instruction() => FromChat.Becomes(
        $$$$"""{{{{Ask}}}},"max_tokens":9,"response_format":{"type":"json_object"}""",
        $$$$"""{{{{Asked}}}},"max_tokens":9,"system":[{"type":"text","text":"Answer with exactly one JSON object and nothing else: no words around it and no code fence."}]""",
        "emulated=response_format", FromChat.Plain);
}
