using System.Net;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>Route plans over sockets: which deployment responds, what the caller sees of it, and the single usage record.</summary>
public sealed class PlanTests
{
    private const string Plan = """
        "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0,
                              "fallbacks": [ { "model": "three/long", "on": ["context_length"] } ] } }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_headers_name_the_deployment_and_count_the_attempts(bool stream)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? Responses.Error(500) : stream ? Responses.Stream() : Responses.Whole());
        var reply = await gateway.ChatAsync("fast", stream);
        reply.Status.ShouldBe(HttpStatusCode.OK);
        (reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe(("two/m", "2"));
        var record = await gateway.Usage.OneAsync();
        (record["Provider"], record["Outcome"]?.ToString(), record["Alias"], record["Tried"]).ShouldBe(("two", "Ok", "fast", "\"one/m:unavailable two/m:ok\""));
    }

    [Theory]
    [InlineData("one/m", "one/m")]
    [InlineData("nano/echo", "nano/echo")]
    public async Task A_pinned_model_is_served_by_that_model(string model, string deployment)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Whole());
        var reply = await gateway.ChatAsync(model);
        (reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((deployment, "1"));
    }

    [Fact]
    public async Task A_pinned_model_is_never_replaced()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Error(500));
        var reply = await gateway.ChatAsync("one/m");
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.BadGateway, "one/m", "1"));
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_fallback_takes_over_the_failure_that_it_names()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "three" ? Responses.Whole() : Responses.Error(400, "context_length_exceeded"));
        var reply = await gateway.ChatAsync("fast");
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "three/long", "2"));
        gateway.Upstream.Requests.Select(request => request.Target.Split('/')[1]).ShouldBe(["one", "three"]);
    }

    [Fact]
    public async Task The_error_of_a_plan_names_every_attempt()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => Responses.Error(name == "one" ? 500 : 503));
        var reply = await gateway.ChatAsync("fast");
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Error().GetProperty("message").GetString().ShouldBe("it says failed (Attempts: one/m: unavailable; two/m: unavailable.)");
        (reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe(("two/m", "2"));
    }

    /// <summary>After a refused key, or an account without credit, the request is sent with the next key of the same model.</summary>
    [Theory]
    [InlineData(401, "invalid_api_key")]
    [InlineData(429, "insufficient_quota")]
    public async Task The_next_key_is_used_when_one_is_refused_or_spent(int status, string code)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Upstream.Responder = request => request.Headers["authorization"].EndsWith(GatewayFixture.ProviderKey("three-a"), StringComparison.Ordinal)
            ? Responses.Error(status, code) : Responses.Whole();
        for (var i = 0; i < 20; i++)
        {
            var reply = await gateway.ChatAsync("three/m");
            (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "three/m"));
        }
        // The key cools down: it is asked once.
        gateway.Upstream.Requests.Count(request => request.Headers["authorization"].EndsWith(GatewayFixture.ProviderKey("three-a"), StringComparison.Ordinal)).ShouldBe(1);
    }

    /// <summary>Callers do not see the names of several keys; the operator finds the refused ones in the usage record.</summary>
    [Fact]
    public async Task The_error_of_refused_keys_names_the_provider_and_the_usage_record_names_the_keys()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Error(401, "invalid_api_key"));
        var reply = await gateway.ChatAsync("three/m");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("Check one of the keys of 'three' in nano.json.");
        reply.Text.ShouldNotContain("THREE_KEY");
        var tried = (await gateway.Usage.OneAsync())["Tried"]!.ToString()!;
        foreach (var key in new[] { "THREE_KEY_A", "THREE_KEY_B" }) tried.ShouldContain($"three/m#{key}");
    }

    /// <summary>A 403 that refuses one prompt or one model is not a failure of the key.</summary>
    [Theory]
    [InlineData("Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", null)]
    [InlineData("m requires moderation on a provider. Your input was flagged for violence.", null)]
    [InlineData("You are not allowed to sample from this model", "two/m")]
    public async Task A_key_serves_the_next_request_after_a_403_that_refuses_a_prompt_or_a_model(string message, string? takesOver)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? UpstreamScript.Json($$$"""{"error":{"message":"{{{message}}}"}}""", 403) : Responses.Whole());
        var reply = await gateway.ChatAsync("fast");
        if (takesOver is null) (reply.Status, reply.Error().GetProperty("message").GetString()).ShouldBe((HttpStatusCode.Forbidden, message));
        else (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, takesOver));
        gateway.Answer(_ => Responses.Whole());
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("one/m");
    }

    [Fact]
    public async Task A_deployment_gets_no_requests_until_its_retry_after_has_passed()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? Responses.Error(429).Header("retry-after", "3600") : Responses.Whole());
        for (var i = 0; i < 5; i++) (await gateway.ChatAsync("fast")).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Upstream.Requests.Count(request => request.Target.StartsWith("/one/", StringComparison.Ordinal)).ShouldBe(1);

        gateway.Answer(_ => Responses.Error(429).Header("retry-after-ms", "1800000"));
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("two/m");
        var refused = await gateway.ChatAsync("fast");
        (refused.Status, refused.Error().GetProperty("code").GetString()).ShouldBe((HttpStatusCode.TooManyRequests, "no_deployment_available"));
        int.Parse(refused.Headers["retry-after"]).ShouldBeInRange(1, 1800);
        refused.Error().GetProperty("message").GetString()!.ShouldContain("one/m: rate_limit");
        refused.Headers["x-nano-attempts"].ShouldBe("0");
    }

    /// <summary>A wrong key is the usual mistake: each error names it and its setting, not only the first one.</summary>
    [Fact]
    public async Task Every_error_names_the_key_that_is_refused()
    {
        await using var gateway = await RoutingGateway.StartAsync("\"models\": { \"fast\": { \"targets\": [ { \"model\": \"one/m\" } ] } }");
        gateway.Answer(_ => Responses.Error(401, "invalid_api_key"));
        for (var i = 1; i <= 3; i++)
        {
            var reply = await gateway.ChatAsync("fast");
            (reply.Status, reply.Error().GetProperty("code").GetString(), reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.BadGateway, "provider_auth_failed", "1"));
            reply.Error().GetProperty("message").GetString()!.ShouldContain("ONE_API_KEY");
        }
        gateway.Answer(_ => Responses.Whole());
        (await gateway.ChatAsync("fast")).Status.ShouldBe(HttpStatusCode.OK, "the key is valid again");
    }

    /// <summary>A failure of the last target that only the operator can mend does not keep clients from trying the first one again.</summary>
    [Fact]
    public async Task An_error_after_a_temporary_failure_may_be_retried()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        foreach (var (status, isFinal) in ((int, bool)[])[(503, false), (404, true)])
        {
            gateway.Answer(name => name == "one" ? Responses.Error(status) : Responses.Error(429, "insufficient_quota"));
            var reply = await gateway.ChatAsync("fast");
            (reply.Status, reply.Headers.ContainsKey("x-should-retry")).ShouldBe((HttpStatusCode.TooManyRequests, isFinal), $"after {status}");
            (await gateway.Client.PostAsync("/api/deployments", new StringContent("""{"name":"two/m","drain_seconds":0}"""))).EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task The_error_of_a_plan_names_the_targets_that_were_skipped()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? Responses.Error(429).Header("retry-after", "3600") : Responses.Whole());
        await gateway.ChatAsync("fast");
        gateway.Answer(_ => Responses.Error(500));
        (await gateway.ChatAsync("fast")).Error().GetProperty("message").GetString().ShouldBe("it says failed (Attempts: two/m: unavailable. Skipped: one/m: rate_limit.)");
    }

    /// <summary>The record and the panel name each target that got no attempt, with its reason at that time.</summary>
    [Fact]
    public async Task Skipped_targets_are_recorded_with_their_reasons()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? Responses.Error(429).Header("retry-after", "3600") : Responses.Whole());
        await gateway.ChatAsync("fast");
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:rate_limit two/m:ok\"");
        var reply = await gateway.ChatAsync("fast");
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:skipped_rate_limit two/m:ok\"");
        using var activity = JsonDocument.Parse(await gateway.Client.GetStringAsync($"/api/activity?request_id={reply.Headers["x-request-id"]}"));
        var skipped = activity.RootElement.GetProperty("record").GetProperty("skipped");
        skipped.EnumerateArray().Select(target => (target.GetProperty("deployment").GetString(), target.GetProperty("reason").GetString())).ShouldBe([("one/m", "rate_limit")]);
    }

    /// <summary>Azure's clients name the deployment in the path. An alias of that name takes its requests, whether or not there is an Azure resource.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_alias_serves_the_classic_paths_of_azure_clients(bool hasResource)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan, more: hasResource ? [("AZURE_BASE_URL", "http://127.0.0.1:1/openai/v1"), ("AZURE_API_KEY", "k")] : []);
        gateway.Answer(_ => Responses.Whole());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/openai/deployments/fast/chat/completions?api-version=2024-10-21")
            { Content = new StringContent("""{"messages":[{"role":"user","content":"Hi"}]}""", System.Text.Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(request);
        var reply = await GatewayReply.ReadAsync(response);
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "one/m"), reply.Text);
    }

    [Fact]
    public async Task Aliases_are_listed_and_the_error_for_a_wrong_one_lists_near_names()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        using var list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models"));
        list.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ShouldContain("fast");
        using var one = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models/fast"));
        one.RootElement.GetProperty("id").GetString().ShouldBe("fast");
        var unknown = await gateway.ChatAsync("fsat");
        (unknown.Status, unknown.Error().GetProperty("message").GetString()!.Contains("Near names: fast", StringComparison.Ordinal)).ShouldBe((HttpStatusCode.NotFound, true));
    }
}
