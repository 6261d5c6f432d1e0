using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;

namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

/// <summary>Messages of a Chat request and the turns they become. <c>max_tokens</c> is the default everywhere.</summary>
public sealed class RequestTurnTests
{
    private const string User = """{"role":"user","content":[{"type":"text","text":"hi"}]}""";

    public static TheoryData<string, string, string, string> Turns => new()
    {
        { "a string is one block",
          """{"role":"user","content":"hi"}""", User, "" },
        { "neighbours of one role are one turn",
          """{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}""",
          """{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]},{"role":"user","content":[{"type":"text","text":"e"}]}""", "" },
        { "empty texts are left out, blank ones are named",
          """{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":" \n\t"},{"type":"text","text":"hi"}]},{"role":"assistant","content":""}""", User,
          "dropped=messages.content" },
        { "blank by Unicode",
          """{"role":"user","content":[{"type":"text","text":"\u00a0\u2003"},{"type":"text","text":"hi"}]}""", User, "dropped=messages.content" },
        { "a participant's name",
          """{"role":"user","name":"Ann","content":"hi"}""", User, "dropped=messages.name" },
        { "a conversation that the assistant begins",
          """{"role":"assistant","content":"a"},{"role":"user","content":"hi"}""",
          """{"role":"user","content":[{"type":"text","text":"(The conversation begins with the assistant's turn.)"}]},{"role":"assistant","content":[{"type":"text","text":"a"}]},""" + User, "emulated=messages" },
        { "a prefill loses the white space at its end, and keeps escaped backslashes",
          """{"role":"user","content":"hi"},{"role":"assistant","content":"a\\n \n\t "}""",
          User + """,{"role":"assistant","content":[{"type":"text","text":"a\\n"}]}""", "emulated=messages.content" },
        { "a blank prefill is none",
          """{"role":"user","content":"hi"},{"role":"assistant","content":"  "}""", User, "dropped=messages.content" },
        { "a refusal is what the assistant said",
          """{"role":"user","content":"hi"},{"role":"assistant","content":null,"refusal":"no"},{"role":"user","content":"hi"}""",
          User + """,{"role":"assistant","content":[{"type":"text","text":"no"}]},""" + User, "" },
        { "Case16_unsigned reasoning is left out",
          """{"role":"user","content":"hi"},{"role":"assistant","content":"a","reasoning_content":"hm"},{"role":"user","content":"hi"}""",
          User + """,{"role":"assistant","content":[{"type":"text","text":"a"}]},""" + User, "dropped=messages.reasoning_content" },
        { "Case20_cache_control on content",
          """{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]}""",
          """{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]}""", "" },
        { "a call and its result",
          Call("c1") + "," + Result("c1", "\"r\""),
          Use("c1") + "," + Answer("c1", "\"r\""), "" },
        { "results in another order, between other words, stand first and in the order of the calls",
          Call("c1", "c2") + "," + Result("c2", "\"two\"") + """,{"role":"user","content":"hi"},""" + Result("c1", "\"one\""),
          Use("c1", "c2") + """,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},{"type":"tool_result","tool_use_id":"c2","content":"two"},{"type":"text","text":"hi"}]}""", "" },
        { "a call without a result",
          Call("c1", "c2") + "," + Result("c2", "\"two\""),
          Use("c1", "c2") + """,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"No result of this call was given.","is_error":true},{"type":"tool_result","tool_use_id":"c2","content":"two"}]}""",
          "emulated=messages.tool" },
        { "calls at the end of all",
          Call("c1"),
          Use("c1") + """,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"No result of this call was given.","is_error":true}]}""",
          "emulated=messages.tool" },
        { "a result without a call is told as text",
          """{"role":"user","content":"hi"},""" + Result("nobody", "\"r\""),
          """{"role":"user","content":[{"type":"text","text":"Result of the tool call 'nobody':"},{"type":"text","text":"r"},{"type":"text","text":"hi"}]}""",
          "emulated=messages.tool_call_id" },
        { "an assistant that goes on after its call: one turn, and the result behind both",
          Call("c1") + """,{"role":"assistant","content":"and"},""" + Result("c1", "\"r\""),
          """{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}},{"type":"text","text":"and"}]},""" + Answer("c1", "\"r\""), "" },
        { "an empty result, and one of nothing but a marker",
          Call("c1", "c2") + "," + Result("c1", "\"\"") + "," + Result("c2", """[{"type":"text","text":"r","cache_control":{"type":"ephemeral"}}]"""),
          Use("c1", "c2") + """,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"},{"type":"tool_result","tool_use_id":"c2","content":"r","cache_control":{"type":"ephemeral"}}]}""", "" },
        { "a result of several parts",
          Call("c1") + "," + Result("c1", """[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]"""),
          Use("c1") + "," + Answer("c1", """[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]"""), "" },
        { "ids outside of the alphabet are mapped, the same id the same way",
          Call("fc:1/ü") + "," + Result("fc:1/ü", "\"r\""),
          Use("fc_1____b72c57ce2ed4ddf3") + "," + Answer("fc_1____b72c57ce2ed4ddf3", "\"r\""), "" },
        { "an id that is used again gets a number",
          Call("c") + "," + Result("c", "\"one\"") + "," + CallOnly("c") + "," + Result("c", "\"two\""),
          Use("c") + "," + Answer("c", "\"one\"") + "," + UseOnly("c_2") + "," + Answer("c_2", "\"two\""), "" },
        { "arguments: none, an object in a string, no object, no JSON",
          """{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}},{"id":"b","type":"function","function":{"name":"f","arguments":"{\"x\":\"\\u00e9\\n\"}"}},{"id":"c","type":"function","function":{"name":"f","arguments":"[1]"}},{"id":"d","type":"function","function":{"name":"f","arguments":"{\"x"}}]},"""
          + Result("a", "\"1\"") + "," + Result("b", "\"2\"") + "," + Result("c", "\"3\"") + "," + Result("d", "\"4\""),
          User + """,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"f","input":{"x":"é\n"}},{"type":"tool_use","id":"c","name":"f","input":{"raw_arguments":"[1]"}},{"type":"tool_use","id":"d","name":"f","input":{"raw_arguments":"{\"x"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"tool_result","tool_use_id":"c","content":"3"},{"type":"tool_result","tool_use_id":"d","content":"4"}]}""",
          "emulated=messages.tool_calls.function.arguments" },
        { "a called name outside of the alphabet",
          """{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"ns.f ü","arguments":"{}"}}]},"""
              + Result("a", "\"1\""),
          User + """,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"ns_f__","input":{}}]},""" + Answer("a", "\"1\""),
          "emulated=messages.tool_calls.function.name" },
        { "images",
          """{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"high"}},{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA","detail":"auto"}},{"type":"image_url","image_url":{"url":"data:;base64,iVBORw0KGgoAAA"}},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,iVBORw0KGgoAAA=="}},{"type":"image_url","image_url":{"url":"data:image/png;base64,/9j/AAAA"}}]}""",
          """{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAA=="}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAA=="}},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/AAAA"}}]}""",
          "dropped=messages.content.image_url.detail" },
        { "files: a PDF, a text, an id",
          """{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},{"type":"file","file":{"filename":"a.csv","file_data":"data:text/csv;base64,YSwiYiIKMSwy"}},{"type":"file","file":{"file_id":"file_01"}}]}""",
          """{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="},"title":"a.pdf"},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a,\"b\"\n1,2"},"title":"a.csv"},{"type":"document","source":{"type":"file","file_id":"file_01"}}]}""", "" },
        { "audio beside text",
          """{"role":"user","content":[{"type":"text","text":"hi"},{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}""", User,
          "dropped=messages.content.input_audio" },
    };

