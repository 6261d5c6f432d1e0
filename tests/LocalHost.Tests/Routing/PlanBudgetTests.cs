using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>The attempts of one request under a budget: each is booked with its own outcome, and the request is one request.</summary>
public sealed class PlanBudgetTests : IAsyncLifetime
{
    /// <summary>One USD for 1,000 tokens of any kind.</summary>
    private const string Config = """
        "models": {
          "over": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "timeouts": { "first_token_ms": 1000 } },
          "race": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "hedge_after_ms": 50 }
        },
        "prices": { "one/*": { "input": 1000, "output": 1000 }, "two/*": { "input": 1000, "output": 1000 } }
        """;

    private readonly TemporaryFolder _folder = new("nano-plan-budgets");
    private RoutingGateway _gateway = null!;
    private HttpClient _caller = null!;
    private string _key = "";

    public async Task InitializeAsync()
    {
        _gateway = await RoutingGateway.StartAsync(Config,
            more: [("STATE_STORE", "sqlite:" + Path.Combine(_folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000")]);
        _caller = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _gateway.Client.BaseAddress, Timeout = _gateway.Client.Timeout };
        await UseKeyAsync("""{"organization":"o","budgets":[{"usd":1000,"window":"total"}]}""");
    }

    /// <summary>Creates the virtual key of the caller.</summary>
    private async Task UseKeyAsync(string limits)
    {
        using var created = await _gateway.Client.PostAsync("/api/keys", new StringContent(limits, Encoding.UTF8, "application/json"));
        var key = JsonDocument.Parse(await created.Content.ReadAsStringAsync()).RootElement;
        _key = key.GetProperty("id").GetString()!;
        _caller.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.GetProperty("key").GetString());
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_attempt_that_the_provider_refused_is_released_and_the_next_one_is_charged()
    {
        _gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole());
        var attempts = await AttemptsAsync(await SendAsync("over", stream: false));
        attempts.ShouldBe([("one", "released", false, 0m), ("two", "settled", false, 0.004m)]);
    }

    /// <summary>The tokens of the attempt that was served count, although it is not the first; the request counts once.</summary>
    [Fact]
    public async Task A_later_attempt_counts_in_the_rate_of_tokens()
    {
        await UseKeyAsync("""{"organization":"o","tokens_per_minute":600,"requests_per_minute":9}""");
        _gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole("two", output: 1000));
        using var served = await PostAsync("over", stream: false, default);
        (served.Headers.GetValues("x-nano-attempts").Single(), served.Headers.GetValues("x-ratelimit-remaining-requests").Single()).ShouldBe(("2", "8"));
        using var refused = await PostAsync("over", stream: false, default);
        ((int)refused.StatusCode).ShouldBe(429);
        JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("600 tokens per minute");
    }

    /// <summary>It may have been served: its input is charged, whether the attempt runs alone or in a race.</summary>
    [Theory]
    [InlineData("over")]
    [InlineData("race")]
    public async Task An_attempt_whose_response_breaks_off_is_charged_for_its_input(string model)
    {
        _gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", "application/json").Send("{").Cut() : Responses.Whole("two"));
        var attempts = await AttemptsAsync(await SendAsync(model, stream: false));
        attempts.Select(attempt => (attempt.Provider, attempt.State)).ShouldBe([("one", "settled"), ("two", "settled")]);
        attempts[0].Cost.ShouldBeGreaterThan(0);
    }

    /// <summary>It may have been served: its input is charged.</summary>
    [Fact]
    public async Task An_attempt_that_took_too_long_is_charged_for_its_input()
    {
        _gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", "text/event-stream").Silence() : Responses.Stream("two"));
        var attempts = await AttemptsAsync(await SendAsync("over", stream: true));
        attempts.Select(attempt => (attempt.Provider, attempt.State)).ShouldBe([("one", "settled"), ("two", "settled")]);
        attempts[0].Cost.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_attempts_of_a_race_are_booked(bool stream)
    {
        _gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", stream ? "text/event-stream" : "application/json").Silence()
            : stream ? Responses.Stream("two") : Responses.Whole("two"));
        var attempts = await AttemptsAsync(await SendAsync("race", stream));
        attempts.Select(attempt => (attempt.Provider, attempt.State)).ShouldBe([("one", "settled"), ("two", "settled")]);
        attempts.ShouldAllBe(attempt => attempt.Cost > 0);
        (await SpentAsync()).ShouldBe((1, attempts.Sum(attempt => attempt.Cost)));
    }

    /// <summary>After content, no other attempt follows: the broken one is charged, and nothing stays reserved.</summary>
    [Fact]
    public async Task A_stream_that_breaks_off_is_charged_once()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("begun")).WaitFor(seen.Task).Cut());
        using var response = await PostAsync("over", stream: true, default);
        (await GatewayReply.ReadAsync(response, "begun", seen)).IsBroken.ShouldBeTrue();
        var attempts = await AttemptsAsync(response.Headers.GetValues("x-request-id").Single());
        attempts.Select(attempt => (attempt.Provider, attempt.State)).ShouldBe([("one", "settled")]);
    }

    [Theory]
    [InlineData("over", 1)]
    [InlineData("race", 2)]
    public async Task A_caller_who_leaves_leaves_nothing_reserved(string model, int attempts)
    {
        _gateway.Answer(_ => new UpstreamScript().Header("content-type", "text/event-stream").Silence());
        using var leaving = new CancellationTokenSource();
        _gateway.Usage.Clear();
        var sending = PostAsync(model, stream: true, leaving.Token);
        await Wait.UntilAsync(() => _gateway.Upstream.Requests.Count >= attempts);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        var booked = await AttemptsAsync((await _gateway.Usage.OneAsync())["RequestId"]!.ToString()!);
        booked.ShouldAllBe(attempt => attempt.State == "settled" && attempt.Cost > 0);
        booked.Count.ShouldBe(attempts);
    }

    private async Task<string> SendAsync(string model, bool stream)
    {
        using var response = await PostAsync(model, stream, default);
        var reply = await GatewayReply.ReadAsync(response);
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "two/m"), reply.Text);
        return reply.Headers["x-request-id"];
    }

    private Task<HttpResponseMessage> PostAsync(string model, bool stream, CancellationToken cancellationToken) => _caller.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(GatewayFixture.Ask(model, stream), Encoding.UTF8, "application/json") },
        HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>The attempts in the ledger, once none of them is open: the loser of a race is closed after the response.</summary>
    private async Task<List<(string Provider, string State, bool IsPresumed, decimal Cost)>> AttemptsAsync(string request)
    {
        List<(string, string State, bool, decimal)> attempts = [];
        await Wait.UntilAsync(async () =>
        {
            using var found = await _gateway.Client.GetAsync("/api/usage/" + request);
            if (!found.IsSuccessStatusCode) return false;
            attempts = [.. JsonDocument.Parse(await found.Content.ReadAsStringAsync()).RootElement.GetProperty("attempts").EnumerateArray().Select(attempt => (
                attempt.GetProperty("provider").GetString()!, attempt.GetProperty("state").GetString()!, attempt.GetProperty("presumed").GetBoolean(),
                attempt.GetProperty("cost_usd").ValueKind == JsonValueKind.Number ? attempt.GetProperty("cost_usd").GetDecimal() : 0))];
            return attempts.TrueForAll(attempt => attempt.State is "settled" or "released");
        });
        return attempts;
    }

    private async Task<(int Requests, decimal Usd)> SpentAsync()
    {
        using var report = await _gateway.Client.GetAsync($"/api/usage?group_by=key&key={_key}");
        var row = JsonDocument.Parse(await report.Content.ReadAsStringAsync()).RootElement.GetProperty("rows").EnumerateArray().Single();
        return (row.GetProperty("requests").GetInt32(), row.GetProperty("cost_usd").GetDecimal());
    }
}
