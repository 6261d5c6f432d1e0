using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>The rules themselves: real accepted requests obey them, and handmade invalid ones are refused for the right reason.</summary>
public sealed class ResponsesRequestRulesTests
{
    private static readonly Dictionary<string, string> Lenient = new()
    {
        ["openai-responses-one-basic-35df7a"] = "answered by vLLM, which takes fewer than 16 tokens",
        ["openai-responses-sse-toolcall-d2c96f"] = "a tool with members of Chat's beside its own: OpenAI passed over them",
    };

    [SkippableFact]
    public void Every_recorded_good_request_of_OpenAI_is_valid()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("responses").Where(c => c is { HasRequest: true, Status: 200, Provider: "openai" or "azure" or "copilot" or "chatgpt" }).ToArray();
        cases.Length.ShouldBeGreaterThan(50);
        cases.Where(c => !Lenient.ContainsKey(c.Id)).SelectMany(c => ResponsesRequestRules.Check(c.RequestBody).Select(v => $"{c.Id} {v}")).ShouldBeNone();
    }

    [Theory]
    [InlineData("$.messages: is no member", """{"model":"m","input":"x","messages":[]}""")]
    [InlineData("$.max_tokens: is no member", """{"model":"m","input":"x","max_tokens":20}""")]
    [InlineData("$.stop: is no member", """{"model":"m","input":"x","stop":["a"]}""")]
    [InlineData("$.seed: is no member", """{"model":"m","input":"x","seed":1}""")]
    [InlineData("$.model: must be", """{"input":"x"}""")]
    [InlineData("$.input: must be", """{"model":"m"}""")]
    [InlineData("$.input: must not be empty", """{"model":"m","input":[]}""")]
    [InlineData("$.max_output_tokens: must lie", """{"model":"m","input":"x","max_output_tokens":15}""")]
    [InlineData("$.temperature: must lie", """{"model":"m","input":"x","temperature":2.5}""")]
    [InlineData("$.include[0]", """{"model":"m","input":"x","include":["everything"]}""")]
    [InlineData("$.top_logprobs: says nothing", """{"model":"m","input":"x","top_logprobs":2}""")]
    [InlineData("$.stream_options: only where", """{"model":"m","input":"x","stream_options":{"include_obfuscation":false}}""")]
    [InlineData("$.stream_options.include_usage: is no", """{"model":"m","input":"x","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("$.reasoning.effort: must be one", """{"model":"m","input":"x","reasoning":{"effort":"much"}}""")]
    [InlineData("$.text.format.name", """{"model":"m","input":"x","text":{"format":{"type":"json_schema","schema":{}}}}""")]
    [InlineData("$.text.format.json_schema: is no member", """{"model":"m","input":"x","text":{"format":{"type":"json_schema","name":"n","schema":{},"json_schema":{}}}}""")]
    [InlineData("$.text.verbosity", """{"model":"m","input":"x","text":{"verbosity":"chatty"}}""")]
    [InlineData("$.metadata.a", """{"model":"m","input":"x","metadata":{"a":1}}""")]
    [InlineData("$.tools[0].name", """{"model":"m","input":"x","tools":[{"type":"function","function":{"name":"f"}}]}""")]
    [InlineData("$.tools[0].parameters", """{"model":"m","input":"x","tools":[{"type":"function","name":"f"}]}""")]
    [InlineData("$.tools[1].name: is there twice",
        """{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{}},{"type":"function","name":"f","parameters":{}}]}""")]
    [InlineData("$.tools[0].format.grammar: is no member", """{"model":"m","input":"x","tools":[{"type":"custom","name":"f","format":{"type":"grammar","grammar":{}}}]}""")]
    [InlineData("$.parallel_tool_calls: only with tools", """{"model":"m","input":"x","parallel_tool_calls":true}""")]
    [InlineData("$.tool_choice: only with tools", """{"model":"m","input":"x","tool_choice":"auto"}""")]
    [InlineData("$.tool_choice.name: must be a tool's",
        """{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","name":"g"}}""")]
    [InlineData("$.tool_choice.function: is no member",
        """{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"function","function":{"name":"f"}}}""")]
    [InlineData("$.input[0].role", """{"model":"m","input":[{"role":"tool","content":"x"}]}""")]
    [InlineData("$.input[0].name: is no member", """{"model":"m","input":[{"role":"user","content":"x","name":"bob"}]}""")]
    [InlineData("'text' may not stand here", """{"model":"m","input":[{"role":"user","content":[{"type":"text","text":"x"}]}]}""")]
    [InlineData("'input_text' may not stand here", """{"model":"m","input":[{"role":"assistant","content":[{"type":"input_text","text":"x"}]}]}""")]
    [InlineData("$.input[0].content: must not be empty", """{"model":"m","input":[{"role":"user","content":[]}]}""")]
    [InlineData("image_url: must be an address", """{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":{"url":"https://x"}}]}]}""")]
    [InlineData("filename: is mandatory", """{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_data":"data:application/pdf;base64,AAAA"}]}]}""")]
    [InlineData("must have exactly one result", """{"model":"m","input":[{"role":"user","content":"x"},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}]}""")]
    [InlineData("answers no call", """{"model":"m","input":[{"type":"function_call_output","call_id":"a","output":"x"}]}""")]
    [InlineData("has another result",
        """{"model":"m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"x"},{"type":"function_call_output","call_id":"a","output":"x"}]}""")]
    [InlineData("call_id: is used twice",
        """{"model":"m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"}]}""")]
    [InlineData("arguments: must be a string", """{"model":"m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":{}}]}""")]
    [InlineData("output: must not be empty",
        """{"model":"m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":[]}]}""")]
    [InlineData("thoughts need the item", """{"model":"m","input":[{"type":"reasoning","summary":[],"encrypted_content":"e"},{"role":"user","content":"x"}]}""")]
    [InlineData("summary: must be an array", """{"model":"m","input":[{"type":"reasoning","encrypted_content":"e"},{"role":"assistant","content":"x"}]}""")]
    public void A_bad_request_is_reported(string violation, string body) =>
        ResponsesRequestRules.Check(JsonDocument.Parse(body).RootElement).ShouldContain(v => v.Contains(violation, StringComparison.Ordinal));
}
