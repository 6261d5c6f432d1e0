using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Gemini;

/// <summary>The Gemini API over sockets: paths, keys, streams in both forms, token counts and errors.</summary>
public sealed class GeminiApiTests(GeminiApiFixture gateway) : IClassFixture<GeminiApiFixture>
{
    private const string Ask = """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""";
    private const string Chunk =
        """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"""
        + "\n\n";
    private const string End = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n"
        + """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"""
        + "\n\ndata: [DONE]\n\n";
    private const string Whole =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    [Theory]
    [InlineData("/v1beta/models/any-server/a/b:generateContent")]
    [InlineData("/v1/models/any-server/a/b:generateContent")]
    [InlineData("/v1beta/models/any-server%2Fa%2Fb:generateContent")]
    [InlineData("/models/any-server/a/b:generateContent")]
    public async Task Client_case35_Names_with_slashes_and_paths_without_a_version_are_served(string path)
    {
        var reply = await gateway.PostAsync(path, Ask, UpstreamScript.Json(Whole));
        StrictGemini.ReadWhole(reply.Body).Choices[0].Text.ShouldBe("Hi");
        gateway.Upstream.Request.BodyJson.GetProperty("model").GetString().ShouldBe("a/b");
    }

    [Fact]
    public async Task Client_case34_and_36_A_stream_has_no_done_and_ends_with_finish_and_usage()
    {
        var reply = await gateway.PostAsync("/v1beta/models/any-server/m:streamGenerateContent?alt=sse", Ask, UpstreamScript.Sse(Chunk, End));
        reply.Headers["content-type"].ShouldBe("text/event-stream");
        reply.Text.ShouldBe(
            """data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"H"}]}}],"modelVersion":"m","responseId":"c"}""" + "\r\n\r\n"
            + """data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"i"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4},"modelVersion":"m","responseId":"c"}""" + "\r\n\r\n");
    }

    /// <summary>Gemini's path contains whether a response is streamed; elsewhere it is a member of the body.</summary>
    [Theory]
    [InlineData("any-server/m", "streamGenerateContent?alt=sse", true)]
    [InlineData("anthropic/m", "streamGenerateContent?alt=sse", true)]
    [InlineData("openai/gpt-replayed-pro", "streamGenerateContent", true)]
    [InlineData("cohere/m", "streamGenerateContent?alt=sse", true)]
    [InlineData("any-server/m", "generateContent", false)]
    public async Task A_provider_is_asked_for_a_stream_where_the_caller_wants_one(string model, string method, bool isStream)
    {
        await gateway.PostAsync($"/v1beta/models/{model}:{method}", Ask, UpstreamScript.Json("{}", 400));
        var body = gateway.Upstream.Request.BodyJson;
        (body.TryGetProperty("stream", out var stream) && stream.GetBoolean()).ShouldBe(isStream);
        if (model == "any-server/m") (body.TryGetProperty("stream_options", out var options) && options.GetProperty("include_usage").GetBoolean()).ShouldBe(isStream);
    }

    [Fact]
    public async Task Without_alt_a_stream_is_one_array()
    {
        var reply = await gateway.PostAsync("/v1beta/models/any-server/m:streamGenerateContent", Ask, UpstreamScript.Sse(Chunk, End));
        reply.Headers["content-type"].ShouldBe("application/json");
        reply.Text.ShouldStartWith("[{");
        reply.Text.ShouldEndWith("}]");
        var answer = StrictGemini.ReadArray(reply.Body);
        (answer.Choices[0].Text, answer.Usage!.Prompt).ShouldBe(("Hi", 3));
    }

    [Fact]
    public async Task An_array_of_Google_itself_has_its_events()
    {
        const string first = """{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}]}""", last =
            """{"candidates":[{"content":{"parts":[{"text":"!"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4}}""";
        var reply = await gateway.PostAsync("/v1beta/models/google/m:streamGenerateContent", Ask, UpstreamScript.Sse($"data: {first}\r\n\r\n", $"data: {last}\r\n\r\n"));
        reply.Text.ShouldBe($"[{first},\r\n{last}]");
        gateway.Upstream.Request.Target.ShouldEndWith(":streamGenerateContent?alt=sse");
    }

    [Theory]
    [InlineData("?alt=sse")]
    [InlineData("")]
    public async Task An_error_in_a_stream_is_Googles_and_breaks_the_connection(string query)
    {
        var reply = await gateway.PostAsync($"/v1beta/models/any-server/m:streamGenerateContent{query}", Ask, UpstreamScript.Sse(Chunk).Cut());
        reply.IsBroken.ShouldBeTrue();
        var text = query.Length > 0 ? SseText.Events(reply.Text).Last(e => e.HasData).Data : reply.Text[(reply.Text.LastIndexOf(",\r\n", StringComparison.Ordinal) + 3)..];
        var error = StrictGemini.ReadError(System.Text.Json.JsonDocument.Parse(text).RootElement);
        (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString()).ShouldBe((502, "UNAVAILABLE"));
    }

