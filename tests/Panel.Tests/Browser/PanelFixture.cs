using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.Panel.Tests.Browser;

/// <summary>The real host for the panel: OpenAI, xAI and Google each have their own fake upstream, Anthropic has no key.</summary>
public class PanelFixture : GatewayFixture, IAsyncLifetime
{
    public FakeUpstream XAI { get; private set; } = null!;

    public FakeUpstream Google { get; private set; } = null!;

    /// <summary>The session cookie that the page gets.</summary>
    public async Task<(string Name, string Value)> SignInAsync()
    {
        using var response = await Client.PostAsync("/api/session", new StringContent($"{{\"key\":\"{CallerKey}\"}}", System.Text.Encoding.UTF8, "application/json"));
        var pair = response.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").First().Split(';')[0].Split('=', 2);
        return (pair[0], pair[1]);
    }

    /// <summary>The gateway's responses to its owner.</summary>
    public async Task<System.Text.Json.JsonElement> OwnerJsonAsync(string path)
    {
        using var document = System.Text.Json.JsonDocument.Parse(await Client.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    public string Url => Client.BaseAddress!.ToString().TrimEnd('/') + "/access";

    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings["XAI_BASE_URL"] = $"{XAI.BaseUrl}/v1";
        settings["GOOGLE_BASE_URL"] = Google.BaseUrl;
        // Providers that the hosts of other tests have a key for have none here.
        foreach (var name in settings.Keys.Where(name => name.EndsWith("_API_KEY", StringComparison.Ordinal) && name is not ("OPENAI_API_KEY" or "XAI_API_KEY" or "GOOGLE_API_KEY"))
            .ToList()) settings.Remove(name);
        return settings;
    }

    Task IAsyncLifetime.InitializeAsync() => StartAsync();

    Task IAsyncLifetime.DisposeAsync() => StopAsync();

    protected async Task StartAsync()
    {
        XAI = await FakeUpstream.StartAsync();
        Google = await FakeUpstream.StartAsync();
        await InitializeAsync();
    }

    protected async Task StopAsync()
    {
        await DisposeAsync();
        await XAI.DisposeAsync();
        await Google.DisposeAsync();
        XAI.Unexpected.Concat(Google.Unexpected).ShouldBeEmpty("calls went upstream that no test had scripted");
    }
}

/// <summary>With the default key of a laptop.</summary>
public sealed class LaptopPanelFixture : PanelFixture
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings.Remove("API_KEY");
        return settings;
    }
}

/// <summary>With its own state store, a policy in its configuration, and prices for the built-in model: a USD per 1,000 tokens of input, two of output.</summary>
public sealed class GovernedPanelFixture : PanelFixture, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("nano-panel-keys-");

    /// <summary>Calls a route of the gateway as its owner, or with a virtual key.</summary>
    public async Task<System.Text.Json.JsonElement> PostAsync(string path, string json, string key = CallerKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", key);
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return System.Text.Json.JsonDocument.Parse(text).RootElement.Clone();
    }

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["STATE_STORE"] = $"sqlite:{Path.Combine(_folder.FullName, "state.db")}",
        ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
        ["ECHO_PRICES"] = "1000,2000",
        ["NANO_CONFIG"] = """{"policies":{"reviewed":{"budgets":[{"usd":300,"window":"week"}]}}}""",
    };

    Task IAsyncLifetime.InitializeAsync() => StartAsync();

    async Task IAsyncLifetime.DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }
}

/// <summary>With a key of Anthropic, too: it shares the first fake upstream.</summary>
public sealed class SnippetFixture : PanelFixture
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["ANTHROPIC_API_KEY"] = ProviderKey("anthropic") };
}
