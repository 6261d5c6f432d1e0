using System.Text.Json;
using Microsoft.Playwright;

namespace Nano.Panel.Tests.Browser;

/// <summary>Collects problems of the page's states: findings of axe-core in both themes, targets that are too small, content that runs off the page.</summary>
internal sealed class Inspection
{
    public List<string> Found { get; } = [];

    /// <summary>Called once per page.</summary>
    public static async Task PrepareAsync(PanelPage panel) => await panel.Page.EvaluateAsync(await File.ReadAllTextAsync(NodeFolder.Module("axe-core/axe.min.js")));

    private async Task FindAsync(PanelPage panel, string state, string rules)
    {
        var findings = await panel.Page.EvaluateAsync<JsonElement>($$"""
            async () => (await axe.run(document, { resultTypes: ['violations'], runOnly: {{rules}} })).violations
              .filter(violation => ['serious', 'critical'].includes(violation.impact) || violation.tags.includes('wcag22aa'))
              .map(violation => `${violation.id}: ${violation.nodes.map(node => `${node.html.slice(0, 150)} (${node.any[0]?.message ?? ''})`).slice(0, 3).join(' | ')}`)
            """);
        Found.AddRange(findings.EnumerateArray().Select(finding => $"{state}: {finding.GetString()}"));
    }

    /// <summary>All rules in the light theme, contrast in the dark one as well.</summary>
    public async Task CheckAsync(PanelPage panel, string state)
    {
        await FindAsync(panel, state, "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }");
        await ShootAsync(panel, state);
        // The other theme differs only in its colours.
        await panel.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await FindAsync(panel, $"{state}, dark", "{ type: 'rule', values: ['color-contrast'] }");
        await panel.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        Found.AddRange((await MisfitsAsync(panel)).Select(misfit => $"{state}: {misfit}"));
    }

    /// <summary>Nothing runs off the page, and every target is at least 24 by 24 (WCAG 2.2, 2.5.8; links in a text are excepted).</summary>
    public static Task<string[]> MisfitsAsync(PanelPage panel) => panel.Page.EvaluateAsync<string[]>("""
        () => {
          const wrong = [];
          if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page scrolls sideways');
          for (const element of document.querySelectorAll('button, select, input:not([type=checkbox], [type=radio]), summary, [role=tab], [role=option]')) {
            const box = element.getBoundingClientRect();
            if (element.classList.contains('unseen') || box.width === 0) continue;
            if (box.width < 24 || box.height < 24) wrong.push(`too small (${box.width} by ${box.height}): ${element.outerHTML.slice(0, 120)}`);
            if (box.right > innerWidth + 1 && !element.closest('.table-scroll, .request-scroll, .raw')) wrong.push(`off the page: ${element.outerHTML.slice(0, 120)}`);
          }
          return wrong;
        }
        """);

    /// <summary>For people to look at: if NANO_PANEL_SCREENSHOTS names a folder, each state is saved there in both themes.</summary>
    public static async Task ShootAsync(PanelPage panel, string state)
    {
        if (Environment.GetEnvironmentVariable("NANO_PANEL_SCREENSHOTS") is not { Length: > 0 } folder) return;
        var width = panel.Page.ViewportSize!.Width;
        foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await panel.Page.EmulateMediaAsync(new() { ColorScheme = theme });
            await panel.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{width} {state} {theme}.png".Replace(' ', '-').ToLowerInvariant()) });
        }
        await panel.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }
}
