using System.Net;
using System.Net.Http.Headers;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary><c>/metrics</c>; <see cref="DashboardTests"/> lets a real Prometheus scrape it.</summary>
[Collection(ExportCollection.Name)]
public sealed class PrometheusTests
{
    private const string Plans = """
        "models": { "spare": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ] } }
        """;

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

    [Theory]
    [InlineData("HEAD", 200, null)]
    [InlineData("POST", 405, "GET, HEAD")]
    public async Task The_page_is_read_only(string method, int status, string? allowed)
    {
        await using var gateway = await RoutingGateway.StartAsync(Plans, more: [("METRICS_ENDPOINT", "key")]);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/metrics");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Client.BaseAddress };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayFixture.CallerKey);
        using var response = await client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(status);
        if (allowed is not null) string.Join(", ", response.Content.Headers.Allow).ShouldBe(allowed);
        if (method == "HEAD") (await response.Content.ReadAsStringAsync()).ShouldBeEmpty();
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
}
