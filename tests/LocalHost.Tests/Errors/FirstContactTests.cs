using System.Net;
using System.Net.Sockets;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>Mistakes of new users: each message names what was meant, or what to do.</summary>
public sealed class FirstContactTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("POST", "/api/v1/chat/completions", "POST /v1/chat/completions")]
    [InlineData("POST", "/v2/chat/completions", "POST /v1/chat/completions")]
    [InlineData("POST", "/proxy/openai/v1/chat/completions", "POST /v1/chat/completions")]
    [InlineData("GET", "/v2/models", "GET /v1/models")]
    [InlineData("GET", "/v2/models/nano/echo", "GET /v1/models/{id}")]
    public async Task A_path_with_another_base_names_the_route_that_was_meant(string method, string path, string meant)
    {
        var (status, message) = await MissAsync(method, path);
        status.ShouldBe(404);
        message.ShouldContain($"Did you mean {meant}?");
        message.ShouldContain("/v1");
    }

    [Fact]
    public async Task A_path_that_is_like_no_route_lists_the_public_ones_without_internal_patterns()
    {
        var (status, message) = await MissAsync("GET", "/nowhere");
        status.ShouldBe(404);
        message.ShouldContain("GET /v1/models/{id}");
        message.ShouldContain("POST /v1/chat/completions");
        message.ShouldNotContain("**");
        message.ShouldNotContain("/api/");
    }

    [Fact]
    public async Task Another_method_names_the_route_without_internal_patterns()
    {
        var (status, message) = await MissAsync("DELETE", "/v1/models/nano/echo");
        status.ShouldBe(405);
        message.ShouldStartWith("/v1/models/{id} takes GET");
    }

    [Fact]
    public async Task The_error_for_a_name_without_its_dash_lists_the_names_with_it()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("gpt5"));
        reply.Status.ShouldBe(HttpStatusCode.NotFound);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Near names: openai/gpt-5");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_without_a_key_is_a_503_that_no_SDK_repeats(bool stream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("mistral/mistral-x", stream));
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_not_configured");
        reply.Headers["x-should-retry"].ShouldBe("false");
    }

    [Theory]
    [InlineData(401, "false")]
    [InlineData(403, "false")]
    [InlineData(500, null)]
    [InlineData(429, null)]
    public async Task A_refused_key_is_a_502_that_no_SDK_repeats_and_other_failures_may_be_repeated(int status, string? expected)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-x"), UpstreamScript.Json("""{"error":{"message":"No."}}""", status));
        reply.Headers.GetValueOrDefault("x-should-retry").ShouldBe(expected);
    }

    [Theory]
    [InlineData("openai/gpt-x", "{}")]
    [InlineData("openai/gpt-x", """{"id":"a","object":"chat.completion","usage":{"prompt_tokens":1}}""")]
    [InlineData("anthropic/claude-x", "{}")]
    [InlineData("google/gemini-x", "{}")]
    public async Task The_error_for_a_200_without_choices_names_the_provider(string model, string body)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway);
        var message = reply.Error().GetProperty("message").GetString()!;
        message.ShouldNotContain("status 502");
        message.ShouldContain(model.Split('/')[0]);
    }

    [Theory]
    [InlineData("nano/echo")]
    [InlineData("anthropic/claude-x")]
    [InlineData("google/gemini-x")]
    public async Task Missing_messages_have_the_code_of_a_missing_model(string model)
    {
        var error = (await gateway.ChatAsync($$"""{"model":"{{model}}"}""")).Error();
        (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()).ShouldBe(("messages", "missing_required_parameter"));
    }

    [Fact]
    public async Task The_built_in_model_responds_under_its_name_and_refuses_an_invalid_temperature()
    {
        (await gateway.ChatAsync(GatewayFixture.Ask("nano/echo"))).Json.GetProperty("model").GetString().ShouldBe("nano/echo");
        var refused = (await gateway.ChatAsync("""{"model":"nano/echo","messages":[{"role":"user","content":"Hi"}],"temperature":"hot"}""")).Error();
        refused.GetProperty("param").GetString().ShouldBe("temperature");
    }

    /// <summary>Losses do not depend on a key: trying the header requires none.</summary>
    [Theory]
    [InlineData("true", HttpStatusCode.BadRequest, "lossy_conversion")]
    [InlineData("false", HttpStatusCode.ServiceUnavailable, "provider_not_configured")]
    public async Task Losses_of_a_strict_request_are_reported_before_a_missing_key(string strict, HttpStatusCode status, string code)
    {
        gateway.Script();
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Headers = { { "x-nano-strict", strict } },
            Content = new StringContent("""{"model":"bedrock/amazon.nova-lite-v1:0","logit_bias":{"1":1},"messages":[{"role":"user","content":"Hi"}]}"""),
        };
        using var response = await gateway.Client.SendAsync(message);
        var reply = await GatewayReply.ReadAsync(response);
        (reply.Status, reply.Error().GetProperty("code").GetString()).ShouldBe((status, code));
    }

    /// <summary>docs/api.md, Losses: the header describes a response that the caller gets.</summary>
    [Theory]
    [InlineData(200, true)]
    [InlineData(400, false)]
    [InlineData(500, false)]
    public async Task An_error_has_no_loss_header_and_its_record_names_the_losses(int status, bool isNamed)
    {
        var answer = status == 200 ? """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}"""
            : """{"type":"error","error":{"type":"invalid_request_error","message":"No."}}""";
        var reply = await gateway.ChatAsync("""{"model":"anthropic/claude-x","logit_bias":{"1":1},"messages":[{"role":"user","content":"Hi"}]}""", UpstreamScript.Json(answer, status));
        reply.Headers.ContainsKey("x-nano-loss").ShouldBe(isNamed, reply.Text);
        (await gateway.Usage.OneAsync())["Losses"].ShouldBe("dropped=logit_bias");
    }

    [Fact]
    public async Task A_record_names_both_dialects_and_its_error_in_snake_case()
    {
        await gateway.ChatAsync(GatewayFixture.Ask("anthropic/claude-x"), UpstreamScript.Json("{}", 500));
        var record = await gateway.Usage.OneAsync();
        record["Dialect"].ShouldBe("openai-chat");
        record["UpstreamDialect"].ShouldBe("anthropic-messages");
        record["Error"].ShouldBe("provider_failed");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var app = LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = $"{port}" }, complaint => complaint.ShouldBeNull());
        var reason = await Should.ThrowAsync<IOException>(() => app!.StartAsync());
        LocalHostApp.CannotListen(app!, reason).ShouldStartWith($"port {port} of 127.0.0.1 is in use by another program");
    }

    private async Task<(int Status, string Message)> MissAsync(string method, string path)
    {
        using var response = await gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        var reply = await GatewayReply.ReadAsync(response);
        return ((int)reply.Status, reply.Error().GetProperty("message").GetString()!);
    }
}
