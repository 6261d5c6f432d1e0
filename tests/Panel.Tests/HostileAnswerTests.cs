using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>
/// Anything that a model may write is only displayed. For each test, <see cref="PanelPage"/> checks that no dialog opened, nothing was requested
/// from another origin and the content security policy refused nothing.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class HostileAnswerTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Elsewhere = "https://evil.example/x";

    private static readonly Dictionary<string, string> Markup = new()
    {
        { "an image with a handler", """Look: <img src=x onerror="alert(1)">""" },
        { "a script", "<script>alert(1)</script>\n\n<script src=https://evil.example/x></script>" },
        { "a frame", $"<iframe src={Elsewhere}></iframe><object data={Elsewhere}></object><embed src={Elsewhere}>" },
        { "a style and a form", $"<style>@import url({Elsewhere})</style><form action={Elsewhere}><input name=key></form><base href={Elsewhere}>" },
        { "a vector image", $"<svg onload=alert(1)><use href={Elsewhere}></use></svg><math><mi xlink:href=javascript:alert(1)>" },
        { "an image elsewhere", $"![a]({Elsewhere}) ![][b] [b]: {Elsewhere}" },
        { "entities", "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;" },
        { "in a heading", "# <img src=x onerror=alert(1)>" },
        { "in a table", "| a | <img src=x onerror=alert(1)> |\n|---|---|\n| <script>alert(1)</script> | `<b>` |" },
        { "in code", "```html\"><img src=x onerror=alert(1)>\n<img src=x onerror=alert(1)>\n```" },
        { "in a list and a quote", "- <img src=x onerror=alert(1)>\n> <img src=x onerror=alert(1)>" },
    };

    private static readonly string[] NoLinks =
    [
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert`1`)",
        "[click](\u0001javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "[click](vbscript:x)",
        "[click](file:///etc/passwd)",
        "[click](blob:https://evil.example/1)",
        "[click](/api/session)",
        "[click](//evil.example)",
        "![click](javascript:alert(1))",
    ];

    [SkippableFact]
    public async Task Markup_is_text()
    {
        await using var panel = await EnterAsync();
        foreach (var (what, answer) in Markup)
        {
            await panel.Button("New conversation").ClickAsync();
            await AnswerAsync(panel, answer);
            var foreign = await panel.Answers.Locator("img, script, iframe, object, embed, style, form:not(.results), base, math, svg use, [onerror], [onload], [style*=url]")
                .CountAsync();
            foreign.ShouldBe(0, what);
            // Its own values are readable.
            if (answer.Contains("<img", StringComparison.Ordinal)) (await panel.Answers.TextContentAsync())!.ShouldContain("onerror=", Case.Sensitive, what);
        }
    }

    /// <summary>Blanks are not a separate block; content that cannot be rendered does not leave the conversation busy.</summary>
    [SkippableTheory]
    [InlineData(" ")]
    [InlineData("\t")]
    [InlineData("\u00a0")]
    [InlineData("\n")]
    public async Task Blanks_before_a_word_are_rendered_and_the_conversation_continues(string blank)
    {
        await using var panel = await EnterAsync();
        await AnswerAsync(panel, string.Concat(Enumerable.Repeat(blank, 3000)) + "seen");
        await Expect(panel.Answers.Last).ToContainTextAsync("seen");
        await AnswerAsync(panel, "and on");
        await Expect(panel.Answers.Last).ToContainTextAsync("and on");
    }

    [SkippableFact]
    public async Task A_link_to_anything_but_an_external_address_is_text()
    {
        await using var panel = await EnterAsync();
        await AnswerAsync(panel, string.Join("\n\n", NoLinks));
        await Expect(panel.Answers.Locator("a")).ToHaveCountAsync(0);
        foreach (var words in await panel.Answers.GetByText("click").AllAsync()) await words.ClickAsync();
        await Expect(panel.Answers.GetByText("click")).ToHaveCountAsync(NoLinks.Length);
    }

    [SkippableFact]
    public async Task An_external_link_shows_its_target_and_sends_no_referrer()
    {
        await using var panel = await EnterAsync();
        await AnswerAsync(panel, $"[my bank]({Elsewhere}) and ![picture]({Elsewhere}.png) and https://plain.example/a_b). And <mailto:a@b.example>");
        var links = panel.Answers.Locator("a");
        await Expect(links).ToHaveTextAsync(["my bank", "Image: picture", "https://plain.example/a_b"]);
        foreach (var link in await links.AllAsync())
        {
            (await link.GetAttributeAsync("rel")).ShouldBe("noopener noreferrer nofollow");
            (await link.GetAttributeAsync("title")).ShouldBe(await link.GetAttributeAsync("href"));
        }
    }

    [SkippableFact]
    public async Task Characters_that_change_the_text_direction_are_visible_in_code_and_limited_to_their_block()
    {
        await using var panel = await EnterAsync();
        await AnswerAsync(panel, "Before \u202Eevil\n\nAfter\n\n```js\nif (admin\u202E \u2066// x\u2069) {}\n```\n\nAnd `a\u202Eb`.");
        await Expect(panel.Answers.Locator("pre .control-mark")).ToHaveTextAsync(["U+202E", "U+2066", "U+2069"]);
        await Expect(panel.Answers.Locator("p .control-mark")).ToHaveTextAsync(["U+202E"]);
        await Expect(panel.Answers.GetByText("After")).ToHaveCSSAsync("unicode-bidi", "plaintext");
        // The copied text is the model's original.
        await panel.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await panel.Answers.GetByRole(AriaRole.Button, new() { Name = "Copy the code" }).ClickAsync();
        (await panel.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()")).ShouldBe("if (admin\u202E \u2066// x\u2069) {}");
    }

    [SkippableTheory]
    [InlineData("a huge word", "x", 400_000)]
    [InlineData("a huge line of words", "word ", 80_000)]
    [InlineData("unclosed marks", "**a _b [c](d `e ", 20_000)]
    [InlineData("unclosed brackets", "![[(", 60_000)]
    [InlineData("backticks", "`", 100_001)]
    [InlineData("a deep quote", "> ", 20_000)]
    [InlineData("a deep list", "- ", 20_000)]
    [InlineData("a wide table", "|a|-", 20_000)]
    [InlineData("an unclosed fence", "```\n~~~\n", 20_000)]
    [InlineData("many headings", "# #\n", 20_000)]
    public async Task Large_content_of_any_kind_is_rendered_in_reasonable_time_and_does_not_widen_the_page(string what, string piece, int times)
    {
        await using var panel = await EnterAsync();
        var text = new StringBuilder(piece.Length * times).Insert(0, piece, times).ToString();
        await AnswerAsync(panel, [.. text.Chunk(4096).Select(chunk => new string(chunk))]);
        (await panel.Page.EvaluateAsync<bool>(
            "() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('.messages').scrollWidth <= document.querySelector('.messages').clientWidth")).ShouldBeTrue(what);
        (await panel.Answers.Locator(".prose").Last.EvaluateAsync<int>("prose => prose.childElementCount")).ShouldBeGreaterThan(0);
    }

    /// <summary>A long paragraph is cut while it grows, and reads as if it were not.</summary>
    [SkippableTheory]
    [InlineData(11)]
    [InlineData(97)]
    [InlineData(4096)]
    public async Task Emphasis_code_and_links_survive_in_a_paragraph_of_any_length(int piece)
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        var sentence = "some **bold words that go on for a while** and *others*, `code with * in it`, [a link](https://a.example/b_c) and ~~gone~~ text ";
        // At any position of the cut.
        var texts = Enumerable.Range(0, 8).Select(i => new string('x', i * 17) + " " + string.Concat(Enumerable.Range(0, 30).Select(j => $"{j} {sentence}"))).ToArray();
        var counts = await panel.Page.EvaluateAsync<int[][]>("""
            async ([texts, piece]) => {
              const { markdownInto } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'text/markdown.js'));
              return texts.map((text) => {
                const target = document.createElement('div');
                const markdown = markdownInto(target);
                for (let at = 0; at < text.length; at += piece) markdown.push(text.slice(at, at + piece));
                markdown.end();
                const count = (selector) => target.querySelectorAll(selector).length;
                return [count('p'), count('p > strong'), count('p > em'), count('p > code'), count('p > a'), count('p > del'), [...target.querySelector('p').childNodes].filter((node) => node instanceof Text && /[*`~[]/.test(node.data)).length];
              });
            }
            """, new object[] { texts, piece });
        foreach (var count in counts) count.ShouldBe([1, 30, 30, 30, 30, 30, 0]);
    }

    [SkippableFact]
    public async Task Hostile_tool_calls_reasoning_and_errors_are_text_as_well()
    {
        const string evil = """<img src=x onerror="alert(1)">""";
        await using var panel = await EnterAsync("openai/gpt-4o");
        await panel.OpenGroupAsync("Tools");
        await panel.Button("Insert an example").First.ClickAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.Reasoning(evil), Chunks.ToolCall(0, "call_<b>", $"get_{evil}", $"{{\"{evil.Replace("\"", "\\\"")}\":\"\u202E\"}}"),
            Chunks.Finish("tool_calls"), Chunks.Done));
        await panel.AskAsync("Hello");
        await Expect(panel.Page.Locator(".call-name")).ToHaveTextAsync($"get_{evil}");
        await Expect(panel.Page.Locator(".call-arguments .control-mark")).ToHaveTextAsync("U+202E");
        await panel.Button("New conversation").ClickAsync();
        gateway.Script(UpstreamScript.Json($$$"""{"error":{"message":{{{JsonSerializer.Serialize(evil)}}},"code":"<b>"}}""", 400));
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.GetByRole(AriaRole.Alert)).ToContainTextAsync(evil);
        await Expect(panel.Page.Locator("main img")).ToHaveCountAsync(0);
    }

    [SkippableTheory]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":")]
    [InlineData("data: null\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1000000000,\"id\":\"a\"}]}}]}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":\"__proto__\",\"id\":\"a\"}]}}]}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":{\"0\":1},\"usage\":7}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":{\"a\":1},\"reasoning_content\":[],\"tool_calls\":7}}],\"usage\":{\"prompt_tokens\":\"x\"},\"error\":null}\n\ndata: [DONE]\n\n")]
    public async Task An_invalid_stream_ends_with_an_error(string stream)
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        // Directly to the page: the gateway would not forward it.
        await panel.Page.RouteAsync("**/v1/chat/completions", route => route.FulfillAsync(new() { ContentType = "text/event-stream", Body = stream }));
        await panel.AskAsync("Hello");
        await Expect(panel.Button("Send")).ToBeVisibleAsync();
        await Expect(panel.Answers.Locator(".note, .call")).ToHaveCountAsync(1);
    }

    private async Task<PanelPage> EnterAsync(string model = "openai/gpt-6-luna")
    {
        var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync(model);
        return panel;
    }

    private async Task AnswerAsync(PanelPage panel, params string[] texts)
    {
        gateway.Script(Chunks.Answer(texts));
        await panel.AskAsync("Hello");
    }
}
