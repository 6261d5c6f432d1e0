using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary><c>/metrics</c>, and every query of the Grafana dashboard against a real Prometheus that has scraped it.</summary>
[Collection(ExportCollection.Name)]
public sealed class PrometheusTests
{
    private const string Plans = """
        "models": { "spare": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ] } }
        """;

    /// <summary>Queries for events that do not happen in this test: they must be valid, and may be empty.</summary>
    private static readonly string[] MayBeEmpty = ["nano_refusals", "nano_losses", "nano_telemetry", "nano_cache", "nano_dependency", "nano_keep_alives", "nano_cost",
        "nano_budget"];

    [Theory]
    [InlineData("key", GatewayFixture.CallerKey, HttpStatusCode.OK)]
    [InlineData("key", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("key", null, HttpStatusCode.Unauthorized)]
    [InlineData("open", null, HttpStatusCode.OK)]
    [InlineData(null, GatewayFixture.CallerKey, HttpStatusCode.NotFound)]
    public async Task The_page_requires_the_configured_permission(string? setting, string? key, HttpStatusCode status)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plans, more: setting is null ? [] : [("METRICS_ENDPOINT", setting)]);
        gateway.Answer(_ => Responses.Whole());
        await gateway.ChatAsync("one/m");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Client.BaseAddress };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(status);
        var text = await response.Content.ReadAsStringAsync();
        text.Contains("gen_ai_client_operation_duration_seconds_bucket", StringComparison.Ordinal).ShouldBe(status == HttpStatusCode.OK);
        text.ShouldNotContain(GatewayFixture.CallerKey);
    }

    /// <summary>Whatever serves the page must not be reached past its checks.</summary>
    [Theory]
    [InlineData("key", "GET", "/metrics/", null)]
    [InlineData("key", "GET", "/metrics/x", null)]
    [InlineData("key", "GET", "/METRICS", null)]
    [InlineData("key", "GET", "/METRICS/", null)]
    [InlineData("key", "GET", "/%6Detrics", null)]
    [InlineData("key", "GET", "/x/../metrics/", null)]
    [InlineData("key", "POST", "/metrics", null)]
    [InlineData("key", "POST", "/metrics/", null)]
    [InlineData("open", "POST", "/metrics/", null)]
    [InlineData("open", "GET", "/metrics", "rebound.example")]
    [InlineData("open", "GET", "/metrics/", "rebound.example")]
    public async Task No_form_of_the_path_passes_the_checks(string setting, string method, string path, string? host)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plans, more: [("METRICS_ENDPOINT", setting)]);
        gateway.Answer(_ => Responses.Whole());
        await gateway.ChatAsync("one/m");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        // As it is written: HttpClient would resolve the segments of a relative address.
        using var request = new HttpRequestMessage(new HttpMethod(method),
            new Uri(gateway.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (host is not null) request.Headers.Host = host;
        using var response = await client.SendAsync(request);
        ((int)response.StatusCode).ShouldBeInRange(400, 499);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("_bucket");
    }

    [SkippableFact]
    public async Task Every_query_of_the_dashboard_finds_data_that_a_real_prometheus_has_scraped()
    {
        var program = ((string[])["/usr/bin/prometheus", "/usr/local/bin/prometheus"]).FirstOrDefault(File.Exists);
        Skip.If(program is null, "Prometheus is not installed (apt-get install prometheus).");
        await using var gateway = await RoutingGateway.StartAsync(Plans, more: [("METRICS_ENDPOINT", "key")]);
        await BothAsync(gateway);
        using var folder = new TemporaryFolder("nano-prometheus");
        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), $"""
            global:
              scrape_interval: 2s
            scrape_configs:
              - job_name: nano
                authorization:
                  credentials: {GatewayFixture.CallerKey}
                static_configs:
                  - targets: ["{gateway.Client.BaseAddress!.Authority}"]
            """);
        using var process = Process.Start(
            new ProcessStartInfo(program!, ["--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
                { WorkingDirectory = folder.FullName })!;
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            // rate() needs two scrapes with a change between them.
            while (await CountAsync(client, "gen_ai_client_operation_duration_seconds_count", limit.Token) == 0) await Task.Delay(200, limit.Token);
            await BothAsync(gateway);
            while (await CountAsync(client, "rate(gen_ai_client_operation_duration_seconds_count[5m]) > 0", limit.Token) == 0) await Task.Delay(200, limit.Token);
            var queries = Queries();
            queries.Count.ShouldBeGreaterThan(10);
            // If a busy machine does not finish a scrape in time, gauges have no value until the next one.
            foreach (var query in queries)
                while (await CountAsync(client, query, limit.Token) == 0 && !MayBeEmpty.Any(name => query.Contains(name, StringComparison.Ordinal)))
                    await WaitAsync(query, limit.Token);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task WaitAsync(string query, CancellationToken cancellationToken)
    {
        await Task.Delay(200, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.IsCancellationRequested.ShouldBeFalse($"{query} finds nothing");
    }

    /// <summary>A stream and a whole response, each after a failed attempt.</summary>
    private static async Task BothAsync(RoutingGateway gateway)
    {
        gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Stream());
        await gateway.ChatAsync("spare", stream: true);
        gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole());
        await gateway.ChatAsync("spare");
    }

    /// <summary>Fills in Grafana's variables.</summary>
    private static List<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "infra", "dashboards", "grafana.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "5m", StringComparison.Ordinal))];
    }

    /// <summary>The number of series that a query finds; an invalid query fails.</summary>
    private static async Task<int> CountAsync(HttpClient client, string query, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}", cancellationToken);
            // Not ready yet.
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return 0;
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            answer.RootElement.GetProperty("status").GetString().ShouldBe("success", query);
            return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