    [Theory]
    [MemberData(nameof(Turns))]
    public void Turns_keep_the_rules(string name, string messages, string expected, string losses)
    {
        name.ShouldNotBeEmpty();
        FromChat.Becomes($"\"messages\":[{messages}]", $"\"max_tokens\":4096,\"messages\":[{expected}]", losses);
    }

    [Theory]
    [InlineData("system turns before all others",
        """{"role":"system","content":"a"},{"role":"developer","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"hi"}""",
        "unknown",
        """{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}""", User, "")]
    [InlineData("a later one moves to the others, with a note",
        """{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"system","content":"b"}""", "unknown",
        """{"type":"text","text":"a"},{"type":"text","text":"b"}""", User, "emulated=messages.system")]
    [InlineData("after a user turn it stays where the model takes it",
        """{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"system","content":"b"}""", "adaptive",
        """{"type":"text","text":"a"}""", User + """,{"role":"system","content":[{"type":"text","text":"b"}]}""", "")]
    [InlineData("after an assistant turn it moves behind the next user turn",
        """{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"assistant","content":"x"},{"role":"developer","content":"b"},{"role":"user","content":"hi"}""",
        "adaptive",
        """{"type":"text","text":"a"}""", User + """,{"role":"assistant","content":[{"type":"text","text":"x"}]},""" + User
        + """,{"role":"system","content":[{"type":"text","text":"b"}]}""", "emulated=messages.system")]
    public void System_turns(string name, string messages, string model, string system, string turns, string losses)
    {
        name.ShouldNotBeEmpty();
        FromChat.Becomes($"\"max_tokens\":9,\"messages\":[{messages}]", $"\"max_tokens\":9,\"system\":[{system}],\"messages\":[{turns}]", losses, FromChat.Model(model));
    }

