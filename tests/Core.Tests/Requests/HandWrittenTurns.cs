namespace Nano.Tests.Requests;

/// <summary>Chat requests about turns, media, calls and results that recordings lack. The key describes the case.</summary>
internal static class HandWrittenTurns
{
    private const string Pdf = "JVBERi0xLjQKJSVFT0Y=";
    private const string Png = "iVBORw0KGgo=";
    private const string Tools =
        """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}},{"type":"function","function":{"name":"g"}}] """;

    private static string Ask(string messages) => $$$$$$"""{"model":"m","max_tokens":4000,"messages":[{{{{{{messages}}}}}}]}""";

    private static string Loop(string messages) => $$$$$$"""{"model":"m","max_tokens":4000,{{{{{{Tools}}}}}},"messages":[{"role":"user","content":"q"},{{{{{{messages}}}}}}]}""";

    private static string Call(string id, string name = "f", string arguments = """{\"a\":1}""") =>
        $$$$$$"""{"id":"{{{{{{id}}}}}}","type":"function","function":{"name":"{{{{{{name}}}}}}","arguments":"{{{{{{arguments}}}}}}"}}""";

    private static string Calls(params string[] calls) => $$$$$$"""{"role":"assistant","content":null,"tool_calls":[{{{{{{string.Join(',', calls)}}}}}}]}""";

    private static string Result(string id, string content) => $$$$$$"""{"role":"tool","tool_call_id":"{{{{{{id}}}}}}","content":{{{{{{content}}}}}}}""";

