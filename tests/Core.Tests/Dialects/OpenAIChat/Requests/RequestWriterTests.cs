using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIResponses;
using Nano.Testing;
using Nano.Testing.Requests;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

/// <summary>Requests of other dialects as Chat: readable, and the same in meaning or the loss is reported.</summary>
public sealed class RequestWriterTests
{
    /// <summary>Documents of plain text arrive as text: OpenAI's files are PDFs.</summary>
    private static readonly string[] TextDocuments =
    [
        "anthropic-messages-one-pdf-2721b4", "anthropic-messages-one-pdf-65b0b1", "anthropic-messages-one-pdf-f48cd8",
        "anthropic-messages-sse-pdf-2c9e12", "anthropic-messages-sse-pdf-d42fd3",
    ];

    [SkippableTheory]
    [InlineData("messages", 60)]
    [InlineData("generateContent", 50)]
    public void Recorded_requests_of_other_dialects(string api, int atLeast)
    {
        WireCorpus.Require();
        IDialect dialect = api == "messages" ? new AnthropicMessagesDialect() : new GeminiDialect();
        ChatCases.ShouldHold(WireCorpus.Of(api).Where(c => c.HasRequest && c.Status == 200 && !TextDocuments.Contains(c.Id)), atLeast, c =>
        {
            var losses = new LossReport();
            var request = dialect.ReadRequest(c.RequestBytes());
            dialect.Generalize(request, traits: null, losses);
            var written = ChatCases.WriteRequest(request, "m", losses);
            if (ChatCases.Dialect.TryReadRequest(written).Error is { } error) return error.Message;
            using var body = JsonDocument.Parse(written);
            var asked = api == "messages" ? AnthropicMeaning.Read(c.RequestBody) : GeminiMeaning.Read(c.RequestBody);
            var arrived = ChatMeaning.Read(body.RootElement);
            ResultsAsText(asked);
            ResultsAsText(arrived);
            var differences = MeaningComparison.Differences(asked, arrived, losses.Dropped, losses.Emulated);
            return differences.Count == 0 ? null : $"{string.Join(" | ", differences)} ({losses})";
        });
    }

    /// <summary>A structured result (Gemini) is the text of its JSON in Chat.</summary>
    private static void ResultsAsText(RequestMeaning meaning)
    {
        foreach (var turn in meaning.Turns)
            for (var i = 0; i < turn.Items.Count; i++)
                if (turn.Items[i] is ToolAnswer answer && (answer.Json is not null || answer.Text.StartsWith('{')))
                {
                    using var json = JsonDocument.Parse(answer.Json?.GetRawText() ?? answer.Text);
                    turn.Items[i] = answer with { Json = null, Parts = [new SayText(JsonSerializer.Serialize(json.RootElement)), .. answer.Parts.Where(p => p is not SayText)] };
                }
    }

    [Fact]
    public void Tool_results_become_turns_directly_after_the_calls()
    {
        var request = new AnthropicMessagesDialect().ReadRequest("""
            {"model":"c","max_tokens":10,"system":"be brief","messages":[
              {"role":"user","content":"go"},
              {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"ok"},
                {"type":"tool_use","id":"a","name":"f","input":{"x":"\""}},{"type":"tool_use","id":"b","name":"g","input":{}}]},
              {"role":"user","content":[{"type":"text","text":"and"},
                {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"1"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
                {"type":"tool_result","tool_use_id":"a","content":"2","is_error":true}]}],
             "tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},"stop_sequences":["x"],"top_k":4}
            """u8.ToArray());
        var losses = new LossReport();
        var written = ChatCases.WriteRequest(request, "m", losses);
        JsonDifference.First("""
            {"model":"m","messages":[
              {"role":"system","content":"be brief"},
              {"role":"user","content":"go"},
              {"role":"assistant","content":"ok","tool_calls":[
                {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":\"\\\"\"}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"b","content":"1"},
              {"role":"tool","tool_call_id":"a","content":"2"},
              {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
              {"role":"user","content":[{"type":"text","text":"and"}]}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"required","max_tokens":10,"stop":["x"]}
            """u8, written).ShouldBeNull(System.Text.Encoding.UTF8.GetString(written));
        losses.Dropped.Order().ToArray().ShouldBe(["messages.reasoning", "messages.tool_result.is_error", "top_k"]);
        losses.Emulated.ToArray().ShouldBe(["messages.tool_result.media"]);
    }

