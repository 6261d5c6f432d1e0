using System.Text.Json;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>The pages of virtual keys and of usage, over a real state store.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class GovernanceTests(Chromium chromium, GovernedPanelFixture gateway) : IClassFixture<GovernedPanelFixture>
{
    private const string Ask = """{"model":"nano/echo","max_tokens":20,"messages":[{"role":"user","content":"one two three four"}]}""";

    [SkippableFact]
    public async Task A_key_is_created_found_changed_rotated_and_revoked()
    {
        await using var panel = await EnterAsync("#keys");
        await panel.Button("Create key").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Requests per minute").FillAsync("many");
        await dialog.GetByLabel("Organization").FillAsync("no good");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Expect(dialog.GetByLabel("Organization")).ToBeFocusedAsync();
        await Expect(dialog.Locator(".field-error:visible")).ToHaveCountAsync(2);

        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("ci");
        await dialog.GetByLabel("Organization").FillAsync("made");
        await dialog.GetByLabel("Team").FillAsync("web");
        await dialog.GetByLabel("Models").FillAsync("nano/*");
        await dialog.GetByLabel("Requests per minute").FillAsync("60");
        await dialog.GetByLabel("Tags").FillAsync("app=shop");
        await dialog.GetByLabel("Expires").SelectOptionAsync("7 days");
        await panel.Button("Add a budget").ClickAsync();
        await Expect(dialog.GetByLabel("USD")).ToBeFocusedAsync();
        await dialog.GetByLabel("USD").FillAsync("5");
        // Only the gateway knows all time zones: its error is shown at the budgets.
        await dialog.GetByLabel("Time zone").FillAsync("Europe/Nowhere");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Expect(dialog.Locator(".field-error:visible")).ToContainTextAsync("time_zone");
        await dialog.GetByLabel("Time zone").FillAsync("Europe/Berlin");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();

        var first = await dialog.GetByRole(AriaRole.Textbox, new() { Name = "The key" }).InputValueAsync();
        first.ShouldStartWith("sk-nano-");
        await gateway.PostAsync("/v1/chat/completions", Ask, first);
        await panel.Page.Keyboard.PressAsync("Escape");
        var row = Row(panel, "ci");
        await Expect(row).ToContainTextAsync("made · team web");
        await Expect(row).ToContainTextAsync("$5 a month");
        await Expect(row).ToContainTextAsync("60 requests a minute");
        await Expect(row).ToContainTextAsync("active");
        // The browser reports that a dialog is closed a moment later.
        await Expect(panel.Page.Locator("dialog")).ToHaveCountAsync(0);
        (await panel.Page.EvaluateAsync<string>("() => document.documentElement.outerHTML")).ShouldNotContain(first);

        await panel.Page.GetByLabel("Find a key").FillAsync("web nothing-like-it");
        await Expect(panel.Page.Locator("#keys .empty")).ToHaveTextAsync("No key matches.");
        await panel.Page.GetByLabel("Find a key").FillAsync("app=shop");
        await Expect(row).ToBeVisibleAsync();
        await panel.Button("Rotate ci").ClickAsync();
        await dialog.GetByLabel("The current key ends").SelectOptionAsync("at once");
        await panel.Button("Make a new key").ClickAsync();
        var second = await dialog.GetByRole(AriaRole.Textbox, new() { Name = "The key" }).InputValueAsync();
        second.ShouldNotBe(first);
        await gateway.PostAsync("/v1/chat/completions", Ask, second);
        await panel.Page.Keyboard.PressAsync("Escape");

        await panel.Button("Edit ci").ClickAsync();
        await Expect(dialog.GetByLabel("Models")).ToHaveValueAsync("nano/*");
        await Expect(dialog.GetByLabel("Time zone")).ToHaveValueAsync("Europe/Berlin");
        await panel.Button("Remove this budget").ClickAsync();
        await dialog.GetByLabel("Requests per minute").FillAsync("");
        await dialog.GetByLabel("Disabled").CheckAsync();
        await panel.Button("Save").ClickAsync();
        await Expect(row).ToContainTextAsync("disabled");
        await Expect(row).Not.ToContainTextAsync("$5");
        var kept = (await gateway.OwnerJsonAsync("/api/keys?limit=1000")).GetProperty("data").EnumerateArray().Single(key => key.GetProperty("name").GetString() == "ci");
        kept.GetProperty("requests_per_minute").ValueKind.ShouldBe(JsonValueKind.Null);
        kept.GetProperty("expires_at").ValueKind.ShouldBe(JsonValueKind.String);
        kept.GetProperty("tags").GetRawText().ShouldBe("""{"app":"shop"}""");

        await panel.Button("Revoke ci").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        await Expect(panel.Page.GetByLabel("Find a key")).ToBeFocusedAsync();
    }

    /// <summary>Without a pointer: a policy is created, changed and removed.</summary>
    [SkippableFact]
    public async Task A_policy_is_managed_by_keyboard()
    {
        await using var panel = await EnterAsync("#keys");
        await Focus.TabToAsync(panel, panel.Button("Create policy"));
        await panel.Page.Keyboard.PressAsync("Enter");
        await panel.Page.Keyboard.TypeAsync("typed");
        await panel.Page.Keyboard.PressAsync("Tab");
        await panel.Page.Keyboard.TypeAsync("a team");
        await panel.Page.Keyboard.PressAsync("Tab");
        await panel.Page.Keyboard.TypeAsync("web");
        await Focus.TabToAsync(panel, panel.Page.GetByLabel("Tokens per minute"));
        await panel.Page.Keyboard.TypeAsync("1000");
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        var row = panel.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "team web of typed" });
        await Expect(row).ToContainTextAsync("1,000 tokens a minute");
        await Expect(panel.Button("Create policy")).ToBeFocusedAsync();

        await Focus.TabToAsync(panel, panel.Button("Edit the policy of team web of typed"));
        await panel.Page.Keyboard.PressAsync("Enter");
        await Focus.TabToAsync(panel, panel.Page.GetByLabel("Requests at once"));
        await panel.Page.Keyboard.TypeAsync("3");
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(row).ToContainTextAsync("3 at once");
        await Expect(panel.Button("Edit the policy of team web of typed")).ToBeFocusedAsync();
        await Expect(row).ToContainTextAsync("1,000 tokens a minute");
        await Focus.TabToAsync(panel, panel.Button("Remove the policy of team web of typed"));
        await panel.Page.Keyboard.PressAsync("Enter");
        await Focus.TabToAsync(panel, panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }));
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(row).ToHaveCountAsync(0);
    }

    /// <summary>Policies of nano.json are shown and chosen; only the file changes them.</summary>
    [SkippableFact]
    public async Task A_key_names_a_policy_of_nano_json_which_the_page_cannot_change()
    {
        await using var panel = await EnterAsync("#keys");
        var policy = panel.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "in nano.json" });
        await Expect(policy).ToContainTextAsync("reviewed");
        await Expect(policy).ToContainTextAsync("$300 a week");
        await Expect(policy.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await panel.Button("Create key").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("follower");
        await dialog.GetByLabel("Policy").SelectOptionAsync("reviewed");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "The key" }).WaitForAsync();
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(Row(panel, "follower")).ToContainTextAsync("those of the policy reviewed");
        await panel.Button("Edit follower").ClickAsync();
        await Expect(dialog.GetByLabel("Policy")).ToHaveValueAsync("reviewed");
        await dialog.GetByLabel("Policy").SelectOptionAsync("none");
        await panel.Button("Save").ClickAsync();
        await Expect(Row(panel, "follower")).ToContainTextAsync("none of its own");
    }

    [SkippableFact]
    public async Task Usage_is_stacked_over_time_listed_and_saved_and_budgets_are_filled()
    {
        var shop = await CreateKeyAsync("""{"name":"shop","organization":"spent","team":"web","user":"ann","tags":{"app":"shop"},"budgets":[{"usd":1,"window":"month"}]}""");
        var chat = await CreateKeyAsync("""{"name":"chat","organization":"spent","tags":{"app":"chat"}}""");
        var cost = 0m;
        // More requests than with any other key of this gateway.
        foreach (var key in Enumerable.Repeat(shop, 5).Append(chat))
        {
            var usage = (await gateway.PostAsync("/v1/chat/completions", Ask, key)).GetProperty("usage");
            cost += (usage.GetProperty("prompt_tokens").GetInt32() + 2 * usage.GetProperty("completion_tokens").GetInt32()) / 1000m;
        }
        await using var panel = await EnterAsync("#usage");
        var chart = panel.Page.Locator("#usage .plot svg");
        await panel.Page.GetByLabel("Stacked by").SelectOptionAsync("tag …");
        await Expect(panel.Page.GetByText("Enter the name of a tag.")).ToBeVisibleAsync();
        await panel.Page.GetByLabel("Tag", new() { Exact = true }).FillAsync("app");
        await panel.Page.GetByLabel("Tag", new() { Exact = true }).PressAsync("Enter");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Spend by tag app, .*shop: \\$0\\.\\d.*chat: \\$0\\.0"));
        await panel.Page.GetByLabel("Stacked by").SelectOptionAsync("key");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Spend by key, .*shop: "));
        await panel.Page.GetByLabel("Measure").SelectOptionAsync("Requests");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Requests by key, .*all\\. shop: 5, .*chat: 1"));
        (await chart.Locator("rect").CountAsync()).ShouldBeGreaterThanOrEqualTo(2);

        // The same numbers as text.
        await panel.Page.GetByText("Show as a table").ClickAsync();
        var table = panel.Page.Locator("#usage .as-table table");
        await Expect(table.Locator("tbody tr")).ToHaveCountAsync(30);
        (await table.Locator("tbody td:nth-child(2)").AllInnerTextsAsync()).Sum(int.Parse).ShouldBe(5);
        await Expect(panel.Page.Locator(".ranking-card", new() { HasText = "Teams" })).ToContainTextAsync("web");
        await Expect(panel.Page.Locator(".ranking-card", new() { HasText = "Teams" })).ToContainTextAsync("no team");
        await Expect(panel.Page.Locator(".ranking-card", new() { HasText = "Models" })).ToContainTextAsync("nano/echo");
        var spent = (await gateway.OwnerJsonAsync("/api/budgets")).GetProperty("data").EnumerateArray().Single(budget => budget.GetProperty("organization").GetString() == "spent");
        spent.GetProperty("left_usd").GetDecimal().ShouldBe(1 - spent.GetProperty("spent_usd").GetDecimal());
        await Expect(panel.Page.Locator(".ranking li", new() { HasText = "key shop in spent" }))
            .ToContainTextAsync($"${spent.GetProperty("spent_usd").GetDecimal().ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture)} spent");

        var download = await panel.Page.RunAndWaitForDownloadAsync(() => panel.Button("CSV").ClickAsync());
        download.SuggestedFilename.ShouldStartWith("nano-usage-");
        var lines = (await File.ReadAllTextAsync(await download.PathAsync())).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldStartWith("day,key,key_name,requests,attempts,");
        (await gateway.OwnerJsonAsync("/api/usage?organization=spent")).GetProperty("rows")[0].GetProperty("cost_usd").GetDecimal().ShouldBe(cost);

        // Too many groups for the gateway: the chart is not stacked then.
        await panel.Page.RouteAsync("**/api/usage?*key*",
            route => route.FulfillAsync(new() { Status = 400, Json = new { error = new { message = "The report has more than 10000 rows.", param = "group_by" } } }));
        await panel.Button("Refresh").ClickAsync();
        await Expect(panel.Page.Locator("#usage .chart")).ToContainTextAsync("There are too many groups to stack by key");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Requests by day, "));
    }

    [SkippableFact]
    public async Task A_choice_that_is_not_complete_does_not_stop_the_report_that_is_loading()
    {
        var isHeld = new TaskCompletionSource();
        var mayRespond = new TaskCompletionSource();
        await using var panel = await EnterAsync("#activity");
        await panel.Page.RouteAsync("**/api/usage?*", async route =>
        {
            isHeld.TrySetResult();
            await mayRespond.Task;
            await route.ContinueAsync();
        });
        await panel.ShowAsync("Usage");
        await isHeld.Task;
        await panel.Page.GetByLabel("Time", new() { Exact = true }).SelectOptionAsync("custom");
        mayRespond.SetResult();
        await Expect(panel.Page.Locator("#usage .totals")).ToBeVisibleAsync();
        await Expect(panel.Page.GetByText("Loading the usage")).ToHaveCountAsync(0);
        await Expect(panel.Page.GetByText("Choose the first and the last day.")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task A_store_that_does_not_respond_is_reported_and_asked_again()
    {
        await using var panel = await EnterAsync("#activity");
        foreach (var (tab, route) in new[] { ("Keys", "**/api/keys*"), ("Usage", "**/api/usage?*") })
        {
            await panel.Page.RouteAsync(route,
                handler => handler.FulfillAsync(new()
                    { Status = 503, Json = new { error = new { message = "The state store does not respond.", code = "state_store_unavailable" } } }));
            await panel.ShowAsync(tab);
            await Expect(panel.Page.Locator(".panel:visible").GetByRole(AriaRole.Alert)).ToContainTextAsync("The setting STATE_STORE names the store.");
            await panel.Page.UnrouteAllAsync();
            await panel.Button("Try again").ClickAsync();
            await Expect(panel.Page.Locator(".panel:visible").GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        }
    }

    [SkippableTheory]
    [InlineData(1360, 860)]
    [InlineData(360, 740)]
    public async Task Keys_and_usage_are_accessible(int width, int height)
    {
        var key = await CreateKeyAsync(
            $$"""{"name":"a name that is as long as one may be and has no place in a row","organization":"seen-{{width}}","user":"someone@example.org","tags":{"app":"shop"},"models":["nano/*"],"budgets":[{"usd":0.1,"window":"day"}],"requests_per_minute":600}""");
        await gateway.PostAsync("/v1/chat/completions", Ask, key);
        await gateway.PostAsync("/api/policies", $$"""{"organization":"seen-{{width}}","budgets":[{"usd":0.06,"window":"month"}]}""");
        var inspection = new Inspection();
        await using var panel = await EnterAsync("#keys", new() { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = width, Height = height } });
        await Inspection.PrepareAsync(panel);
        await panel.Page.Locator("#keys .listing").First.WaitForAsync();
        await inspection.CheckAsync(panel, "keys");
        await panel.Button("Create key").ClickAsync();
        await panel.Button("Add a budget").ClickAsync();
        await panel.Page.GetByLabel("Organization").FillAsync("no good");
        await panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await inspection.CheckAsync(panel, "new key with mistakes");
        await panel.Page.GetByLabel("Organization").FillAsync("seen");
        await panel.Button("Remove this budget").ClickAsync();
        await panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await panel.Page.Locator(".token").WaitForAsync();
        await inspection.CheckAsync(panel, "key, made");
        await panel.Page.Keyboard.PressAsync("Escape");
        await panel.Page.Locator("#keys .listing [aria-label^=Revoke]").First.ClickAsync();
        await inspection.CheckAsync(panel, "revoke");
        await panel.Page.Keyboard.PressAsync("Escape");
        await panel.ShowAsync("Usage");
        await panel.Page.GetByText("Show as a table").ClickAsync();
        await inspection.CheckAsync(panel, "usage");
        foreach (var narrow in new[] { 320, 480, 640, 820 })
        {
            await panel.Page.SetViewportSizeAsync(narrow, height);
            foreach (var tab in new[] { "Keys", "Usage" })
            {
                await panel.ShowAsync(tab);
                await panel.Page.WaitForFunctionAsync("width => innerWidth === width", narrow);
                inspection.Found.AddRange((await Inspection.MisfitsAsync(panel)).Select(misfit => $"{tab} at {narrow}: {misfit}"));
            }
        }
        inspection.Found.ShouldBeEmpty();
    }

    private async Task<string> CreateKeyAsync(string json) => (await gateway.PostAsync("/api/keys", json)).GetProperty("key").GetString()!;

    private Task<PanelPage> EnterAsync(string hash, BrowserNewContextOptions? options = null) => PanelPage.EnterAsync(chromium, gateway, options, hash);

    private static ILocator Row(PanelPage panel, string name) => panel.Page.GetByRole(AriaRole.Row)
        .Filter(new() { Has = panel.Page.GetByRole(AriaRole.Rowheader).Filter(new() { HasTextRegex = new($"^{name}sk-nano-") }) });
}
