using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary><c>POST /v1/messages/count_tokens</c>: the provider's own count if it has one, else an estimate that is marked as such.</summary>
public class TokenCountTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static string Ask(string model) =>
        """{"model":"MODEL","system":"Be terse.","tools":[{"name":"f","description":"Gets the weather.","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Hello"}]}""".Replace("MODEL", model);

    [Fact]
    public async Task Anthropic_counts_what_the_caller_sent()
    {
        var reply = await CountAsync("anthropic/claude-x", UpstreamScript.Json("""{"input_tokens":14,"context_management":null}"""));
        reply.Text.ShouldBe("""{"input_tokens":14,"context_management":null}""");
        gateway.Upstream.Request.Target.ShouldEndWith("/v1/messages/count_tokens");
        gateway.Upstream.Request.BodyText.ShouldBe(Ask("claude-x"));
        await RecordedAsync("anthropic");
    }

    /// <summary>Case 33 of field/clients.md: no generation, no charge.</summary>
    [Fact]
    public async Task Google_counts_the_converted_request()
    {
        var reply = await CountAsync("google/gemini-3.8-flash", UpstreamScript.Json("""{"totalTokens":21,"promptTokensDetails":[]}"""));
        reply.Text.ShouldBe("""{"input_tokens":21}""");
        reply.Headers.ContainsKey("x-nano-estimate").ShouldBeFalse();
        gateway.Upstream.Request.Target.ShouldEndWith("/v1beta/models/gemini-3.8-flash:countTokens");
        var sent = gateway.Upstream.Request.BodyJson.GetProperty("generateContentRequest");
        sent.GetProperty("model").GetString().ShouldBe("models/gemini-3.8-flash");
        sent.GetProperty("systemInstruction").GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("Be terse.");
        sent.GetProperty("tools")[0].GetProperty("functionDeclarations")[0].GetProperty("name").GetString().ShouldBe("f");
        await RecordedAsync("google");
    }

    [Fact]
    public async Task OpenAI_counts_the_converted_request()
    {
        var reply = await CountAsync("openai/gpt-4o", UpstreamScript.Json("""{"object":"response.input_tokens","input_tokens":33}"""));
        reply.Text.ShouldBe("""{"input_tokens":33}""");
        gateway.Upstream.Request.Target.ShouldEndWith("/responses/input_tokens");
        gateway.Upstream.Request.BodyJson.EnumerateObject().Select(member => member.Name).ShouldBe(["model", "input", "tools"], ignoreOrder: true);
        await RecordedAsync("openai");
    }

    [Fact]
    public async Task Client_case15_an_estimate_is_marked_and_counts_system_and_tools()
    {
        var reply = await CountAsync("xai/grok-4.6");
        reply.Headers["x-nano-estimate"].ShouldBe("true");
        reply.Json.GetProperty("input_tokens").GetInt32().ShouldBeInRange(15, 60);
        gateway.Upstream.Requests.ShouldBeEmpty();
        await RecordedAsync("xai");
    }

    /// <summary>A base URL may point to another server that speaks the dialect and lacks the route.</summary>
    [Theory]
    [InlineData("openai/gpt-4o", 404)]
    [InlineData("anthropic/claude-x", 405)]
    public async Task A_server_without_the_route_gets_an_estimate(string model, int status)
    {
        var reply = await CountAsync(model, UpstreamScript.Json("""{"detail":"Not Found"}""", status));
        ((int)reply.Status).ShouldBe(200);
        reply.Headers["x-nano-estimate"].ShouldBe("true");
        reply.Json.GetProperty("input_tokens").GetInt32().ShouldBeInRange(15, 80);
    }

    [Fact]
    public async Task An_unknown_model_is_an_error_and_no_estimate()
    {
        var reply = await CountAsync("anthropic/claude-does-not-exist",
            UpstreamScript.Json("""{"type":"error","error":{"type":"not_found_error","message":"model: claude-does-not-exist"}}""", 404));
        ((int)reply.Status).ShouldBe(404);
        StrictMessages.ReadError(reply.Text).GetProperty("message").GetString().ShouldBe("model: claude-does-not-exist");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("""{"input_tokens":-5}""")]
    public async Task An_invalid_count_is_an_error(string body)
    {
        var reply = await CountAsync("anthropic/claude-x", UpstreamScript.Json(body));
        ((int)reply.Status).ShouldBe(502);
        StrictMessages.ReadError(reply.Text).GetProperty("type").GetString().ShouldBe("api_error");
    }

    [Fact]
    public async Task A_stream_cannot_be_counted_as_one()
    {
        gateway.Script(UpstreamScript.Json("""{"input_tokens":14}"""));
        using var response = await gateway.PostAsync("/v1/messages/count_tokens", MessagesCaller.Ask("anthropic/claude-x", stream: true));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
    }

    [Fact]
    public async Task A_caller_with_a_wrong_key_is_refused()
    {
        gateway.Script();
        using var response = await gateway.PostAsync("/v1/messages/count_tokens", Ask("anthropic/claude-x"), ("Authorization", "Bearer wrong"));
        ((int)response.StatusCode).ShouldBe(401);
        StrictMessages.ReadError(await response.Content.ReadAsStringAsync()).GetProperty("type").GetString().ShouldBe("authentication_error");
    }

    private async Task<GatewayReply> CountAsync(string model, params UpstreamScript[] answers)
    {
        gateway.Script(answers);
        using var response = await gateway.PostAsync("/v1/messages/count_tokens", Ask(model));
        return await GatewayReply.ReadAsync(response);
    }

    private async Task RecordedAsync(string provider)
    {
        var record = await gateway.Usage.OneAsync();
        (record["Operation"], record["Provider"], record["InputTokens"], record["OutputTokens"], record["Cost"]).ShouldBe(("count_tokens", provider, null, null, 0m));
    }
}
