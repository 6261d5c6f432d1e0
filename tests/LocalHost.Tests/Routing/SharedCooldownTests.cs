using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Stop;
using Nano.State;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>Four processes with one state store: a 429 that one of them gets stops all of them.</summary>
public sealed class SharedCooldownTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("nano-cooldowns");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>When requests reached the deployment, by the provider's clock.</summary>
    private readonly ConcurrentQueue<DateTimeOffset> _arrivals = new();

    private FakeUpstream _upstream = null!;
    private GatewayProcess[] _gateways = [];

    /// <summary>The pause in the response to the next request to the deployment; 0 for none.</summary>
    private int _pause;

    /// <summary>The deployment fails.</summary>
    private volatile bool _isDown;

    /// <summary>What its successful response waits for; null for nothing.</summary>
    private volatile TaskCompletionSource? _held;

    /// <summary>The questions of the requests that reached the deployment.</summary>
    private readonly ConcurrentQueue<(DateTimeOffset At, string Question)> _questions = new();

    /// <summary>The provider must get no request before this time. The default before it has sent one.</summary>
    private DateTimeOffset StatedEnd
    {
        get => new(Volatile.Read(ref _statedEnd), TimeSpan.Zero);
        set => Volatile.Write(ref _statedEnd, value.UtcTicks);
    }

    private long _statedEnd;

    private string Database => Path.Combine(_folder.FullName, "state.db");

    public async Task InitializeAsync()
    {
        _upstream = await FakeUpstream.StartAsync();
        _upstream.Responder = Respond;
        var settings = new Dictionary<string, string>
        {
            ["API_KEY"] = GatewayFixture.CallerKey,
            ["ONE_API_KEY"] = "one", ["TWO_API_KEY"] = "two", ["THREE_KEY_A"] = "a", ["THREE_KEY_B"] = "b",
            ["STATE_STORE"] = "sqlite:" + Database,
            ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
            ["NANO_CONFIG"] = "{" + RoutingGateway.Providers(_upstream.BaseUrl)
                + """,  "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0 } }, """
                + """ "resilience": { "failures_in_a_row": 3, "cooldown_ms": 1000 } }""",
        };
        _gateways = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GatewayProcess.StartAsync(settings)));
    }

    public async Task DisposeAsync()
    {
        foreach (var gateway in _gateways) await gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    /// <summary>
    /// The provider compares every arrival with the time that it has sent, so that a slow machine makes the test slower and not wrong. If the
    /// machine takes longer than the pause until every process has read the cooldown, the test starts again with a longer pause.
    /// </summary>
    [Fact]
    public async Task No_process_sends_a_request_before_the_retry_after_that_one_of_them_got()
    {
        foreach (var gateway in _gateways) (await ChatAsync(gateway)).ShouldBe("one/m");
        for (var pause = 5; ; pause *= 2)
        {
            pause.ShouldBeLessThan(100, "the machine is too slow for any pause");
            _arrivals.Clear();
            Volatile.Write(ref _pause, pause);
            // After an earlier pause, the gateway may use the deployment again a little later than by the provider's clock.
            await Testing.Wait.UntilAsync(async () => await ChatAsync(_gateways[0]) == "two/m" && Volatile.Read(ref _pause) == 0);
            // Every process has read the cooldown when it shows it; it sends nothing from then on.
            foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await StateOfAsync(gateway) == "rate_limit" || Now > StatedEnd);
            _arrivals.Clear();
            var served = 0;
            while (Now < StatedEnd)
            {
                foreach (var deployment in await Task.WhenAll(_gateways.Select(ChatAsync))) if (deployment == "two/m") served++;
                await Task.Delay(50);
            }
            _arrivals.Where(arrival => arrival < StatedEnd).ShouldBeEmpty();
            if (served >= _gateways.Length) break;
        }
        // And it is used again afterwards.
        foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await ChatAsync(gateway) == "one/m");
    }

    /// <summary>
    /// A process may send a request for two seconds after the cooldown is in the store, and no longer. What the machine takes by itself is measured in
    /// the run, as the longest request, and added. While that is more than a second, the test starts again with a longer pause; the last run
    /// counts with whatever the machine took. Two processes send all the time. The other two are idle until the two seconds are over: they have to
    /// read the cooldown before their next request.
    /// </summary>
    [Fact]
    public async Task Every_process_stops_within_two_seconds_of_the_429_that_one_of_them_got()
    {
        const int tries = 4;
        for (var run = 1; ; run++)
        {
            foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await ChatAsync(gateway) == "one/m");
            var pause = 10 + 10 * run;
            var (sent, longest, stored) = await LoadAsync(pause);
            var refused = StatedEnd.AddSeconds(-pause);
            var end = stored.AddSeconds(2) + longest;
            _questions.Where(question => question.At < StatedEnd && sent.TryGetValue(question.Question, out var request) && request.At > end)
                .Select(question => $"process {sent[question.Question].Process}: sent {(sent[question.Question].At - refused).TotalSeconds:F2} s after the 429")
                .ShouldBeEmpty($"the cooldown was in the store after {stored - refused}, and the longest request took {longest}");
            // The store gets it in the background, on the same machine: in the time of two requests.
            var isStored = stored - refused <= TimeSpan.FromSeconds(1) + 2 * longest;
            var isTested = Enumerable.Range(0, _gateways.Length).All(process => sent.Values.Any(request => request.Process == process && request.At > end));
            if (isStored && isTested && (longest <= TimeSpan.FromSeconds(1) || run == tries)) return;
            run.ShouldBeLessThan(tries, $"the cooldown was in the store after {stored - refused}, and the longest request took {longest}");
        }
    }

    /// <summary>Sends requests through all processes from before a 429 until its pause ends.</summary>
    /// <returns>When each question was sent and by which process; the longest request; when the cooldown was in the store.</returns>
    private async Task<(ConcurrentDictionary<string, (DateTimeOffset At, int Process)> Sent, TimeSpan Longest, DateTimeOffset Stored)> LoadAsync(int pause)
    {
        var sent = new ConcurrentDictionary<string, (DateTimeOffset At, int Process)>();
        var longest = 0L;
        StatedEnd = default;
        var isOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loops = Enumerable.Range(0, _gateways.Length).Select(LoopAsync).ToArray();
        await Testing.Wait.UntilAsync(() => Enumerable.Range(0, _gateways.Length).All(process => sent.Values.Any(request => request.Process == process)));
        Volatile.Write(ref _pause, pause);
        await Testing.Wait.UntilAsync(() => StatedEnd != default);
        await using var store = StateStore.Of(new StateAddress(StateAddress.Sqlite, Database), TimeSpan.FromMinutes(1), TimeProvider.System);
        await Testing.Wait.UntilAsync(async () => (await store.Times.ListAsync(Now, CancellationToken.None)).Any(item => item.Name == "one/m" && item.Reason == "rate_limit"));
        var stored = Now;
        while (Now < stored.AddSeconds(2.3) + TimeSpan.FromTicks(Volatile.Read(ref longest))) await Task.Delay(20);
        isOver.SetResult();
        await Task.WhenAll(loops);
        return (sent, TimeSpan.FromTicks(longest), stored);

        async Task LoopAsync(int process)
        {
            while (StatedEnd == default || Now < StatedEnd)
            {
                var (question, start) = (Guid.NewGuid().ToString(), Now);
                sent[question] = (start, process);
                await ChatAsync(_gateways[process], question);
                var took = (Now - start).Ticks;
                lock (sent) longest = Math.Max(longest, took);
                if (process >= 2) await isOver.Task;
                await Task.Delay(50);
            }
        }
    }

    [Fact]
    public async Task A_drain_keeps_every_process_away_until_it_is_ended()
    {
        await DrainAsync(_gateways[1], 3600);
        foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await StateOfAsync(gateway) == "drained");
        foreach (var gateway in _gateways) (await ChatAsync(gateway)).ShouldBe("two/m");
        await DrainAsync(_gateways[2], 0);
        foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await StateOfAsync(gateway) is null);
        foreach (var gateway in _gateways) (await ChatAsync(gateway)).ShouldBe("one/m");
    }

    /// <summary>The probe is held, so that the others have their turn in the meantime; a deployment that is tried as a last resort is not a probe.</summary>
    [Fact]
    public async Task Of_all_processes_one_probes_a_deployment_that_was_down_and_all_use_it_when_that_succeeds()
    {
        _isDown = true;
        foreach (var gateway in _gateways)
            await Testing.Wait.UntilAsync(async () => await ChatAsync(gateway) == "two/m" && (await DeploymentAsync(gateway)).GetProperty("breaker").GetString() != "closed");
        _held = new TaskCompletionSource();
        _arrivals.Clear();
        _isDown = false;
        var probes = new List<Task<string>>();
        foreach (var gateway in _gateways)
        {
            // A process that could not get the probe waits for the one that has it: longer than any pause of its own.
            await Testing.Wait.UntilAsync(async () =>
            {
                var chat = ChatAsync(gateway);
                if (await Task.WhenAny(chat, Task.Delay(200)) != chat) probes.Add(chat);
                if (_arrivals.Count != 1 || gateway == _gateways[0]) return _arrivals.Count > 0;
                return (await DeploymentAsync(gateway)).GetProperty("breaker_wait_ms").GetInt64() > 10_000;
            });
        }
        _arrivals.Count.ShouldBe(1);
        _held.SetResult();
        (await Task.WhenAll(probes)).ShouldContain("one/m");
        foreach (var gateway in _gateways) await Testing.Wait.UntilAsync(async () => await ChatAsync(gateway) == "one/m");
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private UpstreamScript Respond(UpstreamRequest request)
    {
        if (!request.Target.StartsWith("/one/", StringComparison.Ordinal)) return Responses.Whole();
        _arrivals.Enqueue(Now);
        _questions.Enqueue((Now, JsonDocument.Parse(request.Body).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!));
        if (_isDown) return Responses.Error(500);
        if (_held is { } held) return new UpstreamScript { Steps = [new UpstreamStep.WaitFor(held.Task), .. Responses.Whole().Steps], Headers = Responses.Whole().Headers };
        if (Interlocked.Exchange(ref _pause, 0) is not (> 0 and var pause)) return Responses.Whole();
        StatedEnd = Now.AddSeconds(pause);
        return Responses.Error(429).Header("retry-after", pause.ToString(CultureInfo.InvariantCulture));
    }

    private Task<string> ChatAsync(GatewayProcess gateway) => ChatAsync(gateway, "Hello");

    private async Task<string> ChatAsync(GatewayProcess gateway, string question)
    {
        using var response = await SendAsync(gateway, HttpMethod.Post, "/v1/chat/completions", GatewayFixture.Ask("fast").Replace("Hello", question, StringComparison.Ordinal));
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        return response.Headers.GetValues("x-nano-deployment").Single();
    }

    private async Task<string?> StateOfAsync(GatewayProcess gateway) => (await DeploymentAsync(gateway)).GetProperty("cooldown_reason").GetString();

    private async Task<JsonElement> DeploymentAsync(GatewayProcess gateway)
    {
        using var response = await SendAsync(gateway, HttpMethod.Get, "/api/deployments", null);
        var deployments = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("data");
        return deployments.EnumerateArray().Single(item => item.GetProperty("name").GetString() == "one/m");
    }

    private async Task DrainAsync(GatewayProcess gateway, int seconds)
    {
        using var response = await SendAsync(gateway, HttpMethod.Post, "/api/deployments", $$"""{"name":"one/m","drain_seconds":{{seconds}}}""");
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> SendAsync(GatewayProcess gateway, HttpMethod method, string path, string? json)
    {
        var request = new HttpRequestMessage(method, new Uri(new Uri(gateway.Address.GetLeftPart(UriPartial.Authority)), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayFixture.CallerKey);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return _client.SendAsync(request);
    }
}
