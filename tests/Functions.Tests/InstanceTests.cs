using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.Functions.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Stores;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests;

/// <summary>
/// Four instances of the published worker, each behind a host of its own, on one table and one vault, which has the gateway's key and a provider's: one gateway.
/// </summary>
public sealed class InstanceTests(PackageTests.Published published) : IClassFixture<PackageTests.Published>, IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private StoreServer? _store;
    private LoopbackAzure? _azure;
    private FakeUpstream? _upstream;
    private FunctionsHost[] _hosts = [];

    public async Task InitializeAsync()
    {
        _store = await StoreServer.StartAzuriteAsync();
        if (_store is null || !OperatingSystem.IsLinux()) return;
        _azure = await LoopbackAzure.StartAsync();
        _azure.Vault.Set("api-key", BothHosts.CallerKey);
        _azure.Vault.Set("openai-api-key", "key-in-the-vault-1");
        _upstream = await FakeUpstream.StartAsync();
        // As in Azure: no key among the settings.
        var settings = new Dictionary<string, string>(_azure.Settings)
        {
            ["WEBSITE_INSTANCE_ID"] = "1",
            ["OPENAI_BASE_URL"] = $"{_upstream.BaseUrl}/v1",
            ["STATE_STORE"] = "table:" + _store.TableConnection,
            ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
            // Only output costs, and it is cut at max_tokens: the charge equals the estimate.
            ["ECHO_PRICES"] = "0,1000",
        };
        _hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FunctionsHost.StartAsync(settings, published.Folder)));
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        if (_azure is not null) await _azure.DisposeAsync();
        if (_upstream is not null) await _upstream.DisposeAsync();
        _client.Dispose();
    }

    [SkippableFact]
    public async Task Keys_budgets_and_usage_are_shared_by_all_instances()
    {
        SkipWithoutStores();
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

    [SkippableFact]
    public async Task Every_instance_reads_the_key_of_a_provider_from_the_vault_and_its_next_version()
    {
        SkipWithoutStores();
        _upstream!.Responder = _ => UpstreamScript.Json(
            """{"id":"c","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""");
        await Wait.UntilAsync(AllServeAsync);
        Keys().ShouldBe(Enumerable.Repeat("Bearer key-in-the-vault-1", 4));

        // A refused key is read anew at once.
        _azure!.Vault.Set("openai-api-key", "key-in-the-vault-2");
        var accepts = _upstream.Responder;
        _upstream.Responder = request => request.Headers["authorization"].EndsWith("-2", StringComparison.Ordinal) ? accepts!(request)
            : UpstreamScript.Json("""{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}""", 401);
        await Wait.UntilAsync(AllServeAsync);
        Keys().Count(key => key == "Bearer key-in-the-vault-2").ShouldBe(4);
        _azure.Vault.Reads.Distinct().Order().ShouldBe(["api-key", "openai-api-key"]);
        _azure.Strays.ShouldBeEmpty();
        var logs = string.Join('\n', _hosts.SelectMany(host => host.Logs).Select(log => log.Message).Concat(_hosts.SelectMany(host => host.Output)));
        foreach (var secret in _azure.Vault.Values) logs.ShouldNotContain(secret);

        // On a busy machine, a read of the vault takes longer than a request waits for it.
        async Task<bool> AllServeAsync()
        {
            _upstream.Clear();
            var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => SendAsync(i, HttpMethod.Post, "/v1/chat/completions",
                """{"model":"openai/gpt-5","messages":[{"role":"user","content":"Hello"}]}""", BothHosts.CallerKey)));
            return replies.All(reply => reply.Status == HttpStatusCode.OK);
        }

        List<string> Keys() => [.. _upstream.Requests.Select(request => request.Headers["authorization"])];
    }

    private void SkipWithoutStores()
    {
        Skip.If(_store is null, "Azurite is not installed: run 'npm ci' in tests/azurite.");
        Skip.If(_azure is null, "Only .NET on Linux reads SSL_CERT_FILE, by which the workers trust the vault.");
    }

    private static bool IsRecord(HostLog log) => log.Category == "Function.ChatCompletions.User" && log.Message.StartsWith("usage id=", StringComparison.Ordinal);

    /// <summary>Sends the request again while the instance has not read the gateway's key: on a busy machine, a read takes longer than a request waits for it.</summary>
    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(int instance, HttpMethod method, string path, string? json, string key)
    {
        (HttpStatusCode Status, JsonElement Body) reply = default;
        await Wait.UntilAsync(async () =>
        {
            reply = await SendOnceAsync(instance, method, path, json, key);
            return reply.Status != HttpStatusCode.ServiceUnavailable || reply.Body.GetProperty("error").GetProperty("code").GetString() != "key_unavailable";
        });
        return reply;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendOnceAsync(int instance, HttpMethod method, string path, string? json, string key)
    {
        using var request = new HttpRequestMessage(method, new Uri(_hosts[instance].Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
