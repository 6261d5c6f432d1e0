using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Cases of field/cases.md about streams that fail, become silent or lose their caller.</summary>
public class StreamCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string ChatHello = """
        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}


        """;

    private const string ChatFinish = """
        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}


        """;

    private const string ChatUsage = """
        data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}


        """;

    private const string AnthropicStart = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}


        """;

    private const string AnthropicHello = """
        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}


        """;

    private const string GeminiHello = """
        data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1,"totalTokenCount":10}}


        """;

    public static TheoryData<string, string[]> Beginnings => new()
    {
        { "openai/gpt-x", [ChatHello] },
        { "xai/grok-x", [ChatHello] },
        { "anthropic/claude-x", [AnthropicStart, AnthropicHello] },
        { "google/gemini-x", [GeminiHello] },
    };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case01_A_caller_who_drops_out_cancels_the_upstream_and_is_recorded_once(string model, string[] events)
    {
        gateway.Script(UpstreamScript.Sse(events).Silence());
        using (var response = await gateway.SendAsync(GatewayFixture.Ask(model, stream: true)))
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            await ReadUntilAsync(stream, "Hello");
        }

        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
        var record = await gateway.Usage.OneAsync();
        record["Outcome"]!.ToString().ShouldBe("CallerGone");
        if (model.StartsWith("anthropic", StringComparison.Ordinal) || model.StartsWith("google", StringComparison.Ordinal)) record["InputTokens"].ShouldBe(9L);
        record["ContentEvents"].ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case03_A_refused_stream_has_no_usage(string model, string[] events)
    {
        _ = events;
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Json("""{"error":{"message":"no"}}""", 400));

        ((int)reply.Status).ShouldBe(400);
        var record = await gateway.Usage.OneAsync();
        record["InputTokens"].ShouldBeNull();
        record["OutputTokens"].ShouldBeNull();
        record["Cost"].ShouldBeNull();
        record["Status"].ShouldBe(400);
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case05_A_stream_that_is_cut_off_ends_as_an_error(string model, string[] events)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse(events).Cut());
        ShouldEndAsError(reply);
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case05_A_stream_without_its_end_marker_ends_as_an_error(string model, string[] events)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse(events));
        ShouldEndAsError(reply);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }

    /// <summary>Of two candidates one is complete; the stream ends in the middle of the other.</summary>
    [Fact]
    public async Task Case05_A_stream_with_a_candidate_that_never_finishes_ends_as_an_error()
    {
        string[] events =
        [
            GeminiHello,
            GeminiHello.Replace("\"content\"", "\"index\":1,\"content\"", StringComparison.Ordinal),
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
        ];
        const string asked = """{"model":"google/gemini-x","stream":true,"n":2,"messages":[{"role":"user","content":"Hello"}]}""";
        ShouldEndAsError(await gateway.ChatAsync(asked, UpstreamScript.Sse(events)));
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");

        gateway.Script(UpstreamScript.Sse(events));
        using var content = new StringContent("""{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""", System.Text.Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1beta/models/google/gemini-x:streamGenerateContent?alt=sse") { Content = content };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        (await GatewayReply.ReadAsync(response)).Text.ShouldContain("\"error\"");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case05_A_stream_cut_off_in_the_middle_of_an_event_ends_as_an_error(string model, string[] events)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true),
            UpstreamScript.Sse([.. events, "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"del"]));
        ShouldEndAsError(reply);
    }

    [Theory]
    [InlineData("openai/gpt-x")]
    [InlineData("anthropic/claude-x")]
    [InlineData("google/gemini-x")]
    public async Task Case05_A_whole_response_that_is_cut_off_is_a_502(string model)
    {
        var half = UpstreamScript.Json("""{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hel""").Header("content-length", "4000");
        // The request may be sent again on another connection as long as no response began; here one did.
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), half);

        ((int)reply.Status).ShouldBe(502);
        reply.Error();
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Case06_A_request_that_fails_in_mid_stream_is_not_retried(string model, string[] events)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse(events).Cut());

        gateway.Upstream.Requests.Count.ShouldBe(1);
        reply.Text.Split("Hello").Length.ShouldBe(2, "the text must come once");
    }

    [Theory]
    [InlineData("""{"error":{"message":"context length exceeded","type":"BadRequestError","param":null,"code":400}}""")]
    [InlineData("""{"object":"error","message":"context length exceeded","type":"BadRequestError","param":null,"code":400}""")]
    public async Task Case07_An_error_as_the_first_event_of_a_200_stream_is_an_error(string error)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-x", stream: true), UpstreamScript.Sse($"data: {error}\n\n", "data: [DONE]\n\n"));

        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("context length exceeded");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldNotBe("Ok");
    }

    [Fact]
    public async Task Case07_An_error_in_the_middle_of_a_200_stream_ends_it()
    {
        var seen = new TaskCompletionSource();
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-x", stream: true), "Hello", seen, UpstreamScript.Sse(ChatHello)
            .WaitFor(seen.Task)
            .Send("data: {\"error\":{\"message\":\"engine died\",\"type\":\"server_error\",\"param\":null,\"code\":500}}\n\n")
            .Send("data: [DONE]\n\n"));

        reply.Text.ShouldContain("Hello");
        ShouldEndAsError(reply);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("engine died");
    }

    [Fact]
    public async Task Case02_Usage_of_zero_is_recorded_as_zero()
    {
        await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-x", stream: true),
            UpstreamScript.Sse(ChatHello, ChatFinish, ChatUsage.Replace(":7,", ":0,").Replace(":3,", ":0,").Replace(":10}", ":0}"), "data: [DONE]\n\n"));

        var record = await gateway.Usage.OneAsync();
        record["InputTokens"].ShouldBe(0L);
        record["OutputTokens"].ShouldBe(0L);
    }

    [Fact]
    public async Task Case02_Usage_that_is_missing_is_recorded_as_missing()
    {
        await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-x", stream: true), UpstreamScript.Sse(ChatHello, ChatFinish, "data: [DONE]\n\n"));

        var record = await gateway.Usage.OneAsync();
        record["InputTokens"].ShouldBeNull();
        record["Cost"].ShouldBeNull();
        record["Outcome"]!.ToString().ShouldBe("Ok");
    }

    [Fact]
    public async Task Case02_Zero_stays_zero_when_it_is_converted()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x"), UpstreamScript.Json(
            """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":0,"output_tokens":0}}"""));

        var usage = reply.Json.GetProperty("usage");
        usage.GetProperty("prompt_tokens").GetInt64().ShouldBe(0);
        usage.GetProperty("completion_tokens").GetInt64().ShouldBe(0);
        (await gateway.Usage.OneAsync())["OutputTokens"].ShouldBe(0L);
    }

    private static void ShouldEndAsError(GatewayReply reply)
    {
        // Clients that ignore error events detect only a broken connection. An error that arrives with the first event is a separate response.
        reply.IsBroken.ShouldBe(reply.IsStream);
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error();
    }

    internal static async Task<string> ReadUntilAsync(Stream stream, string word)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!text.ToString().Contains(word, StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, limit.Token);
            if (read == 0) throw new InvalidOperationException($"The stream ended before \"{word}\": {text}");
            text.Append(System.Text.Encoding.UTF8.GetString(buffer, 0, read));
        }
        return text.ToString();
    }
}
