using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>A response that is rendered while it grows: its work, the scroll position, and the content above.</summary>
[Collection(BrowserCollection.Name)]
public sealed class GrowingAnswerTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    /// <summary>Time cannot be measured here, but work can: the nodes that were created for a stream of ten thousand pieces.</summary>
    [SkippableFact]
    public async Task Ten_thousand_chunks_cost_linear_work()
    {
        await using var panel = await EnterAsync();
        await panel.Page.EvaluateAsync("""
            () => {
              window.made = 0;
              const create = document.createElement;
              document.createElement = function (...of) { window.made++; return create.apply(this, of); };
            }
            """);
        var pieces = Enumerable.Range(0, 10_000).Select(i => i % 20 == 19 ? $"line {i}.\n\n" : $"**w{i}** ").ToArray();
        gateway.Script(Chunks.Answer(pieces));
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.Locator(".prose p")).ToHaveCountAsync(500);
        await Expect(panel.Answers.Locator(".prose strong")).ToHaveCountAsync(9500);
        (await panel.Answers.Locator(".prose").Last.TextContentAsync())!.ShouldEndWith("w9998 line 9999.");
        // 10,000 elements are needed; each paragraph was rendered again while it grew, and no other was.
        (await panel.Page.EvaluateAsync<int>("() => window.made")).ShouldBeLessThan(120_000);
    }

    [SkippableFact]
    public async Task The_page_scrolls_with_a_reader_at_the_end_and_not_elsewhere()
    {
        var more = new TaskCompletionSource();
        var evenMore = new TaskCompletionSource();
        await using var panel = await EnterAsync();
        var lines = string.Concat(Enumerable.Range(0, 80).Select(i => $"Line {i}.\n\n"));
        gateway.Script(UpstreamScript.Sse(Chunks.Text(lines)).WaitFor(more.Task).Send(Chunks.Text(lines + "middle\n\n"))
            .WaitFor(evenMore.Task).Send(Chunks.Text(lines + "the end") + Chunks.Finish("stop") + Chunks.Done));
        await panel.SendAsync("Hello");
        await Expect(panel.Answers.GetByText("Line 79.")).ToBeInViewportAsync();
        more.SetResult();
        await Expect(panel.Answers.GetByText("middle")).ToBeInViewportAsync();

        var log = panel.Page.GetByRole(AriaRole.Log);
        await log.EvaluateAsync("log => { log.scrollTop = 300; }");
        await Expect(panel.Button("Go to the end")).ToBeVisibleAsync();
        evenMore.SetResult();
        await panel.Measures.WaitForAsync();
        (await log.EvaluateAsync<int>("log => log.scrollTop")).ShouldBe(300);
        await panel.Button("Go to the end").ClickAsync();
        await Expect(panel.Answers.GetByText("the end")).ToBeInViewportAsync();
    }

    [SkippableFact]
    public async Task Existing_content_does_not_move_while_more_arrives()
    {
        string[] pieces = ["# Title\n\nA para", "graph with **bo", "ld** words.\n\n| a | b |\n|---|---|\n", "| 1 | 2 |\n\n", "```js\nlet a", " = 1;\n```\n\n- one\n- tw",
            "o\n\nThe end."];
        var gates = pieces.Select(_ => new TaskCompletionSource()).Append(new TaskCompletionSource()).ToArray();
        // Full height from the beginning: a resized page moves, in a frame that may come late.
        await using var panel = await EnterAsync(new() { Width = 1280, Height = 1100 });
        await WatchAsync(panel.Page);
        var script = UpstreamScript.Sse();
        for (var i = 0; i < pieces.Length; i++) script = script.WaitFor(gates[i].Task).Send(Chunks.Text(pieces[i]));
        gateway.Script(script.WaitFor(gates[^1].Task).Send(Chunks.Finish("stop") + Chunks.Usage(1, 2) + Chunks.Done));
        await panel.SendAsync("Hello");
        // The position of each block when it first appeared.
        var stood = new Dictionary<string, float>();
        async Task HoldAsync(string when)
        {
            foreach (var block in new[] { "h4", ".prose > p", "table", ".code-block", "ul" })
            {
                var found = panel.Answers.Locator(block);
                if (await found.CountAsync() == 0) continue;
                var y = (await found.First.BoundingBoxAsync())!.Y;
                stood.TryAdd(block, y);
                y.ShouldBe(stood[block], 0.5f, $"{block} moved when {when}");
            }
        }
        for (var i = 0; i < pieces.Length; i++)
        {
            gates[i].SetResult();
            await Expect(panel.Answers).ToContainTextAsync(new[] { "A para", "graph with", "words.", "12", "let a", "tw", "The end." }[i]);
            await HoldAsync($"piece {i} came");
        }
        stood.Count.ShouldBe(5);
        gates[^1].SetResult();
        await Expect(panel.Page.Locator(".cost")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\$"));
        await HoldAsync("it ended");
        (await MovedAsync(panel.Page)).ShouldBe("");
        await panel.Page.SetViewportSizeAsync(1280, 800);

        // Also when the content is longer than the page and is followed.
        var more = new TaskCompletionSource();
        gateway.Script(UpstreamScript.Sse(Chunks.Reasoning("Hm."), Chunks.Text(string.Concat(Enumerable.Range(0, 60).Select(i => $"Line {i}.\n\n")))).WaitFor(more.Task)
            .Send(string.Concat(Enumerable.Range(60, 60).Select(i => Chunks.Text($"Line {i}.\n\n"))) + Chunks.Finish("stop") + Chunks.Usage(1, 2) + Chunks.Done));
        await panel.SendAsync("On");
        await Expect(panel.Answers.Last.GetByText("Line 59.")).ToBeVisibleAsync();
        await MovedAsync(panel.Page); // what moved by the resize
        more.SetResult();
        await Expect(panel.Page.Locator(".cost").Last).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\$"));
        (await MovedAsync(panel.Page)).ShouldBe("");
    }

    /// <summary>Observes movement from now on: earlier changes have been rendered.</summary>
    private static async Task WatchAsync(IPage page)
    {
        await page.EvaluateAsync("""
            () => {
              const round = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(' ');
              const told = ({ value, sources }) => `${value}: ` + sources.map((s) => `${s.node?.parentElement?.className} > ${s.node?.nodeName} ${round(s.previousRect)} to ${round(s.currentRect)}`).join('; ');
              let shifts = [];
              const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
              observer.observe({ type: 'layout-shift', buffered: false });
              window.takeShifts = () => {
                const taken = [...shifts, ...observer.takeRecords()];
                shifts = [];
                return taken.reduce((sum, entry) => sum + entry.value, 0) < 0.001 ? '' : taken.map(told).join('\n');
              };
            }
            """);
        await MovedAsync(page);
    }

    /// <summary>The movement since the last call, input-driven or not, after the last change was rendered; empty when it was too small to be seen.</summary>
    private static Task<string> MovedAsync(IPage page) =>
        page.EvaluateAsync<string>("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.takeShifts())))))");

    private async Task<PanelPage> EnterAsync(ViewportSize? size = null)
    {
        var panel = await PanelPage.EnterAsync(chromium, gateway, new() { ViewportSize = size });
        await panel.ChooseAsync("openai/gpt-6-luna");
        return panel;
    }
}