    [Fact]
    public void Calls_without_ids_are_matched_with_their_results()
    {
        var request = new GeminiDialect().ReadRequest("""
            {"contents":[{"role":"user","parts":[{"text":"go"}]},
              {"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}}},{"functionCall":{"name":"g","args":{}}}]},
              {"role":"user","parts":[{"functionResponse":{"name":"g","response":{"y":2}}},{"functionResponse":{"name":"f","response":{"y":1}}}]}]}
            """u8.ToArray());
        using var written = JsonDocument.Parse(ChatCases.WriteRequest(request, "m", new LossReport()));
        var messages = written.RootElement.GetProperty("messages").EnumerateArray().ToArray();
        var calls = messages[1].GetProperty("tool_calls").EnumerateArray().ToDictionary(c => c.GetProperty("function").GetProperty("name").GetString()!,
            c => c.GetProperty("id").GetString());
        calls.Values.Distinct().Count().ShouldBe(2);
        messages[2].GetProperty("tool_call_id").GetString().ShouldBe(calls["g"]);
        messages[2].GetProperty("content").GetString().ShouldBe("""{"y":2}""");
        messages[3].GetProperty("tool_call_id").GetString().ShouldBe(calls["f"]);
    }

    /// <summary>Strict servers refuse any other turn between two results: "must be followed by tool messages responding to each tool_call_id".</summary>
    [Fact]
    public void Media_of_a_result_follow_all_results_of_its_turn()
    {
        var request = new OpenAIResponsesDialect().ReadRequest("""
            {"model":"m","input":[{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call","call_id":"b","name":"g","arguments":"{}"},
              {"type":"function_call_output","call_id":"a","output":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
              {"type":"function_call_output","call_id":"b","output":"2"},{"role":"user","content":"go on"},
              {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
              {"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:image/png;base64,BBBB"}]}]}
            """u8.ToArray());
        Turns(request).ShouldBe(["assistant", "tool a", "tool b", "user AAAA", "user go on", "assistant", "tool c", "user BBBB"]);
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"and"}]}""", "user and")]
    [InlineData("""{"role":"assistant","content":"ok"}""", "assistant")]
    public void Media_of_a_result_come_before_the_next_turn(string next, string written)
    {
        var request = new AnthropicMessagesDialect().ReadRequest(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"model":"c","max_tokens":10,"messages":[
              {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"f","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"2"}]},{{{next}}}]}
            """));
        Turns(request).ShouldBe(["assistant", "tool a", "tool b", "user AAAA", written]);
    }

    /// <summary>"'logprobs' must be set to true if this parameter is used"; in other dialects the number alone has no effect.</summary>
    [Theory]
    [InlineData("openai-responses", """{"model":"m","input":"q","top_logprobs":3}""", null)]
    [InlineData("openai-responses", """{"model":"m","input":"q","top_logprobs":3,"include":["message.output_text.logprobs"]}""", 3)]
    [InlineData("gemini", """{"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"logprobs":3}}""", null)]
    [InlineData("gemini", """{"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"logprobs":3,"responseLogprobs":true}}""", 3)]
    [InlineData("openai-chat", """{"model":"m","messages":[{"role":"user","content":"q"}],"top_logprobs":3}""", 3)]
    public void A_number_of_log_probabilities_is_sent_only_if_they_are_requested(string dialect, string body, int? expected)
    {
        var made = Conversion.Run(dialect, System.Text.Encoding.UTF8.GetBytes(body), new Target("openai-chat", "m"));
        (made.Body.Member("top_logprobs")?.GetInt32()).ShouldBe(expected, made.Body.GetRawText());
        made.Losses.ToString().ShouldBe("");
    }

    private static string[] Turns(ChatRequest request)
    {
        using var written = JsonDocument.Parse(ChatCases.WriteRequest(request, "m", new LossReport()));
        return [.. written.RootElement.GetProperty("messages").EnumerateArray().Select(m =>
            m.GetProperty("role").GetString() is var role && role == "tool" ? $"tool {m.GetProperty("tool_call_id").GetString()}" : role == "user" ? $"user {Said(m)}" : role!)];

        static string Said(JsonElement message) => message.GetProperty("content") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            var parts when parts[0].TryGetProperty("image_url", out var image) => image.GetProperty("url").GetString()!.Split(',')[1],
            var parts => parts[0].GetProperty("text").GetString()!,
        };
    }

    [Theory]
    [InlineData("messages", """{"model":"c","max_tokens":10,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"functions.exec command","input":{}}]}]}""",
        "functions_exec_command")]
    [InlineData("generateContent", """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"default_api:search","args":{}}}]}]}""", "default_api_search")]
    public void Names_in_the_history_are_converted_to_Chats_alphabet(string api, string body, string expected)
    {
        IDialect dialect = api == "messages" ? new AnthropicMessagesDialect() : new GeminiDialect();
        var losses = new LossReport();
        using var written = JsonDocument.Parse(ChatCases.WriteRequest(dialect.ReadRequest(System.Text.Encoding.UTF8.GetBytes(body)), "m", losses));
        written.RootElement.GetProperty("messages")[0].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString().ShouldBe(expected);
        losses.ToString().ShouldBe("emulated=messages.tool_calls.function.name,messages.tool");
    }

    /// <summary>OpenAI refuses empty content.</summary>
    [Theory]
    [InlineData("\"system\":[],\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]", "")]
    [InlineData("\"system\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":[]},{\"role\":\"user\",\"content\":\"q\"}]", "")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}]},"
        + "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\","
        + "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"file_1\"}}]}]}]",
        "dropped=messages.content.file_id; emulated=messages.tool_result.media")]
    public void No_turn_has_an_empty_list_as_content(string members, string expected)
    {
        var request = new AnthropicMessagesDialect().ReadRequest(System.Text.Encoding.UTF8.GetBytes($"{{\"model\":\"m\",\"max_tokens\":9,{members}}}"));
        var losses = new LossReport();
        var written = System.Text.Encoding.UTF8.GetString(ChatCases.WriteRequest(request, "m", losses));
        written.ShouldNotContain("\"content\":[]");
        losses.ToString().ShouldBe(expected);
    }

    [Fact]
    public void A_users_message_without_anything_that_Chat_has_is_refused()
    {
        var request = new AnthropicMessagesDialect().ReadRequest("""
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}
            """u8.ToArray());
        var error = Should.Throw<DialectException>(() => ChatCases.WriteRequest(request, "m", new LossReport())).Error;
        (error.Status, error.Code, error.Param).ShouldBe((400, "unsupported_content", "messages[0].content"));
    }

    /// <summary>
    /// Google's SDKs make such results: <c>Part.from_function_response</c> in Python, <c>mcpToTool().callTool</c> in JavaScript,
    /// <c>Part.FromFunctionResponse</c> in .NET.
    /// </summary>
    [Theory]
    [InlineData("{\"name\":\"g\"}", "{\"name\":\"f\"}", "call_g", "call_f1")]
    [InlineData("{\"name\":\"f\"}", "{\"name\":\"f\"}", "call_f1", "call_f2")]
    [InlineData("{\"name\":\"f\",\"id\":\"call_f1\"}", "{\"name\":\"f\"}", "call_f1", "call_f2")]
    [InlineData("{\"name\":\"f\"}", "{\"name\":\"g\",\"id\":\"call_g\"}", "call_f1", "call_g")]
    public void Results_with_only_a_name_get_the_ids_of_their_calls(string first, string second, string firstId, string secondId)
    {
        var request = new GeminiDialect().ReadRequest(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"contents":[{"role":"user","parts":[{"text":"go"}]},
              {"role":"model","parts":[{"functionCall":{"id":"call_f1","name":"f"}},{"functionCall":{"id":"call_g","name":"g"}},{"functionCall":{"id":"call_f2","name":"f"}}]},
              {"role":"user","parts":[{"functionResponse":{{{first}}}},{"functionResponse":{{{second}}}}]}]}
            """));
        var losses = new LossReport();
        using var written = JsonDocument.Parse(ChatCases.WriteRequest(request, "m", losses));
        var messages = written.RootElement.GetProperty("messages").EnumerateArray().ToArray();
        (messages[2].GetProperty("tool_call_id").GetString(), messages[3].GetProperty("tool_call_id").GetString()).ShouldBe((firstId, secondId));
        // The third call has no result.
        losses.ToString().ShouldBe("emulated=messages.tool");
    }
}
