using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Json;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

public sealed class RequestReaderTests
{
    internal const string User = """{"role":"user","content":"hi"}""";

    /// <summary>A 400 names the invalid member.</summary>
    [Theory]
    [InlineData("[]", null)]
    [InlineData("1", null)]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":null,"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":5,"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"m"}""", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "messages")]
    [InlineData("""{"model":"m","messages":null}""", "messages")]
    [InlineData("""{"model":"m","messages":{}}""", "messages")]
    [InlineData("""{"model":"m","messages":["hi"]}""", "messages[0]")]
    [InlineData("""{"model":"m","messages":[{"content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":7,"content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"robot","content":"hi"}]}""", "messages[2].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":5}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[7]}]}""", "messages[0].content[0]")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"text":"a"}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text"}]}]}""", "messages[0].content[1].text")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":{}}]}""", "messages[0].tool_calls")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function"}]}]}""", "messages[0].tool_calls[0].function")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{}}]}]}""", "messages[0].tool_calls[0].function.name")]
    [InlineData("""{"model":"m","messages":[{"role":"tool","tool_call_id":3,"content":"x"}]}""", "messages[0].tool_call_id")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":"warm"}""", "temperature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":"yes"}""", "stream")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":[1]}""", "stop")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":{}}""", "tools")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function"}]}""", "tools[0].function")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"description":"x"}}]}""", "tools[0].function.name")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":["x"]}""", "tools[0]")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stream_options":true}""", "stream_options")]
    public void Shape_errors_name_their_member(string body, string? param)
    {
        var (request, error) = ChatCases.Dialect.TryReadRequest(ChatCases.Utf8(body));
        request.ShouldBeNull();
        error!.Status.ShouldBe(400);
        error.Param.ShouldBe(param);
        error.Message.Length.ShouldBeInRange(10, 300);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]} x""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]""")]
    public void Malformed_json_is_a_400(string body)
    {
        var (request, error) = ChatCases.Dialect.TryReadRequest(ChatCases.Utf8(body));
        request.ShouldBeNull();
        error!.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("\"auto\"", ToolChoiceMode.Auto, "", false)]
    [InlineData("\"none\"", ToolChoiceMode.None, "", false)]
    [InlineData("\"required\"", ToolChoiceMode.Required, "", false)]
    [InlineData("\"any\"", ToolChoiceMode.Required, "", false)]
    [InlineData("""{"type":"function","function":{"name":"f"}}""", ToolChoiceMode.Tool, "f", false)]
    [InlineData("""{"type":"tool","name":"f"}""", ToolChoiceMode.Tool, "f", false)]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}}""",
        ToolChoiceMode.Allowed, "f,g", false)]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}""", ToolChoiceMode.Allowed, "f", true)]
    public void Every_form_of_tool_choice(string choice, ToolChoiceMode mode, string names, bool mustCall)
    {
        var request = Read("""{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":""" + choice + "}");
        request.ToolChoice!.Mode.ShouldBe(mode);
        request.ToolChoice.MustCall.ShouldBe(mustCall);
        (mode == ToolChoiceMode.Tool ? request.ToolChoice.Name.ToString() : string.Join(",", request.ToolChoice.Allowed)).ShouldBe(names);
    }

    [Theory]
    [InlineData("""{"type":"custom","custom":{"name":"f"}}""")]
    [InlineData("\"sometimes\"")]
    [InlineData("""{"type":"function","function":{"name":"f","more":1}}""")]
    public void A_future_tool_choice_is_kept_and_reported(string choice)
    {
        var request = Read("""{"tool_choice":""" + choice + "}");
        request.ToolChoice.ShouldBeNull();
        var losses = new LossReport();
        losses.DropExtras(request.Extras, "gemini", "");
        losses.Dropped.ShouldBe(["tool_choice"]);
    }

    [Theory]
    [InlineData("""{"function_call":"none"}""", ToolChoiceMode.None, "")]
    [InlineData("""{"function_call":{"name":"f"}}""", ToolChoiceMode.Tool, "f")]
    public void Legacy_function_call(string members, ToolChoiceMode mode, string name)
    {
        var request = Read(members);
        request.ToolChoice!.Mode.ShouldBe(mode);
        request.ToolChoice.Name.ToString().ShouldBe(name);
    }

    [Fact]
    public void Legacy_calls_and_results_are_matched()
    {
        var request = ChatCases.Dialect.ReadRequest("""
            {"model":"m","functions":[{"name":"f","parameters":{"type":"object"}}],"messages":[
              {"role":"user","content":"a"},
              {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
              {"role":"function","name":"f","content":"1"},
              {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
              {"role":"function","name":"f","content":"2"}]}
            """u8.ToArray());
        var calls = request.Messages.SelectMany(m => m.Parts).OfType<ToolCallPart>().Select(c => c.Id.ToString()).ToArray();
        var results = request.Messages.SelectMany(m => m.Parts).OfType<ToolResultPart>().Select(c => c.CallId.ToString()).ToArray();
        calls.Distinct().Count().ShouldBe(2);
        calls.SequenceEqual(results).ShouldBeTrue();
        request.Tools[0].Name.ToString().ShouldBe("f");
    }

    [Fact]
    public void An_assistant_turn_has_its_parts_in_order()
    {
        var message = Message("""{"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"refusal":"no","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"reasoning_content":"r","role":"assistant"}""");
        message.Parts.Select(p => p.GetType().Name).ToArray().ShouldBe(["ReasoningPart", "TextPart", "TextPart", "RefusalPart", "ToolCallPart"]);
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}""", MediaKind.Image, "image/png", "AAAA", "")]
    [InlineData("""{"type":"image_url","image_url":"https://x.example/a.png"}""", MediaKind.Image, "", "", "https://x.example/a.png")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}""", MediaKind.Audio, "audio/wav", "AAAA", "")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}""", MediaKind.Audio, "audio/mpeg", "AAAA", "")]
    [InlineData("""{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA","filename":"a.pdf"}}""", MediaKind.Document, "application/pdf", "AAAA", "")]
    [InlineData("""{"type":"file","file":{"file_data":"JVBERiAA","filename":"a.pdf"}}""", MediaKind.Document, "application/pdf", "JVBERiAA", "")]
    [InlineData("""{"type":"file","file":{"file_data":"AAAA"}}""", MediaKind.Document, "", "AAAA", "")]
    [InlineData("""{"type":"file","file":{"file_data":"data:image/png;base64,AAAA"}}""", MediaKind.Image, "image/png", "AAAA", "")]
    [InlineData("""{"type":"video_url","video_url":{"url":"https://x.example/a.mp4"}}""", MediaKind.Video, "", "", "https://x.example/a.mp4")]
    [InlineData("""{"type":"document_url","document_url":"https://x.example/a.pdf"}""", MediaKind.Document, "", "", "https://x.example/a.pdf")]
    [InlineData("""{"type":"document_url","document_url":{"url":"data:application/pdf;base64,AAAA"},"document_name":"a.pdf"}""", MediaKind.Document, "application/pdf", "AAAA", "")]
    [InlineData("""{"type":"file_url","file_url":{"url":"https://x.example/a.pdf"}}""", MediaKind.Document, "", "", "https://x.example/a.pdf")]
    [InlineData("""{"type":"file_url","file_url":{"url":"data:image/png;base64,AAAA"}}""", MediaKind.Image, "image/png", "AAAA", "")]
    public void Media(string part, MediaKind kind, string type, string data, string url)
    {
        var media = Message("""{"role":"user","content":[""" + part + "]}").Parts.ShouldHaveSingleItem().ShouldBeOfType<MediaPart>();
        media.Kind.ShouldBe(kind);
        media.Source.MediaType.ToString().ShouldBe(type);
        media.Source.Data.ToString().ShouldBe(data);
        media.Source.Url.ToString().ShouldBe(url);
    }

    /// <summary>A part with a member that would be lost stays whole.</summary>
    [Theory]
    [InlineData("""{"type":"document_url","document_url":"AAAA"}""", "document_url")]
    [InlineData("""{"type":"file_url","file_url":{"url":"AAAA"}}""", "file_url")]
    [InlineData("""{"type":"file","file":{}}""", "file")]
    [InlineData("""{"type":"image_url"}""", "image_url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://a"},"input_audio":{"data":"AAAA"}}""", "image_url")]
    [InlineData("""{"type":"text","text":"a","image_url":{"url":"https://a"}}""", "text")]
    [InlineData("""{"type":"tomorrow","x":{"y":[1]}}""", "tomorrow")]
    public void Unknown_parts_are_opaque(string part, string type)
    {
        var opaque = Message("""{"role":"user","content":[""" + part + "]}").Parts.ShouldHaveSingleItem().ShouldBeOfType<OpaquePart>();
        opaque.Type.ToString().ShouldBe(type);
        opaque.Value.ToString().ShouldBe(part);
    }

    [Fact]
    public void Case20_cache_control_is_kept_on_parts_and_tools()
    {
        var request = Read("""{"tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}],"messages":[{"role":"system","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}""");
        request.Tools[0].CacheControl.ToString().ShouldBe("""{"type":"ephemeral"}""");
        request.Messages[^1].Parts[0].CacheControl.ToString().ShouldBe("""{"type":"ephemeral","ttl":"1h"}""");
    }

    [Fact]
    public void Case19_sampling_and_unknown_members_survive()
    {
        const string Body = """{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"top_k":3,"logit_bias":{"5":-100},"enable_thinking":false,"seed":7,"stop":"x","n":2,"tomorrow":[{"a":null}],"max_tokens":5,"max_completion_tokens":6,"user":null}""";
        var request = ChatCases.Dialect.ReadRequest(ChatCases.Utf8(Body));
        request.Sampling.MaxTokens.ToString().ShouldBe("6");
        request.Sampling.Stop.ShouldHaveSingleItem().ToString().ShouldBe("x");
        Nano.Testing.JsonDifference.First(ChatCases.Utf8(Body), ChatCases.WriteRequest(request, "m", new LossReport())).ShouldBeNull();
    }

    /// <summary>
    /// Dumps of pydantic models are full of nulls, and clients add their own members: the members around them are still carried
    /// and written back unchanged, and only real losses are reported.
    /// </summary>
    [Theory]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"n","description":null,"strict":null,"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}}""", "")]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false},"x":1},"y":2}}""", "response_format.json_schema.x,response_format.y")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f","description":null,"parameters":{"type":"object"},"strict":null}}]}""", "")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f","x":1,"y":null}}]}""", "tools.function.x")]
    [InlineData("""{"functions":[{"name":"f","x":1,"description":null}]}""", "tools.function.x")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":null}}]}]}""", "")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;x=y;base64,AAAA"}}]}]}""", "")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","x":1,"file_id":"f"}}]}]}""",
        "messages.content.image_url.x,messages.content.image_url.file_id")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","file_id":null}}]}]}""", "")]
    [InlineData("""{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}","x":1,"y":null}}]},{"role":"tool","tool_call_id":"a","content":"r"}]}""", "messages.tool_calls.function.x")]
    public void Carried_members_are_not_reported(string members, string dropped)
    {
        foreach (var target in new IDialect[] { new AnthropicMessagesDialect(), new GeminiDialect() })
        {
            using var output = new JsonOutput();
            var losses = new LossReport();
            target.WriteRequest(Read(members), new RequestTarget { Model = "model-of-tomorrow" }, output, losses);
            string.Join(",", losses.Dropped).ShouldBe(dropped, target.Name);
            var written = Encoding.UTF8.GetString(output.WrittenSpan);
            if (members.Contains("json_schema", StringComparison.Ordinal)) written.ShouldContain("chema\":{\"type\":\"");
        }
    }

    [Theory]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f","cache_control":{"type":"ephemeral"}}}]}""")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]}""")]
    public void A_cache_breakpoint_is_read_in_both_positions(string members)
    {
        var request = Read(members);
        request.Tools[0].CacheControl.ToString().ShouldBe("""{"type":"ephemeral"}""");
        var losses = new LossReport();
        using var output = new JsonOutput();
        new AnthropicMessagesDialect().WriteRequest(request, new RequestTarget { Model = "claude" }, output, losses);
        losses.Dropped.ShouldBeEmpty();
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldContain(""" "cache_control":{"type":"ephemeral"} """.Trim());
    }

    internal static ChatMessage Message(string message)
    {
        var body = """{"model":"m","messages":[""" + message + "]}";
        var request = ChatCases.Dialect.ReadRequest(ChatCases.Utf8(body));
        Nano.Testing.JsonDifference.First(ChatCases.Utf8(body), ChatCases.WriteRequest(request, "m", new LossReport())).ShouldBeNull();
        return request.Messages[0];
    }

    /// <summary>Reads a request, and compares the written request with it.</summary>
    internal static ChatRequest Read(string members)
    {
        var body = """{"model":"m","messages":[""" + User + "]," + members[1..];
        if (members.Contains("\"messages\"", StringComparison.Ordinal)) body = "{\"model\":\"m\"," + members[1..];
        var request = ChatCases.Dialect.ReadRequest(ChatCases.Utf8(body));
        Nano.Testing.JsonDifference.First(ChatCases.Utf8(body), ChatCases.WriteRequest(request, "m", new LossReport())).ShouldBeNull();
        return request;
    }
}
