using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SignInTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task In_and_out()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        await Expect(panel.Page.GetByRole(AriaRole.Tab)).ToHaveCountAsync(0);
        await Expect(panel.Key).ToBeFocusedAsync();
        await Expect(panel.Key).ToHaveAttributeAsync("autocomplete", "current-password");
        await panel.SignInAsync();
        await Expect(panel.Model).ToBeVisibleAsync();

        // The session outlives the page, and the key is in nothing that a script can read.
        await panel.Page.ReloadAsync();
        await Expect(panel.Model).ToBeVisibleAsync();
        var kept = await panel.Page.EvaluateAsync<string>("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])");
        kept.ShouldNotContain(LocalHost.Tests.Hosting.GatewayFixture.CallerKey);
        kept.ShouldStartWith("[{},{},\"\",");
        var cookies = await panel.Page.Context.CookiesAsync();
        cookies.Select(cookie => cookie.Name).ShouldBe(["nano_session", "nano_browser"], ignoreOrder: true);
        cookies.ShouldAllBe(cookie => cookie.HttpOnly && cookie.SameSite == SameSiteAttribute.Strict);

        await panel.Button("Sign out").ClickAsync();
        await Expect(panel.Key).ToBeVisibleAsync();
        (await panel.Page.Context.CookiesAsync()).Select(cookie => cookie.Name).ShouldBe(["nano_browser"]);
        await Expect(panel.Page.GetByRole(AriaRole.Tab)).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_wrong_key_says_so_and_the_right_one_still_works()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        await panel.Button("Sign in").ClickAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Enter the key.");
        await panel.SignInAsync("wrong");
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("That is not the key of this gateway.");
        await Expect(panel.Key).ToBeFocusedAsync();
        await Expect(panel.Key).ToHaveAttributeAsync("aria-invalid", "true");
        await panel.SignInAsync();
        await Expect(panel.Model).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task A_session_that_ends_costs_nothing_that_was_typed()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.Page.GetByLabel("System text").FillAsync("Be brief.");
        await panel.Page.Context.ClearCookiesAsync();
        await panel.SendAsync("Is it still here?");

        var dialog = panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Your session has ended" });
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(panel.Key).ToBeFocusedAsync();
        await panel.SignInAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(panel.Measures).ToHaveCountAsync(1);
        await Expect(panel.Answers).ToContainTextAsync("Is it still here?");
        await Expect(panel.Page.GetByLabel("System text")).ToHaveValueAsync("Be brief.");
    }

    [SkippableFact]
    public async Task Whoever_does_not_sign_in_again_is_told_what_failed_and_may_ask_again()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.Page.Context.ClearCookiesAsync();
        await panel.SendAsync("Hello");
        await panel.Page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(panel.Answers).ToContainTextAsync("You are signed out.");
        await panel.Button("Ask again").ClickAsync();
        await panel.SignInAsync();
        await Expect(panel.Answers).ToContainTextAsync("Hello");
    }
}

[Collection(BrowserCollection.Name)]
public sealed class LaptopSignInTests(Chromium chromium, LaptopPanelFixture gateway) : IClassFixture<LaptopPanelFixture>
{
    [SkippableFact]
    public async Task On_a_laptop_the_page_says_which_key_it_is()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        await Expect(panel.Page.Locator("form .hint")).ToHaveTextAsync("This gateway still has the key of a laptop: Nano.");
        await panel.SignInAsync("Nano");
        await Expect(panel.Model).ToBeVisibleAsync();
    }
}
