using System.Net;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Cases of field/cases.md about data that must not cross the gateway: unknown members, addresses, keys.</summary>
public class BoundaryCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string ChatResponseBody =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""";

    private const string AnthropicResponse =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";

    private const string GeminiResponse = """{"candidates":[{"content":{"role":"model","parts":[{"text":"x"}]},"finishReason":"STOP"}]}""";

    public static TheoryData<string, string> Providers => new()
    {
        { "openai", ChatResponseBody },
        { "xai", ChatResponseBody },
        { "anthropic", AnthropicResponse },
        { "google", GeminiResponse },
    };

    [Theory]
    [InlineData("openai")]
    [InlineData("xai")]
    public async Task Case19_Unknown_and_plain_members_arrive_and_nothing_is_added(string provider)
    {
        const string Rest = """
            "messages":[{"role":"user","content":"Hello","x_new":{"a":[1,2.50,null]}}],"top_k":40,"min_p":0.05,"enable_thinking":true,"temperature":0.70,"released_tomorrow":{"deep":["\u00e9"]}}
            """;
        await gateway.ChatAsync($$"""{"model":"{{provider}}/some-model",{{Rest}}""", UpstreamScript.Json(ChatResponseBody));

        gateway.Upstream.Request.BodyText.ShouldBe($$"""{"model":"some-model",{{Rest}}""");
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Case19_The_gateways_own_headers_and_the_callers_key_are_not_forwarded(string provider, string answer)
    {
        gateway.Script(UpstreamScript.Json(answer));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(GatewayFixture.Ask($"{provider}/m")) };
        message.Headers.Add("x-nano-strict", "false");
        message.Headers.Add("cookie", "session=secret");
        using var response = await gateway.Client.SendAsync(message);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var sent = gateway.Upstream.Request;
        sent.Headers.Keys.ShouldNotContain(name => name.StartsWith("x-nano", StringComparison.Ordinal) || name == "cookie");
        (sent.Target + string.Join(";", sent.Headers.Values) + sent.BodyText).ShouldNotContain(GatewayFixture.CallerKey);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Case28_A_caller_cannot_choose_the_upstream_address(string provider, string answer)
    {
        await using var thief = await FakeUpstream.StartAsync();
        gateway.Script(UpstreamScript.Json(answer));
        var request = $$"""{"model":"{{provider}}/m","messages":[{"role":"user","content":"Hello"}],"base_url":"{{thief.BaseUrl}}","api_base":"{{thief.BaseUrl}}","custom_host":"{{thief.BaseUrl}}"}""";
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/v1/chat/completions?base_url={thief.BaseUrl}") { Content = Json(request) };
        foreach (var name in new[] { "x-portkey-custom-host", "x-base-url", "x-forwarded-host", "x-original-host", "openai-base-url" }) message.Headers.Add(name, thief.BaseUrl);
        using var response = await gateway.Client.SendAsync(message);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        thief.Requests.ShouldBeEmpty();
        gateway.Upstream.Request.Target.ShouldStartWith($"/{provider}/");
    }

    [Theory]
    [InlineData("openai/../../evil")]
    [InlineData("google/../../../evil")]
    [InlineData("google/m:generateContent?key=x#")]
    [InlineData("google/m%2f..%2f..%2fevil")]
    [InlineData("google/a/b\\\\c")]
    [InlineData("anthropic/m\\r\\nx-evil: 1")]
    public async Task Case28_A_models_name_cannot_change_the_rest_of_the_path(string model)
    {
        var provider = model[..model.IndexOf('/')];
        gateway.Script(UpstreamScript.Json(provider switch { "google" => GeminiResponse, "anthropic" => AnthropicResponse, _ => ChatResponseBody }));
        using var response = await gateway.SendAsync(GatewayFixture.Ask(model));
        var status = (int)response.StatusCode;

        if (gateway.Upstream.Requests.Count == 0) status.ShouldBeInRange(400, 499);
        else
        {
            var target = gateway.Upstream.Request.Target;
            target.ShouldNotContain("evil?");
            target.ShouldBe(provider switch
            {
                "google" => $"/google/v1beta/models/{Uri.EscapeDataString(JsonText(model)[7..])}:generateContent",
                "anthropic" => "/anthropic/v1/messages",
                _ => "/openai/v1/chat/completions",
            });
            gateway.Upstream.Request.Headers.Keys.ShouldNotContain("x-evil");
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Case29_Keys_are_sent_in_headers_only(string provider, string answer)
    {
        var key = GatewayFixture.ProviderKey(provider);
        var reply = await gateway.ChatAsync(GatewayFixture.Ask($"{provider}/m"), UpstreamScript.Json(answer));
        gateway.Upstream.Request.Target.ShouldNotContain("key");
        gateway.Upstream.Request.Headers.Values.ShouldContain(value => value.EndsWith(key, StringComparison.Ordinal));
        ShouldNotShow(reply, key);
        ShouldNotShow(gateway.Usage, key);

        // A provider that quotes the key that it received: https://platform.openai.com ("Incorrect API key provided: sk-...").
        foreach (var status in new[] { 400, 401, 403, 404, 429, 500 })
        {
            reply = await gateway.ChatAsync(GatewayFixture.Ask($"{provider}/m"),
                UpstreamScript.Json($$$"""{"error":{"message":"Bad key {{{key}}} here","type":"x","code":null}}""", status));
            ShouldNotShow(reply, key);
            ShouldNotShow(gateway.Usage, key);
        }
    }

    [Fact]
    public async Task Case29_A_failure_reveals_no_stack_trace_and_no_address()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), UpstreamScript.NoAnswer, UpstreamScript.NoAnswer);

        ((int)reply.Status).ShouldBe(502);
        reply.Error();
        reply.Text.ShouldNotContain("   at ");
        reply.Text.ShouldNotContain("Exception");
        reply.Text.ShouldNotContain("127.0.0.1");
    }

    private static void ShouldNotShow(GatewayReply reply, string key)
    {
        reply.Text.ShouldNotContain(key);
        string.Join(";", reply.Headers.Values).ShouldNotContain(key);
        reply.Text.ShouldNotContain(GatewayFixture.CallerKey);
    }

    private static void ShouldNotShow(UsageLog log, string key)
    {
        var text = string.Join('\n', log.Lines);
        text.ShouldNotContain(key);
        text.ShouldNotContain(GatewayFixture.CallerKey);
    }

    private static string JsonText(string escaped) => JsonSerializer.Deserialize<string>($"\"{escaped}\"")!;

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