    public static readonly IReadOnlyDictionary<string, string> Requests = new Dictionary<string, string>
    {
        ["pdf as data"] = Ask($$$$$$"""{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,{{{{{{Pdf}}}}}}"}},{"type":"text","text":"read"}]}"""),
        ["pdf as plain base64 with a name"] =
            Ask($$$$$$"""{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"{{{{{{Pdf}}}}}}"}},{"type":"text","text":"read"}]}"""),
        ["text file as data"] = Ask(
            """{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,aGVsbG8gd29ybGQ="}},{"type":"text","text":"read"}]}"""),
        ["uploaded file"] = Ask("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-abc"}},{"type":"text","text":"read"}]}"""),
        ["audio wav"] = Ask("""{"role":"user","content":[{"type":"text","text":"hear"},{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}"""),
        ["image as data"] = Ask($$$$$$"""{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{{{{Png}}}}}}"}}]}"""),
        ["image by address with detail"] =
            Ask("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/a.jpg?x=1&y=2","detail":"high"}},{"type":"text","text":"see"}]}"""),
        ["image by address without a suffix"] =
            Ask("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/picture"}},{"type":"text","text":"see"}]}"""),
        ["image of a type that few take"] =
            Ask("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,SUkqAA=="}},{"type":"text","text":"see"}]}"""),
        ["image with an old media type"] =
            Ask("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpg;base64,/9j/4A=="}},{"type":"text","text":"see"}]}"""),
        ["image only"] = Ask($$$$$$"""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{{{{Png}}}}}}"}}]}"""),
        ["two images and texts between"] =
            Ask($$$$$$"""{"role":"user","content":[{"type":"text","text":"1"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{{{{Png}}}}}}"}},{"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlh"}},{"type":"text","text":"3"}]}"""),

        ["parallel results out of order"] = Loop($"{Calls(Call("1"), Call("2", "g", ""), Call("3"))},{Result("3", "\"three\"")},{Result("1", "\"one\"")},{Result("2", "\"two\"")}"),
        ["result missing in the middle"] = Loop($"{Calls(Call("1"), Call("2"))},{Result("2", "\"two\"")},{{\"role\":\"user\",\"content\":\"go on\"}}"),
        ["all results missing"] = Loop($"{Calls(Call("1"))},{{\"role\":\"user\",\"content\":\"never mind\"}}"),
        ["calls at the end"] = Loop(Calls(Call("1"), Call("2"))),
        ["result of no call"] = Loop($"{{\"role\":\"assistant\",\"content\":\"a\"}},{Result("9", "\"nine\"")}"),
        ["result of no call first"] = $$$$$$"""{"model":"m","max_tokens":100,{{{{{{Tools}}}}}},"messages":[{{{{{{Result("9", "\"nine\"")}}}}}},{"role":"user","content":"q"}]}""",
        ["user speaks between call and result"] = Loop($"{Calls(Call("1"))},{{\"role\":\"user\",\"content\":\"hurry\"}},{Result("1", "\"one\"")}"),
        ["result after a later answer"] =
            Loop($"{Calls(Call("1"))},{{\"role\":\"user\",\"content\":\"hurry\"}},{{\"role\":\"assistant\",\"content\":\"soon\"}},{Result("1", "\"one\"")},{{\"role\":\"user\",\"content\":\"ok\"}}"),
        ["system speaks between call and result"] = Loop($"{Calls(Call("1"))},{{\"role\":\"system\",\"content\":\"note\"}},{Result("1", "\"one\"")}"),
        ["two loops"] = Loop($"{Calls(Call("1"))},{Result("1", "\"one\"")},{Calls(Call("2"))},{Result("2", "\"two\"")},{{\"role\":\"assistant\",\"content\":\"done\"}},{{\"role\":\"user\",\"content\":\"thanks\"}}"),
        ["same call id in two loops"] = Loop($"{Calls(Call("1"))},{Result("1", "\"one\"")},{Calls(Call("1"))},{Result("1", "\"two\"")}"),
        ["call ids of a foreign alphabet"] = Loop($"{Calls(Call("call.1:ä"), Call("functions.f:0"))},{Result("call.1:ä", "\"one\"")},{Result("functions.f:0", "\"two\"")}"),
        ["call ids that differ only in foreign letters"] = Loop($"{Calls(Call("a.b"), Call("a:b"))},{Result("a:b", "\"two\"")},{Result("a.b", "\"one\"")}"),
        ["very long call id"] = Loop($"{Calls(Call(new string('x', 300)))},{Result(new string('x', 300), "\"one\"")}"),
        ["text beside calls"] = Loop($$$$$$"""{"role":"assistant","content":"let me see","tool_calls":[{{{{{{Call("1")}}}}}}]},{{{{{{Result("1", "\"one\"")}}}}}}"""),
        ["consecutive assistant turns with calls"] = Loop($"{Calls(Call("1"))},{Calls(Call("2"))},{Result("1", "\"one\"")},{Result("2", "\"two\"")}"),
        ["arguments that are no JSON"] = Loop($"{Calls(Call("1", arguments: "a=1"))},{Result("1", "\"one\"")}"),
        ["arguments that are an array"] = Loop($"{Calls(Call("1", arguments: "[1]"))},{Result("1", "\"one\"")}"),
        ["arguments that broke off"] = Loop($"{Calls(Call("1", arguments: """{\"a\":"""))},{Result("1", "\"one\"")}"),
        ["arguments with escapes"] = Loop($"{Calls(Call("1", arguments: """{\"a\":\"\\u00e4\\n\\\"x\\\" \\\\ 😀\"}"""))},{Result("1", "\"one\"")}"),
        ["arguments with white space"] = Loop($"{Calls(Call("1", arguments: """ \n{ \"a\" : 1 }\n"""))},{Result("1", "\"one\"")}"),
        ["Case14_$ref in a tool result"] = Loop($"{Calls(Call("1"))},{Result("1", """ "{\"a\":{\"$ref\":\"#/$defs/x\"},\"list\":[{\"$ref\":\"y\"}]}" """)}"),
        ["Case14_$ref key written with escapes"] = Loop($"{Calls(Call("1"))},{Result("1", """ "{\"\\u0024ref\":\"x\"}" """)}"),
        ["result that is a JSON array"] = Loop($"{Calls(Call("1"))},{Result("1", "\"[1,2]\"")}"),
        ["result that is a number"] = Loop($"{Calls(Call("1"))},{Result("1", "\"7\"")}"),
        ["result that is empty"] = Loop($"{Calls(Call("1"))},{Result("1", "\"\"")}"),
        ["result that is blank"] = Loop($"{Calls(Call("1"))},{Result("1", "\" \\n\"")}"),
        ["result that is null"] = Loop($"{Calls(Call("1"))},{Result("1", "null")}"),
        ["result that is an empty array"] = Loop($"{Calls(Call("1"))},{Result("1", "[]")}"),
        ["result of two texts"] = Loop($"{Calls(Call("1"))},{Result("1", """[{"type":"text","text":"one"},{"type":"text","text":"two"}]""")}"),
        ["result with an image"] =
            Loop($"{Calls(Call("1"), Call("2"))},{Result("1", $$$$$$"""[{"type":"text","text":"shot"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{{{{Png}}}}}}"}}]""")},{Result("2", "\"two\"")}"),
        ["result that says error"] = Loop($"{Calls(Call("1"))},{Result("1", """ "{\"error\":\"no such city\"}" """)}"),

        ["system turn in the middle"] =
            Ask("""{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"developer","content":"d"},{"role":"user","content":"e"}"""),
        ["system turn after a user turn"] = Ask("""{"role":"user","content":"b"},{"role":"system","content":"d"}"""),
        ["system turn between two user turns"] = Ask("""{"role":"user","content":"b"},{"role":"system","content":"d"},{"role":"user","content":"e"}"""),
        ["system turn of parts"] = Ask("""{"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"user","content":"c"}"""),
        ["system turn that is empty"] = Ask("""{"role":"system","content":""},{"role":"user","content":"c"}"""),
        ["system turn alone"] = Ask("""{"role":"system","content":"a"}"""),
        ["assistant first"] = Ask("""{"role":"assistant","content":"hello"},{"role":"user","content":"b"}"""),
        ["assistant last"] = Ask("""{"role":"user","content":"b"},{"role":"assistant","content":"The answer is"}"""),
        ["assistant last with white space"] = Ask("""{"role":"user","content":"b"},{"role":"assistant","content":"The answer is \n"}"""),
        ["assistant last and thinking"] =
            """{"model":"m","max_tokens":9000,"reasoning_effort":"high","messages":[{"role":"user","content":"b"},{"role":"assistant","content":"The answer is"}]}""",
        ["assistant alone"] = Ask("""{"role":"assistant","content":"hello"}"""),
        ["two assistant turns"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"},{"role":"user","content":"d"}"""),
        ["assistant turn that is empty"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":"d"}"""),
        ["assistant turn that is null"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","content":null},{"role":"user","content":"d"}"""),
        ["assistant turn that declined"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","content":null,"refusal":"I cannot."},{"role":"user","content":"d"}"""),
        ["assistant part that declined"] =
            Ask("""{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"refusal","refusal":"I cannot."}]},{"role":"user","content":"d"}"""),
        ["user turn that is empty"] = Ask("""{"role":"user","content":""}"""),
        ["user turn that is blank"] = Ask("""{"role":"user","content":" \n "},{"role":"user","content":"b"}"""),
        ["user turn of no parts"] = Ask("""{"role":"user","content":[]},{"role":"assistant","content":"a"},{"role":"user","content":"b"}"""),
        ["user part that is blank"] = Ask("""{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"b"}]}"""),
        ["names of participants"] =
            Ask("""{"role":"system","name":"boss","content":"a"},{"role":"user","name":"bob","content":"b"},{"role":"assistant","name":"ann","content":"c"},{"role":"user","content":"d"}"""),
        ["text of every kind of character"] = Ask("""{"role":"user","content":"\u0000 \ud83d\ude00 😀 x \u2028 \/ \"\\ \t é"}"""),
        ["members that are null"] =
            """{"model":"m","temperature":null,"top_p":null,"n":null,"stop":null,"seed":null,"tools":null,"tool_choice":null,"response_format":null,"max_tokens":null,"user":null,"logit_bias":null,"reasoning_effort":null,"parallel_tool_calls":null,"stream_options":null,"metadata":null,"messages":[{"role":"user","name":null,"content":"a","tool_calls":null}]}""",

        ["reasoning history as text"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","reasoning_content":"hm","content":"b"},{"role":"user","content":"c"}"""),
        ["reasoning history of OpenRouter"] =
            Ask("""{"role":"user","content":"a"},{"role":"assistant","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"c2ln","format":"unknown","index":0}],"content":"b"},{"role":"user","content":"c"}"""),
        ["reasoning history that is encrypted"] =
            Ask("""{"role":"user","content":"a"},{"role":"assistant","reasoning_details":[{"type":"reasoning.encrypted","data":"AAAA","format":"openai-responses-v1","id":"rs_1","index":0}],"content":"b"},{"role":"user","content":"c"}"""),
        ["reasoning history beside calls"] =
            Loop($$$$$$"""{"role":"assistant","reasoning_content":"hm","content":"","tool_calls":[{{{{{{Call("1")}}}}}}]},{{{{{{Result("1", "\"one\"")}}}}}}"""),
        ["thinking in an open tool loop"] =
            $$$$$$"""{"model":"m","max_tokens":9000,"reasoning_effort":"high",{{{{{{Tools}}}}}},"messages":[{"role":"user","content":"q"},{{{{{{Calls(Call("1"))}}}}}},{{{{{{Result("1", "\"one\"")}}}}}}]}""",
        ["audio answer sent back"] = Ask("""{"role":"user","content":"a"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"c"}"""),

        ["legacy functions"] = """{"model":"m","functions":[{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}],"function_call":{"name":"f"},"messages":[{"role":"user","content":"q"}]}""",
        ["legacy function loop"] =
            """{"model":"m","functions":[{"name":"f","parameters":{"type":"object","properties":{}}}],"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"one"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"two"}]}""",
        ["custom tool"] = """{"model":"m","tools":[{"type":"custom","custom":{"name":"sql","description":"runs SQL"}}],"messages":[{"role":"user","content":"q"}]}""",
        ["custom tool loop"] = """{"model":"m","tools":[{"type":"custom","custom":{"name":"sql"}}],"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"custom","custom":{"name":"sql","input":"select 1"}}]},{"role":"tool","tool_call_id":"1","content":"one"}]}""",

        ["Case20_cache markers on parts, system and tools"] =
            """{"model":"m","tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}],"messages":[{"role":"system","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"user","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}},{"type":"text","text":"c"}]}]}""",
        ["Case20_five cache markers"] =
            Ask("""{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}},{"type":"text","text":"c","cache_control":{"type":"ephemeral"}},{"type":"text","text":"d","cache_control":{"type":"ephemeral"}},{"type":"text","text":"e","cache_control":{"type":"ephemeral"}}]}"""),
        ["Case20_cache marker on a result"] = Loop($"{Calls(Call("1"))},{Result("1", """[{"type":"text","text":"one","cache_control":{"type":"ephemeral"}}]""")}"),
    };
}
