using Microsoft.Playwright;
using Nano.LocalHost.Tests.Hosting;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(BrowserCollection.Name)]
public sealed class ActivityTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task Requests_show_as_they_happen_and_each_has_its_details()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        await Expect(panel.Page.Locator("#activity .lead")).ToContainTextAsync("of this instance alone");
        await Expect(panel.Page.Locator("#activity .lead")).ToContainTextAsync("since ");
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await Expect(panel.Page.Locator("#activity .empty")).ToContainTextAsync("No requests yet");

        await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-6-luna"),
            UpstreamScript.Json("""{"id":"1","object":"chat.completion","created":1,"model":"gpt-6-luna","choices":[{"index":0,"message":{"role":"assistant","content":"the secret answer"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000000,"completion_tokens":2000000,"total_tokens":3000000}}"""));
        await Expect(Rows(panel)).ToHaveCountAsync(1);
        await gateway.ChatAsync(GatewayFixture.Ask("openai/gpt-6-luna"), UpstreamScript.Json("""{"error":{"message":"Too fast.","code":"rate_limit_exceeded"}}""", 429));
        await Expect(Rows(panel)).ToHaveCountAsync(2);

        // Newest first.
        await Expect(Rows(panel).First).ToContainTextAsync("429 failed");
        await Expect(Rows(panel).Last).ToContainTextAsync("200 ok");
        await Expect(Rows(panel).Last).ToContainTextAsync("1,000,000");
        // Above 272,000 tokens a million costs $0.20 in and $0.75 out.
        await Expect(Rows(panel).Last).ToContainTextAsync("$1.70");
        await Expect(panel.Page.Locator(".totals")).ToContainTextAsync("Requests2");
        await Expect(panel.Page.Locator(".totals")).ToContainTextAsync("Errors1");
        await Expect(Chart(panel, "Requests"))
            .ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Requests in the last 15 minutes: 2 requests, at most [12] in 23 s$"));
        await Expect(Chart(panel, "Errors")).ToHaveAttributeAsync("aria-label", "Errors in the last 15 minutes: 1 error of 2 requests");
        await Expect(Chart(panel, "Tokens")).ToHaveAttributeAsync("aria-label", "Tokens in the last 15 minutes: 1,000,000 in, 2,000,000 out");

        await panel.Page.GetByLabel("Show").SelectOptionAsync("with errors");
        await Expect(Rows(panel)).ToHaveCountAsync(1);
        await panel.Page.GetByLabel("Find").FillAsync("nothing like it");
        await Expect(panel.Page.Locator("#activity .empty")).ToHaveTextAsync("No request matches.");
        await panel.Page.GetByLabel("Find").FillAsync("luna 429");
        await Rows(panel).GetByRole(AriaRole.Button).ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Request" });
        await Expect(dialog).ToContainTextAsync("openai (openai-chat), whole");
        await Expect(dialog).ToContainTextAsync("the gateway’s key");
        await panel.Page.Keyboard.PressAsync("Escape");
        (await panel.Page.Locator("#activity").TextContentAsync())!.ShouldNotContain("the secret answer");
    }

    [SkippableFact]
    public async Task Neither_a_hidden_page_nor_another_section_sends_requests()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.ShowAsync("Playground");
        var asked = 0;
        panel.Page.Request += (_, request) => asked += request.Url.Contains("/api/activity", StringComparison.Ordinal) ? 1 : 0;
        await panel.Page.Clock.InstallAsync();
        await panel.Page.Clock.FastForwardAsync(60_000);
        asked.ShouldBe(0);
        await panel.ShowAsync("Activity");
        await panel.Page.EvaluateAsync(
            "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }");
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        asked = 0;
        await panel.Page.Clock.FastForwardAsync(60_000);
        asked.ShouldBe(0);
    }

    [SkippableFact]
    public async Task A_lost_gateway_is_reported_and_found_again()
    {
        await using var network = new Relay(gateway.Client.BaseAddress!);
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity", address: network.Address);
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.Page.Clock.InstallAsync();
        network.Cut();
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("The gateway cannot be reached. Is it still running?");
        network.Mend();
        await panel.Page.Clock.FastForwardAsync(30_000);
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
    }

    private static ILocator Rows(PanelPage panel) => panel.Page.Locator("tr[data-seq]");

    private static ILocator Chart(PanelPage panel, string name) => panel.Page.Locator($".chart-{name.ToLowerInvariant()} svg");
}

