using Microsoft.Playwright;
using Nano.Testing;

namespace Nano.Panel.Tests.Browser;

/// <summary>One Chromium for many tests: the installed one, never a download.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Skips the test if there is no browser; in CI that is a failure.</summary>
    public IBrowser Browser
    {
        get
        {
            if (_browser is not null) return _browser;
            const string why = "There is no Chromium here: install it (Debian: apt-get install chromium) or name it in CHROMIUM.";
            if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) throw new InvalidOperationException(why);
            throw new SkipException(why);
        }
    }

    public async Task InitializeAsync()
    {
        if (Find() is not { } path) return;
        // A busy machine is slow, and no test measures time.
        Assertions.SetDefaultExpectTimeout(120_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named) return File.Exists(named) ? named : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin");
        return folders.SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>
/// Half of the classes of browser tests. The two halves run in parallel, each with its own browser and one class after the
/// other: a test needs a core for itself.
/// </summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Chromium>
{
    public const string Name = "browser";
}

/// <inheritdoc cref="BrowserCollection"/>
[CollectionDefinition(Name)]
public sealed class SecondBrowserCollection : ICollectionFixture<Chromium>
{
    public const string Name = "second browser";
}

/// <summary>The npm packages for the tests of the panel.</summary>
internal static class NodeFolder
{
    public static string Path { get; } = System.IO.Path.Combine(WireCorpus.RepositoryRoot, "tests", "panel-node");

    /// <summary>Skips the test if <c>npm ci</c> did not run; in CI that is a failure.</summary>
    public static string Module(string path)
    {
        var full = System.IO.Path.Combine(Path, "node_modules", path);
        if (System.IO.Path.Exists(full)) return full;
        const string why = "Its npm packages are missing: run npm ci in tests/panel-node, or ./test.sh.";
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) throw new InvalidOperationException(why);
        throw new SkipException(why);
    }
}
