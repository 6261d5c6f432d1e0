using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>The details of providers' errors that the caller gets: the parameter, the reason, and whether and when to try again.</summary>
public sealed class ErrorDetailTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    [Theory]
    [InlineData("""{"detail":[{"type":"extra_forbidden","loc":["body","store"],"msg":"Extra inputs are not permitted","input":false}]}""", "store",
        "Extra inputs are not permitted (store)")]
    [InlineData("""{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"user","name"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","param":null,"code":null}""", "messages[0].user.name", "Extra inputs are not permitted (messages[0].user.name)")]
    [InlineData("""{"object":"Error","message":[{"type":"missing","loc":["body","tools"],"msg":"Field required"}],"type":"invalid_request_error","code":3001}""", "tools",
        "Field required (tools)")]
    [InlineData("""{"object":"error","message":"{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"frequency_penalty\"],\"msg\":\"Extra inputs are not permitted\"}]}","type":"internal_error_proxy","code":"1000"}""", "frequency_penalty", "Extra inputs are not permitted (frequency_penalty)")]
    [InlineData("""{"error":{"detail":[{"loc":["body","a"],"msg":"m"},{"loc":["body","b"],"msg":"n"}]}}""", "a", "m (a); n (b)")]
    [InlineData("""{"error":{"message":{"reason":"too hot","at":5}}}""", null, "{\"reason\":\"too hot\",\"at\":5}")]
    [InlineData("""{"error":{"message":["a","b"]}}""", null, "a")]
    [InlineData("""{"error":{"message":"m","param":"p"}}""", "p", "m")]
    [InlineData("""{"detail":"m"}""", null, "m")]
    public async Task The_param_and_the_message_of_an_error_are_kept(string body, string? param, string message)
    {
        foreach (var model in new[] { "mistral/m", "any-server/m" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body, 422));
            ((int)reply.Status).ShouldBe(422);
            var error = StrictChat.ReadError(reply.Text);
            error.GetProperty("message").GetString().ShouldBe(message);
            error.GetProperty("param").GetString().ShouldBe(param);
        }
    }

    /// <summary>A provider of another dialect may be behind a proxy or a framework with errors of its own.</summary>
    [Theory]
    [InlineData("""{"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required"}]}""", "messages[0].content", "Field required (messages[0].content)")]
    [InlineData("""{"error":{"message":[{"loc":["body","store"],"msg":"Extra inputs are not permitted"}]}}""", "store", "Extra inputs are not permitted (store)")]
    [InlineData("""{"statusCode":422,"error":"Unprocessable Entity","message":"body must have 'messages'"}""", null, "body must have 'messages'")]
    [InlineData("""{"errors":[{"message":"too long"}]}""", null, "too long")]
    [InlineData("""{"Message":"too long"}""", null, "too long")]
    public async Task An_error_in_the_form_of_another_server_is_read_in_every_dialect(string body, string? param, string message)
    {
        foreach (var model in new[] { "mistral/m", "any-server/m", "anthropic/claude-x", "google/gemini-x", "cohere/command-x", "openai/gpt-replayed-pro" })
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json(body, 422));
            ((int)reply.Status).ShouldBe(422, model);
            var error = StrictChat.ReadError(reply.Text);
            error.GetProperty("message").GetString().ShouldBe(message, model);
            error.GetProperty("param").GetString().ShouldBe(param, model);
        }
    }

    [Fact]
    public async Task The_filter_that_refused_a_request_is_named()
    {
        const string Inner = """{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"},"jailbreak":{"filtered":true,"detected":true},"violence":{"filtered":false,"severity":"low"}}}""";
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("azure/m"),
            UpstreamScript.Json($$$"""{"error":{"message":"It was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{{{Inner}}}}}""", 400));
        ((int)reply.Status).ShouldBe(400);
        var error = StrictChat.ReadError(reply.Text);
        error.GetProperty("message").GetString().ShouldBe("It was filtered. Filtered: hate (high), jailbreak.");
        error.GetProperty("innererror").GetRawText().ShouldBe(Inner);
        error.GetProperty("code").GetString().ShouldBe("content_filter");
    }

    /// <summary>Headers of the provider; then what the caller gets.</summary>
    [Theory]
    [InlineData("2", null, "2", null, null)]
    [InlineData("1.2", null, "2", "1200", null)]
    [InlineData("2", "1200", "2", "1200", null)]
    [InlineData(null, "300", "1", "300", null)]
    [InlineData("60", null, "60", null, null)]
    [InlineData("61", null, "61", null, "false")]
    [InlineData("3600", "200", "1", "200", null)]
    [InlineData("86400000", null, "604800", null, "false")]
    [InlineData("NaN", null, null, null, null)]
    [InlineData("Infinity", null, null, null, null)]
    [InlineData("-5", null, null, null, null)]
    [InlineData("1e9", null, null, null, null)]
    [InlineData("soon", null, null, null, null)]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999999", null, null, null, null)]
    public async Task The_retry_delay_is_the_shortest_valid_one(string? seconds, string? milliseconds, string? retryAfter, string? exact, string? retry)
    {
        var answer = UpstreamScript.Json("""{"error":{"message":"Slow down.","type":"rate_limit_error"}}""", 429);
        if (seconds is not null) answer = answer.Header("Retry-After", seconds);
        if (milliseconds is not null) answer = answer.Header("retry-after-ms", milliseconds);
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), answer);
        ((int)reply.Status).ShouldBe(429);
        reply.Headers.GetValueOrDefault("retry-after").ShouldBe(retryAfter);
        reply.Headers.GetValueOrDefault("retry-after-ms").ShouldBe(exact);
        reply.Headers.GetValueOrDefault("x-should-retry").ShouldBe(retry);
    }

    /// <summary>OpenAI and Anthropic send the header themselves; a <c>true</c> adds nothing to the status.</summary>
    [Theory]
    [InlineData("openai/m", 429, "false", "false")]
    [InlineData("anthropic/claude-x", 529, "false", "false")]
    [InlineData("anthropic/claude-x", 500, "FALSE", "false")]
    [InlineData("openai/m", 429, "true", null)]
    [InlineData("openai/m", 429, "no", null)]
    public async Task A_provider_that_rules_out_a_retry_rules_it_out_for_the_caller(string model, int status, string header, string? expected)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model), UpstreamScript.Json("""{"error":{"message":"No."}}""", status).Header("x-should-retry", header));
        reply.Headers.GetValueOrDefault("x-should-retry").ShouldBe(expected);
    }

    [Fact]
    public async Task A_date_is_a_retry_delay_too()
    {
        var answer = UpstreamScript.Json("""{"error":{"message":"Slow down."}}""", 503).Header("Retry-After", DateTimeOffset.UtcNow.AddHours(2).ToString("r"));
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), answer);
        int.Parse(reply.Headers["retry-after"]).ShouldBeInRange(6000, 7201);
        reply.Headers["x-should-retry"].ShouldBe("false");
    }

    [Theory]
    [InlineData("""{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}""", "false")]
    [InlineData("""{"error":{"message":"m","type":"exceeded_current_quota_error"}}""", "false")]
    [InlineData("""{"error":{"message":"m","code":"billing_hard_limit_reached"}}""", "false")]
    [InlineData("""{"error":{"message":"m","type":"rate_limit_error","code":"rate_limit_exceeded"}}""", null)]
    public async Task A_spent_quota_is_not_worth_a_retry(string body, string? retry)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), UpstreamScript.Json(body, 429));
        ((int)reply.Status).ShouldBe(429);
        reply.Headers.GetValueOrDefault("x-should-retry").ShouldBe(retry);
    }

    /// <summary>Google sends the delay of its limit per minute beside a quota per day; its own clients do not wait for it.</summary>
    [Fact]
    public async Task A_spent_quota_per_day_is_not_worth_a_retry()
    {
        const string quota = """{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 34.4s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}""";
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("google/gemini-x"), UpstreamScript.Json(quota, 429));
        ((int)reply.Status, reply.Headers.GetValueOrDefault("x-should-retry"), reply.Headers.GetValueOrDefault("retry-after")).ShouldBe((429, "false", null));
        reply.Error().GetProperty("code").GetString().ShouldBe("daily_quota_exceeded");
    }
}
