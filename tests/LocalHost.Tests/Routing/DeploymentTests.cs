using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary><c>/api/deployments</c>: the state of deployments, and draining one by hand.</summary>
public sealed class DeploymentTests
{
    private const string Plan = """ "models": { "chat": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0 } } """;

    [Fact]
    public async Task A_failure_is_shown_with_its_pause_and_its_attempts()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(instance => instance == "one" ? Responses.Error(429, "rate_limit_exceeded").Header("retry-after", "60") : Responses.Whole());
        ((int)(await gateway.ChatAsync("chat")).Status).ShouldBe(200);

        var one = await FindAsync(gateway, "one/m");
        one.GetProperty("breaker").GetString().ShouldBe("closed");
        one.GetProperty("cooldown_reason").GetString().ShouldBe("rate_limit");
        one.GetProperty("drained").GetBoolean().ShouldBeFalse();
        one.GetProperty("last_failure").GetProperty("outcome").GetString().ShouldBe("rate_limit");
        one.GetProperty("last_failure").GetProperty("request_id").GetString().ShouldBe(gateway.Usage.LastRequestId);
        (await FindAsync(gateway, "two/m")).GetProperty("last_failure").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);

        var record = (await CallAsync(gateway, "GET", $"/api/activity?request_id={gateway.Usage.LastRequestId}")).Json.GetProperty("record");
        record.GetProperty("alias").GetString().ShouldBe("chat");
        record.GetProperty("attempts").EnumerateArray()
            .Select(attempt => $"{attempt.GetProperty("deployment")} {attempt.GetProperty("outcome")} {attempt.GetProperty("committed")}")
            .ShouldBe(["one/m rate_limit False", "two/m ok True"]);
    }

    /// <summary>Neither answered, nor failed.</summary>
    [Theory]
    [InlineData("two/m")]
    [InlineData("chat")]
    public async Task An_attempt_that_its_caller_gave_up_before_a_response_is_cancelled(string model)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(instance => instance == "one" ? Responses.Error(503) : new UpstreamScript().Silence());
        using var leave = new CancellationTokenSource();
        var open = gateway.SendAsync(GatewayFixture.Ask(model), leave.Token);
        await Testing.Wait.UntilAsync(() => gateway.Upstream.Requests.Any(request => request.Target.StartsWith("/two/", StringComparison.Ordinal)));
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(open);
        await gateway.UntilAsync(line => line.Contains("usage id=", StringComparison.Ordinal));
        var record = (await CallAsync(gateway, "GET", "/api/activity")).Json.GetProperty("records").EnumerateArray().Single();
        record.GetProperty("outcome").GetString().ShouldBe("caller_gone");
        record.GetProperty("attempts").EnumerateArray().Last().GetProperty("outcome").GetString().ShouldBe("cancelled");
        if (model == "chat") gateway.Usage.Lines.Single(line => line.Contains("usage id=", StringComparison.Ordinal)).ShouldContain("one/m:unavailable two/m:cancelled");
    }

    [Fact]
    public async Task A_drained_deployment_gets_no_requests_until_it_is_used_again()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Whole());
        var drained = await CallAsync(gateway, "POST", "/api/deployments", """{"name":"one/m","drain_seconds":600}""");
        ((int)drained.Status).ShouldBe(200, drained.Text);
        drained.Json.GetProperty("drained").GetBoolean().ShouldBeTrue();
        (await gateway.ChatAsync("chat")).Headers["x-nano-deployment"].ShouldBe("two/m");
        // A model that is named directly has no plan.
        (await gateway.ChatAsync("one/m")).Headers["x-nano-deployment"].ShouldBe("one/m");

        (await CallAsync(gateway, "POST", "/api/deployments", """{"name":"one/m","drain_seconds":0}""")).Json.GetProperty("cooldown_until").ValueKind.ShouldBe(
            System.Text.Json.JsonValueKind.Null);
        (await gateway.ChatAsync("chat")).Headers["x-nano-deployment"].ShouldBe("one/m");
    }

    [Theory]
    [InlineData("""{"name":"four/m","drain_seconds":1}""", 404, "deployment_not_found")]
    [InlineData("""{"name":"one/m"}""", 400, "missing_required_parameter")]
    [InlineData("""{"name":"one/m","drain_seconds":86401}""", 400, null)]
    [InlineData("""{"name":"one/m","drain_seconds":1,"forever":true}""", 400, "unknown_parameter")]
    public async Task Unknown_and_invalid_members_are_refused(string body, int status, string? code)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var refused = await CallAsync(gateway, "POST", "/api/deployments", body);
        ((int)refused.Status).ShouldBe(status, refused.Text);
        if (code is not null) refused.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe(code);
    }

    private static async Task<System.Text.Json.JsonElement> FindAsync(RoutingGateway gateway, string name) =>
        (await CallAsync(gateway, "GET", "/api/deployments")).Json.GetProperty("data").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);

    private static async Task<GatewayReply> CallAsync(RoutingGateway gateway, string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await gateway.Client.SendAsync(request);
        return await GatewayReply.ReadAsync(response);
    }
}
