using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Stop;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>Several processes on one store are one gateway.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    private const string OwnerKey = "the-owners-key-0123456789";

    private readonly TemporaryFolder _folder = new("nano-processes");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { Timeout = TimeSpan.FromMinutes(2) };
    private GatewayProcess[] _gateways = [];

    public async Task InitializeAsync() => _gateways = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GatewayProcess.StartAsync(new Dictionary<string, string>
    {
        ["API_KEY"] = OwnerKey,
        ["STATE_STORE"] = "sqlite:" + Path.Combine(_folder.FullName, "state.db"),
        ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
        // Only output costs, and it is cut at max_tokens: the charge equals the estimate.
        ["ECHO_PRICES"] = "0,1000",
    })));

    public async Task DisposeAsync()
    {
        foreach (var gateway in _gateways) await gateway.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    /// <summary>
    /// BerriAI/litellm#40095, #34732, #26672: budgets that are checked first and charged later let all of several parallel requests pass. maximhq/bifrost#5673: a budget
    /// that is neither saved nor enforced.
    /// </summary>
    [Theory]
    [InlineData(0.004, 1)]
    [InlineData(0.0139, 3)]
    public async Task Case23_Of_eight_first_requests_at_four_processes_only_those_within_the_budget_pass(decimal usd, int allowed)
    {
        var created = await SendAsync(_gateways[0], HttpMethod.Post, "/api/keys", $$"""{"organization":"o{{allowed}}","budgets":[{"usd":{{usd}},"window":"month"}]}""", OwnerKey);
        created.Status.ShouldBe(HttpStatusCode.Created, created.Body.ToString());
        var key = created.Body.GetProperty("key").GetString()!;
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendAsync(_gateways[i % 4], HttpMethod.Post, "/v1/chat/completions",
            """{"model":"nano/echo","max_tokens":4,"messages":[{"role":"user","content":"Hello to all of you"}]}""", key)));
        replies.Count(reply => reply.Status == HttpStatusCode.OK).ShouldBe(allowed);
        foreach (var refused in replies.Where(reply => reply.Status != HttpStatusCode.OK))
            (refused.Status, refused.Body.GetProperty("error").GetProperty("code").GetString()).ShouldBe((HttpStatusCode.TooManyRequests, "budget_exceeded"));
        // Each of them knows what all of them served.
        var usage = await SendAsync(_gateways[3], HttpMethod.Get, $"/api/usage?group_by=key&organization=o{allowed}", null, OwnerKey);
        var row = usage.Body.GetProperty("rows").EnumerateArray().Single();
        (row.GetProperty("requests").GetInt32(), row.GetProperty("cost_usd").GetDecimal()).ShouldBe((allowed, 0.004m * allowed));
    }

    /// <summary>BerriAI/litellm#40291, #40020: a limit that each process counts for itself is multiplied by their number.</summary>
    [Fact]
    public async Task Case24_A_rate_counts_the_requests_of_all_processes()
    {
        var key = (await SendAsync(_gateways[1], HttpMethod.Post, "/api/keys", """{"organization":"rates","requests_per_minute":5}""", OwnerKey)).Body.GetProperty("key")
            .GetString()!;
        var started = TimeProvider.System.GetTimestamp();
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => SendAsync(_gateways[i % 4], HttpMethod.Post, "/v1/chat/completions",
            """{"model":"nano/echo","max_tokens":4,"messages":[{"role":"user","content":"Hello"}]}""", key)));
        // One more is available every 12 s, in case the machine takes that long.
        var more = (int)(TimeProvider.System.GetElapsedTime(started).TotalSeconds / 12) + 1;
        replies.Count(reply => reply.Status == HttpStatusCode.OK).ShouldBeInRange(5, 5 + more);
    }

    /// <summary>As above, in tokens: counted for itself, each of the four processes would let all of its six requests pass.</summary>
    [Fact]
    public async Task Case24_Tokens_per_minute_count_in_all_processes()
    {
        const int limit = 60;
        var key = (await SendAsync(_gateways[1], HttpMethod.Post, "/api/keys", $$"""{"organization":"tokens","tokens_per_minute":{{limit}}}""", OwnerKey)).Body
            .GetProperty("key").GetString()!;
        var started = TimeProvider.System.GetTimestamp();
        var replies = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => SendAsync(_gateways[i % 4], HttpMethod.Post, "/v1/chat/completions",
            """{"model":"nano/echo","max_tokens":4,"messages":[{"role":"user","content":"Hello"}]}""", key)));
        var used = replies.Where(reply => reply.Status == HttpStatusCode.OK).Sum(reply => reply.Body.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        // What a minute renews comes back little by little, in case the machine takes that long.
        used.ShouldBeInRange(1, limit + 1 + (int)(TimeProvider.System.GetElapsedTime(started).TotalSeconds * limit / 60));
        foreach (var refused in replies.Where(reply => reply.Status != HttpStatusCode.OK))
            (refused.Status, refused.Body.GetProperty("error").GetProperty("code").GetString()).ShouldBe((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"));
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(GatewayProcess gateway, HttpMethod method, string path, string? json, string key)
    {
        using var request = new HttpRequestMessage(method, new Uri(new Uri(gateway.Address.GetLeftPart(UriPartial.Authority)), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
