using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Providers with quirks over the whole path: the request that arrives there, the losses that are reported, and the response.</summary>
public class VendorCaseTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""";

    [Fact]
    public async Task Members_that_a_provider_refuses_are_dropped_and_reported()
    {
        var reply = await gateway.ChatAsync(
            """{"seed":7,"model":"deepseek/m","messages":[{"role":"developer","content":"s"},{"role":"user","content":"q"}],"max_completion_tokens":5,"new_one":[1]}""",
            UpstreamScript.Json(Answer));

        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.Headers["x-nano-loss"].ShouldBe("dropped=seed");
        gateway.Upstream.Request.Body.ShouldBe(
            Encoding.UTF8.GetBytes("""{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"max_tokens":5,"new_one":[1]}"""));
        reply.Body.ShouldBe(Encoding.UTF8.GetBytes(Answer));
        (await gateway.Usage.OneAsync())["Losses"].ShouldBe("dropped=seed");
    }

    [Fact]
    public async Task A_request_without_quirks_arrives_as_it_was_written()
    {
        var reply = await gateway.ChatAsync("""{ "model" : "deepseek/m", "messages":[ {"role":"user","content":"q"} ] , "new_one":1.0 }""", UpstreamScript.Json(Answer));
        gateway.Upstream.Request.Body.ShouldBe(Encoding.UTF8.GetBytes("""{ "model" : "m", "messages":[ {"role":"user","content":"q"} ] , "new_one":1.0 }"""));
        reply.Headers.ContainsKey("x-nano-loss").ShouldBeFalse();
    }

    [Fact]
    public async Task Strict_callers_are_refused_before_anything_is_sent()
    {
        gateway.Script();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent("""{"model":"deepseek/m","seed":7,"messages":[{"role":"user","content":"q"}]}""", Encoding.UTF8, "application/json"),
        };
        message.Headers.Add("x-nano-strict", "true");
        using var response = await gateway.Client.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var error = StrictChat.ReadError(await response.Content.ReadAsStringAsync());
        error.GetProperty("code").GetString().ShouldBe("lossy_conversion");
        error.GetProperty("message").GetString()!.ShouldContain("dropped=seed");
    }

    /// <summary>Edits keep unrelated members: Perplexity's sources beside a text with reasoning.</summary>
    [Fact]
    public async Task Provider_specific_members_survive_an_edit()
    {
        const string Own = ""","citations":["https://x/y"],"search_results":[{"title":"T","url":"https://x/y","date":null}]}""";
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("perplexity/sonar-reasoning"),
            UpstreamScript.Json(Answer.Replace("\"Hi\"", "\"<think>\\nt\\n</think>\\n\\nHi\"", StringComparison.Ordinal)[..^1] + Own));
        reply.Text.ShouldEndWith(Own);
        var answer = reply.ReadStrictly(usageAsked: false);
        (answer.Choices[0].Reasoning, answer.Choices[0].Text).ShouldBe(("t", "Hi"));
    }

    /// <summary>Groq's model wrote something other than a call: its caller gets the text.</summary>
    [Fact]
    public async Task The_error_contains_what_a_model_wrote_instead_of_a_call()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("groq/m"), UpstreamScript.Json(
            """{"error":{"message":"Failed to call a function. See 'failed_generation'.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<function=f>"}}""", 400));
        reply.Status.ShouldBe(HttpStatusCode.BadRequest);
        reply.Error().GetProperty("code").GetString().ShouldBe("tool_use_failed");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("<function=f>");
    }

    /// <summary>Groq streams no response_format: the gateway requests a whole response, and the caller gets a stream.</summary>
    [Fact]
    public async Task A_stream_that_a_provider_does_not_support_is_made_from_a_whole_response()
    {
        var reply = await gateway.ChatAsync(
            """{"model":"groq/m","stream":true,"stream_options":{"include_usage":true},"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"q"}]}""",
            UpstreamScript.Json(Answer.Replace("\"content\":\"Hi\"", "\"content\":\"Hi\",\"reasoning\":\"t\"")));

        gateway.Upstream.Request.BodyJson.GetProperty("stream").GetBoolean().ShouldBeFalse();
        gateway.Upstream.Request.BodyJson.TryGetProperty("stream_options", out _).ShouldBeFalse();
        reply.Headers["x-nano-loss"].ShouldBe("emulated=stream");
        var answer = reply.ReadStrictly(usageAsked: true);
        answer.Choices[0].Text.ShouldBe("Hi");
        answer.Choices[0].Reasoning.ShouldBe("t");
        answer.Usage!.Completion.ShouldBe(2);
    }

    [Theory]
    [InlineData("mistral", false)]
    [InlineData("together", false)]
    [InlineData("perplexity", false)]
    [InlineData("groq", true)]
    [InlineData("any-server", true)]
    public async Task Usage_is_requested_if_the_provider_supports_it(string vendor, bool asked)
    {
        await gateway.ChatAsync(GatewayFixture.Ask(vendor + "/m", stream: true, usage: false), UpstreamScript.Json(Answer));
        gateway.Upstream.Request.BodyJson.TryGetProperty("stream_options", out _).ShouldBe(asked);
        await gateway.ChatAsync(GatewayFixture.Ask(vendor + "/m", stream: true, usage: true), UpstreamScript.Json(Answer));
        gateway.Upstream.Request.BodyJson.TryGetProperty("stream_options", out _).ShouldBe(asked);
    }

    /// <summary>Cut streams stay errors, even if the provider is known to end without [DONE].</summary>
    [Fact]
    public async Task A_stream_that_breaks_off_gets_no_end_marker()
    {
        var reply = await gateway.ChatAsync(
            GatewayFixture.Ask("cerebras/m", stream: true),
            new UpstreamScript().Header("content-type", "text/event-stream")
                .Send("data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"index\":0}]}\n\n"u8.ToArray()));
        reply.Text.ShouldNotContain("[DONE]");
        reply.Text.ShouldContain("error");
    }

    [Theory]
    [InlineData("azure", "/azure/v1/chat/completions", "api-key")]
    [InlineData("mistral", "/mistral/v1/chat/completions", "Authorization")]
    [InlineData("any-server", "/any-server/v1/chat/completions", "Authorization")]
    public async Task The_key_is_sent_in_the_header_that_the_provider_expects(string vendor, string path, string header)
    {
        await gateway.ChatAsync(GatewayFixture.Ask(vendor + "/m"), UpstreamScript.Json(Answer));
        gateway.Upstream.Request.Target.ShouldBe(path);
        gateway.Upstream.Request.Headers[header.ToLowerInvariant()].ShouldContain(GatewayFixture.ProviderKey(vendor));
    }

    [Fact]
    public async Task The_panel_and_the_model_list_contain_the_providers()
    {
        var providers = await gateway.Client.GetFromJsonAsync<JsonElement>("/api/providers");
        var ids = providers.GetProperty("providers").EnumerateArray().Select(provider => provider.GetProperty("id").GetString()).ToArray();
        ids.ShouldContain("azure");
        ids.ShouldContain("any-server");
        var models = await gateway.Client.GetStringAsync("/v1/models");
        models.ShouldContain("\"groq/");
    }
}
