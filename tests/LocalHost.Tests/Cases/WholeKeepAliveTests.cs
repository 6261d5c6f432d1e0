using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using OpenAI;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>
/// Whole responses whose callers send x-nano-keep-alive: white space is sent first while the provider is slow. The tests wait for
/// white space before they let the provider respond, so no clock decides.
/// </summary>
public class WholeKeepAliveTests(KeepAliveCaseTests.ImpatientGateway gateway) : IClassFixture<KeepAliveCaseTests.ImpatientGateway>
{
    private const string Chat =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello world"},"finish_reason":"stop"}]""" +
        ""","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";
    private const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello world"}],"stop_reason":"end_turn","stop_sequence":null""" +
        ""","usage":{"input_tokens":3,"output_tokens":2}}""";
    private const string Embeddings =
        """{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[0.5,0.25]}],"usage":{"prompt_tokens":3,"total_tokens":3}}""";
    private const string SlowDown = """{"error":{"message":"slow down","type":"limit","param":null,"code":null}}""";
    private const string Overloaded = """{"error":{"message":"overloaded"}}""";

    private const string ChatPath = "/v1/chat/completions", MessagesPath = "/v1/messages", ResponsesPath = "/v1/responses", EmbeddingsPath = "/v1/embeddings";
    private const string AskClaude = """{"model":"anthropic/claude-x","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}""";
    private const string AskGpt = """{"model":"openai/gpt-x","messages":[{"role":"user","content":"Hello"}]}""";

