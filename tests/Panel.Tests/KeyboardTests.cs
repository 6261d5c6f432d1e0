using Microsoft.Playwright;
using Nano.LocalHost.Tests.Hosting;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>Everything without a pointer: these tests only press keys.</summary>
[Collection(BrowserCollection.Name)]
public sealed class KeyboardTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task From_sign_in_to_a_response_and_sign_out()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        await Expect(panel.Key).ToBeFocusedAsync();
        await panel.Page.Keyboard.TypeAsync(GatewayFixture.CallerKey);
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Model).ToBeVisibleAsync();

        await Focus.TabToAsync(panel, panel.Model);
        await panel.Page.Keyboard.TypeAsync("echo");
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Model).ToHaveValueAsync("nano/echo");
        await Focus.TabToAsync(panel, panel.Message);
        await panel.Page.Keyboard.TypeAsync("first line");
        await panel.Page.Keyboard.PressAsync("Shift+Enter");
        await panel.Page.Keyboard.TypeAsync("second line");
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Measures).ToBeVisibleAsync();
        await Expect(panel.Page.Locator(".message.user p")).ToHaveTextAsync("first line second line");
        await Expect(panel.Page.Locator("#announcer")).ToContainTextAsync("Response: ");

        // A dialog takes the focus, keeps it, and returns it.
        await Focus.TabToAsync(panel, panel.Button("Code"));
        await panel.Page.Keyboard.PressAsync("Enter");
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await Focus.TabToAsync(panel, dialog.GetByRole(AriaRole.Tab, new() { Name = "curl" }));
        await panel.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(dialog.GetByRole(AriaRole.Tab, new() { Name = "Python" })).ToBeFocusedAsync();
        await Expect(dialog.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync("from openai import OpenAI");
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(panel.Button("Code")).ToBeFocusedAsync();

        await Focus.TabToAsync(panel, panel.Page.GetByRole(AriaRole.Tab, new() { Name = "Playground" }));
        for (var i = 0; i < 4; i++) await panel.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(panel.Page.GetByRole(AriaRole.Tab, new() { Name = "Activity" })).ToBeFocusedAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "Activity" })).ToBeVisibleAsync();
        (await panel.Page.EvaluateAsync<string>("() => location.hash")).ShouldBe("#activity");
        await panel.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(panel.Page.GetByRole(AriaRole.Tab, new() { Name = "Playground" })).ToBeFocusedAsync();
        await Focus.TabToAsync(panel, panel.Button("Sign out"));
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Key).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task The_list_of_models_works_with_arrow_keys_and_announces_the_selection()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        var before = await panel.Model.InputValueAsync();
        await Focus.TabToAsync(panel, panel.Model);
        await Expect(panel.Model).ToHaveAttributeAsync("aria-expanded", "false");
        await panel.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(panel.Model).ToHaveAttributeAsync("aria-expanded", "true");
        await panel.Page.Keyboard.PressAsync("ArrowDown");
        var active = await panel.Model.GetAttributeAsync("aria-activedescendant");
        await Expect(panel.Page.Locator($"#{active}")).ToHaveAttributeAsync("role", "option");
        await panel.Page.Keyboard.PressAsync("PageDown");
        (await panel.Model.GetAttributeAsync("aria-activedescendant")).ShouldNotBe(active);
        await Expect(panel.Page.Locator($"#{await panel.Model.GetAttributeAsync("aria-activedescendant")}")).ToBeInViewportAsync();
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(panel.Model).ToHaveAttributeAsync("aria-expanded", "false");
        await Expect(panel.Model).ToHaveValueAsync(before);
    }

    [SkippableFact]
    public async Task The_first_tab_stop_skips_to_the_content()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.Page.ReloadAsync();
        await panel.Model.WaitForAsync();
        await panel.Page.Keyboard.PressAsync("Tab");
        var skip = panel.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });
        await Expect(skip).ToBeFocusedAsync();
        await Expect(skip).ToBeInViewportAsync();
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Page.Locator("main")).ToBeFocusedAsync();
        await Expect(panel.Model).ToBeVisibleAsync();
    }

    /// <summary>WCAG 2.2, 2.4.11 and 2.4.7: the focused element shows its focus, and nothing covers it.</summary>
    [SkippableTheory]
    [InlineData(1360, 860)]
    [InlineData(360, 640)]
    public async Task The_focused_element_is_visible_in_every_section(int width, int height)
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, new() { ViewportSize = new() { Width = width, Height = height } }, before: page =>
            page.RouteAsync("**/api/providers/*/status",
            route => route.FulfillAsync(new()
                { Json = new { light = "green", message = "It works.", @checked = "GET /models with the key", checked_at = "2026-11-23T10:00:00Z" } })));
        await panel.ChooseAsync("nano/echo");
        for (var i = 0; i < 3; i++) await panel.AskAsync("```\ncode\n```\n\n| a |\n|---|\n| b |");
        var wrong = new List<string>();
        foreach (var tab in new[] { "Playground", "Providers", "Keys", "Usage", "Activity" })
        {
            await panel.ShowAsync(tab);
            if (tab == "Activity") await panel.Page.Locator("tr[data-seq]").First.WaitForAsync();
            if (tab == "Providers") await Expect(panel.Page.Locator("[data-light=checking]")).ToHaveCountAsync(0);
            await panel.Page.EvaluateAsync("() => scrollTo(0, document.documentElement.scrollHeight)");
            foreach (var key in new[] { "Shift+Tab", "Tab" })
            {
                var seen = new HashSet<string>();
                for (var i = 0; i < 120; i++)
                {
                    await panel.Page.Keyboard.PressAsync(key);
                    var (isSeen, what) = await Focus.SeenAsync(panel);
                    if (!isSeen) wrong.Add($"{tab}: the focus is not drawn on {what}");
                    if (await ObscuredAsync(panel) is { } by) wrong.Add($"{tab}: {what} is behind {by}");
                    if (what == "the page" || !seen.Add(what + await panel.Page.EvaluateAsync<string>("() => JSON.stringify(document.activeElement.getBoundingClientRect())"))
                        && seen.Count > 20) break;
                }
            }
        }
        wrong.Distinct().ShouldBeEmpty();
    }

    /// <returns>What covers the focused element, at its middle and near its corners; null when part of it is visible.</returns>
    private static Task<string?> ObscuredAsync(PanelPage panel) => panel.Page.EvaluateAsync<string?>("""
        () => {
          const element = document.activeElement;
          if (element === document.body || element.closest('.unseen')) return null;
          const box = element.getBoundingClientRect();
          let before = 'the edge of the page';
          for (const [x, y] of [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]) {
            const at = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
            if (at && (element.contains(at) || at.contains(element))) return null;
            if (at) before = at.outerHTML.slice(0, 100);
          }
          return before;
        }
        """);
}
