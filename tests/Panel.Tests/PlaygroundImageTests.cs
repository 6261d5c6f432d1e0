using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>Images in the playground: chosen, pasted, dropped and refused.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class PlaygroundImageTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Model = "openai/gpt-6-luna";

    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    [SkippableFact]
    public async Task An_image_is_sent_with_a_message()
    {
        await using var panel = await EnterAsync();
        var bytes = Convert.FromBase64String(Pixel);
        await panel.Page.Locator("input[type=file]")
            .SetInputFilesAsync(new FilePayload[] { new() { Name = "a.png", MimeType = "image/png", Buffer = bytes },
            new() { Name = "b.png", MimeType = "image/png", Buffer = bytes } });
        await panel.Button("Remove b.png").ClickAsync();
        gateway.Script(Chunks.Answer("A pixel."));
        await panel.AskAsync("What is it?");
        await Expect(panel.Page.Locator(".message.user img")).ToHaveCountAsync(1);
        await Expect(panel.Page.Locator(".tray")).ToBeHiddenAsync();
        gateway.Upstream.Request.BodyJson.GetProperty("messages")[0].GetProperty("content").GetRawText()
            .ShouldBe($$$"""[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Pixel}}}"}}]""");
    }

    [SkippableFact]
    public async Task An_image_is_pasted_and_one_is_dropped_anywhere_on_the_conversation()
    {
        await using var panel = await EnterAsync();
        await panel.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await panel.Page.EvaluateAsync($$"""
            async () => {
              const bytes = Uint8Array.from(atob('{{Pixel}}'), (character) => character.charCodeAt(0));
              window.pixel = new File([bytes], 'dropped.png', { type: 'image/png' });
              await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) })]);
            }
            """);
        await panel.Message.ClickAsync();
        await panel.Page.Keyboard.PressAsync("Control+V");
        await Expect(panel.Page.Locator(".tray img")).ToHaveCountAsync(1);

        const string drop = "element => { const data = new DataTransfer(); data.items.add(window.pixel); const fire = (type) => element.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true })); return [fire('dragover'), fire('drop')]; }";
        // False: the page has handled it, and the browser does not navigate to the file.
        (await panel.Page.GetByRole(AriaRole.Log).EvaluateAsync<bool[]>(drop)).ShouldBe([false, false]);
        await Expect(panel.Page.Locator(".tray img")).ToHaveCountAsync(2);
        await Expect(panel.Page.Locator(".tray img").Last).ToHaveAttributeAsync("alt", "dropped.png");
        (await panel.Page.Locator(".top").EvaluateAsync<bool[]>(drop)).ShouldBe([false, false]);
        await Expect(panel.Page.Locator(".tray img")).ToHaveCountAsync(2);
        await Expect(panel.Page.Locator(".composer.dropping")).ToHaveCountAsync(0);

        gateway.Script(Chunks.Answer("Two pixels."));
        await panel.AskAsync("What are they?");
        var parts = gateway.Upstream.Request.BodyJson.GetProperty("messages")[0].GetProperty("content").EnumerateArray().ToList();
        parts.Select(part => part.GetProperty("type").GetString()).ShouldBe(["text", "image_url", "image_url"]);
        parts[2].GetProperty("image_url").GetProperty("url").GetString().ShouldBe($"data:image/png;base64,{Pixel}");
    }

    [SkippableFact]
    public async Task A_file_that_is_not_an_image_or_too_large_is_refused_with_a_reason()
    {
        await using var panel = await EnterAsync();
        var input = panel.Page.Locator("input[type=file]");
        await input.SetInputFilesAsync(new FilePayload { Name = "page.html", MimeType = "text/html", Buffer = [60] });
        await Expect(panel.Page.Locator(".composer [role=alert]")).ToContainTextAsync("page.html is not a PNG, JPEG, GIF or WebP image.");
        using var folder = new TemporaryFolder("nano-panel-");
        var big = Path.Combine(folder.FullName, "big.png");
        await using (var file = File.Create(big)) file.SetLength(8 * 1024 * 1024 + 1);
        await input.SetInputFilesAsync(big);
        await Expect(panel.Page.Locator(".composer [role=alert]")).ToContainTextAsync("at most 8.0 MB");
        await Expect(panel.Page.Locator(".tray")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task An_image_that_is_still_being_read_stays_when_another_one_is_removed()
    {
        await using var panel = await EnterAsync();
        var input = panel.Page.Locator("input[type=file]");
        var bytes = Convert.FromBase64String(Pixel);
        await input.SetInputFilesAsync(new FilePayload { Name = "a.png", MimeType = "image/png", Buffer = bytes });
        await panel.Page.EvaluateAsync("""
            () => {
              const { readAsDataURL } = FileReader.prototype;
              const mayRead = new Promise((resolve) => { window.release = resolve; });
              FileReader.prototype.readAsDataURL = function (file) { mayRead.then(() => readAsDataURL.call(this, file)); };
            }
            """);
        await input.SetInputFilesAsync(new FilePayload { Name = "b.png", MimeType = "image/png", Buffer = bytes });
        await panel.Button("Remove a.png").ClickAsync();
        await Expect(panel.Page.Locator(".tray")).ToBeHiddenAsync();
        await panel.Page.EvaluateAsync("() => window.release()");
        await Expect(panel.Page.Locator(".tray img")).ToHaveAttributeAsync("alt", "b.png");
    }

    private async Task<PanelPage> EnterAsync(string model = Model)
    {
        var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync(model);
        return panel;
    }
}

/// <summary>A gateway with Azure's default limit of a request, above which the host there responds without a reason.</summary>
public sealed class SmallRequestsFixture : PanelFixture
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["MAX_REQUEST_BYTES"] = "4194304" };
}