    /// <summary>The caller's API, its request, the provider's response, and a part of it that the caller finds in its own.</summary>
    public static TheoryData<string, string, string, string> Apis => new()
    {
        { ChatPath, AskGpt, Chat, "Hello world" },
        { ChatPath, AskClaude, Message, "Hello world" },
        { MessagesPath, AskClaude, Message, "Hello world" },
        { MessagesPath, AskGpt.Replace("\"messages\"", "\"max_tokens\":9,\"messages\""), Chat, "Hello world" },
        { ResponsesPath, """{"model":"anthropic/claude-x","input":"Hello"}""", Message, "Hello world" },
        { "/v1beta/models/anthropic/claude-x:generateContent", """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""", Message, "Hello world" },
        { EmbeddingsPath, """{"model":"openai/text-embedding-3-small","input":"Hello","encoding_format":"float"}""", Embeddings, "0.25" },
        { "/v1beta/models/openai/text-embedding-3-small:embedContent", """{"content":{"parts":[{"text":"Hello"}]}}""", Embeddings, "0.25" },
    };

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task White_space_comes_before_the_response(string path, string request, string provider, string expected)
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send(provider));
        using var response = await SendAsync(path, request);
        var reply = await ReadAsync(response, go);

        reply.IsBroken.ShouldBeFalse();
        reply.Headers["content-type"].ShouldBe("application/json");
        reply.Headers.Keys.ShouldNotContain("content-length");
        // The request has one deployment, so that its headers are known before its response.
        reply.Headers["x-nano-attempts"].ShouldBe("1");
        reply.Headers.Keys.ShouldContain("x-nano-deployment");
        reply.Text.TrimStart('\n').Length.ShouldBeLessThan(reply.Text.Length);
        reply.Json.GetRawText().ShouldContain(expected);
        var record = await gateway.Usage.OneAsync();
        $"{record["Outcome"]} {record["Status"]} {record["InputTokens"]}".ShouldBe("Ok 200 3");
    }

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task White_space_fills_a_pause_within_the_providers_body(string path, string request, string provider, string expected)
    {
        var go = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Json(provider[..30]).WaitFor(go.Task).Send(provider[30..]));
        using var response = await SendAsync(path, request);
        var reply = await ReadAsync(response, go);

        reply.IsBroken.ShouldBeFalse();
        reply.Json.GetRawText().ShouldContain(expected);
    }

    [Theory]
    [MemberData(nameof(Apis))]
    public async Task An_error_after_white_space_is_the_body_and_breaks_the_connection(string path, string request, string provider, string expected)
    {
        (provider.Length + expected.Length).ShouldBePositive();
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript(429).Header("content-type", "application/json").WaitFor(go.Task).Send(SlowDown));
        using var response = await SendAsync(path, request);
        var reply = await ReadAsync(response, go);

        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.IsBroken.ShouldBeTrue();
        reply.Json.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("slow down");
        if (path == MessagesPath) reply.Json.GetProperty("request_id").GetString().ShouldBe(reply.Headers["x-request-id"]);
        if (path.StartsWith("/v1beta", StringComparison.Ordinal)) reply.Json.GetProperty("error").GetProperty("code").GetInt32().ShouldBe(429);
        var record = await gateway.Usage.OneAsync();
        $"{record["Outcome"]} {record["Status"]}".ShouldBe("Broken 200");
    }

    [Fact]
    public async Task The_next_model_is_tried_after_white_space()
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript(503).Header("content-type", "application/json").WaitFor(go.Task).Send(Overloaded), UpstreamScript.Json(Chat));
        using var response = await SendAsync(ChatPath, AskClaude, ("x-nano-fallback", "openai/gpt-x"));
        var reply = await ReadAsync(response, go);

        reply.IsBroken.ShouldBeFalse();
        reply.Json.GetRawText().ShouldContain("Hello world");
        // The headers were sent before it was known which deployment would respond.
        reply.Headers.Keys.ShouldNotContain("x-nano-deployment");
        reply.Headers.Keys.ShouldNotContain("x-nano-attempts");
        var record = await gateway.Usage.OneAsync();
        $"{record["Outcome"]} {record["Provider"]} {record["Attempts"]}".ShouldBe("Ok openai 2");
    }

    [Fact]
    public async Task A_caller_who_leaves_during_white_space_ends_the_call_upstream()
    {
        gateway.Script(new UpstreamScript().Silence());
        using (var response = await SendAsync(ChatPath, AskGpt))
        {
            gateway.Usage.LastRequestId = response.Headers.GetValues("x-request-id").Single();
            await using var body = await response.Content.ReadAsStreamAsync();
            await StreamCaseTests.ReadUntilAsync(body, "\n");
        }
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
        $"{(await gateway.Usage.OneAsync())["Outcome"]}".ShouldBe("CallerGone");
    }

    [Theory]
    [InlineData("false")]
    [InlineData("")]
    public async Task Without_the_header_a_response_has_a_length(string value)
    {
        gateway.Script(UpstreamScript.Json(Chat));
        using var response = await SendAsync(ChatPath, AskGpt, ("x-nano-keep-alive", value));
        response.Content.Headers.ContentLength.ShouldBe(Chat.Length);
    }

    [Fact]
    public async Task A_fast_response_is_the_same_with_the_header()
    {
        gateway.Script(UpstreamScript.Json(Chat));
        using var response = await SendAsync(ChatPath, AskGpt);
        response.Content.Headers.ContentLength.ShouldBe(Chat.Length);
        (await response.Content.ReadAsStringAsync()).ShouldBe(Chat);
    }

    [Fact]
    public async Task Another_value_is_refused()
    {
        gateway.Script();
        using var response = await SendAsync(ChatPath, AskGpt, ("x-nano-keep-alive", "yes"));
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain("x-nano-keep-alive");
    }

    [Fact]
    public async Task The_official_SDK_reads_a_response_after_white_space()
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send(Chat));
        ChatCompletion answer = await Client(go).CompleteChatAsync([new UserChatMessage("Hello")]);
        (answer.Content[0].Text, answer.Usage.TotalTokenCount).ShouldBe(("Hello world", 5));
    }

    [Fact]
    public async Task The_official_SDK_raises_an_error_after_white_space()
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript(429).Header("content-type", "application/json").WaitFor(go.Task).Send(SlowDown));
        var raised = await Should.ThrowAsync<Exception>(async () => await Client(go).CompleteChatAsync([new UserChatMessage("Hello")]));
        (raised is IOException or HttpRequestException).ShouldBeTrue(raised.ToString());
    }

    /// <summary>A client that lets the provider respond when it has the response's headers, which are sent with the first white space.</summary>
    private ChatClient Client(TaskCompletionSource go)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(gateway.Client.BaseAddress!, "/v1"),
            RetryPolicy = new ClientRetryPolicy(0),
            Transport = new HttpClientPipelineTransport(new HttpClient(new HeadersSeen(go))),
        };
        return new ChatClient("openai/gpt-x", new System.ClientModel.ApiKeyCredential(GatewayFixture.CallerKey), options);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string request, params (string Name, string Value)[] headers)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(request, Encoding.UTF8, "application/json") };
        if (headers.All(header => header.Name != "x-nano-keep-alive")) message.Headers.Add("x-nano-keep-alive", "true");
        foreach (var (name, value) in headers) message.Headers.Add(name, value);
        return await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<GatewayReply> ReadAsync(HttpResponseMessage response, TaskCompletionSource go)
    {
        gateway.Usage.LastRequestId = response.Headers.GetValues("x-request-id").Single();
        return await GatewayReply.ReadAsync(response, "\n", go);
    }

    private sealed class HeadersSeen(TaskCompletionSource go) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("x-nano-keep-alive", "true");
            var response = await base.SendAsync(request, cancellationToken);
            go.TrySetResult();
            return response;
        }
    }
}
