using System.Text.Json;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>The comparison itself: documented conversions pass, and every other difference is found unless it is reported.</summary>
public sealed class MeaningComparisonTests
{
    private const string Call =
        """{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},{"id":"2","type":"function","function":{"name":"g","arguments":""}}]}""";
    private const string Results = """{"role":"tool","tool_call_id":"2","content":"two"},{"role":"tool","tool_call_id":"1","content":"{\"x\":1}"}""";

    [Theory]
    // Gathered system, merged neighbours, blank texts omitted.
    [InlineData("""{"max_tokens":5,"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"developer","content":"t"},{"role":"assistant","content":""},{"role":"assistant","content":"c"}]}""",
        """{"max_tokens":5,"system":[{"type":"text","text":"s"},{"type":"text","text":"t"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c"}]}""")]
    // Results in order and beside their calls; arguments as an object; ids are ignored.
    [InlineData("""{"messages":[{"role":"user","content":"q"},""" + Call + "," + Results + """,{"role":"user","content":"r"}]}""",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"f","input":{"a":1}},{"type":"tool_use","id":"y","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"{\"x\":1}"},{"type":"tool_result","tool_use_id":"y","content":[{"type":"text","text":"two"}]},{"type":"text","text":"r"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"stop":"x","user":"u","parallel_tool_calls":false,"tool_choice":"required","tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}]}""",
        """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}],"stop_sequences":["x"],"metadata":{"user_id":"u"},"tool_choice":{"type":"any","disable_parallel_tool_use":true},"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}}]}""")]
    public void Conversions_to_Anthropic_make_no_difference(string chat, string anthropic) => Anthropic(chat, anthropic).ShouldBeEmpty();

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"q"},""" + Call + "," + Results + """]}""",
        """{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}},{"functionCall":{"name":"g"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"x":1}}},{"functionResponse":{"name":"g","response":{"result":"two"}}}]}]}""")]
    [InlineData("""{"max_tokens":5,"temperature":0.5,"top_p":0.1,"seed":7,"n":2,"logprobs":true,"top_logprobs":3,"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"mp3","data":"AAAA"}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"},"k":{"anyOf":[{"const":"z"},{"type":"null"}]}},"$defs":{"n":{"type":["integer","null"],"minimum":3}},"required":["n"]}}}]}""",
        """{"systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"maxOutputTokens":5,"temperature":0.5,"topP":0.1,"seed":7,"candidateCount":2,"responseLogprobs":true,"logprobs":3},"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"audio/mpeg","data":"AAAA"}}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"n":{"type":"INTEGER","nullable":true,"minimum":3},"k":{"type":"STRING","enum":["z"],"nullable":true}},"required":["n"]}}]}]}""")]
    public void Conversions_to_Gemini_make_no_difference(string chat, string gemini) => Gemini(chat, gemini).ShouldBeEmpty();

    [Theory]
    [InlineData("system: 's'", """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]}""", """{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("'extra' was added", """{"messages":[{"role":"user","content":"a"}]}""", """{"system":"extra","messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("text 'b' is gone", """{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""", """{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("text 'a' is gone", """{"messages":[{"role":"user","content":"a"}]}""", """{"messages":[{"role":"user","content":"A"}]}""")]
    [InlineData("out of order", """{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"a"}]}]}""")]
    [InlineData("text 'c' was added", """{"messages":[{"role":"user","content":"a"}]}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"c"}]}]}""")]
    [InlineData("media image/png", """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""",
        """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"BBBB"}}]}]}""")]
    [InlineData("media image/png", """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""",
        """{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"AAAA"}}]}]}""")]
    [InlineData("call 0 f", """{"messages":[{"role":"user","content":"q"},""" + Call + "," + Results + "]}",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"f","input":{"a":2}},{"type":"tool_use","id":"y","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"{\"x\":1}"},{"type":"tool_result","tool_use_id":"y","content":"two"}]}]}""")]
    [InlineData("result of 0", """{"messages":[{"role":"user","content":"q"},""" + Call + "," + Results + "]}",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"f","input":{"a":1}},{"type":"tool_use","id":"y","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"y","content":"{\"x\":1}"},{"type":"tool_result","tool_use_id":"x","content":"two"}]}]}""")]
    [InlineData("temperature: 0.5 became 1", """{"temperature":0.5,"messages":[]}""", """{"temperature":1,"messages":[]}""")]
    [InlineData("top_p: 1 was invented", """{"messages":[]}""", """{"top_p":1,"messages":[]}""")]
    [InlineData("seed: 1 became nothing", """{"seed":1,"messages":[]}""", """{"messages":[]}""")]
    [InlineData("n: 2 became nothing", """{"n":2,"messages":[]}""", """{"messages":[]}""")]
    [InlineData("max_tokens: 7 became 8", """{"max_completion_tokens":7,"messages":[]}""", """{"max_tokens":8,"messages":[]}""")]
    [InlineData("stop: [a]", """{"stop":"a","messages":[]}""", """{"messages":[]}""")]
    [InlineData("logit_bias", """{"logit_bias":{"1":2},"messages":[]}""", """{"messages":[]}""")]
    [InlineData("messages.name", """{"messages":[{"role":"user","name":"bob","content":"a"}]}""", """{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("cache_control of text 'a'", """{"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}""",
        """{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("thought 'hm'", """{"messages":[{"role":"assistant","reasoning_content":"hm","content":"a"}]}""", """{"messages":[{"role":"assistant","content":"a"}]}""")]
    [InlineData("reasoning: high on became nothing", """{"reasoning_effort":"high","messages":[]}""", """{"messages":[]}""")]
    [InlineData("reasoning: off became on", """{"reasoning_effort":"none","messages":[]}""", """{"thinking":{"type":"adaptive"},"messages":[]}""")]
    [InlineData("reasoning: high on became high", """{"reasoning_effort":"high","messages":[]}""", """{"output_config":{"effort":"high"},"messages":[]}""")]
    [InlineData("reasoning: high on became on", """{"reasoning_effort":"high","messages":[]}""", """{"thinking":{"type":"adaptive"},"messages":[]}""")]
    [InlineData("stream: true is gone", """{"stream":true,"messages":[]}""", """{"messages":[]}""")]
    [InlineData("the name 'a.pdf'", """{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}]}]}""",
        """{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}]}]}""")]
    [InlineData("system: cache_control", """{"messages":[{"role":"system","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}""",
        """{"system":"a","messages":[]}""")]
    [InlineData("the closed object is open",
        """{"messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{}},"additionalProperties":false}}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{}}}}]}""")]
    [InlineData("response_format: is gone", """{"response_format":{"type":"json_object"},"messages":[]}""", """{"messages":[]}""")]
    [InlineData("tools: 'f' is gone", """{"messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}""", """{"messages":[]}""")]
    [InlineData("tool_choice: tool:f became nothing",
        """{"messages":[],"tool_choice":{"type":"function","function":{"name":"f"}},"tools":[{"type":"function","function":{"name":"f"}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("parallel_tool_calls: false", """{"messages":[],"parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f"}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("tools.f.strict", """{"messages":[],"tools":[{"type":"function","function":{"name":"f","strict":true}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""")]
    [InlineData("type [string] became [integer]",
        """{"messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"type":"integer"}}}}]}""")]
    [InlineData("pattern", """{"messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string","pattern":"x"}}}}}]}""", """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"type":"string"}}}}]}""")]
    [InlineData("required [a] became []",
        """{"messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{}},"required":["a"]}}}]}""",
        """{"messages":[],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{}}}}]}""")]
    public void A_difference_is_found(string difference, string chat, string anthropic)
    {
        var found = Anthropic(chat, anthropic);
        found.ShouldContain(d => d.Contains(difference), $"found [{string.Join(" | ", found)}]");
    }

    [Fact]
    public void A_reported_difference_is_ignored()
    {
        const string chat = """{"seed":1,"logit_bias":{"1":2},"n":2,"messages":[{"role":"user","name":"bob","content":"a"}]}""";
        const string anthropic = """{"messages":[{"role":"user","content":"a"}]}""";
        Anthropic(chat, anthropic).Count.ShouldBe(4);
        Anthropic(chat, anthropic, "seed", "logit_bias", "n", "messages.name").ShouldBeEmpty();
    }

    [Fact]
    public void A_member_that_arrived_may_not_be_reported_as_dropped() =>
        Anthropic("""{"temperature":0.5,"messages":[]}""", """{"temperature":0.5,"messages":[]}""", "temperature").ShouldHaveSingleItem().ShouldContain("did arrive");

    private static IReadOnlyList<string> Anthropic(string chat, string anthropic, params string[] dropped) =>
        MeaningComparison.Differences(ChatMeaning.Read(Parse(chat)), AnthropicMeaning.Read(Parse(anthropic)), dropped, []);

    private static IReadOnlyList<string> Gemini(string chat, string gemini) =>
        MeaningComparison.Differences(ChatMeaning.Read(Parse(chat)), GeminiMeaning.Read(Parse(gemini)), [], []);

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
