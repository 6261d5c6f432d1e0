using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>What the page Usage makes of a report.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class UsageTests(Chromium chromium, GovernedPanelFixture gateway) : IClassFixture<GovernedPanelFixture>
{
    [SkippableFact]
    public async Task A_cost_that_is_not_known_is_not_shown_as_zero()
    {
        await using var panel = await EnterAsync(Row("acme", "web", cost: 0, unpriced: 2));
        await Expect(Total(panel, "Spend")).ToContainTextAsync("–");
        await Expect(Total(panel, "Spend")).ToContainTextAsync("2 attempts of unknown cost are not in it");
        await Expect(Total(panel, "Requests")).Not.ToContainTextAsync("each");
        await Expect(Ranking(panel, "Models")).ToContainTextAsync("2 attempts of unknown cost");
        await Expect(Ranking(panel, "Models")).Not.ToContainTextAsync("$0");
        await Expect(panel.Page.Locator("#usage .chart")).ToContainTextAsync("2 attempts of unknown cost are not in it.");
    }

    [SkippableFact]
    public async Task Teams_of_different_organizations_are_listed_and_stacked_apart()
    {
        await using var panel = await EnterAsync(Row("acme", "web", cost: 10), Row("globex", "web", cost: 20));
        await Expect(Ranking(panel, "Teams").Locator("li")).ToHaveCountAsync(2);
        await Expect(Ranking(panel, "Teams").Locator("li").First).ToContainTextAsync("web in globex");
        await Expect(Ranking(panel, "Models").Locator("li")).ToHaveCountAsync(1);
        var asked = panel.Page.WaitForRequestAsync(request => request.Url.Contains("group_by=day%2Corganization%2Cteam&", StringComparison.Ordinal));
        await panel.Page.GetByLabel("Stacked by").SelectOptionAsync("team");
        await asked;
        await Expect(panel.Page.Locator("#usage .plot svg"))
            .ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex(@"web in globex: \$20\.00, web in acme: \$10\.00$"));
    }

    private static ILocator Total(PanelPage panel, string name) => panel.Page.Locator("#usage .totals > div", new() { Has = panel.Page.Locator("dt", new() { HasText = name }) });

    private static ILocator Ranking(PanelPage panel, string name) => panel.Page.Locator(".ranking-card", new() { HasText = name });

    private static object Row(string organization, string team, double cost, int unpriced = 0) => new
    {
        day = DateTime.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        organization, team, user = (string?)null, key = "key_one", key_name = "one", model = "own/model", requests = 2, attempts = 2,
        input_tokens = 10, output_tokens = 20, cost_usd = cost, presumed_usd = 0, reserved_usd = 0, unpriced_attempts = unpriced,
    };

    private Task<PanelPage> EnterAsync(params object[] rows) => PanelPage.EnterAsync(chromium, gateway, hash: "#usage",
        before: page => page.RouteAsync("**/api/usage?*", route => route.FulfillAsync(new() { Json = new { rows } })));
}
