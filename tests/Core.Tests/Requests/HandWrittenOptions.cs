namespace Nano.Tests.Requests;

/// <summary>Chat requests about options, tools and schemas that recordings lack.</summary>
internal static class HandWrittenOptions
{
    private const string Messages = """ "messages":[{"role":"user","content":"q"}] """;
    private const string Tool =
        """ "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}},{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h","parameters":{}}}] """;

    private static string Ask(string members) => $$$$$$"""{"model":"m",{{{{{{members}}}}}},{{{{{{Messages}}}}}}}""";

    private static string Choose(string members) => $$$$$$"""{"model":"m",{{{{{{Tool}}}}}},{{{{{{members}}}}}},{{{{{{Messages}}}}}}}""";

    private static string Schema(string schema) => Ask($$$$$$""" "tools":[{"type":"function","function":{"name":"f","parameters":{{{{{{schema}}}}}}}}] """);

    private static string Property(string schema) => Schema($$$$$$"""{"type":"object","properties":{"a":{{{{{{schema}}}}}}},"required":["a"]}""");

    private static string Format(string schema, string more = "") =>
        Ask($$$$$$""" "response_format":{"type":"json_schema","json_schema":{"name":"n",{{{{{{more}}}}}}"schema":{{{{{{schema}}}}}}}} """);

