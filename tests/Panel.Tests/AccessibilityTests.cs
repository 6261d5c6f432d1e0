using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;

namespace Nano.Panel.Tests;

/// <summary>axe-core finds nothing serious in any state, in both themes, on a phone and on a wide screen; nothing is too small or runs off the page.</summary>
[Collection(BrowserCollection.Name)]
public sealed class AccessibilityTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Everything =
        "# Title\n\nText with `code`, a [link](https://example.org) and **more**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a = 1;\n```\n\n- one\n- [x] two\n\n> quoted";

    private readonly Inspection _inspection = new();

    [SkippableTheory]
    [InlineData(1360, 860)]
    [InlineData(360, 740)]
    public async Task Every_state_is_accessible(int width, int height)
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway, new() { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = width, Height = height } });
        await Inspection.PrepareAsync(panel);
        await _inspection.CheckAsync(panel, "sign-in");
        await panel.SignInAsync("wrong");
        await panel.Page.GetByRole(AriaRole.Alert).GetByText("not the key").WaitForAsync();
        await _inspection.CheckAsync(panel, "wrong key");
        await panel.SignInAsync();

        await panel.Model.WaitForAsync();
        await _inspection.CheckAsync(panel, "playground, empty");
        await panel.Model.FillAsync("gpt");
        await panel.Page.GetByRole(AriaRole.Listbox, new() { Name = "Models" }).WaitForAsync();
        await _inspection.CheckAsync(panel, "models");
        await panel.ChooseAsync("openai/gpt-4o");
        var end = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Sse(Chunks.Reasoning("Hm."), Chunks.Text("It begins ")).WaitFor(end.Task)
            .Send(Chunks.Text("\n\n" + Everything) + Chunks.Finish("length") + Chunks.Usage(1, 2) + Chunks.Done));
        await panel.SendAsync("Hello");
        await panel.Page.GetByText("It begins").WaitForAsync();
        await _inspection.CheckAsync(panel, "streaming");
        end.SetResult();
        await panel.Measures.WaitForAsync();
        await panel.Page.Locator(".thought summary").ClickAsync();
        await _inspection.CheckAsync(panel, "answer");
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"It failed.","code":"failed"}}""", 400));
        await panel.AskAsync("Hello");
        await _inspection.CheckAsync(panel, "error");

        if (width < 1080) await panel.Button("Settings").ClickAsync();
        foreach (var group in new[] { "Tools", "Response format", "More" }) await panel.OpenGroupAsync(group);
        await panel.Button("Insert an example").First.ClickAsync();
        await panel.Page.GetByLabel("Temperature").FillAsync("9");
        await _inspection.CheckAsync(panel, "settings with a mistake");
        await panel.Page.GetByLabel("Temperature").FillAsync("");
        if (width < 1080) await panel.Page.Keyboard.PressAsync("Escape");
        gateway.Script(UpstreamScript.Sse(Chunks.ToolCall(0, "call_1", "get_weather", "{\"city\":\"Oslo\"}"), Chunks.Finish("tool_calls"), Chunks.Done));
        await panel.AskAsync("Hello");
        await panel.Page.GetByLabel("Result of get_weather").WaitForAsync();
        await _inspection.CheckAsync(panel, "tool call");
        await panel.Button("Raw request and response").Last.ClickAsync();
        await _inspection.CheckAsync(panel, "raw");
        await panel.Page.Keyboard.PressAsync("Escape");
        await panel.Button("Code").ClickAsync();
        await _inspection.CheckAsync(panel, "code");
        await panel.Page.Keyboard.PressAsync("Escape");
        await panel.Button("Compare").ClickAsync();
        await _inspection.CheckAsync(panel, "two models");

        gateway.XAI.Lists = _ => UpstreamScript.Json("{}", 401);
        gateway.Google.Lists = _ => UpstreamScript.Json("{}", 429);
        await panel.ShowAsync("Providers");
        await panel.Page.Locator("[data-light=green]").First.WaitForAsync();
        await Assertions.Expect(panel.Page.Locator("[data-light=checking]")).ToHaveCountAsync(0);
        (await panel.Page.Locator("[data-light=red] .fix:visible, [data-light=orange] .fix:visible").CountAsync()).ShouldBe(2);
        await _inspection.CheckAsync(panel, "providers");
        await panel.Button("Create token for Nano (built in)").ClickAsync();
        await panel.Page.GetByLabel("these models only").CheckAsync();
        await panel.Page.GetByLabel("nano/echo").CheckAsync();
        await _inspection.CheckAsync(panel, "token");
        await panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Create token" }).ClickAsync();
        await panel.Page.Locator(".token").WaitForAsync();
        await _inspection.CheckAsync(panel, "token, made");
        await panel.Page.Keyboard.PressAsync("Escape");

        foreach (var tab in new[] { "Keys", "Usage" })
        {
            await panel.ShowAsync(tab);
            await Assertions.Expect(panel.Page.Locator(".panel:visible").GetByRole(AriaRole.Alert)).ToContainTextAsync("Set STATE_STORE");
            await _inspection.CheckAsync(panel, $"{tab} without a store");
        }

        await panel.ShowAsync("Activity");
        await panel.Page.Locator("tr[data-seq]").First.WaitForAsync();
        await _inspection.CheckAsync(panel, "activity");
        await panel.Page.Locator("tr[data-seq] button").First.ClickAsync();
        await _inspection.CheckAsync(panel, "request");
        await panel.Page.Keyboard.PressAsync("Escape");
        await panel.Page.GetByLabel("Find").FillAsync("nothing like it");
        await _inspection.CheckAsync(panel, "activity, nothing found");
        await panel.Page.Context.ClearCookiesAsync();
        await panel.Page.Locator("#activity .live").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await panel.Page.GetByRole(AriaRole.Dialog, new() { Name = "Your session has ended" }).WaitForAsync();
        await _inspection.CheckAsync(panel, "session ended");
        _inspection.Found.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task The_theme_is_the_systems_until_one_is_chosen_and_is_remembered()
    {
        await using var panel = await PanelPage.OpenAsync(chromium, gateway, new() { ColorScheme = ColorScheme.Dark });
        (await GroundAsync(panel)).ShouldBe("rgb(15, 16, 18)");
        await panel.Button("Theme: as the system. Change to light").ClickAsync();
        (await GroundAsync(panel)).ShouldBe("rgb(246, 246, 244)");
        await panel.Page.ReloadAsync();
        (await GroundAsync(panel)).ShouldBe("rgb(246, 246, 244)");
        (await panel.Page.EvaluateAsync<string>("() => JSON.stringify({ ...localStorage })")).ShouldBe("""{"nano-theme":"light"}""");
        await panel.Button("Theme: light. Change to dark").ClickAsync();
        await panel.Button("Theme: dark. Change to as the system").ClickAsync();
        (await GroundAsync(panel)).ShouldBe("rgb(15, 16, 18)");
        (await panel.Page.EvaluateAsync<int>("() => localStorage.length")).ShouldBe(0);
    }

    /// <summary>From the narrowest width that WCAG requires (320 px, reflow) to a very wide one.</summary>
    [SkippableFact]
    public async Task Every_section_fits_every_width()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity");
        await panel.Page.RouteAsync("**/api/providers/*/status",
            route => route.FulfillAsync(new()
                { Json = new { light = "red", message = "It refuses the key (status 401).", fix = new string('x', 80), @checked = "GET /models with the key",
                checked_at = "2026-11-23T10:00:00Z" } }));
        foreach (var tab in new[] { "Playground", "Providers", "Keys", "Usage", "Activity" })
        {
            await panel.ShowAsync(tab);
            foreach (var width in new[] { 320, 360, 480, 640, 768, 900, 1079, 1080, 1440, 1920, 2560 })
            {
                await panel.Page.SetViewportSizeAsync(width, 800);
                // The page is notified in a frame that may come late.
                await panel.Page.WaitForFunctionAsync("width => innerWidth === width", width);
                _inspection.Found.AddRange((await Inspection.MisfitsAsync(panel)).Select(misfit => $"{tab} at {width}: {misfit}"));
            }
        }
        _inspection.Found.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Nothing_moves_with_reduced_motion()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, new() { ReducedMotion = ReducedMotion.NoPreference });
        var end = new TaskCompletionSource();
        await panel.ChooseAsync("openai/gpt-4o");
        gateway.Script(UpstreamScript.Sse().WaitFor(end.Task).Send(Chunks.Text("Hi.") + Chunks.Finish("stop") + Chunks.Done));
        await panel.SendAsync("Hello");
        await panel.Page.Locator(".dots").WaitForAsync();
        const string moving = "() => document.getAnimations().filter((animation) => animation.playState === 'running').length";
        (await panel.Page.EvaluateAsync<int>(moving)).ShouldBeGreaterThan(0);
        await panel.Page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await panel.Page.WaitForFunctionAsync($"() => ({moving})() === 0");
        end.SetResult();
        await panel.Measures.WaitForAsync();
    }

    /// <summary>If the system's colours replace the page's, lines show what backgrounds showed.</summary>
    [SkippableFact]
    public async Task With_forced_colors_states_and_focus_are_visible()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, new() { ForcedColors = ForcedColors.Active });
        await panel.Button("Compare").ClickAsync();
        foreach (var state in new[] { "[role=tab][aria-selected=true]", ".button[aria-pressed=true]" })
            (await OutlineAsync(panel, state)).ShouldBeGreaterThanOrEqualTo(2, state);
        (await OutlineAsync(panel, "[role=tab][aria-selected=false]")).ShouldBe(0);
        await panel.Message.FocusAsync();
        (await OutlineAsync(panel, ".composer")).ShouldBeGreaterThanOrEqualTo(2);
        await panel.Model.FocusAsync();
        await panel.Page.Keyboard.PressAsync("ArrowDown");
        await panel.Page.Keyboard.PressAsync("ArrowDown");
        (await OutlineAsync(panel, ".picker-row.active")).ShouldBeGreaterThanOrEqualTo(2);
        await Inspection.ShootAsync(panel, "forced colors");
    }

    private static Task<double> OutlineAsync(PanelPage panel, string selector) =>
        panel.Page.EvaluateAsync<double>(
        "selector => { const style = getComputedStyle(document.querySelector(selector)); return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth); }", selector);

    private static Task<string> GroundAsync(PanelPage panel) => panel.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
}