[Collection(SecondBrowserCollection.Name)]
public sealed class PlaygroundLimitTests(Chromium chromium, SmallRequestsFixture gateway) : IClassFixture<SmallRequestsFixture>
{
    [SkippableFact]
    public async Task Images_that_no_request_has_room_for_are_refused_with_the_setting()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        using var folder = new TemporaryFolder("nano-panel-");
        var input = panel.Page.Locator("input[type=file]");
        await input.SetInputFilesAsync(Picture(folder, "photo.png", 4 << 20));
        await Expect(panel.Page.Locator(".composer [role=alert]")).ToContainTextAsync("photo.png has 4.0 MB; at most 3.0 MB are allowed.");
        await Expect(panel.Page.Locator(".composer [role=alert]")).ToContainTextAsync("MAX_REQUEST_BYTES");
        await Expect(panel.Page.Locator(".tray")).ToBeHiddenAsync();
        await input.SetInputFilesAsync(new[] { Picture(folder, "a.png", 2 << 20), Picture(folder, "b.png", 2 << 20) });
        await Expect(panel.Page.Locator(".composer [role=alert]")).ToContainTextAsync("more than 3.0 MB together");
        await Expect(panel.Page.Locator(".tray img")).ToHaveCountAsync(1);
    }

    /// <summary>A conversation contains its images in every request.</summary>
    [SkippableFact]
    public async Task A_conversation_that_outgrows_a_request_is_not_sent()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("openai/gpt-6-luna");
        using var folder = new TemporaryFolder("nano-panel-");
        var input = panel.Page.Locator("input[type=file]");
        await input.SetInputFilesAsync(Picture(folder, "a.png", 2 << 20));
        gateway.Script(Chunks.Answer("A picture."));
        await panel.AskAsync("What is it?");
        await Expect(panel.Answers).ToContainTextAsync("A picture.");
        var sent = 0;
        panel.Page.Request += (_, request) => sent += request.Method == "POST" ? 1 : 0;
        await input.SetInputFilesAsync(Picture(folder, "b.png", 2 << 20));
        await panel.AskAsync("And this?");
        await Expect(panel.Answers.Last.GetByRole(AriaRole.Alert)).ToContainTextAsync("The request would have 5.3 MB, and the gateway accepts 4.0 MB (its setting MAX_REQUEST_BYTES).");
        sent.ShouldBe(0);
    }

    private static string Picture(TemporaryFolder folder, string name, long bytes)
    {
        var path = Path.Combine(folder.FullName, name);
        using var file = File.Create(path);
        file.SetLength(bytes);
        return path;
    }
}
