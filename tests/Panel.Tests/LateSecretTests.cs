using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>A key or a token is shown once, also when its dialog was closed while the gateway made it.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class LateSecretTests(Chromium chromium, GovernedPanelFixture gateway) : IClassFixture<GovernedPanelFixture>
{
    [SkippableFact]
    public async Task A_rotated_key_is_shown_after_its_dialog_was_closed()
    {
        var former = (await gateway.PostAsync("/api/keys", """{"name":"late"}""")).GetProperty("key").GetString()!;
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#keys");
        await panel.Button("Rotate late").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("The current key ends").SelectOptionAsync("at once");
        await CloseWhileRunningAsync(panel, "**/api/keys/*/rotate", "Make a new key");
        (await SecretAsync(panel, "The key")).ShouldStartWith("sk-nano-");
        (await SecretAsync(panel, "The key")).ShouldNotBe(former);
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_created_key_is_shown_after_its_dialog_was_closed()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#keys");
        await panel.Button("Create key").ClickAsync();
        await panel.Page.GetByRole(AriaRole.Dialog).GetByLabel("Name", new() { Exact = true }).FillAsync("late too");
        await CloseWhileRunningAsync(panel, "**/api/keys", "Create key");
        (await SecretAsync(panel, "The key")).ShouldStartWith("sk-nano-");
    }

    [SkippableFact]
    public async Task A_token_is_shown_after_its_dialog_was_closed()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers");
        await panel.Button("Create token for Nano (built in)").ClickAsync();
        await CloseWhileRunningAsync(panel, "**/api/providers/*/session", "Create token");
        (await SecretAsync(panel, "The token")).Split('.').Length.ShouldBe(3);
    }

    [SkippableFact]
    public async Task A_failure_is_shown_after_its_dialog_was_closed()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#keys");
        await panel.Button("Create key").ClickAsync();
        await CloseWhileRunningAsync(panel, "**/api/keys", "Create key",
            route => route.FulfillAsync(new() { Status = 503, Json = new { error = new { message = "The state store does not respond.", code = "state_store_unavailable" } } }));
        await Expect(panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Alert)).ToContainTextAsync("The state store does not respond.");
    }

    private static async Task<string> SecretAsync(PanelPage panel, string name) =>
        await panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox, new() { Name = name }).InputValueAsync();

    private static async Task CloseWhileRunningAsync(PanelPage panel, string address, string button, Func<IRoute, Task>? respond = null)
    {
        var isHeld = new TaskCompletionSource();
        var mayRespond = new TaskCompletionSource();
        await panel.Page.RouteAsync(address, async route =>
        {
            if (route.Request.Method == "POST")
            {
                isHeld.TrySetResult();
                await mayRespond.Task;
            }
            await (respond ?? (sent => sent.ContinueAsync()))(route);
        });
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await isHeld.Task;
        await panel.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        mayRespond.SetResult();
    }
}