/// <summary>A page that asks for records again while its request for them is open.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ActivityPollingTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task Requests_are_counted_once_however_often_the_page_asks()
    {
        var isHeld = new TaskCompletionSource();
        var mayRespond = new TaskCompletionSource();
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.ShowAsync("Playground");
        using (await gateway.SendAsync(GatewayFixture.Ask("nano/echo"))) { }
        await panel.Page.RouteAsync("**/api/activity?after=*", async route =>
        {
            isHeld.TrySetResult();
            await mayRespond.Task;
            await route.ContinueAsync();
        });
        await panel.ShowAsync("Activity");
        await isHeld.Task;
        await panel.ShowAsync("Playground");
        await panel.ShowAsync("Activity");
        await panel.Page.EvaluateAsync("() => document.dispatchEvent(new Event('visibilitychange'))");
        mayRespond.SetResult();
        await Expect(panel.Page.Locator("tr[data-seq]").First).ToBeVisibleAsync();
        // What the page had asked for is over, and one more request.
        await panel.Page.WaitForResponseAsync(response => response.Url.Contains("/api/activity?after=", StringComparison.Ordinal));
        await panel.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var total = (await gateway.OwnerJsonAsync("/api/activity")).GetProperty("records").GetArrayLength();
        await Expect(panel.Page.Locator(".chart-requests svg")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex($": {total} requests?, at most "));
        var rows = await panel.Page.Locator("tr[data-seq]").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.seq)");
        rows.ShouldBeUnique();
    }
}

/// <summary>A gateway that has served more requests than it keeps.</summary>
[Collection(BrowserCollection.Name)]
public sealed class BusyActivityTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task A_thousand_requests_are_listed_and_few_of_them_rendered()
    {
        _ = chromium.Browser;
        await Parallel.ForAsync(0, 1010, async (i, cancel) =>
        {
            using var response = await gateway.SendAsync(GatewayFixture.Ask("nano/echo"), cancel);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync(cancel);
        });
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        var table = panel.Page.GetByRole(AriaRole.Table, new() { Name = "Requests, newest first" });
        await Expect(table).ToHaveAttributeAsync("aria-rowcount", "1001");
        await Expect(panel.Page.Locator(".totals")).ToContainTextAsync("Requests1,010");
        (await panel.Page.Locator("tr[data-seq]").CountAsync()).ShouldBeInRange(10, 60);

        // The last row is the oldest request that is kept.
        var scroller = panel.Page.Locator(".request-scroll");
        await scroller.EvaluateAsync("element => { element.scrollTop = element.scrollHeight; }");
        await Expect(panel.Page.Locator("tr[data-seq='11']")).ToBeVisibleAsync();
        (await panel.Page.Locator("tr[data-seq]").CountAsync()).ShouldBeInRange(10, 60);
        await Expect(panel.Page.Locator("tr[data-seq='11']")).ToHaveAttributeAsync("aria-rowindex", "1001");

        // New rows do not move the row that is being read.
        await scroller.EvaluateAsync("element => { element.scrollTop = 400 * 37; }");
        var read = panel.Page.Locator("tr[data-seq='610']");
        await Expect(read).ToBeInViewportAsync();
        var before = (await read.BoundingBoxAsync())!.Y;
        using (await gateway.SendAsync(GatewayFixture.Ask("nano/echo"))) { }
        await Expect(panel.Page.Locator(".totals")).ToContainTextAsync("Requests1,011");
        await Expect(read).ToHaveAttributeAsync("aria-rowindex", "403");
        (await read.BoundingBoxAsync())!.Y.ShouldBe(before, 1);
    }
}
