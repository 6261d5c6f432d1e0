using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <inheritdoc cref="AnthropicRequestRulesTests"/>
public sealed class CohereRequestRulesTests
{
    private const string User = """{"role":"user","content":"q"}""";
    private const string Tools = """[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]""";
    private const string Call = """{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}""";

    [SkippableFact]
    public void Every_recorded_good_request_is_valid()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat_v2").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBeGreaterThan(20);
        cases.SelectMany(c => CohereRequestRules.Check(c.RequestBody).Select(v => $"{c.Id} {v}")).ShouldBeNone();
    }

    [Theory]
    [InlineData("$.top_p: is no member", "\"top_p\":0.5")]
    [InlineData("$.user: is no member", "\"user\":\"u\"")]
    [InlineData("$.p: must lie", "\"p\":1")]
    [InlineData("$.temperature: must lie", "\"temperature\":1.5")]
    [InlineData("$.k: must lie", "\"k\":-1")]
    [InlineData("$.seed: must lie", "\"seed\":-1")]
    [InlineData("cannot go with frequency_penalty", "\"frequency_penalty\":0.5,\"presence_penalty\":0.5")]
    [InlineData("frequency_penalty: must lie", "\"frequency_penalty\":-0.5")]
    [InlineData("has more than 5", "\"stop_sequences\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]")]
    [InlineData("must be a list of texts", "\"stop_sequences\":[\"\"]")]
    [InlineData("$.stream: must be a boolean", "\"stream\":null")]
    [InlineData("tool_choice: must be one of REQUIRED, NONE", "\"tools\":" + Tools + ",\"tool_choice\":\"required\"")]
    [InlineData("tool_choice: needs tools", "\"tool_choice\":\"REQUIRED\"")]
    [InlineData("tools: must be an array that is not empty", "\"tools\":[]")]
    [InlineData("parameters: must be a schema", """ "tools":[{"type":"function","function":{"name":"f"}}]""")]
    [InlineData("strict: is no member", """ "tools":[{"type":"function","function":{"name":"f","parameters":{},"strict":true}}]""")]
    [InlineData("required: must name a member", "\"tools\":" + Tools + ",\"strict_tools\":true")]
    [InlineData("type: must be one of text, json_object", """ "response_format":{"type":"json_schema"}""")]
    [InlineData("cannot go with tools", "\"tools\":" + Tools + ",\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("cannot go with tools or documents", """ "documents":["d"],"response_format":{"type":"json_object"}""")]
    [InlineData("type: must be object", """ "response_format":{"type":"json_object","json_schema":{"type":"array","items":{}}}""")]
    [InlineData("inner.required: must name a member",
        """ "response_format":{"type":"json_object","json_schema":{"type":"object","required":["inner"],"properties":{"inner":{"type":"object"}}}}""")]
    [InlineData("minimum: is not supported",
        """ "response_format":{"type":"json_object","json_schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":1}}}}""")]
    [InlineData("'email' is not supported",
        """ "response_format":{"type":"json_object","json_schema":{"type":"object","required":["a"],"properties":{"a":{"type":"string","format":"email"}}}}""")]
    [InlineData("pattern: has what is not",
        """ "response_format":{"type":"json_object","json_schema":{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^x$"}}}}""")]
    [InlineData("thinking.type", """ "thinking":{"token_budget":5}""")]
    [InlineData("token_budget: must lie", """ "thinking":{"type":"enabled","token_budget":0}""")]
    [InlineData("budget_tokens: is no member", """ "thinking":{"type":"enabled","budget_tokens":5}""")]
    [InlineData("safety_mode", "\"safety_mode\":\"NONE\"")]
    public void A_violation_is_reported(string violation, string members) =>
        CohereRequestRules.Check(JsonDocument.Parse($$"""{"model":"m","messages":[{{User}}],{{members}}}""").RootElement).ShouldContain(v => v.Contains(violation));

    [Theory]
    [InlineData("must be an array that is not empty", "")]
    [InlineData("must be system, user", """{"role":"developer","content":"x"}""")]
    [InlineData("the system turn must be the first", User + """,{"role":"system","content":"x"}""")]
    [InlineData("nobody speaks", """{"role":"system","content":"x"}""")]
    [InlineData("content: must not be empty", """{"role":"user","content":""}""")]
    [InlineData("content: must not be empty", """{"role":"user","content":[]}""")]
    [InlineData("must be one of text, image_url", """{"role":"user","content":[{"type":"input_audio"}]}""")]
    [InlineData("name: is no member", """{"role":"user","name":"n","content":"x"}""")]
    [InlineData("detail: must be one of", """{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","detail":"x"}}]}""")]
    [InlineData("says nothing", User + """,{"role":"assistant"}""")]
    [InlineData("reasoning_content: is no member", User + """,{"role":"assistant","content":"x","reasoning_content":"y"}""")]
    [InlineData("must be text or thinking", User + """,{"role":"assistant","content":[{"type":"image_url"}],"tool_calls":[]}""")]
    [InlineData("used twice", User + "," + Call + "," + Call)]
    [InlineData("arguments: must be a string that is not empty",
        User + """,{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}}]}""")]
    [InlineData("answers no call before it", User + """,{"role":"tool","tool_call_id":"a","content":"x"},""" + Call)]
    [InlineData("content: must not be empty", User + "," + Call + """,{"role":"tool","tool_call_id":"a","content":""}""")]
    public void A_violation_of_turns_is_reported(string violation, string messages) =>
        CohereRequestRules.Check(JsonDocument.Parse($$"""{"model":"m","messages":[{{messages}}]}""").RootElement).ShouldContain(v => v.Contains(violation));

    [Fact]
    public void A_request_with_every_member_is_valid() => CohereRequestRules.Check(JsonDocument.Parse($$$$"""
        {"model":"m","stream":true,"max_tokens":5,"temperature":0,"p":0.5,"k":0,"seed":1,"frequency_penalty":0.5,"stop_sequences":["x"],"logprobs":true,
         "tools":{{{{Tools}}}},"tool_choice":"NONE","thinking":{"type":"enabled","token_budget":5},"safety_mode":"STRICT","citation_options":{"mode":"FAST"},
         "documents":["d",{"id":"i","data":{"text":"t"}}],"priority":1,
         "messages":[{"role":"system","content":"s"},{{{{User}}}},
          {"role":"assistant","tool_plan":"p","content":[{"type":"thinking","thinking":"t"}],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"a","content":[{"type":"document","document":{"data":{"a":1}}}]},
          {"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"https://x/y","detail":"low"}}]}]}
        """).RootElement).ShouldBeEmpty();
}
