using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Nano.Access;
using Nano.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>How much of a response is read, and how many bytes all requests together may buffer.</summary>
public sealed class MemoryLimitTests(MemoryLimitTests.TightGateway gateway) : IClassFixture<MemoryLimitTests.TightGateway>, IAsyncLifetime
{
    private const int MiB = 1024 * 1024;
    private const int MaxResponse = 2 * MiB;

    public sealed class TightGateway : GatewayFixture
    {
        internal BufferBudget Buffers => Services.GetRequiredService<Admission>().Buffers;

        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = base.Settings(upstream);
            settings["MAX_REQUEST_BYTES"] = $"{3 * MiB}";
            settings["MAX_RESPONSE_BYTES"] = $"{MaxResponse}";
            settings["MAX_BUFFERED_BYTES"] = $"{4 * MiB}";
            return settings;
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>After every test, no buffer is counted any more.</summary>
    public Task DisposeAsync() => UntilAsync(() => gateway.Buffers.Used == 0);

    [Theory]
    [InlineData("openai/a", true)]
    [InlineData("openai/a", false)]
    [InlineData("anthropic/claude-opus-5-5", true)]
    [InlineData("anthropic/claude-opus-5-5", false)]
    public async Task A_response_over_the_limit_is_a_502_that_names_the_setting(string model, bool announced)
    {
        var body = Encoding.UTF8.GetBytes("{\"choices\":\"" + new string('x', MaxResponse) + "\"}");
        var script = new UpstreamScript().Header("content-type", "application/json");
        if (announced) script = script.Header("content-length", $"{body.Length}");
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), script.SendInPieces(body, 100_000));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway, reply.Text);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("MAX_RESPONSE_BYTES");
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["Error"]).ShouldBe(("Failed", "provider_stream_broken"));
    }

    [Fact]
    public async Task An_event_of_a_stream_has_the_same_limit()
    {
        var small = Chunk(new string('x', MiB));
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/a", stream: true), Sse(small, "data: [DONE]\n\n"));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        (reply.Text == small + "data: [DONE]\n\n").ShouldBeTrue();

        reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/a", stream: true), Sse(Chunk(new string('x', MaxResponse))));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway, reply.Text);
    }

    [Fact]
    public async Task A_request_without_memory_for_its_conversion_is_a_503_and_its_buffers_are_released()
    {
        for (var i = 0; i < 3; i++)
        {
            gateway.Script();
            var refused = await gateway.ChatAsync(Large("anthropic/claude-opus-5-5", 5 * MiB / 2));
            ShouldBeOverloaded(refused);
            var record = await gateway.Usage.OneAsync();
            (record["Status"], record["Outcome"]!.ToString(), record["Error"]).ShouldBe((503, "Failed", "overloaded"));
        }
        gateway.Upstream.Requests.ShouldBeEmpty();
        var reply = await gateway.ChatAsync(Large("openai/a", 5 * MiB / 2), UpstreamScript.Json(ChatBody));
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
    }

    [Theory]
    [InlineData("openai/a", "\"stop\":5")]
    [InlineData("xai/grok-4", "\"tools\":5")]
    [InlineData("anthropic/claude-opus-5-5", "\"tools\":5")]
    [InlineData("anthropic/claude-opus-5-5", "\"n\":2")]
    [InlineData("openai/a", "\"reasoning_effort\":[]")]
    public async Task A_large_request_that_is_served_or_refused_leaves_no_bytes_counted(string model, string member)
    {
        gateway.Script();
        gateway.Upstream.Responder = _ => UpstreamScript.Json("""{"error":{"message":"no","type":"invalid_request_error"}}""", 400);
        var reply = await gateway.ChatAsync($$"""{"model":"{{model}}",{{member}},"messages":[{"role":"user","content":"{{new string('x', MiB)}}"}]}""");
        gateway.Upstream.Responder = null;
        ((int)reply.Status).ShouldBeInRange(400, 499, reply.Text);
    }

    [Fact]
    public async Task Many_small_values_are_counted_with_the_memory_that_reading_them_takes()
    {
        var turns = string.Join(',', Enumerable.Repeat("""{"role":"user","content":"a"}""", 30_000));
        ShouldBeOverloaded(await gateway.ChatAsync("""{"model":"anthropic/claude-opus-5-5","messages":[""" + turns + "]}"));
    }

    [Fact]
    public async Task A_response_that_does_not_fit_is_a_503()
    {
        // 1.5 MiB are read; converting them takes as much again, and there are 5 MiB of objects.
        var parts = string.Join(',', Enumerable.Repeat("""{"type":"text","text":"abc"}""", 45_000));
        var answer = """{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[""" + parts
            + """],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}""";
        answer.Length.ShouldBeLessThan(MaxResponse);
        ShouldBeOverloaded(await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-opus-5-5"), UpstreamScript.Json(answer)));
    }

    [Fact]
    public async Task A_body_beyond_the_budget_is_refused_before_any_of_it_is_sent()
    {
        var release = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(release.Task).Send(ChatBody));
        var first = gateway.SendAsync(Large("openai/a", 5 * MiB / 2));
        await UntilAsync(() => gateway.Upstream.Requests.Count == 1);
        (await HeadersAloneAsync("Bearer " + GatewayFixture.CallerKey, 2 * MiB)).ShouldStartWith("HTTP/1.1 503 ");
        release.SetResult();
        using var response = await first;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_beyond_its_rate_is_refused_before_its_body_is_read()
    {
        using var minted = await gateway.Client.PostAsync("/api/providers/openai/session", new StringContent("""{"requests_per_minute":1}""", Encoding.UTF8, "application/json"));
        var token = (await GatewayReply.ReadAsync(minted)).Json.GetProperty("token").GetString();
        gateway.Script(UpstreamScript.Json(ChatBody));
        using var first = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayFixture.Ask("openai/a")) };
        first.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var response = await gateway.Client.SendAsync(first);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await HeadersAloneAsync("Bearer " + token, 1000)).ShouldStartWith("HTTP/1.1 429 ");
    }

    public static TheoryData<string, string> Answers => new()
    {
        { "openai/a", ChatBody },
        { "xai/grok-4", ChatBody },
        { "anthropic/claude-opus-5-5",
            """{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}""" },
        { "google/gemini-3-pro", """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3}}""" },
        { "cohere/command-a-03-2025",
            """{"id":"a","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"Hi"}]},"usage":{"billed_units":{"input_tokens":1,"output_tokens":2},"tokens":{"input_tokens":1,"output_tokens":2}}}""" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_whole_response_that_is_not_valid_JSON_is_a_502_and_never_a_success(string model, string answer)
    {
        var good = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(answer));
        good.Status.ShouldBe(HttpStatusCode.OK, good.Text);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Ok");
        string[] torn = [.. Enumerable.Range(1, 40).Select(n => answer[..^n]), answer[..(answer.Length / 2)], answer + "x", answer + "}", answer + answer,
            answer.Replace("\"Hi\"", "\"Hi"), ""];
        foreach (var body in torn)
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body));
            reply.Status.ShouldBe(HttpStatusCode.BadGateway, body);
            (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed", body);
        }
    }

    private const string ChatBody =
        """{"id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""";

    private static void ShouldBeOverloaded(GatewayReply reply)
    {
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, reply.Text);
        reply.Headers["retry-after"].ShouldBe("2");
        reply.Error().GetProperty("code").GetString().ShouldBe("overloaded");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("MAX_BUFFERED_BYTES");
    }

    private static string Large(string model, int length) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{new string('x', length)}}"}]}""";

    private static string Chunk(string text) => $$"""data: {"choices":[{"index":0,"delta":{"content":"{{text}}"},"finish_reason":"stop"}]}""" + "\n\n";

    private static UpstreamScript Sse(params string[] events) =>
        events.Aggregate(new UpstreamScript().Header("content-type", "text/event-stream"), (script, item) => script.SendInPieces(Encoding.UTF8.GetBytes(item), 100_000));

    /// <summary>The status line of the response to a request whose body is announced but not sent.</summary>
    private async Task<string> HeadersAloneAsync(string credential, int length)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.Client.BaseAddress!.Host, gateway.Client.BaseAddress.Port, patience.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: {credential}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"),
                patience.Token);
        var buffer = new byte[1024];
        var count = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!condition()) await Task.Delay(10, patience.Token);
    }
}
