using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>The rules themselves: real accepted requests obey them, and handmade invalid ones are refused for the right reason.</summary>
public sealed class AnthropicRequestRulesTests
{
    [SkippableFact]
    public void Every_recorded_good_request_is_valid()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("messages").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBeGreaterThan(60);
        cases.SelectMany(c => AnthropicRequestRules.Check(c.RequestBody).Select(v => $"{c.Id} {v}")).ShouldBeNone();
    }

    [Theory]
    [InlineData("$.max_tokens: is mandatory", """{"model":"m","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("$.max_tokens: must lie", """{"max_tokens":0}""")]
    [InlineData("$.seed: is no member", """{"seed":1}""")]
    [InlineData("$.model: must be", """{"model":7}""")]
    [InlineData("$.temperature: must lie", """{"temperature":1.5}""")]
    [InlineData("$.temperature: must be 1", """{"temperature":0.5,"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("$.top_k: must be absent", """{"top_k":5,"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("$.thinking.budget_tokens: must lie", """{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1023}}""")]
    [InlineData("$.thinking.budget_tokens: must be below", """{"max_tokens":1024,"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("$.thinking.budget_tokens: is no member", """{"thinking":{"type":"adaptive","budget_tokens":1024}}""")]
    [InlineData("$.tool_choice: must be auto",
        """{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}""")]
    [InlineData("$.stop_sequences[0]", """{"stop_sequences":["\n"]}""")]
    [InlineData("$.system: must not be blank", """{"system":""}""")]
    [InlineData("$.system[0].text", """{"system":[{"type":"text","text":""}]}""")]
    [InlineData("$.metadata.team: is no member", """{"metadata":{"team":"x"}}""")]
    [InlineData("$.service_tier", """{"service_tier":"flex"}""")]
    [InlineData("$.output_config.effort", """{"output_config":{"effort":"minimal"}}""")]
    [InlineData("additionalProperties: must be false", """{"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{}}}}}""")]
    [InlineData("minimum: is not supported", """{"output_config":{"format":{"type":"json_schema","schema":{"type":"integer","minimum":1}}}}""")]
    [InlineData("is recursive",
        """{"output_config":{"format":{"type":"json_schema","schema":{"$ref":"#/$defs/n","$defs":{"n":{"type":"array","items":{"$ref":"#/$defs/n"}}}}}}}""")]
    [InlineData("$.messages: must be an array", """{"messages":[]}""")]
    [InlineData("the first turn must be", """{"messages":[{"role":"assistant","content":"x"},{"role":"user","content":"x"}]}""")]
    [InlineData("turns must alternate", """{"messages":[{"role":"user","content":"x"},{"role":"user","content":"y"}]}""")]
    [InlineData("role: must be user or assistant", """{"messages":[{"role":"user","content":"x"},{"role":"system","content":"y"}]}""")]
    [InlineData("$.messages[0].name: is no member", """{"messages":[{"role":"user","content":"x","name":"bob"}]}""")]
    [InlineData("$.messages[0].content: must not be blank", """{"messages":[{"role":"user","content":""}]}""")]
    [InlineData("$.messages[0].content: must not be empty", """{"messages":[{"role":"user","content":[]}]}""")]
    [InlineData("$.messages[0].content[0].text", """{"messages":[{"role":"user","content":[{"type":"text","text":" "}]}]}""")]
    [InlineData("'image_url' may not stand", """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y"}}]}]}""")]
    [InlineData("'image' may not stand in an assistant turn",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"image","source":{"type":"url","url":"https://x/y"}}]}]}""")]
    [InlineData("source.media_type", """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/tiff","data":"AAAA"}}]}]}""")]
    [InlineData("source.data: must be base64", """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"@"}}]}]}""")]
    [InlineData("source.url: must be an http", """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"data:image/png;base64,AAAA"}}]}]}""")]
    [InlineData("must have exactly one tool_result",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":"y"}]}""")]
    [InlineData("must have exactly one tool_result",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]}]}""")]
    [InlineData("answers no call", """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}]}""")]
    [InlineData("must stand before all others",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"text","text":"y"},{"type":"tool_result","tool_use_id":"a"}]}]}""")]
    [InlineData("'a.b' must be of a-z",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a.b","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a.b"}]}]}""")]
    [InlineData("'a' is used twice",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""")]
    [InlineData("input: must be an object",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""")]
    [InlineData("signature: must be a string",
        """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"y"}]},{"role":"user","content":"z"}]}""")]
    [InlineData("must be thinking, since",
        """{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""")]
    [InlineData("may not end with the assistant's turn",
        """{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}""")]
    [InlineData("may not end with white space", """{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y "}]}""")]
    [InlineData("'a b' must be 1 to 128", """{"tools":[{"name":"a b","input_schema":{"type":"object"}}]}""")]
    [InlineData("'f' is declared twice", """{"tools":[{"name":"f","input_schema":{"type":"object"}},{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("input_schema: must be an object", """{"tools":[{"name":"f"}]}""")]
    [InlineData("input_schema.type: must be object", """{"tools":[{"name":"f","input_schema":{}}]}""")]
    [InlineData("input_schema.anyOf: is not taken", """{"tools":[{"name":"f","input_schema":{"type":"object","anyOf":[{}]}}]}""")]
    [InlineData("properties.a b: must be", """{"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a b":{}}}}]}""")]
    [InlineData("type: is no JSON schema type", """{"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"type":"STRING"}}}}]}""")]
    [InlineData("$ref: leads nowhere", """{"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}}}}]}""")]
    [InlineData("function: is no member", """{"tools":[{"name":"f","function":{},"input_schema":{"type":"object"}}]}""")]
    [InlineData("$.tool_choice: is taken only with tools", """{"tool_choice":{"type":"auto"}}""")]
    [InlineData("$.tool_choice: must be an object", """{"tool_choice":"auto","tools":[]}""")]
    [InlineData("$.tool_choice.name: must name a tool", """{"tool_choice":{"type":"tool","name":"g"},"tools":[{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("$.tool_choice.disable_parallel_tool_use: is no member",
        """{"tool_choice":{"type":"none","disable_parallel_tool_use":true},"tools":[{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("has 5 cache_control markers",
        """{"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}},{"type":"text","text":"c","cache_control":{"type":"ephemeral"}},{"type":"text","text":"d","cache_control":{"type":"ephemeral"}},{"type":"text","text":"e","cache_control":{"type":"ephemeral"}}]}""")]
    [InlineData("cache_control.ttl", """{"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"9m"}}]}""")]
    public void A_bad_request_is_refused(string violation, string members)
    {
        var found = AnthropicRequestRules.Check(Filled(members, violation));
        found.ShouldContain(v => v.Contains(violation), $"found [{string.Join(" | ", found)}]");
        found.Count.ShouldBe(1, $"found [{string.Join(" | ", found)}]");
    }

    /// <summary>A valid request with some members replaced, unless the violation is a missing member.</summary>
    private static JsonElement Filled(string members, string violation)
    {
        var good = new Dictionary<string, JsonElement>();
        var given = JsonDocument.Parse(members).RootElement;
        if (!violation.Contains("is mandatory"))
            foreach (var m in JsonDocument.Parse("""{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"x"}]}""").RootElement.EnumerateObject())
                good[m.Name] = m.Value;
        foreach (var m in given.EnumerateObject()) good[m.Name] = m.Value;
        return JsonSerializer.SerializeToElement(good);
    }
}
