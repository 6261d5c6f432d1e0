using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>Every query of the Grafana dashboard against a real Prometheus that has scraped a gateway.</summary>
[Collection(ExportCollection.Name)]
public sealed partial class DashboardTests
{
    [SkippableFact]
    public async Task Every_query_of_the_dashboard_finds_data_that_a_real_prometheus_has_scraped()
    {
        var program = ((string[])["/usr/bin/prometheus", "/usr/local/bin/prometheus"]).FirstOrDefault(File.Exists);
        Skip.If(program is null, "Prometheus is not installed (apt-get install prometheus).");
        await using var day = await ScriptedDay.StartAsync();
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
                  - targets: ["{day.Gateway.Client.BaseAddress!.Authority}"]
            """);
        using var process = Process.Start(
            new ProcessStartInfo(program!, ["--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
                { WorkingDirectory = folder.FullName })!;
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            var missing = Queries().SelectMany(query => Operands(query).Concat(Filters(query))).Distinct().ToList();
            missing.Count.ShouldBeGreaterThan(20);
            // rate() needs an event between two scrapes. The day is repeated, so that it does not matter when they are.
            var started = Stopwatch.StartNew();
            while (missing.Count > 0)
            {
                started.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(4), $"These queries find nothing:\n{string.Join('\n', missing)}");
                await day.PassAsync();
                var found = new List<string>();
                foreach (var query in missing)
                    if (await FindsAsync(client, query)) found.Add(query);
                missing = [.. missing.Except(found)];
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("sum(rate(a[5m])) or count(b)", "sum(rate(a[5m]))", "count(b)")]
    [InlineData("(sum(a) or vector(0)) / sum(b)", "(sum(a) or vector(0)) / sum(b)")]
    [InlineData("sum by (x) (a) or vector(0)", "sum by (x) (a)")]
    public void A_query_with_alternatives_must_find_each_of_them(string query, params string[] operands) => Operands(query).ShouldBe(operands);

    /// <summary>Fills in Grafana's variables.</summary>
    private static List<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "infra", "dashboards", "grafana.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "5m", StringComparison.Ordinal))];
    }

    /// <summary>The operands of <c>or</c> outside of parentheses: one of them would hide that another finds nothing.</summary>
    private static IEnumerable<string> Operands(string query)
    {
        var (depth, start) = (0, 0);
        for (var at = 0; at < query.Length; at++)
        {
            if (query[at] is '(') depth++;
            if (query[at] is ')') depth--;
            if (depth > 0 || string.CompareOrdinal(query, at, " or ", 0, 4) != 0) continue;
            yield return query[start..at];
            start = at + 4;
        }
        if (query[start..] != "vector(0)") yield return query[start..];
    }

    /// <summary>A series has the label of each filter: <c>{nano_cache=""}</c> would match every series if the label were misspelt.</summary>
    private static IEnumerable<string> Filters(string query) => Filter().Matches(query).Select(match => $"count({match.Groups[1].Value}{{{match.Groups[2].Value}!=\"\"}})");

    /// <summary>
    /// A series with every label that the query groups by and, for a rate, with a value above 0: a misspelt label is a series without it, and a rate of 0 is
    /// found where nothing matches. An invalid query fails.
    /// </summary>
    private static async Task<bool> FindsAsync(HttpClient client, string query)
    {
        try
        {
            using var response = await client.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
            // Not ready yet.
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            answer.RootElement.GetProperty("status").GetString().ShouldBe("success", query);
            var labels = Grouping().Matches(query).SelectMany(match => match.Groups[1].Value.Split(", ")).Where(label => label != "le").ToList();
            return answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Any(series =>
                labels.TrueForAll(label => series.GetProperty("metric").TryGetProperty(label, out var value) && value.GetString()!.Length > 0)
                && (!query.Contains("rate(", StringComparison.Ordinal) || double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture) > 0));
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(\w+)\{(\w+)!?=")]
    private static partial Regex Filter();
}
