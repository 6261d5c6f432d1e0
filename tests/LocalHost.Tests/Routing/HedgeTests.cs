using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>A second attempt in parallel with a late one: the first with content wins, the other is cancelled, and both are recorded.</summary>
public sealed class HedgeTests
{
    private const string Plan = """
        "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "hedge_after_ms": 50 } }
        """;

    [Theory]
    [InlineData("silence", true)]
    [InlineData("role", true)]
    [InlineData("silence", false)]
    public async Task The_second_attempt_wins_when_the_first_has_no_content(string first, bool stream)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Answer(name =>
        {
            if (name == "one")
            {
                arrived.SetResult();
                var begun = first == "role" ? UpstreamScript.Sse(Responses.Role) : new UpstreamScript().Header("content-type", stream ? "text/event-stream" : "application/json");
                return begun.Silence();
            }
            var response = stream ? Responses.Stream("two") : Responses.Whole("two");
            return response with { Steps = [new UpstreamStep.WaitFor(arrived.Task), .. response.Steps] };
        });
        var reply = await gateway.ChatAsync("fast", stream);
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "two/m", "2"));
        if (stream) reply.Text.ShouldBe(Responses.Content("two") + Responses.End);
        var record = await gateway.Usage.OneAsync();
        (record["Provider"], record["Outcome"]?.ToString(), record["Tried"]).ShouldBe(("two", "Ok", "\"one/m:hedge_lost two/m:ok\""));
        // The provider that lost sees its connection close.
        await gateway.Upstream.Requests.Single(request => request.Target.StartsWith("/one/", StringComparison.Ordinal)).ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_attempt_wins_when_the_second_is_later(bool stream)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Answer(name =>
        {
            var response = stream ? Responses.Stream("one") : Responses.Whole("one");
            if (name == "one") return response with { Steps = [new UpstreamStep.WaitFor(second.Task), .. response.Steps] };
            second.SetResult();
            return new UpstreamScript().Header("content-type", "text/event-stream").Silence();
        });
        var reply = await gateway.ChatAsync("fast", stream);
        (reply.Status, reply.Headers["x-nano-deployment"], reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "one/m", "2"));
        reply.Text.ShouldContain("one");
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:ok two/m:hedge_lost\"");
    }

    [Fact]
    public async Task A_fast_response_is_not_hedged()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan.Replace("50", "600000", StringComparison.Ordinal));
        gateway.Answer(_ => Responses.Stream("one"));
        var reply = await gateway.ChatAsync("fast", stream: true);
        (reply.Text, reply.Headers["x-nano-attempts"]).ShouldBe((Responses.Content("one") + Responses.End, "1"));
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task After_a_failed_attempt_the_other_one_wins()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Answer(name =>
        {
            if (name == "one") return new UpstreamScript().Header("content-type", "text/event-stream").WaitFor(second.Task).Send(Responses.Content("one")).Send(Responses.End);
            second.SetResult();
            return UpstreamScript.Sse(Responses.Failure);
        });
        var reply = await gateway.ChatAsync("fast", stream: true);
        reply.Text.ShouldContain("one");
        (await gateway.Usage.OneAsync())["Attempts"].ShouldBe(2);
    }

    /// <summary>Some servers omit the blank line after the last event.</summary>
    [Fact]
    public async Task An_error_as_the_last_event_without_a_blank_line_is_the_error()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Answer(name =>
        {
            var script = new UpstreamScript().Header("content-type", "text/event-stream");
            if (name == "one") script = script.WaitFor(second.Task);
            else second.SetResult();
            return script.Send(Responses.Role + """data: {"error":{"message":"slow","code":429}}""" + "\n");
        });
        var reply = await gateway.ChatAsync("fast", stream: true);
        reply.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        reply.Error().GetProperty("message").GetString().ShouldStartWith("slow");
    }

    [Fact]
    public async Task A_caller_who_leaves_ends_both_attempts_and_is_recorded_once()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => new UpstreamScript().Header("content-type", "text/event-stream").Silence());
        using var leaving = new CancellationTokenSource();
        var sending = gateway.SendAsync(GatewayFixture.Ask("fast", stream: true), leaving.Token);
        while (gateway.Upstream.Requests.Count < 2) await Task.Delay(5);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]?.ToString(), record["Attempts"]).ShouldBe(("CallerGone", 2));
        foreach (var request in gateway.Upstream.Requests) await request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }
}
