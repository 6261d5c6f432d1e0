using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(SecondBrowserCollection.Name)]
public sealed class ProviderTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task Every_colour_shows_the_result_and_the_fix()
    {
        var mayAnswer = new TaskCompletionSource();
        gateway.Upstream.Lists = _ => Chunks.Models() with { Steps = [new UpstreamStep.WaitFor(mayAnswer.Task), .. Chunks.Models().Steps] };
        gateway.XAI.Lists = _ => UpstreamScript.Json("""{"error":"Incorrect API key provided."}""", 401);
        gateway.Google.Lists = _ => UpstreamScript.Json("""{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}""", 429);
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers");

        await Expect(Light(panel, "openai", "checking")).ToHaveTextAsync("Checking");
        await Expect(panel.Page.Locator("#providers .page-head .lead")).ToContainTextAsync("1 being checked");
        mayAnswer.SetResult();
        await Expect(Light(panel, "openai", "green")).ToHaveTextAsync("Works");
        await Expect(Light(panel, "nano", "green")).ToHaveTextAsync("Works");
        await Expect(Light(panel, "xai", "red")).ToHaveTextAsync("Failed");
        await Expect(Card(panel, "xai").Locator(".fix")).ToContainTextAsync("XAI_API_KEY");
        await Expect(Light(panel, "google", "orange")).ToHaveTextAsync("Degraded");
        await Expect(Light(panel, "anthropic", "grey")).ToHaveTextAsync("No key");
        await Expect(Card(panel, "anthropic").Locator(".fix")).ToContainTextAsync("ANTHROPIC_API_KEY");
        await Expect(Card(panel, "openai")).ToContainTextAsync("setting OPENAI_API_KEY");
        await Expect(Card(panel, "openai")).ToContainTextAsync("GET /models with the key");
        await Expect(Card(panel, "openai")).ToContainTextAsync("DialectOpenAI Chat");
        await Expect(panel.Page.Locator("#providers .page-head .lead")).ToContainTextAsync("2 of ");
        foreach (var icon in await panel.Page.Locator(".light:visible").AllAsync()) (await icon.Locator("svg").CountAsync()).ShouldBe(1);
        var text = await panel.Page.Locator("#providers").InnerTextAsync();
        foreach (var provider in new[] { "openai", "xai", "google" }) text.ShouldNotContain(LocalHost.Tests.Hosting.GatewayFixture.ProviderKey(provider));

        // Fixed, and checked again at once; the focus stays where it was.
        gateway.XAI.Lists = _ => Chunks.Models();
        await panel.Button("Check again: xAI").FocusAsync();
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(Light(panel, "xai", "green")).ToHaveTextAsync("Works");
        await Expect(Card(panel, "xai").Locator(".fix")).ToBeHiddenAsync();
        await Expect(panel.Button("Check again: xAI")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task Cards_are_checked_if_the_page_was_left_while_they_were_loaded()
    {
        var asked = 0;
        var mayRespond = new TaskCompletionSource();
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.Page.RouteAsync("**/api/providers/*/status", route => route.FulfillAsync(new() { Json = new { light = "green", message = "It works." } }));
        await panel.Page.RouteAsync("**/api/providers", async route =>
        {
            // Each response after the one before.
            if (++asked > 1) await panel.Page.WaitForResponseAsync(response => response.Url.EndsWith("/status", StringComparison.Ordinal));
            await mayRespond.Task;
            await route.ContinueAsync();
        });
        await panel.ShowAsync("Providers");
        await Expect(panel.Page.GetByText("Loading the providers")).ToBeVisibleAsync();
        await panel.ShowAsync("Playground");
        await panel.ShowAsync("Providers");
        mayRespond.SetResult();
        await Expect(Light(panel, "openai", "green")).ToHaveTextAsync("Works");
        await panel.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await Expect(panel.Page.Locator("#providers [data-light=checking]")).ToHaveCountAsync(0);
        asked.ShouldBe(1);
    }

    [SkippableFact]
    public async Task A_list_that_fails_to_load_can_be_requested_again()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.Page.RouteAsync("**/api/providers", route => route.AbortAsync());
        await panel.ShowAsync("Providers");
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The gateway cannot be reached. Is it still running?");
        await panel.Page.UnrouteAllAsync();
        await panel.Button("Try again").ClickAsync();
        await Expect(panel.Page.Locator(".card[data-provider=openai]")).ToBeVisibleAsync();
        await Expect(panel.Page.Locator("[data-light=checking]")).ToHaveCountAsync(0);
    }

    /// <summary>Every provider is shown from the gateway's data, even with a name, a dialect or a key source that the page does not know.</summary>
    [SkippableFact]
    public async Task An_unknown_provider_has_a_card()
    {
        static object Provider(string id, string name, string dialect, object key) =>
            new { id, name, aliases = Array.Empty<string>(), dialect, base_url = "https://" + id + ".example", key, models = 1 };
        var providers = new[]
        {
            Provider("cloudy", "Cloudy Skies", "cloud-converse", new { state = "set", source = "entra", setting = "CLOUDY_API_KEY", secret = "cloudy-api-key" }),
            Provider("misty", "Misty", "gemini", new { state = "set", source = "oracle", setting = "MISTY_CREDENTIALS", secret = "misty-credentials" }),
            Provider("vaulted", "Vaulted", "openai-chat", new { state = "set", source = "key_vault", setting = "VAULTED_API_KEY", secret = "vaulted-api-key" }),
            Provider("dark", "Dark", "openai-chat",
                new { state = "unavailable", source = (string?)null, setting = "DARK_API_KEY", secret = "dark-api-key", message = "nobody is signed in to Azure here." }),
            Provider("bare", "Bare", "openai-chat", new { state = "not_needed", source = (string?)null, setting = (string?)null, secret = (string?)null }),
            Provider("none", "None", "openai-chat", new { state = "not_set", source = (string?)null, setting = "NONE_API_KEY", secret = "none-api-key" }),
        };
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers", before: async page =>
        {
            await page.RouteAsync("**/api/providers", route => route.FulfillAsync(new() { Json = new { providers } }));
            await page.RouteAsync("**/api/providers/*/status",
                route => route.FulfillAsync(new()
                    { Json = new { light = "green", message = "It works.", @checked = "GET /models with a token", checked_at = "2026-11-23T10:00:00Z", latency_ms = 12 } }));
        });
        await Expect(Card(panel, "cloudy")).ToContainTextAsync("Keytokens of Microsoft Entra");
        await Expect(Card(panel, "cloudy")).ToContainTextAsync("DialectCloud Converse");
        await Expect(Card(panel, "cloudy")).ToContainTextAsync("Hostcloudy.example");
        await Expect(Card(panel, "misty")).ToContainTextAsync("Keyoracle, MISTY_CREDENTIALS");
        await Expect(Card(panel, "vaulted")).ToContainTextAsync("KeyKey Vault, vaulted-api-key");
        await Expect(Card(panel, "dark")).ToContainTextAsync("Keynot readable: nobody is signed in to Azure here.");
        await Expect(Card(panel, "bare")).ToContainTextAsync("Keynone needed");
        await Expect(Card(panel, "cloudy").GetByRole(AriaRole.Button, new() { Name = "Create token for Cloudy Skies" })).ToBeVisibleAsync();
        await Expect(Card(panel, "none").GetByRole(AriaRole.Button, new() { Name = "Create token for None" })).ToHaveCountAsync(0);
    }

    /// <summary>A key that was added while the page is open: the card agrees with its light.</summary>
    [SkippableFact]
    public async Task A_card_shows_the_key_that_was_set_since()
    {
        var isSet = false;
        var more = false;
        object Provider(string id, string name, bool hasKey) => new
        {
            id, name, aliases = Array.Empty<string>(), dialect = "openai-chat", base_url = $"https://{id}.example", models = 1,
            key = new { state = hasKey ? "set" : "not_set", source = hasKey ? "key_vault" : null, setting = $"{id.ToUpperInvariant()}_API_KEY", secret = $"{id}-api-key" },
        };
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers", before: async page =>
        {
            await page.RouteAsync("**/api/providers", route => route.FulfillAsync(new()
                { Json = new { providers = more ? [Provider("late", "Late", isSet), Provider("new", "New", true)] : new[] { Provider("late", "Late", isSet) } } }));
            await page.RouteAsync("**/api/providers/*/status", route => route.FulfillAsync(new()
                { Json = new { light = isSet ? "green" : "grey", message = "As it is.", @checked = "GET /models", checked_at = "2026-11-23T10:00:00Z", latency_ms = 12 } }));
        });
        await Expect(panel.Page.Locator(".without-key .card[data-provider=late]")).ToBeVisibleAsync();
        await Expect(panel.Button("Create token for Late")).ToHaveCountAsync(0);
        isSet = true;
        await panel.Button("Check again: Late").FocusAsync();
        await panel.Page.Keyboard.PressAsync("Enter");
        await Expect(panel.Page.Locator("#providers > .cards .card[data-provider=late]")).ToContainTextAsync("KeyKey Vault, late-api-key");
        await Expect(panel.Page.Locator(".without-key")).ToBeHiddenAsync();
        await Expect(panel.Button("Create token for Late")).ToBeVisibleAsync();
        await Expect(panel.Button("Check again: Late")).ToBeFocusedAsync();

        more = true;
        await panel.Button("Check all").ClickAsync();
        await Expect(Light(panel, "new", "green")).ToBeVisibleAsync();
    }

    private static ILocator Card(PanelPage panel, string provider) => panel.Page.Locator($".card[data-provider={provider}]");

    private static ILocator Light(PanelPage panel, string provider, string light) => Card(panel, provider).Locator($".light[data-light={light}]");
}
