using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Nano.LocalHost.Tests.Hosting;
using Nano.Panel.Tests.Browser;
using Nano.Testing;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>A gateway whose traces are exported, to a collector that is down, and an alias with two targets.</summary>
public sealed class TracedPanelFixture : PanelFixture, IAsyncLifetime
{
    private readonly ClosedPort _collector = new();

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["NANO_CONFIG"] = """{"models":{"spare":{"targets":[{"model":"openai/gpt-6-luna"},{"model":"xai/grok-5"}]}}}""",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.Address, ["OTEL_METRICS_EXPORTER"] = "none", ["OTEL_LOGS_EXPORTER"] = "none",
    };

    Task IAsyncLifetime.InitializeAsync() => StartAsync();

    async Task IAsyncLifetime.DisposeAsync()
    {
        await StopAsync();
        _collector.Dispose();
    }
}

[Collection(BrowserCollection.Name)]
public sealed class TracedActivityTests(Chromium chromium, TracedPanelFixture gateway) : IClassFixture<TracedPanelFixture>
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [SkippableFact]
    public async Task A_request_shows_its_attempts_its_trace_and_the_overhead_of_the_gateway()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"It failed.","code":"engine_overloaded"}}""", 503));
        gateway.XAI.Answer(UpstreamScript.Json(
            """{"id":"1","object":"chat.completion","created":1,"model":"grok-5","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            { Content = new StringContent(GatewayFixture.Ask("spare"), Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        using var response = await gateway.Client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(200, await response.Content.ReadAsStringAsync());

        var row = panel.Page.Locator("tr[data-seq]");
        await Expect(row).ToContainTextAsync("2 attempts");
        await row.GetByRole(AriaRole.Button).ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Request" });
        await Expect(Fact("Trace id")).ToHaveTextAsync(Trace);
        await Expect(Fact("Overhead")).ToHaveTextAsync(new Regex("^(< 1 ms|[0-9.]+ m?s)$"));
        await Expect(Fact("Request id")).ToHaveTextAsync(response.Headers.GetValues("x-request-id").Single());
        await Expect(dialog.Locator("ol.attempts li")).ToHaveTextAsync([new Regex("^openai/gpt-6-lunaunavailable.* · engine_overloaded$"), new Regex("^xai/grok-5ok")]);

        // What the page shows is what the gateway measured.
        var record = (await gateway.OwnerJsonAsync("/api/activity")).GetProperty("records")[0];
        record.GetProperty("overhead_us").GetInt64().ShouldBeGreaterThan(0);
        record.GetProperty("trace_id").GetString().ShouldBe(Trace);

        ILocator Fact(string name) => dialog.Locator("dl.facts > div").Filter(new() { Has = panel.Page.GetByText(name, new() { Exact = true }) }).Locator("dd");
    }
}
