using System.Collections.Concurrent;
using Microsoft.Playwright;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.Panel.Tests.Browser;

/// <summary>
/// The panel in a separate browser context. On disposal it checks that there was no dialog of the browser, no
/// request to another origin, no violation of the content security policy, no error of a script.
/// </summary>
public sealed class PanelPage : IAsyncDisposable
{
    private const float Patience = 120_000;

    private readonly ConcurrentQueue<string> _offences = new();
    private readonly string _origin;

    private PanelPage(IPage page, string url)
    {
        Page = page;
        Url = url;
        _origin = new Uri(url).GetLeftPart(UriPartial.Authority);
        page.SetDefaultTimeout(Patience);
        page.Dialog += (_, dialog) =>
        {
            _offences.Enqueue($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        page.PageError += (_, error) => _offences.Enqueue($"script error: {error}");
        page.Popup += (_, popup) => _offences.Enqueue($"popup: {popup.Url}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_origin + "/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                _offences.Enqueue($"request: {request.Url}");
        };
        page.Console += (_, message) =>
        {
            // The browser itself logs every response with an error status; tests that expect one check it elsewhere.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _offences.Enqueue($"console: {message.Text}");
        };
    }

    public IPage Page { get; }

    public string Url { get; }

    public static async Task<PanelPage> OpenAsync(Chromium chromium, PanelFixture gateway, BrowserNewContextOptions? options = null, string hash = "")
    {
        var panel = await NewAsync(chromium, gateway, options, address: null);
        await panel.Page.GotoAsync(panel.Url + hash);
        return panel;
    }

    /// <summary>Opened by a user who is signed in.</summary>
    /// <param name="address">An address other than the gateway's own.</param>
    /// <param name="before">Prepares the page before it is opened.</param>
    public static async Task<PanelPage> EnterAsync(
        Chromium chromium, PanelFixture gateway, BrowserNewContextOptions? options = null, string hash = "", Uri? address = null, Func<IPage, Task>? before = null)
    {
        var panel = await NewAsync(chromium, gateway, options, address);
        var (name, value) = await gateway.SignInAsync();
        await panel.Page.Context.AddCookiesAsync([new Cookie { Name = name, Value = value, Url = panel.Url, HttpOnly = true, SameSite = SameSiteAttribute.Strict }]);
        if (before is not null) await before(panel.Page);
        await panel.Page.GotoAsync(panel.Url + hash);
        await panel.Button("Sign out").WaitForAsync();
        return panel;
    }

    private static async Task<PanelPage> NewAsync(Chromium chromium, PanelFixture gateway, BrowserNewContextOptions? options, Uri? address)
    {
        options ??= new BrowserNewContextOptions();
        options.ReducedMotion ??= ReducedMotion.Reduce;
        options.ViewportSize ??= new ViewportSize { Width = 1280, Height = 800 };
        var context = await chromium.Browser.NewContextAsync(options);
        return new PanelPage(await context.NewPageAsync(), address is null ? gateway.Url : new Uri(address, "/access").ToString());
    }

    public async Task SignInAsync(string key = GatewayFixture.CallerKey)
    {
        await Key.FillAsync(key);
        await Page.Locator("form:has([name=password])").GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }

    public ILocator Key => Page.GetByLabel("Gateway key");

    public ILocator Message => Page.GetByLabel("Your message");

    public ILocator Answers => Page.Locator(".message.assistant");

    /// <summary>The actions under a whole response: they appear when the response is over.</summary>
    public ILocator Measures => Page.Locator(".measures");

    public ILocator Model => Page.GetByRole(AriaRole.Combobox, new() { Name = "Model", Exact = true });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async Task ChooseAsync(string model)
    {
        await Model.FillAsync(model);
        await Model.PressAsync("Enter");
        (await Model.InputValueAsync()).ShouldBe(model);
    }

    /// <summary>Sends a message; the response may still be streaming.</summary>
    public async Task SendAsync(string text)
    {
        await Message.FillAsync(text);
        await Message.PressAsync("Enter");
    }

    /// <summary>Sends a message and waits for the end of its response.</summary>
    public async Task<ILocator> AskAsync(string text)
    {
        var before = await Measures.CountAsync();
        await SendAsync(text);
        await Measures.Nth(before).WaitForAsync();
        return Answers.Last;
    }

    public async Task ShowAsync(string tab) => await Page.GetByRole(AriaRole.Tab, new() { Name = tab }).ClickAsync();

    /// <summary>Opens a group of the settings.</summary>
    public async Task OpenGroupAsync(string name) => await Page.Locator(".settings summary", new() { HasTextString = name }).ClickAsync();

    public async ValueTask DisposeAsync()
    {
        // Everything that the page did before has arrived here by then.
        if (!Page.IsClosed) await Page.EvaluateAsync("() => 1");
        await Page.Context.DisposeAsync();
        _offences.ShouldBeEmpty();
    }
}