    public static readonly IReadOnlyDictionary<string, string> Requests = new Dictionary<string, string>
    {
        ["temperature 0"] = Ask(""" "temperature":0 """),
        ["temperature above 1"] = Ask(""" "temperature":1.7 """),
        ["temperature 2.0"] = Ask(""" "temperature":2.0 """),
        ["temperature and top_p"] = Ask(""" "temperature":0.3,"top_p":0.9 """),
        ["top_p 0"] = Ask(""" "top_p":0 """),
        ["top_k"] = Ask(""" "top_k":40 """),
        ["penalties"] = Ask(""" "frequency_penalty":0.5,"presence_penalty":-0.5 """),
        ["penalties of zero"] = Ask(""" "frequency_penalty":0,"presence_penalty":0.0 """),
        ["seed"] = Ask(""" "seed":0 """),
        ["seed beyond 32 bits"] = Ask(""" "seed":5000000000 """),
        ["n of one"] = Ask(""" "n":1 """),
        ["n of three"] = Ask(""" "n":3 """),
        ["logprobs"] = Ask(""" "logprobs":true,"top_logprobs":5 """),
        ["logprobs off"] = Ask(""" "logprobs":false """),
        ["logit_bias"] = Ask(""" "logit_bias":{"50256":-100} """),
        ["max_tokens 1"] = Ask(""" "max_tokens":1 """),
        ["max_tokens beyond every model"] = Ask(""" "max_completion_tokens":100000000 """),
        ["max_tokens in both words"] = Ask(""" "max_completion_tokens":50,"max_tokens":60 """),
        ["max_tokens too small to think"] = Ask(""" "max_tokens":100,"reasoning_effort":"high" """),
        ["max_tokens just enough to think"] = Ask(""" "max_tokens":1025,"reasoning_effort":"low" """),
        ["max_tokens and a budget"] = Ask(""" "max_tokens":9000,"reasoning_effort":"medium" """),
        ["stop as text"] = Ask(""" "stop":"END" """),
        ["stop of four"] = Ask(""" "stop":["a","b","c","d"] """),
        ["stop of six"] = Ask(""" "stop":["a","b","c","d","e","f"] """),
        ["stop that is blank"] = Ask(""" "stop":["\n\n","x"] """),
        ["stop that is empty"] = Ask(""" "stop":[] """),
        ["reasoning none"] = Ask(""" "reasoning_effort":"none" """),
        ["reasoning minimal"] = Ask(""" "reasoning_effort":"minimal" """),
        ["reasoning low"] = Ask(""" "reasoning_effort":"low" """),
        ["reasoning medium"] = Ask(""" "reasoning_effort":"medium" """),
        ["reasoning high"] = Ask(""" "reasoning_effort":"high" """),
        ["reasoning xhigh"] = Ask(""" "reasoning_effort":"xhigh" """),
        ["reasoning max"] = Ask(""" "reasoning_effort":"max" """),
        ["reasoning of tomorrow"] = Ask(""" "reasoning_effort":"ultra" """),
        ["reasoning and temperature"] = Ask(""" "reasoning_effort":"high","temperature":0.2,"top_p":0.5,"top_k":3 """),
        ["reasoning off and temperature"] = Ask(""" "reasoning_effort":"none","temperature":0.2 """),
        ["reasoning and a forced tool"] = Choose(""" "reasoning_effort":"high","tool_choice":"required" """),
        ["reasoning and json_object"] = Ask(""" "reasoning_effort":"low","response_format":{"type":"json_object"} """),
        ["reasoning of OpenRouter"] = Ask(""" "reasoning":{"effort":"high"} """),
        ["reasoning budget of OpenRouter"] = Ask(""" "reasoning":{"max_tokens":2000},"max_tokens":4000 """),
        ["thinking on as DeepSeek says it"] = Ask(""" "thinking":{"type":"enabled"} """),
        ["thinking off as DeepSeek says it"] = Ask(""" "thinking":{"type":"disabled"} """),
        ["thinking on as Qwen says it"] = Ask(""" "enable_thinking":true,"thinking_budget":2000 """),

        ["tools, choice auto"] = Choose(""" "tool_choice":"auto" """),
        ["tools, choice none"] = Choose(""" "tool_choice":"none" """),
        ["tools, choice required"] = Choose(""" "tool_choice":"required" """),
        ["tools, choice by name"] = Choose(""" "tool_choice":{"type":"function","function":{"name":"g"}} """),
        ["tools, choice of allowed, auto"] =
            Choose(""" "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}} """),
        ["tools, choice of allowed, required"] =
            Choose(""" "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}} """),
        ["tools, one at a time"] = Choose(""" "parallel_tool_calls":false """),
        ["tools, one at a time, required"] = Choose(""" "parallel_tool_calls":false,"tool_choice":"required" """),
        ["tools, one at a time, none"] = Choose(""" "parallel_tool_calls":false,"tool_choice":"none" """),
        ["tools, several at a time"] = Choose(""" "parallel_tool_calls":true """),
        ["choice without tools"] = Ask(""" "tool_choice":"auto","parallel_tool_calls":false """),
        ["choice none without tools"] = Ask(""" "tool_choice":"none","tools":[] """),
        ["tool that is strict"] =
            Ask(""" "tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}] """),
        ["tool that is strict with limits"] =
            Ask(""" "tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":9}},"required":["a"],"additionalProperties":false}}}] """),
        ["tool with a dotted name"] = Ask(""" "tools":[{"type":"function","function":{"name":"my.tool"}}],"tool_choice":{"type":"function","function":{"name":"my.tool"}} """),
        ["tool with a name that begins with a digit"] =
            Ask(""" "tools":[{"type":"function","function":{"name":"1st"}}],"tool_choice":{"type":"function","function":{"name":"1st"}} """),
        ["tool with a long name"] = Ask($$$$$$""" "tools":[{"type":"function","function":{"name":"{{{{{{new string('n', 64)}}}}}}"}}] """),
        ["tool without a description"] = Ask(""" "tools":[{"type":"function","function":{"name":"f","description":"","parameters":{"type":"object","properties":{}}}}] """),

        ["Case13_cycle through $defs"] =
            Schema("""{"type":"object","properties":{"root":{"$ref":"#/$defs/node"}},"required":["root"],"$defs":{"node":{"type":"object","description":"a node","properties":{"value":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["value"]}}}"""),
        ["Case13_cycle through the root"] = Schema("""{"type":"object","properties":{"value":{"type":"string"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}"""),
        ["Case13_two definitions that need each other"] =
            Schema("""{"type":"object","properties":{"a":{"$ref":"#/definitions/a"}},"definitions":{"a":{"type":"object","properties":{"b":{"$ref":"#/definitions/b"}}},"b":{"type":"object","properties":{"a":{"$ref":"#/definitions/a"}}}}}"""),
        ["Case13_references used twice"] =
            Schema("""{"type":"object","properties":{"from":{"$ref":"#/$defs/p"},"to":{"$ref":"#/$defs/p","description":"the target"}},"$defs":{"p":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"}},"required":["x","y"]}}}"""),
        ["Case13_reference at the top"] = Schema("""{"$ref":"#/$defs/p","$defs":{"p":{"type":"object","properties":{"x":{"type":"number"}}}}}"""),
        ["Case13_reference that leads nowhere"] = Property("""{"$ref":"#/$defs/nothing"}"""),
        ["Case13_reference to itself"] = Schema("""{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/a"}}}"""),
        ["Case13_anyOf"] = Property("""{"anyOf":[{"type":"string","description":"s"},{"type":"object","properties":{"k":{"type":"integer"}}}]}"""),
        ["Case13_oneOf with const"] =
            Property("""{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"string"}},"required":["kind"]},{"type":"object","properties":{"kind":{"const":"b"},"y":{"type":"string"}},"required":["kind"]}]}"""),
        ["Case13_anyOf at the top"] =
            Schema("""{"type":"object","anyOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"type":"string"}},"required":["b"]}]}"""),
        ["Case13_allOf"] = Property(
            """{"allOf":[{"type":"object","properties":{"x":{"type":"string"}},"required":["x"]},{"type":"object","properties":{"y":{"type":"integer"}}}]}"""),
        ["Case13_nullable by type"] = Property("""{"type":["string","null"],"description":"maybe"}"""),
        ["Case13_several types"] = Property("""{"type":["string","integer"]}"""),
        ["Case13_nullable by anyOf"] = Property("""{"anyOf":[{"type":"integer"},{"type":"null"}],"description":"maybe"}"""),
        ["Case13_formats"] = Schema(
            """{"type":"object","properties":{"d":{"type":"string","format":"date"},"t":{"type":"string","format":"date-time"},"u":{"type":"string","format":"uuid"},"e":{"type":"string","format":"email"},"n":{"type":"integer","format":"int32"}}}"""),
        ["Case13_limits"] = Schema(
            """{"type":"object","properties":{"i":{"type":"integer","minimum":1,"maximum":9},"x":{"type":"number","exclusiveMinimum":0,"multipleOf":0.5},"s":{"type":"string","minLength":1,"maxLength":9,"pattern":"^[a-z]+$"},"l":{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":3,"uniqueItems":true}}}"""),
        ["Case13_enum of numbers"] = Property("""{"type":"integer","enum":[1,2,3]}"""),
        ["Case13_enum with null"] = Property("""{"type":["string","null"],"enum":["a","b",null]}"""),
        ["Case13_enum without a type"] = Property("""{"enum":["a","b"]}"""),
        ["Case13_const of a number"] = Property("""{"const":7}"""),
        ["Case13_map"] = Property("""{"type":"object","additionalProperties":{"type":"integer"}}"""),
        ["Case13_array without items"] = Property("""{"type":"array"}"""),
        ["Case13_tuple"] = Property("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}]}"""),
        ["Case13_schema of anything"] = Property("{}"),
        ["Case13_schema that is true"] = Property("true"),
        ["Case13_not"] = Property("""{"type":"string","not":{"enum":["x"]}}"""),
        ["Case13_properties with names of keywords"] =
            Schema("""{"type":"object","properties":{"type":{"type":"string"},"properties":{"type":"object","properties":{"enum":{"type":"string"}}},"required":{"type":"boolean"},"$ref":{"type":"string"},"items":{"type":"array","items":{"type":"string"}},"default":{"type":"string"}},"required":["type","$ref"]}"""),
        ["Case13_properties with odd names"] = Schema("""{"type":"object","properties":{"a b":{"type":"string"},"ü":{"type":"string"},"x/y":{"type":"string"}}}"""),
        ["Case13_defaults, titles and examples"] = Property("""{"type":"string","title":"T","default":"d","examples":["e"],"$comment":"c","deprecated":true}"""),
        ["Case13_closed object in an object"] = Property("""{"type":"object","additionalProperties":false,"properties":{"x":{"type":"string"}}}"""),
        ["Case13_required that is no property"] = Schema("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a","b"]}"""),
        ["Case13_schema with its dialect"] =
            Schema("""{"$schema":"http://json-schema.org/draft-07/schema#","$id":"https://example.org/x","type":"object","properties":{"a":{"type":"string"}}}"""),
        ["Case13_schema without a type"] = Schema("""{"properties":{"a":{"type":"string"}}}"""),

        ["format text"] = Ask(""" "response_format":{"type":"text"} """),
        ["format json_object"] = Ask(""" "response_format":{"type":"json_object"} """),
        ["format by schema, strict"] = Format("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", """ "strict":true, """),
        ["format by schema, not strict, open"] = Format("""{"type":"object","properties":{"a":{"type":"string"}}}"""),
        ["format by schema with limits"] =
            Format("""{"type":"object","properties":{"a":{"type":"integer","minimum":1},"l":{"type":"array","items":{"type":"string","maxLength":5},"minItems":2}},"required":["a"],"additionalProperties":false}""", """ "strict":true, """),
        ["format by schema with $defs"] =
            Format("""{"type":"object","properties":{"s":{"type":"array","items":{"$ref":"#/$defs/s"}}},"required":["s"],"additionalProperties":false,"$defs":{"s":{"type":"object","properties":{"t":{"type":"string"}},"required":["t"],"additionalProperties":false}}}""", """ "strict":true, """),
        ["format by schema with a cycle"] =
            Format("""{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"required":["n"],"additionalProperties":false,"$defs":{"n":{"type":"object","properties":{"c":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["c"],"additionalProperties":false}}}""", """ "strict":true, """),
        ["format by schema with allOf of a reference"] =
            Format("""{"type":"object","properties":{"a":{"allOf":[{"$ref":"#/$defs/x"}]}},"required":["a"],"additionalProperties":false,"$defs":{"x":{"type":"string"}}}""", """ "strict":true, """),
        ["format by schema with allOf of objects"] =
            Format("""{"type":"object","properties":{"p":{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"type":"object","properties":{"b":{"type":"string"}}}]}},"required":["p"],"additionalProperties":false}""", """ "strict":true, """),
        ["format by schema with allOf beside properties"] =
            Format("""{"type":"object","properties":{"a":{"type":"string"}},"allOf":[{"properties":{"b":{"type":"string"}}}]}"""),
        ["format by schema with allOf of texts"] =
            Format("""{"type":"object","properties":{"a":{"type":"string","allOf":[{"enum":["x","y"]},{"description":"d"}]}},"required":["a"],"additionalProperties":false}"""),
        ["format by schema with a description"] = Format("""{"type":"object","properties":{},"additionalProperties":false}""", """ "description":"what to say", """),
        ["format by schema beside tools"] =
            Choose(""" "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"z":{"type":"string"}},"required":["z"],"additionalProperties":false}}} """),
        ["format json_object beside tools and a system turn"] =
            $$$$$$"""{"model":"m",{{{{{{Tool}}}}}},"response_format":{"type":"json_object"},"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}""",

        ["user"] = Ask(""" "user":"u-1" """),
        ["user with a long id"] = Ask($$$$$$""" "user":"{{{{{{new string('u', 300)}}}}}}" """),
        ["metadata, store, tier, verbosity"] =
            Ask(""" "metadata":{"team":"x"},"store":true,"service_tier":"flex","verbosity":"low","prompt_cache_key":"k","safety_identifier":"s" """),
        ["service tier auto"] = Ask(""" "service_tier":"auto" """),
        ["prediction"] = Ask(""" "prediction":{"type":"content","content":"guess"} """),
        ["modalities and audio"] = Ask(""" "modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"} """),
        ["modalities of text"] = Ask(""" "modalities":["text"] """),
        ["web search"] = Ask(""" "web_search_options":{"search_context_size":"low"} """),
        ["Case19_members of other vendors"] = Ask(""" "min_p":0.1,"repetition_penalty":1.1,"safe_prompt":true,"provider":{"order":["x"]},"chat_template_kwargs":{"a":1} """),
        ["stream"] = Ask(""" "stream":true,"stream_options":{"include_usage":true} """),
        ["members with escaped names"] = """{"\u006dodel":"m","m\u0065ssages":[{"r\u006fle":"user","c\u006fntent":"q"}],"temper\u0061ture":0.5}""",
    };
}
