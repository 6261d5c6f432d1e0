using System.Text;
using System.Text.Json;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.Shared;

/// <summary>
/// Enforced schemas at OpenAI, which refuses many that Anthropic accepts ("'required' is required to be supplied and to be an array including every key in
/// properties", <c>invalid_json_schema</c>).
/// </summary>
public sealed class StrictSchemaTests
{
    private static readonly string[] OpenAI = ["openai-chat", "openai-responses"];

    private const string Optional = """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}""";

    public static TheoryData<string, bool> Schemas => new()
    {
        { """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", true },
        { """{"type":"object","properties":{},"additionalProperties":false}""", true },
        { """{"type":"object","properties":{"a":{"type":"array","items":{"type":["string","null"],"format":"date"}}},"required":["\u0061"],"additionalProperties":false}""", true },
        { """{"type":"object","properties":{"a":{"$ref":"#/$defs/d"}},"required":["a"],"additionalProperties":false,"$defs":{"d":{"type":"string","enum":["x"]}}}""", true },
        { Optional, false },
        { """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", false },
        { """{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}""", false },
        { $$$"""{"type":"object","properties":{"a":{{{Optional}}}},"required":["a"],"additionalProperties":false}""", false },
        { $$$"""{"type":"object","properties":{"a":{"type":"array","items":{{{Optional}}}}},"required":["a"],"additionalProperties":false}""", false },
        { $$$"""{"type":"object","properties":{"a":{"anyOf":[{"type":"null"},{{{Optional}}}]}},"required":["a"],"additionalProperties":false}""", false },
        { $$$"""{"type":"object","properties":{"a":{"$ref":"#/$defs/d"}},"required":["a"],"additionalProperties":false,"$defs":{"d":{{{Optional}}}}}""", false },
        { """{"type":"object","properties":{"a":{"type":"string","default":"x"}},"required":["a"],"additionalProperties":false}""", false },
        { """{"type":"object","properties":{"a":{"type":"string","format":"uri"}},"required":["a"],"additionalProperties":false}""", false },
        { """{"type":"object","properties":{"a":{"$ref":"#/$defs/d","description":"x"}},"required":["a"],"additionalProperties":false,"$defs":{"d":{"type":"string"}}}""", false },
        { """{"type":"array","items":{"type":"string"}}""", false },
        { """{"type":"object","anyOf":[{"type":"object","properties":{},"additionalProperties":false}]}""", false },
    };

    [Theory, MemberData(nameof(Schemas))]
    public void A_format_of_a_Messages_caller_is_enforced_if_OpenAI_can(string schema, bool fits)
    {
        foreach (var dialect in OpenAI)
        {
            var made = Run("anthropic-messages", $$$$"""
                {"model":"c","max_tokens":99,"messages":[{"role":"user","content":"q"}],"output_config":{"format":{"type":"json_schema","schema":{{{{schema}}}}}}}
                """, dialect);
            var format = dialect == "openai-chat" ? made.Body.GetProperty("response_format").GetProperty("json_schema") : made.Body.GetProperty("text").GetProperty("format");
            (format.GetProperty("strict").GetBoolean(), format.GetProperty("schema").GetRawText(), made.Losses.ToString())
                .ShouldBe((fits, schema, fits ? "" : "emulated=response_format"), dialect);
        }
    }

    [Theory, MemberData(nameof(Schemas))]
    public void A_strict_tool_of_a_Messages_caller_is_enforced_if_OpenAI_can(string schema, bool fits)
    {
        foreach (var dialect in OpenAI)
        {
            var made = Run("anthropic-messages", $$$"""
                {"model":"c","max_tokens":99,"messages":[{"role":"user","content":"q"}],"tools":[{"name":"f","strict":true,"input_schema":{{{schema}}}},{"name":"g","input_schema":{{{Optional}}}}]}
                """, dialect);
            var tools = made.Body.GetProperty("tools").EnumerateArray().Select(tool => dialect == "openai-chat" ? tool.GetProperty("function") : tool).ToArray();
            (tools[0].GetProperty("strict").GetBoolean(), made.Losses.ToString()).ShouldBe((fits, fits ? "" : "dropped=tools.function.strict"), dialect);
            tools[1].TryGetProperty("strict", out var other).ShouldBe(dialect == "openai-responses");
            other.ValueKind.ShouldNotBe(JsonValueKind.True);
        }
    }

    /// <summary>Both dialects have the same rules, so the provider's error is the caller's.</summary>
    [Theory]
    [InlineData("openai-chat", "openai-responses")]
    [InlineData("openai-responses", "openai-chat")]
    public void A_caller_of_OpenAIs_dialects_keeps_what_it_asked_for(string from, string to)
    {
        var request = from == "openai-chat"
            ? $$$$"""{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{{{{Optional}}}}}}]}"""
            : $$$"""{"model":"m","input":"q","tools":[{"type":"function","name":"f","strict":true,"parameters":{{{Optional}}}}]}""";
        var made = Run(from, request, to);
        var tool = made.Body.GetProperty("tools")[0];
        (to == "openai-chat" ? tool.GetProperty("function") : tool).GetProperty("strict").GetBoolean().ShouldBeTrue();
        made.Losses.ToString().ShouldBe("");
    }

    private static Converted Run(string from, string body, string to)
    {
        var made = Conversion.Run(from, Encoding.UTF8.GetBytes(body), new Target(to, "m"));
        made.Error.ShouldBeNull();
        return made;
    }
}
