using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>Plans that requests ask for, sessions, and streams that are too slow.</summary>
public sealed class RequestedPlanTests
{
    private const string Plan = """
        "models": { "spread": { "strategy": "round-robin", "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0,
                                "slow_stream": { "min_events_per_second": 1000, "within_ms": 1000 } } }
        """;

    [Fact]
    public async Task A_header_names_fallbacks_for_a_model()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "two" ? Responses.Whole() : Responses.Error(503));
        var reply = await gateway.ChatAsync("one/m", headers: ("x-nano-fallback", "three/m, two/m"));
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "two/m"));
        gateway.Upstream.Requests.Select(request => request.Target.Split('/')[1]).ShouldBe(["one", "three", "three", "two"]);
    }

    [Theory]
    [InlineData("nowhere/m", 404, "model_not_found")]
    [InlineData("a/1,a/2,a/3,a/4,a/5,a/6,a/7,a/8,a/9", 400, null)]
    public async Task A_wrong_header_is_refused_before_anything_is_sent(string names, int status, string? code)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        var reply = await gateway.ChatAsync("one/m", headers: ("x-nano-fallback", names));
        ((int)reply.Status, reply.Error().GetProperty("code").GetString()).ShouldBe((status, code));
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    /// <summary>As at OpenRouter: after <c>model</c>, or in its place. No provider gets the member.</summary>
    [Theory]
    [InlineData("\"model\":\"one/m\",\"models\":[\"one/m\",\"three/m\",\"two/m\"]", "one three three two")]
    [InlineData("\"models\":[\"one/m\",\"two/m\"]", "one two")]
    [InlineData("\"models\":[\"two/m\"]", "two")]
    [InlineData("\"model\":\"two/m\",\"models\":[]", "two")]
    [InlineData("\"model\":\"two/m\",\"models\":null", "two")]
    public async Task A_chat_request_names_models_to_try(string members, string tried)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "two" ? Responses.Whole() : Responses.Error(503));
        using var response = await gateway.SendAsync($$"""{{{members}},"messages":[{"role":"user","content":"Hi"}]}""");
        var reply = await GatewayReply.ReadAsync(response);
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "two/m"), reply.Text);
        string.Join(' ', gateway.Upstream.Requests.Select(request => request.Target.Split('/')[1])).ShouldBe(tried);
        if (!members.Contains("null", StringComparison.Ordinal))
            gateway.Upstream.Requests.ShouldAllBe(request => !request.BodyText.Contains("\"models\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"model\":\"one/m\",\"models\":\"two/m\"", 400)]
    [InlineData("\"models\":[]", 400)]
    [InlineData("\"model\":\"one/m\",\"models\":[1]", 400)]
    [InlineData("\"model\":\"one/m\",\"models\":[],\"models\":[]", 400)]
    [InlineData("\"model\":\"one/m\",\"models\":[\"a/1\",\"a/2\",\"a/3\",\"a/4\",\"a/5\",\"a/6\",\"a/7\",\"a/8\",\"a/9\"]", 400)]
    [InlineData("\"model\":\"one/m\",\"models\":[\"nowhere/m\"]", 404)]
    public async Task A_wrong_list_of_models_is_refused_before_anything_is_sent(string members, int status)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        using var response = await gateway.SendAsync($$"""{{{members}},"messages":[{"role":"user","content":"Hi"}]}""");
        ((int)response.StatusCode).ShouldBe(status);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_stays_at_its_deployment()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Whole());
        var served = new HashSet<string>();
        for (var i = 0; i < 8; i++) served.Add((await gateway.ChatAsync("spread", headers: ("x-nano-session", "s"))).Headers["x-nano-deployment"]);
        served.Count.ShouldBe(1);
        for (var i = 0; i < 8; i++) served.Add((await gateway.ChatAsync("spread")).Headers["x-nano-deployment"]);
        served.Count.ShouldBe(2);
    }

    /// <summary>Agents name their session in a header of their own (case 31 of field/clients.md); the gateway's header comes first.</summary>
    [Theory]
    [InlineData("session-id", "01a2-7", null)]
    [InlineData("X-Claude-Code-Session-Id", "6f1c", null)]
    [InlineData("session-id", null, "fixed")]
    public async Task An_agents_session_stays_at_its_deployment(string header, string? session, string? own)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Whole());
        var served = new HashSet<string>();
        for (var i = 0; i < 24; i++)
        {
            (string, string)[] headers = own is null ? [(header, session!)] : [(header, $"session-{i}"), ("x-nano-session", own)];
            served.Add((await gateway.ChatAsync("spread", headers: headers)).Headers["x-nano-deployment"]);
        }
        served.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Different_sessions_of_an_agent_are_spread()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(_ => Responses.Whole());
        var served = new HashSet<string>();
        for (var i = 0; i < 24; i++) served.Add((await gateway.ChatAsync("spread", headers: ("session-id", $"session-{i}"))).Headers["x-nano-deployment"]);
        served.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_stream_that_is_too_slow_is_given_up_before_it_commits()
    {
        await using var gateway = await RoutingGateway.StartAsync(Plan);
        gateway.Answer(name => name == "one" ? UpstreamScript.Sse(Responses.Content("slow")).Silence() : Responses.Stream("fast"));
        var reply = await gateway.ChatAsync("spread", stream: true);
        reply.Text.ShouldBe(Responses.Content("fast") + Responses.End);
        (await gateway.Usage.OneAsync())["Tried"].ShouldBe("\"one/m:timeout two/m:ok\"");
    }
}
