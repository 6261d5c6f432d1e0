using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Failed responses with status 200: the caller gets an error, and the usage record contains it. With and without quirks of the provider.</summary>
public sealed class FailedResponseTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private const string Hello =
        """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}""";

    private static readonly string[] Models = ["openai/m", "openrouter/m", "any-server/m", "zai/glm-x"];

    private static readonly string[] Failures =
    [
        "error", "ERROR", "network_error", "engine_overloaded", "insufficient_system_resource", "abort", "aborted", "cancelled", "server_error",
        "internal_server_error", "timeout", "failed", "model_unavailable", "rate_limit", "quota_exceeded", "MALFORMED_FUNCTION_CALL", "no_capacity", "preempted",
    ];

    public static TheoryData<string, string> FailedChunks()
    {
        var cases = new TheoryData<string, string>();
        foreach (var model in Models)
        {
            foreach (var failure in Failures)
                cases.Add(model, $$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":""},"finish_reason":"{{failure}}"}]}""");
            cases.Add(model, """{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","native_finish_reason":"stop"}]}""");
            cases.Add(model, """{"choices":[{"index":0,"delta":{},"finish_reason":null,"error":{"message":"it broke","code":502}}]}""");
            cases.Add(model, """{"choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"message":"it broke"}}""");
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(FailedChunks))]
    public async Task A_stream_that_fails_ends_with_an_error_event(string model, string chunk)
    {
        foreach (var end in new[] { "data: [DONE]\n\n", "" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse($"data: {Hello}\n\n", $"data: {chunk}\n\n" + end));
            reply.Text.ShouldNotContain("[DONE]");
            reply.Text.ShouldNotContain("\"finish_reason\":\"stop\"");
            var error = reply.Error();
            if (chunk.Contains("it broke", StringComparison.Ordinal)) error.GetProperty("message").GetString().ShouldBe("it broke");
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBeOneOf("Broken", "Failed");
        }
    }

    [Theory]
    [InlineData("openai/m")]
    [InlineData("openrouter/m")]
    [InlineData("any-server/m")]
    public async Task A_stream_without_a_choice_is_an_error_response(string model)
    {
        foreach (var events in new[]
        {
            "data: [DONE]\n\n",
            "data: {\"id\":\"c\",\"choices\":[]}\n\ndata: [DONE]\n\n",
            "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":0,\"total_tokens\":1}}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
            ": nothing\n\n",
        })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse(events));
            reply.Text.ShouldNotContain("[DONE]");
            reply.Error().GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldNotBe("Ok");
        }
    }

    public static TheoryData<string, string, string> FailedBodies()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var model in Models)
        {
            foreach (var failure in Failures)
                cases.Add(model, $$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":"{{failure}}"}]}""", $"finish reason '{failure}'");
            cases.Add(model, """{"choices":[]}""", "contains no choice");
            cases.Add(model, """{"choices":[null]}""", "contains no");
            cases.Add(model, """{"choices":[{"index":0,"message":null,"finish_reason":"stop"}]}""", "contains no message");
            cases.Add(model, """{"choices":[{"index":0,"finish_reason":"stop"}]}""", "contains no message");
            cases.Add(model, """{"choices":[{"index":0,"error":{"message":"it broke","code":502}}]}""", "it broke");
            cases.Add(model, """{"choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":null,"error":{"message":"it broke"}}]}""", "it broke");
            cases.Add(model, "{}", "neither a choice nor an error message");
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(FailedBodies))]
    public async Task A_whole_response_that_failed_is_an_error_response(string model, string body, string says)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body));
        if (says.Contains("rate_limit", StringComparison.Ordinal) || says.Contains("quota", StringComparison.Ordinal)) ((int)reply.Status).ShouldBe(429, reply.Text);
        else ((int)reply.Status).ShouldBeOneOf([502, 503, 504], reply.Text);
        StrictChat.ReadError(reply.Text).GetProperty("message").GetString()!.ShouldContain(says);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed");
    }

    public static TheoryData<string, string> OtherCallers()
    {
        var cases = new TheoryData<string, string>();
        foreach (var caller in new[] { "messages", "responses", "gemini" })
            // OpenAI's own codes are known, and OpenRouter speaks Responses too.
            foreach (var model in Models.Where(model => model != "openai/m" && (caller, model) != ("responses", "openrouter/m"))) cases.Add(caller, model);
        return cases;
    }

    [Theory]
    [MemberData(nameof(OtherCallers))]
    public async Task A_failure_that_only_the_finish_reason_reports_is_an_error_in_the_other_APIs_too(string caller, string model)
    {
        foreach (var failure in new[] { "error", "network_error", "engine_overloaded" })
        {
            gateway.Script(UpstreamScript.Json($$"""{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hel"},"finish_reason":"{{failure}}"}]}"""));
            var whole = await AskAsync(caller, model, stream: false);
            // Clients of Responses retry a 503 too often (docs/clients.md).
            ((int)whole.Status).ShouldBe(failure == "engine_overloaded" ? caller switch { "messages" => 529, "responses" => 429, _ => 503 } : 502, whole.Text);
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed");

            gateway.Script(UpstreamScript.Sse($"data: {Hello}\n\n", $$"""data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"{{failure}}"}]}"""
                + "\n\ndata: [DONE]\n\n"));
            var stream = await AskAsync(caller, model, stream: true);
            stream.Text.ShouldContain("error");
            foreach (var end in new[] { "message_stop", "response.completed", "\"STOP\"" }) stream.Text.ShouldNotContain(end);
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBeOneOf("Broken", "Failed");
        }
    }

    private async Task<GatewayReply> AskAsync(string caller, string model, bool stream)
    {
        var flag = stream ? "true" : "false";
        var (path, body) = caller switch
        {
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":9,"stream":{{flag}},"messages":[{"role":"user","content":"Hi"}]}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}","store":false,"stream":{{flag}},"input":"Hi"}"""),
            _ => ($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"""),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await GatewayReply.ReadAsync(response);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":"m","type":"message","role":"assistant","content":null,"stop_reason":"end_turn"}""")]
    [InlineData("""{"id":"m","type":"message","role":"assistant","stop_reason":"end_turn"}""")]
    public async Task A_passed_through_message_without_content_is_an_error_response(string body)
    {
        gateway.Script(UpstreamScript.Json(body));
        var reply = await AskAsync("messages", "anthropic/claude-x", stream: false);
        ((int)reply.Status).ShouldBe(502, reply.Text);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed");
    }

    [Theory]
    [InlineData("openai/m")]
    [InlineData("openrouter/m")]
    public async Task One_failed_choice_does_not_affect_the_others(string model)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(
            """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":""},"finish_reason":"stop","error":{"message":"it broke"}}]}"""));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Text.ShouldContain("Hello");
    }

    /// <summary>SDKs retry a 502, so an error that contains another status gets that status.</summary>
    [Theory]
    [InlineData("""{"error":{"type":"invalid_request_error","message":"m","status_code":400}}""", 400)]
    [InlineData("""{"error":{"message":"m","status":400}}""", 400)]
    [InlineData("""{"error":{"message":"m","status":"422"}}""", 422)]
    [InlineData("""{"error":{"message":"m","statusCode":413}}""", 413)]
    [InlineData("""{"error":{"message":"m","http_status":404}}""", 404)]
    [InlineData("""{"error":{"message":"m","code":429}}""", 429)]
    [InlineData("""{"error":{"message":"m","code":"400"}}""", 400)]
    [InlineData("""{"error":{"message":"m"},"status":400}""", 400)]
    [InlineData("""{"error":"m","status_code":400}""", 400)]
    [InlineData("""{"error":{"error":{"message":"m","status_code":400}}}""", 400)]
    [InlineData("""{"object":"error","message":"m","code":400}""", 400)]
    [InlineData("""{"choices":[{"index":0,"error":{"message":"m","code":400}}]}""", 400)]
    [InlineData("""{"error":{"message":"m","type":"invalid_request_error"}}""", 400)]
    [InlineData("""{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}""", 400)]
    [InlineData("""{"error":{"message":"m","type":"BadRequestError","code":null}}""", 400)]
    [InlineData("""{"error":{"message":"m","status":"RESOURCE_EXHAUSTED"}}""", 429)]
    [InlineData("""{"error":{"message":"m","type":"overloaded_error"}}""", 503)]
    [InlineData("""{"error":{"message":"m","code":503}}""", 503)]
    [InlineData("""{"error":{"message":"m","code":1234}}""", 502)]
    [InlineData("""{"error":{"message":"m","status":200}}""", 502)]
    [InlineData("""{"error":{"message":"m","type":"server_error"}}""", 502)]
    public async Task An_error_in_a_200_has_the_status_that_it_names(string body, int status)
    {
        foreach (var model in new[] { "openai/m", "zai/glm-x", "any-server/m" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body));
            ((int)reply.Status).ShouldBe(status, model);
            StrictChat.ReadError(reply.Text).GetProperty("message").GetString().ShouldBe("m");
            // As the first event of a stream it is still a separate response.
            reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse($"data: {body}\n\n"));
            ((int)reply.Status).ShouldBe(status, $"{model}, streamed");
        }
    }
}
