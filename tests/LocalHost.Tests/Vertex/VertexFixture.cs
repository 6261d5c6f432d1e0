using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>The real host with Vertex AI: its models and its token service, both over sockets.</summary>
public class VertexFixture : GatewayFixture, IAsyncLifetime
{
    public FakeTokenServer Google { get; private set; } = null!;

    /// <summary>Stopped until a test advances it; null for the real clock.</summary>
    protected virtual FakeTimeProvider? Clock => null;

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["VERTEX_BASE_URL"] = $"{upstream}/vertex",
        ["VERTEX_CREDENTIALS"] = Google.Key(),
        ["VERTEX_TOKEN_URL"] = Google.Url,
        ["VERTEX_PROJECT"] = "a-project",
    };

    protected override void Configure(WebApplicationBuilder builder)
    {
        if (Clock is { } clock) builder.Services.AddSingleton<TimeProvider>(clock);
    }

    async Task IAsyncLifetime.InitializeAsync()
    {
        Google = await FakeTokenServer.StartAsync(Clock ?? TimeProvider.System);
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        await Google.DisposeAsync();
    }
}

/// <summary>A separate host per test, with its clock and its settings.</summary>
public sealed class VertexGateway : VertexFixture, IAsyncDisposable
{
    private readonly (string Name, string? Value)[] _settings;

    private VertexGateway((string Name, string? Value)[] settings) => _settings = settings;

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    protected override FakeTimeProvider Clock => Time;

    /// <summary>In a setting's value, the text of a credential that the token server accepts.</summary>
    public const string Credential = "(credential)";

    /// <summary>In a setting's value, the address of the provider.</summary>
    public const string Address = "(address)";

    /// <param name="settings">In addition to the usual ones; null for none.</param>
    public static async Task<VertexGateway> StartAsync(params (string Name, string? Value)[] settings)
    {
        var gateway = new VertexGateway(settings);
        await ((IAsyncLifetime)gateway).InitializeAsync();
        return gateway;
    }

    public async Task<GatewayReply> AskAsync(string model = "vertex/gemini-of-tomorrow", bool stream = false)
    {
        using var response = await SendAsync(Ask(model, stream));
        return await GatewayReply.ReadAsync(response);
    }

    public void AnswerWell(int times = 1)
    {
        for (var i = 0; i < times; i++)
            Upstream.Answer(UpstreamScript.Json(
                """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}"""));
    }

    /// <summary>The requests that the provider received.</summary>
    public IEnumerable<string> Tokens => Upstream.Requests.Select(r => r.Headers["authorization"]);

    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        foreach (var (name, value) in _settings)
        {
            if (value is null) settings.Remove(name);
            else settings[name] = value.Replace(Credential, Google.Key(), StringComparison.Ordinal).Replace(Address, upstream + "/vertex", StringComparison.Ordinal);
        }
        return settings;
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await ((IAsyncLifetime)this).DisposeAsync();
}
