using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(SecondBrowserCollection.Name)]
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

        // The session outlives the page, and scripts can never read the key.
        await KeepsNothingAsync(panel, LocalHost.Tests.Hosting.GatewayFixture.CallerKey);
        await panel.Page.ReloadAsync();
        await Expect(panel.Model).ToBeVisibleAsync();
        await KeepsNothingAsync(panel, LocalHost.Tests.Hosting.GatewayFixture.CallerKey);
        var cookies = await panel.Page.Context.CookiesAsync();
        cookies.Select(cookie => cookie.Name).ShouldBe(["nano_session", "nano_browser"], ignoreOrder: true);
        cookies.ShouldAllBe(cookie => cookie.HttpOnly && cookie.SameSite == SameSiteAttribute.Strict);

        await panel.Button("Sign out").ClickAsync();
        await Expect(panel.Key).ToBeVisibleAsync();
        (await panel.Page.Context.CookiesAsync()).Select(cookie => cookie.Name).ShouldBe(["nano_browser"]);
        await Expect(panel.Page.GetByRole(AriaRole.Tab)).ToHaveCountAsync(0);
    }

    /// <summary>Typed text appears only in its field.</summary>
    internal static async Task KeepsNothingAsync(PanelPage panel, string typed)
    {
        var kept = await panel.Page.EvaluateAsync<string>("""
            async () => JSON.stringify([
              ...[localStorage, sessionStorage].map((storage) => Array.from({ length: storage.length }, (_, at) => [storage.key(at), storage.getItem(storage.key(at))])),
              document.cookie, location.href, history.state, await caches.keys(), await indexedDB.databases(), document.documentElement.outerHTML,
            ])
            """);
        kept.ShouldNotContain(typed);
        kept.ShouldStartWith("[[],[],\"\",");
    }

    [SkippableFact]
    public async Task A_wrong_key_shows_an_error_and_the_right_one_still_works()
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
    public async Task A_session_that_ends_loses_no_typed_text()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.Page.GetByLabel("System prompt").FillAsync("Be brief.");
        await panel.Page.Context.ClearCookiesAsync();
        await panel.SendAsync("Is it still here?");

        var dialog = panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Your session has ended" });
        await Expect(dialog).ToBeVisibleAsync();
        await Expect(panel.Key).ToBeFocusedAsync();
        await panel.SignInAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(panel.Measures).ToHaveCountAsync(1);
        await Expect(panel.Answers).ToContainTextAsync("Is it still here?");
        await Expect(panel.Page.GetByLabel("System prompt")).ToHaveValueAsync("Be brief.");
    }

    [SkippableFact]
    public async Task A_session_that_ends_while_typing_loses_neither_text_nor_focus()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.Page.GetByLabel("System prompt").FillAsync("Be brief.");
        await panel.Message.FillAsync("Half a thou");
        await panel.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "a.png", MimeType = "image/png", Buffer = [1] });
        await panel.ShowAsync("Activity");
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.Page.GetByLabel("Find").FocusAsync();
        await panel.Page.Keyboard.TypeAsync("lun");
        await panel.Page.Context.ClearCookiesAsync();
        // A background request of the page detects it; the page reports it without an interruption.
        await Expect(panel.Page.Locator("#activity .live")).ToContainTextAsync("Your session has ended.");
        await panel.Page.Keyboard.TypeAsync("a");
        await Expect(panel.Page.GetByLabel("Find")).ToHaveValueAsync("luna");
        await Expect(panel.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        await panel.Page.Locator("#activity .live").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await panel.SignInAsync();
        await Expect(panel.Page.Locator("#activity .live")).ToHaveTextAsync("Live");
        await panel.ShowAsync("Playground");
        await Expect(panel.Message).ToHaveValueAsync("Half a thou");
        await Expect(panel.Page.GetByLabel("System prompt")).ToHaveValueAsync("Be brief.");
        await Expect(panel.Page.Locator(".tray img")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task A_session_that_ends_with_an_open_form_loses_none_of_its_values()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers",
            before: page => page.RouteAsync("**/api/providers/*/status", route => route.FulfillAsync(new() { Json = new { light = "green", message = "It works." } })));
        await panel.Button("Create token for Nano (built in)").ClickAsync();
        var form = panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "A token for Nano (built in)" });
        await form.GetByLabel("Requests per minute").FillAsync("7");
        await panel.Page.Context.ClearCookiesAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        await panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Your session has ended" }).WaitForAsync();
        await panel.SignInAsync();
        await Expect(form).ToContainTextAsync("7 requests per minute");
    }

    [SkippableFact]
    public async Task Without_a_new_sign_in_the_failure_is_shown_and_can_be_retried()
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

[Collection(SecondBrowserCollection.Name)]
public sealed class LaptopSignInTests(Chromium chromium, LaptopPanelFixture gateway) : IClassFixture<LaptopPanelFixture>
{
    [SkippableFact]
    public async Task On_a_laptop_the_page_shows_the_default_key()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        await Expect(panel.Page.Locator("form .hint")).ToHaveTextAsync("This gateway uses the default key: Nano.");
        await panel.SignInAsync("Nano");
        await Expect(panel.Model).ToBeVisibleAsync();
    }
}

/// <summary>A gateway at which a client guesses keys.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class SlowedSignInTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Typed = "a-key-that-was-mistyped";

    [SkippableFact]
    public async Task Guessing_keys_shows_how_long_to_wait_and_no_typed_key_is_stored()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway);
        for (var i = 0; i < 5; i++)
        {
            await panel.SignInAsync($"{Typed}-{i}");
            await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("That is not the key of this gateway.");
            await Expect(panel.Button("Sign in")).ToBeEnabledAsync();
        }
        await panel.SignInAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too many attempts with a wrong key. Try again in ");
        var wait = panel.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Wait [12] s$") });
        await Expect(wait).ToBeDisabledAsync();

        await SignInTests.KeepsNothingAsync(panel, Typed);
        await SignInTests.KeepsNothingAsync(panel, LocalHost.Tests.Hosting.GatewayFixture.CallerKey);
        (await panel.Page.Context.CookiesAsync()).ShouldBeEmpty();

        // The last input is still in its field: the user only has to wait.
        await Expect(panel.Button("Sign in")).ToBeEnabledAsync();
        await panel.Button("Sign in").ClickAsync();
        await Expect(panel.Model).ToBeVisibleAsync();
    }
}
