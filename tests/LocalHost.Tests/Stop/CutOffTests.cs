using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Stop;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>What requests that a stop cuts off leave behind: no failure of their provider, and a charge for what they sent.</summary>
public sealed class CutOffTests : IAsyncLifetime
{
    private const int Streams = 4;

    private readonly TemporaryFolder _folder = new("nano-cut-off");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = GatewayProcess.Patience };
    private FakeUpstream _upstream = null!;

    public async Task InitializeAsync() => _upstream = await FakeUpstream.StartAsync();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The next instance reads the store before its first request, so that it would know of an open breaker.</summary>
    [Theory]
    [InlineData("fast")]
    [InlineData("race")]
    public async Task An_instance_that_stops_counts_no_failure_and_charges_what_it_sent(string model)
    {
        if (OperatingSystem.IsWindows()) return;
        var answered = 0;
        // Two streams have content, and two wait for it.
        _upstream.Responder = _ => Interlocked.Increment(ref answered) % 2 == 0
            ? UpstreamScript.Sse(Responses.Content("Hi")).Silence() : new UpstreamScript().Header("content-type", "text/event-stream").Silence();
        var requests = new List<string>();
        await using (var stopped = await StartAsync())
        {
            var key = await CreateKeyAsync(stopped);
            var open = Enumerable.Range(0, Streams).Select(_ => SendAsync(stopped, HttpMethod.Post, "/v1/chat/completions", GatewayFixture.Ask(model, stream: true), key)).ToList();
            await Wait.UntilAsync(() => _upstream.Requests.Count == Streams);
            await stopped.SignalAsync("TERM");
            foreach (var sending in open)
            {
                using var response = await sending;
                requests.Add(response.Headers.GetValues("x-request-id").Single());
                (await GatewayReply.ReadAsync(response)).Error().GetProperty("code").GetString().ShouldBe("gateway_stopped");
            }
            (await stopped.ExitAsync()).ShouldBe(0);
            var records = stopped.Output.Where(line => line.Contains("usage id=", StringComparison.Ordinal)).ToList();
            records.Count.ShouldBe(Streams);
            records.ShouldAllBe(line => line.Contains(" outcome=Stopped ") && line.Contains(" error=gateway_stopped ") && line.Contains(" attempts=1 "));
        }
        _upstream.Requests.ShouldAllBe(request => request.Target.StartsWith("/one/", StringComparison.Ordinal));

        _upstream.Responder = _ => Responses.Whole();
        await using var next = await StartAsync();
        using (var served = await SendAsync(next, HttpMethod.Post, "/v1/chat/completions", GatewayFixture.Ask(model)))
            served.Headers.GetValues("x-nano-deployment").Single().ShouldBe("one/m");
        var health = (await JsonAsync(next, "/api/deployments")).GetProperty("data").EnumerateArray().Single(item => item.GetProperty("name").GetString() == "one/m");
        health.GetProperty("breaker").GetString().ShouldBe("closed");
        foreach (var id in requests)
        {
            var attempt = (await JsonAsync(next, "/api/usage/" + id)).GetProperty("attempts").EnumerateArray().Single();
            (attempt.GetProperty("state").GetString(), attempt.GetProperty("outcome").GetString()).ShouldBe(("settled", "gateway_stopped"));
            attempt.GetProperty("cost_usd").GetDecimal().ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task A_stored_response_that_the_stop_cuts_off_is_an_error_of_the_gateway()
    {
        if (OperatingSystem.IsWindows()) return;
        _upstream.Responder = _ => new UpstreamScript().Silence();
        await using var gateway = await StartAsync();
        var sending = SendAsync(gateway, HttpMethod.Get, "/v1/responses/resp_0123456789abcdef");
        await Wait.UntilAsync(() => _upstream.Requests.Count == 1);
        await gateway.SignalAsync("TERM");
        using var response = await sending;
        var reply = await GatewayReply.ReadAsync(response);
        // Clients of Responses repeat a 503 too often.
        (reply.Status, reply.Error().GetProperty("code").GetString(), response.Headers.ConnectionClose).ShouldBe((HttpStatusCode.TooManyRequests, "gateway_stopped", true));
        (await gateway.ExitAsync()).ShouldBe(0);
        gateway.Output.Single(line => line.Contains("usage id=", StringComparison.Ordinal)).ShouldContain(" status=429 outcome=Stopped finish=None error=gateway_stopped ");
    }

    [Fact]
    public async Task A_caller_that_leaves_a_stored_response_is_recorded_as_gone()
    {
        if (OperatingSystem.IsWindows()) return;
        _upstream.Responder = _ => new UpstreamScript().Silence();
        await using var gateway = await StartAsync();
        using var leave = new CancellationTokenSource();
        var sending = SendAsync(gateway, HttpMethod.Get, "/v1/responses/resp_0123456789abcdef", cancellationToken: leave.Token);
        await Wait.UntilAsync(() => _upstream.Requests.Count == 1);
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
        await Wait.UntilAsync(() => gateway.Output.Any(line => line.Contains("usage id=", StringComparison.Ordinal)));
        gateway.Output.Single(line => line.Contains("usage id=", StringComparison.Ordinal)).ShouldContain(" status=499 outcome=CallerGone finish=None error=client_closed_request ");
    }

    private Task<GatewayProcess> StartAsync() => GatewayProcess.StartAsync(new Dictionary<string, string>
    {
        ["API_KEY"] = GatewayFixture.CallerKey,
        ["OPENAI_API_KEY"] = "key-of-openai",
        ["OPENAI_BASE_URL"] = _upstream.BaseUrl + "/openai/v1",
        ["ONE_API_KEY"] = "one", ["TWO_API_KEY"] = "two", ["THREE_KEY_A"] = "a", ["THREE_KEY_B"] = "b",
        ["STATE_STORE"] = "sqlite:" + Path.Combine(_folder.FullName, "state.db"),
        ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
        ["NANO_CONFIG"] = "{" + RoutingGateway.Providers(_upstream.BaseUrl) + """
            , "models": {
              "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0 },
              "race": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "hedge_after_ms": 3600000 }
            },
            "prices": { "one/*": { "input": 1000, "output": 1000 }, "two/*": { "input": 1000, "output": 1000 } },
            "resilience": { "failures_in_a_row": 2, "cooldown_ms": 600000 } }
            """,
        // Cuts off after 4 s, and leaves 3 s to send the error: enough for a busy machine.
        ["SHUTDOWN_SECONDS"] = "8",
    });

    private async Task<string> CreateKeyAsync(GatewayProcess gateway)
    {
        using var created = await SendAsync(gateway, HttpMethod.Post, "/api/keys", """{"organization":"o","budgets":[{"usd":1000,"window":"total"}]}""");
        return JsonDocument.Parse(await created.Content.ReadAsStringAsync()).RootElement.GetProperty("key").GetString()!;
    }

    private async Task<JsonElement> JsonAsync(GatewayProcess gateway, string path)
    {
        using var response = await SendAsync(gateway, HttpMethod.Get, path);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private Task<HttpResponseMessage> SendAsync(
        GatewayProcess gateway, HttpMethod method, string path, string? json = null, string key = GatewayFixture.CallerKey, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(method, new Uri(new Uri(gateway.Address.GetLeftPart(UriPartial.Authority)), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