    // A model without prefill is asked to continue, and reasons as requested; for other models reasoning is dropped.
    [Theory]
    [InlineData("a ", "adaptive", "a ", ""","output_config":{"effort":"high"},"thinking":{"type":"adaptive","display":"summarized"}""", true, "emulated=messages")]
    [InlineData("a", "unknown", "a", ""","output_config":{"effort":"high"}""", false, "emulated=reasoning_effort")]
    public void Prefill(string said, string model, string written, string expected, bool isContinued, string losses)
    {
        var asked = isContinued ? """,{"role":"user","content":[{"type":"text","text":"Continue."}]}""" : "";
        FromChat.Becomes(
            "\"max_tokens\":9,\"reasoning_effort\":\"high\",\"messages\":[" + $$"""{"role":"user","content":"hi"},{"role":"assistant","content":"{{said}}"}]""",
            "\"max_tokens\":9,\"messages\":[" + User + $$""",{"role":"assistant","content":[{"type":"text","text":"{{written}}"}]}{{asked}}]{{expected}}""",
            losses, FromChat.Model(model));
    }

    [Fact]
    public void System_alone_becomes_the_user_turn() =>
        FromChat.Becomes("\"messages\":[{\"role\":\"system\",\"content\":\"hi\"}]", $"\"max_tokens\":4096,\"messages\":[{User}]", "emulated=messages.system");

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}""", "messages[0].content", "text, images and PDFs")]
    [InlineData("""{"role":"user","content":"hi"},{"role":"user","content":[{"type":"tomorrow","x":1}]}""", "messages[1].content", "text, images and PDFs")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/svg+xml,%3Csvg%3E"}}]}""", "messages.content.image_url", "http and https")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}]}""", "messages.content.image_url", "image/tiff")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}""", "messages.content.image_url", "http and https")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/zip;base64,AAAA"}}]}""", "messages.content.file", "application/zip")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,//8="}}]}""", "messages.content.file", "UTF-8")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,not base64!"}}]}""", "messages.content.file", "base64")]
    [InlineData("""{"role":"user","content":""}""", "messages", "any content")]
    public void A_request_that_cannot_be_expressed_is_a_400(string messages, string param, string words)
    {
        var (_, _, error) = FromChat.Write($$"""{"model":"m","messages":[{{messages}}]}""");
        error.ShouldNotBeNull(messages);
        error.Status.ShouldBe(400, messages);
        error.Param.ShouldBe(param, messages);
        error.Message.ShouldContain(words);
    }

    /// <summary>Cases 15 and 16: signed blocks return to Anthropic unchanged, thinking first; also a signature without text.</summary>
    [Fact]
    public void Case16_signed_thinking_is_returned()
    {
        var request = new ChatRequest("openai-chat") { Messages = { new ChatMessage(ChatRole.User) { Parts = { new TextPart(JsonText.From("hi")) } } } };
        var assistant = new ChatMessage(ChatRole.Assistant);
        assistant.Parts.Add(new ReasoningPart("anthropic-messages") { Text = JsonText.From("hm"), Signature = JsonText.From("s1") });
        assistant.Parts.Add(new ReasoningPart("anthropic-messages") { Signature = JsonText.From("s2") });
        assistant.Parts.Add(new TextPart(JsonText.From("a")));
        // Between two texts: blocks are not moved.
        assistant.Parts.Add(new ReasoningPart("anthropic-messages") { Opaque = JsonText.From("xx") });
        assistant.Parts.Add(new ReasoningPart("gemini") { Text = JsonText.From("foreign"), Signature = JsonText.From("s3") });
        request.Messages.Add(assistant);
        request.Messages.Add(new ChatMessage(ChatRole.User) { Parts = { new TextPart(JsonText.From("hi")) } });
        Written(request, out var losses).ShouldContain(
            """{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s1"},{"type":"thinking","thinking":"","signature":"s2"},{"type":"text","text":"a"},{"type":"redacted_thinking","data":"xx"}]}""");
        losses.ShouldBe("dropped=messages.reasoning_content");
    }

    /// <summary>Gemini's calls have no ids: results are found by name and order. Its results are JSON data, not text.</summary>
    [Fact]
    public void Calls_without_ids()
    {
        var request = new ChatRequest("gemini") { Messages = { new ChatMessage(ChatRole.User) { Parts = { new TextPart(JsonText.From("hi")) } } } };
        var assistant = new ChatMessage(ChatRole.Assistant);
        foreach (var name in (string[])["f", "g", "f"]) assistant.Parts.Add(new ToolCallPart(default, JsonText.From(name)));
        var results = new ChatMessage(ChatRole.User);
        foreach (var (name, json) in (ReadOnlySpan<(string, string)>)[("f", """{"r":1}"""), ("f", """{"$ref":"#/x"}"""), ("g", """{"r":"2\n"}""")])
            results.Parts.Add(new ToolResultPart(default) { Name = JsonText.From(name), Json = JsonSlice.Constant(json) });
        request.Messages.Add(assistant);
        request.Messages.Add(results);
        var body = Written(request, out var losses);
        losses.ShouldBeEmpty();
        body.ShouldContain("""[{"type":"tool_use","id":"call","name":"f","input":{}},{"type":"tool_use","id":"call_2","name":"g","input":{}},{"type":"tool_use","id":"call_3","name":"f","input":{}}]""");
        body.ShouldContain("""{"type":"tool_result","tool_use_id":"call","content":"{\"r\":1}"},{"type":"tool_result","tool_use_id":"call_2","content":"{\"r\":\"2\\n\"}"},{"type":"tool_result","tool_use_id":"call_3","content":"{\"$ref\":\"#/x\"}"}""");
    }

    private static string Written(ChatRequest request, out string losses)
    {
        using var output = new JsonOutput();
        var report = new LossReport();
        new AnthropicMessagesDialect().TryWriteRequest(request, new RequestTarget { Model = "claude" }, output, report).ShouldBeNull();
        losses = report.ToString();
        JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Call(params string[] ids) => """{"role":"user","content":"hi"},""" + CallOnly(ids);

    private static string CallOnly(params string[] ids) =>
        "{\"role\":\"assistant\",\"tool_calls\":["
        + string.Join(',', ids.Select(i => $$$$"""{"id":"{{{{i}}}}","type":"function","function":{"name":"f","arguments":"{}"}}""")) + "]}";

    private static string Result(string id, string content) => $$"""{"role":"tool","tool_call_id":"{{id}}","content":{{content}}}""";

    private static string Use(params string[] ids) => User + "," + UseOnly(ids);

    private static string UseOnly(params string[] ids) =>
        "{\"role\":\"assistant\",\"content\":["
        + string.Join(',', ids.Select(i => $$$$"""{"type":"tool_use","id":"{{{{i}}}}","name":"f","input":{}}""")) + "]}";

    private static string Answer(string id, string content) =>
        $$$$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"{{{{id}}}}","content":{{{{content}}}}}]}""";
}
