using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(BrowserCollection.Name)]
public sealed class ProviderTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task Every_colour_says_what_was_found_and_what_mends_it()
    {
        var mayAnswer = new TaskCompletionSource();
        gateway.Script(Chunks.Models() with { Steps = [new UpstreamStep.WaitFor(mayAnswer.Task), .. Chunks.Models().Steps] });
        gateway.XAI.Answer(UpstreamScript.Json("""{"error":"Incorrect API key provided."}""", 401));
        gateway.Google.Answer(UpstreamScript.Json("""{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}""", 429));
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
        await Expect(panel.Page.Locator("#providers .page-head .lead")).ToContainTextAsync("2 of ");
        foreach (var icon in await panel.Page.Locator(".light:visible").AllAsync()) (await icon.Locator("svg").CountAsync()).ShouldBe(1);
        var text = await panel.Page.Locator("#providers").InnerTextAsync();
        foreach (var provider in new[] { "openai", "xai", "google" }) text.ShouldNotContain(LocalHost.Tests.Hosting.GatewayFixture.ProviderKey(provider));

        // Mended, and asked again at once.
        gateway.XAI.Answer(Chunks.Models());
        await panel.Button("Check again: xAI").ClickAsync();
        await Expect(Light(panel, "xai", "green")).ToHaveTextAsync("Works");
        await Expect(Card(panel, "xai").Locator(".fix")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task A_list_that_does_not_come_can_be_asked_for_again()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.Page.RouteAsync("**/api/providers", route => route.AbortAsync());
        await panel.ShowAsync("Providers");
        await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The gateway cannot be reached. Is it still running?");
        await panel.Page.UnrouteAllAsync();
        gateway.Script(Chunks.Models());
        gateway.XAI.Answer(Chunks.Models());
        gateway.Google.Answer(UpstreamScript.Json("""{"models":[{"name":"models/m"}]}"""));
        await panel.Button("Try again").ClickAsync();
        await Expect(panel.Page.Locator(".card[data-provider=openai]")).ToBeVisibleAsync();
        await Expect(panel.Page.Locator("[data-light=checking]")).ToHaveCountAsync(0);
    }

    private static ILocator Card(PanelPage panel, string provider) => panel.Page.Locator($".card[data-provider={provider}]");

    private static ILocator Light(PanelPage panel, string provider, string light) => Card(panel, provider).Locator($".light[data-light={light}]");
}
