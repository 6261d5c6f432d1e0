using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(SecondBrowserCollection.Name)]
public sealed class TokenTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    [SkippableFact]
    public async Task A_token_is_shown_once_and_is_limited_to_its_scope()
    {
        await using var panel = await ProvidersAsync();
        var dialog = await OpenAsync(panel, "Nano (built in)");
        await dialog.GetByLabel("these models only").CheckAsync();
        await dialog.GetByLabel("nano/echo").CheckAsync();
        await dialog.GetByLabel("Requests per minute").FillAsync("2");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();

        var token = await dialog.GetByRole(AriaRole.Textbox, new() { Name = "The token" }).InputValueAsync();
        token.Split('.').Length.ShouldBe(3);
        await Expect(dialog).ToContainTextAsync("2 requests per minute");
        await Expect(dialog).ToContainTextAsync("in 15 min");
        await Expect(dialog.GetByLabel("Example", new() { Exact = true })).ToContainTextAsync(token);

        (await ChatAsync(token, "openai/gpt-6-luna")).ShouldBe((HttpStatusCode.Forbidden, "model_not_allowed"));
        (await ChatAsync(token, "nano/echo")).Status.ShouldBe(HttpStatusCode.OK);
        (await ChatAsync(token, "nano/echo")).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.TooManyRequests);
        (await ChatAsync(token, "nano/echo")).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        await panel.Page.Keyboard.PressAsync("Escape");
        // By its element: the role is gone as soon as it is closed, the element with the browser's event.
        await Expect(panel.Page.Locator("dialog")).ToHaveCountAsync(0);
        (await panel.Page.EvaluateAsync<string>("() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage })")).ShouldNotContain(token);
        await Expect(panel.Button("Create token for Nano (built in)")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task The_example_runs()
    {
        await using var panel = await ProvidersAsync();
        var dialog = await OpenAsync(panel, "Nano (built in)");
        await dialog.GetByLabel("these models only").CheckAsync();
        await dialog.GetByLabel("nano/echo").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        var example = await dialog.GetByLabel("Example", new() { Exact = true }).TextContentAsync();
        (await Command.RunAsync("bash", ["-c", example!])).ShouldContain("Hello");
    }

    [SkippableFact]
    public async Task A_token_for_a_provider_covers_all_its_models()
    {
        await using var panel = await ProvidersAsync();
        var dialog = await OpenAsync(panel, "Nano (built in)");
        await dialog.GetByLabel("Valid for").SelectOptionAsync("1 hour");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        var token = await dialog.GetByRole(AriaRole.Textbox, new() { Name = "The token" }).InputValueAsync();
        await Expect(dialog).ToContainTextAsync("every model of Nano (built in)");
        await Expect(dialog).ToContainTextAsync("in 60 min");
        (await ChatAsync(token, "nano/echo")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [SkippableTheory]
    [InlineData("59", "60")]
    [InlineData("86401", "86400")]
    public async Task A_lifetime_out_of_bounds_shows_the_bounds(string seconds, string bound)
    {
        await using var panel = await ProvidersAsync();
        var dialog = await OpenAsync(panel, "OpenAI");
        await dialog.GetByLabel("Valid for").SelectOptionAsync("other …");
        await dialog.GetByLabel("Seconds, 60 to 86400").FillAsync(seconds);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync(bound);
        await Expect(dialog.GetByRole(AriaRole.Textbox, new() { Name = "The token" })).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_token_without_a_model_is_refused()
    {
        await using var panel = await ProvidersAsync();
        var dialog = await OpenAsync(panel, "OpenAI");
        await dialog.GetByLabel("these models only").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Choose at least one model.");
    }

    private static async Task<ILocator> OpenAsync(PanelPage panel, string provider)
    {
        await panel.Button($"Create token for {provider}").ClickAsync();
        return panel.Page.GetByRole(AriaRole.Dialog, new() { Name = $"A token for {provider}" });
    }

    private async Task<PanelPage> ProvidersAsync()
    {
        // Whether they work does not matter here.
        return await PanelPage.EnterAsync(chromium, gateway, hash: "#providers", before: page => page.RouteAsync("**/api/providers/*/status", AllWorkAsync));
    }

    private static Task AllWorkAsync(IRoute route) =>
        route.FulfillAsync(new() { Json = new { light = "green", message = "It works.", @checked = "nothing", checked_at = "2026-11-23T10:00:00Z" } });

    private async Task<(HttpStatusCode Status, string? Code)> ChatAsync(string token, string model)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.PostAsync("/v1/chat/completions",
            new StringContent(LocalHost.Tests.Hosting.GatewayFixture.Ask(model), Encoding.UTF8, "application/json"));
        using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return (response.StatusCode, body.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
    }
}