    [Theory]
    [InlineData("google/m", true)]
    [InlineData("any-server/m", false)]
    public async Task Client_case33_Tokens_are_counted_without_generating(string model, bool isNative)
    {
        var reply = isNative
            ? await gateway.PostAsync($"/v1beta/models/{model}:countTokens", Ask,
            UpstreamScript.Json("""{"totalTokens":7,"promptTokensDetails":[{"modality":"TEXT","tokenCount":7}]}"""))
            : await gateway.PostAsync($"/v1beta/models/{model}:countTokens", Ask);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Json.GetProperty("totalTokens").GetInt32().ShouldBe(isNative ? 7 : reply.Json.GetProperty("totalTokens").GetInt32());
        reply.Json.GetProperty("totalTokens").GetInt32().ShouldBeGreaterThan(0);
        reply.Headers.GetValueOrDefault("x-nano-estimate").ShouldBe(isNative ? null : "true");
        gateway.Upstream.Requests.Count.ShouldBe(isNative ? 1 : 0);
        var record = await gateway.Usage.OneAsync();
        (record["Operation"], record["InputTokens"], record["OutputTokens"], record["Cost"]).ShouldBe(("count_tokens", null, null, 0m));
    }

    [Theory]
    [InlineData("/v1beta/models/any-server/m", 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/any-server/m:predict", 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/no-such-model:generateContent", 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/:generateContent", 404, "NOT_FOUND")]
    public async Task Errors_are_in_Googles_form(string path, int status, string word)
    {
        var reply = await gateway.PostAsync(path, Ask);
        ((int)reply.Status).ShouldBe(status, reply.Text);
        var error = StrictGemini.ReadError(reply.Json);
        (error.GetProperty("code").GetInt32(), error.GetProperty("status").GetString()).ShouldBe((status, word));
    }

    /// <summary>Media types are case-insensitive (RFC 6838).</summary>
    [Theory]
    [InlineData("IMAGE/PNG", "image_url")]
    [InlineData("Image/Jpeg", "image_url")]
    [InlineData("AUDIO/WAV", "input_audio")]
    [InlineData("APPLICATION/PDF", "file")]
    public async Task The_kind_of_a_medium_does_not_depend_on_case(string type, string part)
    {
        var body = $$$"""{"contents":[{"role":"user","parts":[{"text":"Hello"},{"inlineData":{"mimeType":"{{{type}}}","data":"AAAA"}}]}]}""";
        var reply = await gateway.PostAsync("/v1beta/models/any-server/m:generateContent", body, UpstreamScript.Json(Whole));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        gateway.Upstream.Request.BodyJson.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("type").GetString().ShouldBe(part);
    }

    [Fact]
    public async Task Losses_have_Geminis_names()
    {
        const string body = """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generation_config":{"top_k":5,"seed":1},"safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]}""";
        var reply = await gateway.PostAsync("/v1beta/models/anthropic/claude-of-tomorrow:generateContent", body,
            UpstreamScript.Json("""{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"""));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Headers["x-nano-loss"].ShouldStartWith("dropped=safetySettings,generationConfig.seed");
    }

    [Fact]
    public async Task A_key_in_the_URL_is_refused_unless_a_setting_accepts_it()
    {
        using var client = new HttpClient { BaseAddress = gateway.Client.BaseAddress };
        gateway.Script();
        using var refused = await client.PostAsync($"/v1beta/models/nano/echo:generateContent?key={GatewayFixture.CallerKey}", new StringContent(Ask));
        ((int)refused.StatusCode).ShouldBe(401);
    }
}

/// <summary>The same with the setting.</summary>
public sealed class KeyInUrlTests(KeyInUrlFixture gateway) : IClassFixture<KeyInUrlFixture>
{
    [Theory]
    [InlineData("POST", "/v1beta/models/nano/echo:generateContent?key=KEY", 200)]
    [InlineData("POST", "/v1beta/models/nano/echo:streamGenerateContent?alt=sse&key=KEY", 200)]
    [InlineData("GET", "/v1beta/models?key=KEY", 200)]
    [InlineData("POST", "/v1/v1beta/models/nano/echo:generateContent?key=KEY", 200)]
    [InlineData("POST", "/models/nano/echo:generateContent?key=KEY", 200)]
    [InlineData("POST", "/v1beta/models/nano/echo:generateContent?key=wrong", 401)]
    [InlineData("POST", "/models/nano/echo:generateContent?key=wrong", 401)]
    [InlineData("POST", "/chat/completions?key=KEY", 401)]
    [InlineData("POST", "/v1beta/models/nano/echo:generateContent?key=KEY&key=KEY", 401)]
    [InlineData("POST", "/v1/chat/completions?key=KEY", 401)]
    public async Task A_key_in_the_URL_works_for_Gemini_and_is_not_logged(string method, string path, int status)
    {
        using var client = new HttpClient { BaseAddress = gateway.Client.BaseAddress };
        gateway.Script();
        using var message = new HttpRequestMessage(new HttpMethod(method), path.Replace("KEY", GatewayFixture.CallerKey, StringComparison.Ordinal));
        if (method == "POST") message.Content = new StringContent("""{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(message);
        ((int)response.StatusCode).ShouldBe(status, await response.Content.ReadAsStringAsync());
        gateway.Usage.Lines.ShouldAllBe(line => !line.Contains(GatewayFixture.CallerKey, StringComparison.Ordinal));
    }
}

/// <summary>The gateway with Google, Anthropic and a custom provider.</summary>
public class GeminiApiFixture : GatewayFixture
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["CUSTOM_ANY_SERVER_BASE_URL"] = $"{upstream}/any-server/v1" };

    public async Task<GatewayReply> PostAsync(string path, string body, params UpstreamScript[] answers)
    {
        Script(answers);
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) Usage.LastRequestId = ids.First();
        return await GatewayReply.ReadAsync(response);
    }
}

/// <summary>With <c>ACCEPT_KEY_IN_URL=1</c>.</summary>
public sealed class KeyInUrlFixture : GeminiApiFixture
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["ACCEPT_KEY_IN_URL"] = "1" };
}
