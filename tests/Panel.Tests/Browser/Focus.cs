using Microsoft.Playwright;

namespace Nano.Panel.Tests.Browser;

/// <summary>Where the focus is, and how Tab moves it.</summary>
internal static class Focus
{
    /// <summary>Moves from stop to stop, each of which has to show its focus.</summary>
    public static async Task TabToAsync(PanelPage panel, ILocator target)
    {
        for (var i = 0; i < 60; i++)
        {
            await panel.Page.Keyboard.PressAsync("Tab");
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement")) return;
            var (seen, what) = await SeenAsync(panel);
            seen.ShouldBeTrue($"the focus is not to be seen on {what}");
        }
        throw new ShouldAssertException($"{target} is not reached by Tab");
    }

    /// <summary>Whether the focused element shows it.</summary>
    public static async Task<(bool Seen, string What)> SeenAsync(PanelPage panel)
    {
        var focus = await panel.Page.EvaluateAsync<string[]>("""
            () => {
              const element = document.activeElement;
              if (element === document.body) return ['yes', 'the page'];
              const style = getComputedStyle(element);
              const box = element.closest('.composer:focus-within');
              const drawn = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || (box && getComputedStyle(box).boxShadow !== 'none');
              return [drawn ? 'yes' : 'no', element.outerHTML.slice(0, 200)];
            }
            """);
        return (focus[0] == "yes", focus[1]);
    }
}
