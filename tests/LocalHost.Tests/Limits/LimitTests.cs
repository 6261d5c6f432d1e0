using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>Requests that the gateway itself refuses, each in the caller's dialect and without a call upstream.</summary>
public sealed class LimitTests(LimitTests.SmallGateway gateway) : IClassFixture<LimitTests.SmallGateway>
{
    private const int MaxBytes = 100_000;

    public sealed class SmallGateway : GatewayFixture, IDisposable
    {
        private readonly ClosedPort _closed = new();

        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = base.Settings(upstream);
            settings["MAX_REQUEST_BYTES"] = MaxBytes.ToString();
            settings["MAX_CONCURRENT_REQUESTS"] = "1";
            settings.Remove("XAI_API_KEY");
            settings["ANTHROPIC_BASE_URL"] = _closed.Address;
            return settings;
        }

        public void Dispose() => _closed.Dispose();
    }

    [Theory]
    [InlineData("", 400, "empty")]
    [InlineData("not json", 400, "not valid JSON")]
    [InlineData("[1]", 400, "JSON object")]
    [InlineData("""{"messages":[]}""", 400, "'model' is missing")]
    [InlineData("""{"model":""}""", 400, "'model' is missing")]
    [InlineData("""{"model":"openai/a","model":"openai/b","messages":[]}""", 400, "more than once")]
    [InlineData("""{"model":"openai/a","stream":true,"stream":false,"messages":[]}""", 400, "more than once")]
    [InlineData("""{"model":"openai/a","stream":1,"messages":[]}""", 400, "'stream'")]
    [InlineData("""{"model":"nowhere/a","messages":[]}""", 404, "nowhere")]
    [InlineData("""{"model":"no-such-model-at-all","messages":[]}""", 404, "no-such-model-at-all")]
    [InlineData("""{"model":"xai/grok-4","messages":[{"role":"user","content":"hi"}]}""", 503, "XAI_API_KEY")]
    [InlineData("""{"model":"anthropic/claude-opus-5-5","messages":[{"role":"user","content":"hi"}]}""", 502, "ANTHROPIC_BASE_URL")]
    [InlineData("""{"model":"anthropic/claude-opus-5-5","stream":true,"messages":[{"role":"user","content":"hi"}]}""", 502, "cannot be reached")]
    public async Task The_error_of_a_request_that_cannot_be_served_names_the_reason(string body, int status, string says)
    {
        var reply = await gateway.ChatAsync(body);
        ((int)reply.Status).ShouldBe(status, reply.Text);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(says);
        gateway.Upstream.Requests.ShouldBeEmpty();
        (await gateway.Usage.OneAsync())["Status"].ShouldBe(status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_a_413(bool announced)
    {
        gateway.Script();
        var content = new StreamContent(
            new MemoryStream(Encoding.UTF8.GetBytes($$"""{"model":"openai/a","messages":[{"role":"user","content":"{{new string('x', MaxBytes)}}"}]}""")));
        if (!announced) content.Headers.ContentLength = null;
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        if (!announced) message.Headers.TransferEncodingChunked = true;
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(message));
        reply.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("MAX_REQUEST_BYTES");
    }

    [Fact]
    public async Task An_encoded_body_is_a_415()
    {
        gateway.Script();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent("{}") };
        message.Content.Headers.ContentEncoding.Add("gzip");
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(message));
        reply.Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Content-Encoding");
    }

    [Fact]
    public async Task One_request_too_many_is_a_429_until_another_one_ends()
    {
        var release = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Sse("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n").WaitFor(release.Task).Send("data: [DONE]\n\n"));
        using var first = await gateway.SendAsync(GatewayFixture.Ask("openai/a", stream: true));
        var second = await GatewayReply.ReadAsync(await gateway.SendAsync(GatewayFixture.Ask("openai/a")));
        second.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        second.Headers["retry-after"].ShouldBe("1");
        second.Error().GetProperty("message").GetString()!.ShouldContain("MAX_CONCURRENT_REQUESTS");
        release.SetResult();
        (await GatewayReply.ReadAsync(first)).Text.ShouldEndWith("data: [DONE]\n\n");
        await gateway.Usage.OneAsync();
        var third = await gateway.ChatAsync(GatewayFixture.Ask("openai/a"),
            UpstreamScript.Json("""{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        third.Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Headers_over_the_limit_are_a_431()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        message.Headers.TryAddWithoutValidation("x-large", new string('x', 40_000));
        using var response = await gateway.Client.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/models", 405)]
    [InlineData("GET", "/v1/models/", 200)]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("GET", "/readyz", 200)]
    [InlineData("HEAD", "/healthz", 200)]
    public async Task Every_address_has_a_response(string method, string path, int status)
    {
        var reply = await GatewayReply.ReadAsync(await gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)));
        ((int)reply.Status).ShouldBe(status);
        if (status >= 400) reply.Error().GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        if (status == 405) reply.Headers.ContainsKey("allow").ShouldBeTrue();
    }

    [Fact]
    public async Task A_caller_without_a_key_is_a_401_and_no_usage()
    {
        gateway.Script();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayFixture.Ask("openai/a")) };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "guess");
        using var stranger = new HttpClient { BaseAddress = gateway.Client.BaseAddress };
        var reply = await GatewayReply.ReadAsync(await stranger.SendAsync(message));
        reply.Status.ShouldBe(HttpStatusCode.Unauthorized);
        reply.Error().GetProperty("code").GetString().ShouldBe("invalid_api_key");
        gateway.Usage.Records.ShouldBeEmpty();
    }
}
