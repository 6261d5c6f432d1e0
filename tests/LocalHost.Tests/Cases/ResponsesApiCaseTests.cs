using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Acceptance cases of field/clients.md about clients of the Responses API, Codex among them.</summary>
public sealed class ResponsesApiCaseTests(ResponsesApiFixture gateway) : IClassFixture<ResponsesApiFixture>
{
    private const string Claude = "anthropic/claude-sonnet-5", Server = "any-server/some-model";

    private static string ChatChunk(string delta, string finish = "null", string usage = "") =>
        $$$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{finish}}}}]{{{usage}}}}""" + "\n\n";

    private static string Message(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    private static readonly string MessageStart =
        Message("message_start", """ "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}} """);

    private static readonly string TextStart = Message("content_block_start", """ "index":0,"content_block":{"type":"text","text":""} """)
        + Message("content_block_delta", """ "index":0,"delta":{"type":"text_delta","text":"It"} """);

    [Theory]
    [InlineData("")]
    [InlineData(""" ,"usage":{"prompt_tokens":3,"completion_tokens":2} """)]
    [InlineData(""" ,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":null} """)]
    public async Task Client_case21_The_three_totals_are_integers_and_details_are_never_null(string usage)
    {
        var stream = await gateway.RespondAsync(ResponsesApiFixture.Ask(Server, stream: true),
            UpstreamScript.Sse(ChatChunk("""{"content":"Hi"}"""), ChatChunk("{}", "\"stop\"", usage), "data: [DONE]\n\n"));
        StrictResponses.ReadStream(stream.Body).Choices[0].Text.ShouldBe("Hi");
        var whole = await gateway.RespondAsync(ResponsesApiFixture.Ask(Server, stream: false), UpstreamScript.Json(
            $$$"""{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]{{{usage}}}}"""));
        StrictResponses.ReadWhole(whole.Body).Choices[0].Text.ShouldBe("Hi");
    }

    /// <summary>Servers that speak Chat report the usage of a stream only on request.</summary>
    [Fact]
    public async Task Usage_is_asked_for_in_a_stream_of_Chat()
    {
        await gateway.RespondAsync(ResponsesApiFixture.Ask(Server, stream: true),
            UpstreamScript.Sse(ChatChunk("""{"content":"Hi"}"""), ChatChunk("{}", "\"stop\""), "data: [DONE]\n\n"));
        gateway.Upstream.Request.BodyJson.GetProperty("stream_options").GetProperty("include_usage").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Client_case22_A_stream_that_is_cut_off_ends_with_response_failed()
    {
        var reply = await gateway.RespondAsync(ResponsesApiFixture.Ask(Claude, stream: true),
            new UpstreamScript().Header("content-type", "text/event-stream").Send(MessageStart + TextStart));
        var (code, message) = StrictResponses.ReadFailure(reply.Body);
        (code, reply.IsBroken).ShouldBe(("provider_stream_broken", false));
        message.ShouldContain("broke off");
    }

    private static readonly string ResponseStart = Message("response.created",
        """ "sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"gpt-5.5","output":[]} """);

    private const string GeminiStart = """data: {"candidates":[{"content":{"role":"model","parts":[{"text":"It"}]},"index":0}],"modelVersion":"m","responseId":"r"}""" + "\n\n";

    /// <summary>A beginning in each dialect of an upstream; the last event of each is cut in one of the theory's ways.</summary>
    private static readonly Dictionary<string, string> Beginnings = new()
    {
        [Claude] = MessageStart + TextStart,
        [Server] = ChatChunk("""{"role":"assistant","content":"It"}"""),
        ["google/gemini-3.8-flash"] = GeminiStart,
        ["openai/gpt-5.5"] = ResponseStart,
    };

    public static TheoryData<string, string> Cuts()
    {
        var cuts = new TheoryData<string, string>();
        foreach (var model in Beginnings.Keys) foreach (var end in (string[])["end", "cut", "reset", "half an event"]) cuts.Add(model, end);
        return cuts;
    }

    /// <summary>After the beginning has reached the client, the provider's stream ends cleanly, its connection breaks, or an event stays incomplete.</summary>
    [Theory, MemberData(nameof(Cuts))]
    public async Task Client_case22_No_stream_that_is_cut_off_looks_complete(string model, string end)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = UpstreamScript.Sse(Beginnings[model]).WaitFor(seen.Task);
        gateway.Script(end switch { "cut" => begun.Cut(), "reset" => begun.Reset(), "half an event" => begun.Send("data: {\"ty"), _ => begun });
        using var response = await gateway.PostAsync(ResponsesApiFixture.Ask(model, stream: true));
        var reply = await GatewayReply.ReadAsync(response, "response.created", seen);
        reply.Text.ShouldNotContain("response.completed");
        reply.Text.ShouldNotContain("response.incomplete");
        // A client sees the failure in the last event, also if it misses that the connection broke.
        StrictResponses.ReadFailure(reply.Body).Code.ShouldBe("provider_stream_broken");
        (await gateway.Usage.OneAsync())["Outcome"]?.ToString().ShouldBe("Broken");
    }

    /// <summary>A provider's stream that fails after its beginning was sent; an error that arrives together with the beginning is a whole response.</summary>
    private async Task<GatewayReply> FailAsync(string model, string beginning, string failure)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Script(UpstreamScript.Sse(beginning).WaitFor(seen.Task).Send(failure));
        using var response = await gateway.PostAsync(ResponsesApiFixture.Ask(model, stream: true));
        return await GatewayReply.ReadAsync(response, "response.created", seen);
    }

    [Theory]
    [InlineData("overloaded_error", "Overloaded")]
    [InlineData("rate_limit_error", "Slow down.")]
    public async Task Client_case23_A_failure_amid_a_stream_is_response_failed_with_the_provider_s_code(string type, string text)
    {
        var reply = await FailAsync(Claude, MessageStart + TextStart, $"event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"{type}\",\"message\":\"{text}\"}}}}\n\n");
        StrictResponses.ReadFailure(reply.Body).ShouldBe((type, text));
        reply.IsBroken.ShouldBeFalse();
    }

    [Fact]
    public async Task Client_case23_A_failure_amid_a_passed_through_stream_is_response_failed()
    {
        const string response = """{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"gpt-5.5","output":[]}""";
        var reply = await FailAsync("openai/gpt-5.5",
            $"event: response.created\ndata: {{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{response}}}\n\n",
            "event: error\ndata: {\"type\":\"error\",\"sequence_number\":1,\"code\":\"server_error\",\"message\":\"It broke.\",\"param\":null}\n\n");
        StrictResponses.ReadFailure(reply.Body).ShouldBe(("server_error", "It broke."));
        reply.IsBroken.ShouldBeFalse();
    }

    [Theory]
    [InlineData("context_length_exceeded", 400)]
    [InlineData("insufficient_quota", 429)]
    [InlineData("server_error", 502)]
    public async Task A_stream_that_fails_before_its_content_is_an_error_with_the_provider_s_code(string code, int expected)
    {
        var reply = await gateway.RespondAsync(ResponsesApiFixture.Ask("openai/gpt-5.5", stream: true), UpstreamScript.Sse(
            "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"failed\",\"output\":[],\"error\":{\"code\":\"" + code + "\",\"message\":\"No.\"}}}\n\n"));
        var error = reply.Json.GetProperty("error");
        ((int)reply.Status, error.GetProperty("code").GetString(), error.GetProperty("message").GetString()).ShouldBe((expected, code, "No."));
    }

    [Fact]
    public async Task Client_case24_and_27_Calls_are_named_back_for_the_caller()
    {
        const string tools = """
            "tools":[{"type":"namespace","name":"files","tools":[{"type":"function","name":"list","parameters":{"type":"object"}}]},{"type":"custom","name":"apply_patch"},{"type":"tool_search","execution":"client"},{"type":"local_shell"}]
            """;
        string Call(int index, string name, string arguments) =>
            ChatChunk($$$"""{"tool_calls":[{"index":{{{index}}},"id":"call_{{{index}}}","type":"function","function":{"name":"{{{name}}}","arguments":""}}]}""")
            + string.Concat(arguments.Chunk(5)
            .Select(piece => ChatChunk($$$"""{"tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{JsonSerializer.Serialize(new string(piece))}}}}}]}""")));
        var reply = await gateway.RespondAsync($$$"""{"model":"{{{Server}}}","input":"Hello","stream":true,{{{tools}}}}""", UpstreamScript.Sse(
            Call(0, "files__list", "{\"a\":1}"), Call(1, "apply_patch", "{\"input\":\"*** \\\"ü\\\"\\n\"}"), Call(2, "tool_search", "{\"query\":\"x\"}"),
            Call(3, "local_shell", "{\"type\":\"exec\",\"command\":[\"ls\"],\"env\":{}}"), ChatChunk("{}", "\"tool_calls\""), "data: [DONE]\n\n"));
        var last = JsonDocument.Parse(SseText.Events(reply.Text).Last(e => e.HasData).Data).RootElement.GetProperty("response").GetProperty("output");
        var output = last.EnumerateArray().Select(item => item.Clone()).ToArray();
        output.Select(item => item.GetProperty("type").GetString()).ShouldBe(["function_call", "custom_tool_call", "tool_search_call", "local_shell_call"]);
        (output[0].GetProperty("namespace").GetString(), output[0].GetProperty("name").GetString(),
            output[0].GetProperty("arguments").GetString()).ShouldBe(("files", "list", "{\"a\":1}"));
        (output[1].GetProperty("name").GetString(), output[1].GetProperty("input").GetString()).ShouldBe(("apply_patch", "*** \"ü\"\n"));
        (output[2].GetProperty("execution").GetString(), output[2].GetProperty("arguments").GetProperty("query").GetString()).ShouldBe(("client", "x"));
        output[3].GetProperty("action").GetProperty("command")[0].GetString().ShouldBe("ls");
        output.ShouldAllBe(item => item.GetProperty("call_id").GetString()!.StartsWith("call_", StringComparison.Ordinal) && item.GetProperty("status").GetString() == "completed");
        // The same items once each is done.
        var done = SseText.Events(reply.Text).Where(e => e.Type == "response.output_item.done")
            .Select(e => JsonDocument.Parse(e.Data).RootElement.GetProperty("item").GetRawText());
        done.ShouldBe(output.Select(item => item.GetRawText()));
        reply.Text.ShouldContain("event: response.custom_tool_call_input.delta");
        reply.Headers["x-nano-loss"].ShouldBe("emulated=tools.namespace,tools.custom,tools.tool_search,tools.local_shell");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_case28_A_trigger_of_compaction_gets_one_item_from_OpenAI(bool stream)
    {
        const string input = """[{"role":"user","content":"Hello"},{"type":"compaction_trigger"}]""";
        const string item = """{"id":"cmp_1","type":"compaction","encrypted_content":"x"}""";
        const string head = """ {"id":"resp_1","object":"response","created_at":1,"model":"m", """;
        const string whole = head + $$$""" "status":"completed","output":[{{{item}}}],"usage":{"input_tokens":3,"output_tokens":1,"total_tokens":4}} """;
        var script = stream
            ? UpstreamScript.Sse(Message("response.created", $$""" "sequence_number":0,"response":{{head}}"status":"in_progress","output":[]} """),
                Message("response.output_item.added", $$""" "sequence_number":1,"output_index":0,"item":{{item}} """),
                Message("response.output_item.done", $$""" "sequence_number":2,"output_index":0,"item":{{item}} """),
                Message("response.completed", $$""" "sequence_number":3,"response":{{whole}} """))
            : UpstreamScript.Json(whole);
        var reply = await gateway.RespondAsync($$$"""{"model":"openai/gpt-5.5"{{{(stream ? ",\"stream\":true" : "")}}},"input":{{{input}}} }""", script);
        gateway.Sent.GetProperty("input").GetRawText().ShouldBe(input);
        var events = stream ? SseText.Events(reply.Text).Where(e => e.HasData).Select(e => JsonDocument.Parse(e.Data).RootElement).ToArray() : [];
        var response = stream ? events[^1].GetProperty("response") : reply.Json;
        response.GetProperty("output").EnumerateArray().ShouldHaveSingleItem().GetRawText().ShouldBe(item);
        if (stream) events.Single(e => e.GetProperty("type").GetString() == "response.output_item.done").GetProperty("item").GetRawText().ShouldBe(item);
        (await gateway.Usage.OneAsync())["InputTokens"].ShouldBe(3L);
    }

    [Fact]
    public async Task Client_case28_A_trigger_of_compaction_is_refused_where_no_provider_knows_it()
    {
        var refused = await gateway.RespondAsync($$"""{"model":"{{Claude}}","input":[{"role":"user","content":"Hello"},{"type":"compaction_trigger"}]}""");
        ((int)refused.Status, refused.Json.GetProperty("error").GetProperty("message").GetString()!.Contains("compaction_trigger", StringComparison.Ordinal)).ShouldBe((400, true));
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Client_case30_No_tool_of_the_gateway_is_added_to_an_agent_s_request()
    {
        await gateway.RespondAsync($$"""{"model":"{{Server}}","input":"Hello","tools":[{"type":"function","name":"run"}]}""",
            UpstreamScript.Json("""{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        gateway.Sent.GetProperty("tools").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Client_case31_Codex_s_turn_state_goes_to_OpenAI_and_back_unaltered()
    {
        gateway.Script(UpstreamScript.Json("""{"id":"resp_1","object":"response","status":"completed","model":"m","output":[]}""").Header("x-codex-turn-state", "b3BhcXVl=="));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/responses")
            { Content = new StringContent(ResponsesApiFixture.Ask("openai/gpt-5.5", stream: false), System.Text.Encoding.UTF8, "application/json") };
        message.Headers.Add("session-id", "01a2");
        message.Headers.Add("x-codex-turn-state", "ZWFybGllcg==");
        using var response = await gateway.Client.SendAsync(message);
        response.Headers.GetValues("x-codex-turn-state").ShouldBe(["b3BhcXVl=="]);
        (gateway.Upstream.Request.Headers["session-id"], gateway.Upstream.Request.Headers["x-codex-turn-state"]).ShouldBe(("01a2", "ZWFybGllcg=="));
    }

    [Fact]
    public async Task Unknown_items_and_tools_pass_untouched_where_the_provider_speaks_Responses()
    {
        const string members = """ "input":[{"type":"item_of_tomorrow","x":[1]},{"role":"user","content":"Hi"}],"tools":[{"type":"tool_of_tomorrow"},{"type":"namespace","name":"n","tools":[]}],"option_of_tomorrow":{"a":1} """;
        foreach (var model in (string[])["openai/gpt-5.5", "xai/grok-4.6"])
        {
            await gateway.RespondAsync($$$"""{"model":"{{{model}}}",{{{members}}}}""",
                UpstreamScript.Json("""{"id":"resp_1","object":"response","status":"completed","model":"m","output":[]}"""));
            gateway.Upstream.Request.Target.ShouldEndWith("/v1/responses");
            gateway.Upstream.Request.BodyText.ShouldBe($$$"""{"model":"{{{model[(model.IndexOf('/') + 1)..]}}}",{{{members}}}}""");
        }
    }

    [Fact]
    public async Task Reasoning_state_is_sent_in_encrypted_content_and_returns_to_its_model()
    {
        var first = await gateway.RespondAsync(
            $$"""{"model":"{{Claude}}","input":"Hello","reasoning":{"effort":"high","summary":"auto"},"include":["reasoning.encrypted_content"],"tools":[{"type":"function","name":"run"}]}""",
            UpstreamScript.Json("""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Let me \"see\".","signature":"c2lnbmF0dXJl"},{"type":"redacted_thinking","data":"cmVkYWN0ZWQ="},{"type":"tool_use","id":"toolu_1","name":"run","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"""));
        var output = first.Json.GetProperty("output");
        StrictResponses.ReadWhole(first.Body).Choices[0].Reasoning.ShouldBe("Let me \"see\".");
        var items = string.Join(",", output.EnumerateArray().Select(item => item.GetRawText()));
        var call = output.EnumerateArray().Last().GetProperty("call_id").GetRawText();
        await gateway.RespondAsync(
            $$"""{"model":"{{Claude}}","input":[{"role":"user","content":"Hello"},{{items}},{"type":"function_call_output","call_id":{{call}},"output":"ok"}],"reasoning":{"effort":"high"},"tools":[{"type":"function","name":"run"}]}""",
            UpstreamScript.Json("""{"id":"msg_2","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"""));
        gateway.Sent.GetProperty("messages")[1].GetProperty("content").EnumerateArray().Select(block => block.GetProperty("type").GetString())
            .ShouldBe(["thinking", "redacted_thinking", "tool_use"]);
        gateway.Upstream.Request.BodyText.ShouldContain("\"signature\":\"c2lnbmF0dXJl\"");
        gateway.Upstream.Request.BodyText.ShouldContain("\"data\":\"cmVkYWN0ZWQ=\"");
        gateway.Upstream.Request.BodyText.ShouldNotContain("__nano");
    }

    [Theory]
    [InlineData(529, "overloaded_error", 429)]
    [InlineData(429, "rate_limit_error", 429)]
    [InlineData(400, "invalid_request_error", 400)]
    [InlineData(413, "request_too_large", 413)]
    public async Task A_provider_s_status_becomes_one_that_Codex_retries_only_if_that_can_help(int status, string type, int expected)
    {
        var reply = await gateway.RespondAsync(ResponsesApiFixture.Ask(Claude, stream: true),
            UpstreamScript.Json($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"No."}}""", status));
        ((int)reply.Status).ShouldBe(expected);
        if (expected == 429) reply.Headers.Keys.ShouldContain("retry-after");
    }

    [Fact]
    public async Task A_failure_that_no_retry_fixes_is_a_400()
    {
        var missing = await gateway.RespondAsync(ResponsesApiFixture.Ask("mistral/mistral-large-latest", stream: true));
        ((int)missing.Status, missing.Headers["x-should-retry"]).ShouldBe((400, "false"));
        var refused = await gateway.RespondAsync(ResponsesApiFixture.Ask(Claude, stream: true),
            UpstreamScript.Json("""{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", 401));
        ((int)refused.Status, refused.Headers["x-should-retry"]).ShouldBe((400, "false"));
        // Codex would wait for two weeks.
        var spent = await gateway.RespondAsync(ResponsesApiFixture.Ask(Claude, stream: true),
            UpstreamScript.Json("""{"type":"error","error":{"type":"billing_error","message":"No."}}""", 429).Header("Retry-After", "1209600"));
        ((int)spent.Status, spent.Headers["x-should-retry"], spent.Headers.ContainsKey("retry-after")).ShouldBe((400, "false", false));
    }
}
