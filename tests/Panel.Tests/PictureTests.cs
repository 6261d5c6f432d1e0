using System.Buffers.Binary;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>
/// docs/panel.png, the screenshot of the panel in README and docs/panel.md. With NANO_PANEL_PICTURE=1 this test takes it again. Fonts differ between
/// machines, so the bytes are not compared.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class PictureTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const int Width = 1280;
    private const int Height = 760;

    private static readonly string Picture = Path.Combine(WireCorpus.RepositoryRoot, "docs", "panel.png");

    [SkippableFact]
    public async Task The_picture_of_the_documentation_shows_the_playground()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = Width, Height = Height } });
        await panel.ChooseAsync("openai/gpt-6-luna");
        gateway.Script(UpstreamScript.Sse(
            Chunks.Reasoning("The question is about one word, so one sentence and one example are enough."),
            Chunks.Text("A **passthrough** forwards the request as it is: only `model` is replaced.\n\n- The same API on both sides: bytes in, bytes out.\n- Another API: a conversion, with a report of every loss.\n\n```text\nx-nano-loss: dropped=logit_bias\n```\n"),
            Chunks.Finish("stop"), Chunks.Usage(1200, 300, cached: 200, reasoning: 50), Chunks.Done));
        await panel.AskAsync("What does an LLM gateway mean by passthrough?");
        await Expect(panel.Measures).ToContainTextAsync("Cost$0.00025");
        await panel.Page.Locator(".thought summary").ClickAsync();
        var taken = await panel.Page.ScreenshotAsync();
        if (Environment.GetEnvironmentVariable("NANO_PANEL_PICTURE") == "1") await File.WriteAllBytesAsync(Picture, taken);
        Size(taken).ShouldBe((Width, Height));
        Size(await File.ReadAllBytesAsync(Picture)).ShouldBe((Width, Height), "docs/panel.png: run this test once with NANO_PANEL_PICTURE=1 in the environment to take it again");
    }

    /// <summary>Width and height of a PNG (PNG specification, 11.2.2: IHDR comes first).</summary>
    private static (int Width, int Height) Size(ReadOnlySpan<byte> png)
    {
        png[..8].SequenceEqual((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]).ShouldBeTrue("not a PNG");
        return (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..]));
    }
}
