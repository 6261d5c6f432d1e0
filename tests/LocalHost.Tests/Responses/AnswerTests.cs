using System.Net;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Responses;

/// <summary>Responses of the Responses API reach callers in Chat's format, whole and streamed, and anything that is not a response never ends cleanly.</summary>
public sealed class AnswerTests(ResponsesFixture gateway) : IClassFixture<ResponsesFixture>
{
    private const string Model = "openai/gpt-6.2-sol";
    private const string Tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]";

    public static TheoryData<bool> Ways => [false, true];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case11_Text_and_calls_of_one_turn_are_both_kept(bool stream)
    {
        var (reply, choice) = await ChoiceAsync(stream, new ResponsesResponse(
            ResponsesResponse.Message("Looking \"up\"\n— now. "), ResponsesResponse.Call("call_a", "weather", """{"city":"Ulm","days":[1,2]}"""),
            ResponsesResponse.Call("call_b", "time", "{}")));
        choice.Text.ShouldBe("Looking \"up\"\n— now. ");
        choice.Finish.ShouldBe("tool_calls");
        choice.ToolCalls.Select(c => $"{c.Name} {c.Arguments}").ShouldBe(["""weather {"city":"Ulm","days":[1,2]}""", "time {}"]);
        reply.Text.ShouldContain("\"model\":\"gpt-6.2-sol-2026-11-01\"");
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["InputTokens"], record["OutputTokens"], record["CacheReadTokens"], record["ReasoningTokens"]).ShouldBe(("Ok", 20L, 30L, 8L, 12L));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Usage_includes_cached_and_reasoning_tokens_on_request(bool stream, bool asked)
    {
        var reply = await gateway.ChatAsync(Request(stream, asked: asked), new ResponsesResponse(ResponsesResponse.Message("Hi")).Script(stream));
        var usage = reply.ReadStrictly(usageAsked: asked).Usage;
        if (stream && !asked) usage.ShouldBeNull();
        else usage.ShouldBe(new AnswerUsage { Prompt = 20, Completion = 30, Cached = 8, Reasoning = 12 });
        gateway.Upstream.Request.BodyJson.TryGetProperty("stream_options", out _).ShouldBeFalse("Responses always tells usage");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Several_messages_are_one_text(bool stream) =>
        (await ChoiceAsync(stream,
        new ResponsesResponse(ResponsesResponse.Message("First. "), ResponsesResponse.Message("Second.").Replace("msg_1", "msg_9")))).Choice.Text.ShouldBe("First. Second.");

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_refusal_is_a_refusal_in_Chat(bool stream)
    {
        var (_, choice) = await ChoiceAsync(stream, new ResponsesResponse(ResponsesResponse.Refusal("I cannot help with that.")));
        (choice.Refusal, choice.Text, choice.Finish).ShouldBe(("I cannot help with that.", "", "stop"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_summary_of_reasoning_is_reasoning_content(bool stream)
    {
        var (_, choice) = await ChoiceAsync(stream,
            new ResponsesResponse(ResponsesResponse.Reasoning("c2VhbGVk", "**One** first.", "**Two** then."), ResponsesResponse.Message("Done.")));
        (choice.Reasoning, choice.Text).ShouldBe(("**One** first.\n\n**Two** then.", "Done."));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case18_Empty_reasoning_does_not_affect_the_text(bool stream)
    {
        var (reply, choice) = await ChoiceAsync(stream, new ResponsesResponse(ResponsesResponse.Reasoning("c2VhbGVk"), ResponsesResponse.Message("Done.")));
        (choice.Reasoning, choice.Text).ShouldBe(("", "Done."));
        reply.Text.ShouldNotContain("x-nano-loss");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_call_of_a_custom_tool_is_a_call_in_Chat(bool stream)
    {
        var (reply, choice) = await ChoiceAsync(stream, new ResponsesResponse(ResponsesResponse.CustomCall("call_c", "run", "print('x')")));
        (choice.ToolCalls.ShouldHaveSingleItem().Name, choice.ToolCalls[0].Arguments, choice.Finish).ShouldBe(("run", "print('x')", "tool_calls"));
        reply.Text.ShouldContain("\"type\":\"custom\"");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sources_of_a_text_are_annotations(bool stream)
    {
        const string source = """[{"type":"url_citation","url":"https://example.com/a","title":"A","start_index":0,"end_index":4}]""";
        var (reply, choice) = await ChoiceAsync(stream, new ResponsesResponse(ResponsesResponse.Message("Text of it.", source)));
        choice.Sources.ShouldBe(["https://example.com/a"]);
        reply.Text.ShouldContain("\"start_index\":0");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Log_probabilities_accompany_the_text(bool stream)
    {
        const string list = """[{"token":"Hi","bytes":[72,105],"logprob":-0.1,"top_logprobs":[]}]""";
        var answer = new ResponsesResponse(ResponsesResponse.Message("Hi").Replace("\"logprobs\":[]", $"\"logprobs\":{list}"));
        var script = stream ? UpstreamScript.Sse([.. answer.Events().Select(e => e.Contains("output_text.delta") ? e.Replace("\"logprobs\":[]", $"\"logprobs\":{list}") : e)])
            : answer.Script(false);
        var reply = await gateway.ChatAsync(Request(stream, ",\"logprobs\":true,\"reasoning_effort\":\"none\"", model: "openai/gpt-9-pro", tools: false), script);
        reply.Text.ShouldContain("\"logprobs\":{\"content\":[{\"token\":\"Hi\",\"bytes\":[72,105],\"logprob\":-0.1,\"top_logprobs\":[]}]}", customMessage: reply.Text);
        gateway.Upstream.Request.BodyJson.GetProperty("include").EnumerateArray().Select(i => i.GetString()).ShouldContain("message.output_text.logprobs");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Items_that_Chat_cannot_express_are_reported_as_losses(bool stream)
    {
        var reply = await gateway.ChatAsync(Request(stream), new ResponsesResponse(
            """{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}}""", ResponsesResponse.Message("Found.")).Script(stream));
        reply.ReadStrictly(usageAsked: stream).Choices[0].Text.ShouldBe("Found.");
        if (stream) reply.Text.ShouldContain(": x-nano-loss: dropped=content.web_search_call");
        else reply.Headers["x-nano-loss"].ShouldBe("dropped=content.web_search_call");
        (await gateway.Usage.OneAsync())["Losses"].ShouldBe("dropped=content.web_search_call");
    }

    [Theory]
    [InlineData(false, "max_output_tokens", "length")]
    [InlineData(true, "max_output_tokens", "length")]
    [InlineData(false, "content_filter", "content_filter")]
    [InlineData(true, "content_filter", "content_filter")]
    public async Task An_incomplete_response_has_its_finish_reason(bool stream, string reason, string finish)
    {
        var (_, choice) = await ChoiceAsync(stream,
            new ResponsesResponse(ResponsesResponse.Message("Half a")) { Status = "incomplete",
                More = $$"""error":null,"incomplete_details":{"reason":"{{reason}}"}""".Insert(0, "\"") });
        (choice.Text, choice.Finish).ShouldBe(("Half a", finish));
    }

    // status of the response, its error; what the caller gets
    [Theory]
    [InlineData("failed", """{"code":"server_error","message":"The model fell over."}""", 502, "The model fell over.")]
    [InlineData("failed", """{"code":"rate_limit_exceeded","message":"Slow down."}""", 429, "Slow down.")]
    [InlineData("failed", """{"code":"invalid_prompt","message":"Not that."}""", 400, "Not that.")]
    [InlineData("failed", "null", 502, "error")]
    [InlineData("cancelled", "null", 502, "cancelled")]
    public async Task Case18_A_response_that_failed_is_an_error_and_not_an_empty_success(string status, string error, int expected, string message)
    {
        var answer = new ResponsesResponse(ResponsesResponse.Message("Half")) { Status = status, More = $"\"error\":{error},\"incomplete_details\":null", Usage = null };
        var whole = await gateway.ChatAsync(Request(false), answer.Script(false));
        whole.Status.ShouldBe((HttpStatusCode)expected, whole.Text);
        whole.Error().GetProperty("message").GetString()!.ShouldContain(message, Case.Insensitive);

        var streamed = await gateway.ChatAsync(Request(true), answer.Script(true));
        streamed.ReadStrictly(usageAsked: true).IsError.ShouldBeTrue();
        streamed.Text.ShouldNotContain("[DONE]");
        streamed.Error().GetProperty("message").GetString()!.ShouldContain(message, Case.Insensitive);
        // By how much of it had been sent before it failed.
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBeOneOf("Broken", "Failed");
    }

    [Theory]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"Fell over.\",\"param\":null,\"sequence_number\":9}\n\n")]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"server_error\",\"code\":null,\"message\":\"Fell over.\",\"param\":null}}\n\n")]
    public async Task An_error_within_a_stream_is_sent_to_the_caller(string error)
    {
        var events = new ResponsesResponse(ResponsesResponse.Message("Half a word")).Events();
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reply = await gateway.ChatAsync(Request(true), "Half", seen, UpstreamScript.Sse([.. events.Take(8)]).WaitFor(seen.Task).Send(error));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Fell over.");
    }

    /// <summary>An error before any content is an error response with its status.</summary>
    [Fact]
    public async Task An_error_instead_of_a_stream_keeps_its_status()
    {
        var reply = await gateway.ChatAsync(Request(true),
            UpstreamScript.Json("""{"error":{"message":"Rate limit reached.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""", 429).Header("retry-after", "3"));
        reply.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        reply.Headers["retry-after"].ShouldBe("3");
    }

    [Fact]
    public async Task Case05_A_stream_that_is_cut_anywhere_never_ends_cleanly()
    {
        var events = new ResponsesResponse(ResponsesResponse.Reasoning("c2VhbGVk", "Hm."), ResponsesResponse.Message("Some words."),
            ResponsesResponse.Call("call_a", "weather", """{"city":"Ulm"}""")).Events();
        for (var kept = 1; kept < events.Count; kept++)
        {
            var reply = await gateway.ChatAsync(Request(true), UpstreamScript.Sse([.. events.Take(kept)]));
            reply.Text.ShouldNotContain("[DONE]", customMessage: $"after {kept} events");
            (reply.IsBroken || reply.ReadStrictly(usageAsked: true).IsError).ShouldBeTrue($"after {kept} events: {reply.Text}");
        }
    }

    /// <summary>A caller sends back the response: calls and results reach the right members at the provider.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_next_turn_carries_calls_and_results(bool stream)
    {
        var (_, choice) = await ChoiceAsync(stream,
            new ResponsesResponse(ResponsesResponse.Call("call_a", "weather", """{"city":"Ulm"}"""), ResponsesResponse.Call("call_b", "weather", """{"city":"Rom"}""")));
        var calls = string.Join(',',
            choice.ToolCalls.Select(c => JsonSerializer.Serialize(new { id = c.Id, type = "function", function = new { name = c.Name, arguments = c.Arguments } })));
        var results = string.Join(',',
            choice.ToolCalls.Reverse().Select(c => JsonSerializer.Serialize(new { role = "tool", tool_call_id = c.Id, content = $"result of {c.Arguments}" })));
        var next = $$"""{"model":"{{Model}}",{{Tools}},"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{{calls}}]},{{results}}]}""";
        var reply = await gateway.ChatAsync(next, new ResponsesResponse(ResponsesResponse.Message("Rain.")).Script(false));
        reply.ReadStrictly(usageAsked: false).Choices[0].Text.ShouldBe("Rain.");
        var input = gateway.Upstream.Request.BodyJson.GetProperty("input").EnumerateArray().ToArray();
        input.Where(i => Type(i) == "function_call").Select(i => i.GetProperty("call_id").GetString()).ShouldBe(["call_a", "call_b"]);
        input.Where(i => Type(i) == "function_call_output").Select(i => $"{i.GetProperty("call_id")}: {i.GetProperty("output")}")
            .ShouldBe(["call_b: result of {\"city\":\"Rom\"}", "call_a: result of {\"city\":\"Ulm\"}"]);

        static string? Type(JsonElement item) => item.TryGetProperty("type", out var type) ? type.GetString() : null;
    }

    private async Task<(GatewayReply Reply, AnswerChoice Choice)> ChoiceAsync(bool stream, ResponsesResponse answer)
    {
        var reply = await gateway.ChatAsync(Request(stream), answer.Script(stream));
        var read = reply.ReadStrictly(usageAsked: stream);
        read.IsError.ShouldBeFalse(read.Error);
        return (reply, read.Choices.ShouldHaveSingleItem());
    }

    private static string Request(bool stream, string more = "", bool asked = true, string model = Model, bool tools = true) =>
        $"{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Weather?\"}}]{(tools ? "," + Tools : "")}{more}{(stream ? $",\"stream\":true{(asked ? ",\"stream_options\":{\"include_usage\":true}" : "")}" : "")}}}";
}
