using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.Functions.Tests.Hosting;
using Nano.Testing.Stores;

namespace Nano.Functions.Tests;

/// <summary>Four instances of the published worker, each behind its own host, on one table: one gateway.</summary>
public sealed class InstanceTests(PackageTests.Published published) : IClassFixture<PackageTests.Published>, IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private StoreServer? _store;
    private FunctionsHost[] _hosts = [];

    public async Task InitializeAsync()
    {
        _store = await StoreServer.StartAzuriteAsync();
        if (_store is null) return;
        var settings = new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["API_KEY"] = BothHosts.CallerKey,
            ["STATE_STORE"] = "table:" + _store.TableConnection,
            ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
            // Only output costs, and it is cut at max_tokens: the charge equals the estimate.
            ["ECHO_PRICES"] = "0,1000",
        };
        _hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FunctionsHost.StartAsync(settings, published.Folder.FullName)));
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        _client.Dispose();
    }

    [SkippableFact]
    public async Task Keys_budgets_and_usage_are_shared_by_all_instances()
    {
        Skip.If(_store is null, "Azurite is not installed: run 'npm ci' in tests/azurite.");
        var created = await SendAsync(0, HttpMethod.Post, "/api/keys", """{"name":"shared","budgets":[{"usd":0.0139,"window":"month"}]}""", BothHosts.CallerKey);
        created.Status.ShouldBe(HttpStatusCode.Created, created.Body.ToString());
        var key = created.Body.GetProperty("key").GetString()!;

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendAsync(i % 4, HttpMethod.Post, "/v1/chat/completions",
            """{"model":"nano/echo","max_tokens":4,"messages":[{"role":"user","content":"Hello to all of you"}]}""", key)));
        replies.Count(reply => reply.Status == HttpStatusCode.OK).ShouldBe(3);
        foreach (var refused in replies.Where(reply => reply.Status != HttpStatusCode.OK))
            (refused.Status, refused.Body.GetProperty("error").GetProperty("code").GetString()).ShouldBe((HttpStatusCode.TooManyRequests, "budget_exceeded"));

        for (var i = 0; i < _hosts.Length; i++)
        {
            var usage = await SendAsync(i, HttpMethod.Get, "/api/usage?group_by=key", null, BothHosts.CallerKey);
            var row = usage.Body.GetProperty("rows").EnumerateArray().Single();
            (row.GetProperty("requests").GetInt32(), row.GetProperty("cost_usd").GetDecimal()).ShouldBe((3, 0.012m));
        }
        // Each host keeps the records of the requests that its worker served or refused.
        await BothHosts.SoonAsync(() => _hosts.Sum(host => host.HostLogs.Count(IsRecord)) == 8 ? "" : null);
    }

    private static bool IsRecord(HostLog log) => log.Category == "Function.ChatCompletions.User" && log.Message.StartsWith("usage id=", StringComparison.Ordinal);

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(int instance, HttpMethod method, string path, string? json, string key)
    {
        using var request = new HttpRequestMessage(method, new Uri(_hosts[instance].Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
