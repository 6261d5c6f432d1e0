using System.Net;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>
/// Failures of the first deployment at every point of its response, over sockets: before content the second one serves the request and
/// nothing of the first is sent; after content the caller gets the error. One usage record with all attempts, each time.
/// </summary>
public sealed class FailoverTests
{
    private const string Plan = """
        "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "timeouts": { "first_token_ms": 1000 } } }
        """;

    public static TheoryData<string> BeforeContent() => ["no response", "headers", "error event", "role and error", "role and end of connection", "silence", "role and silence",
        "not a stream", "status"];

    [Theory, MemberData(nameof(BeforeContent))]
    public async Task After_a_failure_before_content_the_next_deployment_serves_the_request(string failure)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? First(failure) : Responses.Stream("two"));
        var reply = await gateway.ChatAsync("fast", stream: true);
        (reply.Status, reply.IsBroken).ShouldBe((HttpStatusCode.OK, false));
        reply.Text.ShouldBe(Responses.Content("two") + Responses.End);
        (reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe(("two/m", "2"));
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]?.ToString(), record["Provider"], record["Attempts"]).ShouldBe(("Ok", "two", 2));
        record["Tried"]!.ToString()!.ShouldEndWith("two/m:ok\"");
        gateway.Upstream.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task After_a_whole_response_that_takes_too_long_the_next_deployment_serves_the_request()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan.Replace("first_token_ms", "attempt_ms", StringComparison.Ordinal));
        gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", "application/json").Silence() : Responses.Whole("two"));
        var reply = await gateway.ChatAsync("fast");
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "two/m"), reply.Text);
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:timeout two/m:ok\"");
    }

    /// <summary>BerriAI/litellm#38610, #32835: no text is repeated, and a failed stream does not end like a successful one.</summary>
    [Theory]
    [InlineData("error")]
    [InlineData("cut")]
    public async Task Case06_A_failure_after_content_is_the_callers_and_nothing_is_repeated(string failure)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = UpstreamScript.Sse(Responses.Content("begun")).WaitFor(seen.Task);
        gateway.Answer(name => name == "one" ? failure == "error" ? begun.Send(Responses.Failure) : begun.Cut() : Responses.Stream("two"));
        using var response = await gateway.SendAsync(GatewayFixture.Ask("fast", stream: true));
        var reply = await GatewayReply.ReadAsync(response, "begun", seen);
        reply.IsBroken.ShouldBeTrue();
        reply.Text.ShouldNotContain("two");
        reply.Text.ShouldNotContain("[DONE]");
        reply.Error().ValueKind.ShouldBe(JsonValueKind.Object);
        gateway.Upstream.Requests.Count.ShouldBe(1);
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]?.ToString(), record["Provider"], record["Attempts"]).ShouldBe(("Broken", "one", 1));
    }

    /// <summary>The caller leaves while an attempt waits at some point, after another one has failed.</summary>
    [Theory]
    [InlineData("silence")]
    [InlineData("role and silence")]
    [InlineData("pause")]
    public async Task A_caller_who_leaves_ends_the_plan_and_is_recorded_once(string point)
    {
        await using var gateway = await RoutingGateway.StartAsync("""
            "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 1 } },
            "resilience": { "backoff_ms": 600000, "max_backoff_ms": 600000 }
            """);
        gateway.Answer(name => name == "one" || point == "pause" ? Responses.Error(500) : First(point));
        using var leaving = new CancellationTokenSource();
        var sending = gateway.SendAsync(GatewayFixture.Ask("fast", stream: true), leaving.Token);
        while (gateway.Upstream.Requests.Count < 2) await Task.Delay(5);
        if (point == "pause") await Task.Delay(100);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]?.ToString(), record["Attempts"]).ShouldBe(("CallerGone", 2));
        gateway.Upstream.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_plan_is_walked_again_after_a_pause()
    {
        await using var gateway = await RoutingGateway.StartAsync("""
            "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 1 } }, "resilience": { "backoff_ms": 1 }
            """);
        var asked = 0;
        gateway.Answer(_ => Interlocked.Increment(ref asked) < 3 ? Responses.Error(503) : Responses.Whole());
        var reply = await gateway.ChatAsync("fast");
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "one/m", "3"));
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:unavailable two/m:unavailable one/m:ok\"");
    }

    private static UpstreamScript First(string failure) => failure switch
    {
        "no response" => UpstreamScript.NoAnswer,
        "headers" => UpstreamScript.Sse("").Cut(),
        "error event" => UpstreamScript.Sse(Responses.Failure),
        "role and error" => UpstreamScript.Sse(Responses.Role, Responses.Failure),
        "role and end of connection" => UpstreamScript.Sse(Responses.Role).Cut(),
        "silence" => new UpstreamScript().Header("content-type", "text/event-stream").Silence(),
        "role and silence" => UpstreamScript.Sse(Responses.Role).Silence(),
        "not a stream" => UpstreamScript.Json("<html>"),
        _ => Responses.Error(529),
    };
}
