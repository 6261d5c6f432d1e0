using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Nano.Providers.OpenAICompatible;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>
/// The real host on a real socket, with a fake upstream behind every provider. One per test class; a test that sends
/// something upstream scripts the response first.
/// </summary>
public class GatewayFixture : IAsyncLifetime
{
    public const string CallerKey = "the-callers-key-0123456789";

    private WebApplication? _host;

    public FakeUpstream Upstream { get; private set; } = null!;

    /// <summary>The gateway's usage records, and every other log line.</summary>
    public UsageLog Usage { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    /// <summary>The components of the host.</summary>
    protected IServiceProvider Services => _host!.Services;

    /// <summary>Settings of the host; a fixture with different ones overrides this.</summary>
    protected virtual Dictionary<string, string> Settings(string upstream) => new()
    {
        ["API_KEY"] = CallerKey,
        ["PORT"] = "0",
        ["OPENAI_BASE_URL"] = $"{upstream}/openai/v1",
        ["OPENAI_API_KEY"] = ProviderKey("openai"),
        ["ANTHROPIC_BASE_URL"] = $"{upstream}/anthropic",
        ["ANTHROPIC_API_KEY"] = ProviderKey("anthropic"),
        ["COHERE_BASE_URL"] = $"{upstream}/cohere",
        ["COHERE_API_KEY"] = ProviderKey("cohere"),
        ["GOOGLE_BASE_URL"] = $"{upstream}/google",
        ["GOOGLE_API_KEY"] = ProviderKey("google"),
        ["XAI_BASE_URL"] = $"{upstream}/xai/v1",
        ["XAI_API_KEY"] = ProviderKey("xai"),
    };

    /// <summary>Every compatible provider, Azure and a custom provider, all served by the fake upstream.</summary>
    protected static void AddVendors(Dictionary<string, string> settings, string upstream)
    {
        foreach (var prefix in CompatibleProviders.All.Select(vendor => vendor.SettingPrefix).Append("AZURE").Append("CUSTOM_ANY_SERVER"))
        {
            var id = prefix == "CUSTOM_ANY_SERVER" ? "any-server" : prefix.ToLowerInvariant();
            settings[prefix + "_BASE_URL"] = $"{upstream}/{id}/v1";
            settings[prefix + "_API_KEY"] = ProviderKey(id);
        }
    }

    /// <summary>Changes the host before it is built.</summary>
    protected virtual void Configure(WebApplicationBuilder builder) { }

    /// <summary>The gateway's secret for a provider: no response and no other provider may ever see it.</summary>
    public static string ProviderKey(string provider) => $"key-of-{provider}-do-not-leak";

    public async Task InitializeAsync()
    {
        Upstream = await FakeUpstream.StartAsync();
        var complaints = new List<string>();
        _host = LocalHostApp.Build(Settings(Upstream.BaseUrl), complaints.Add, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(Usage);
            Configure(builder);
        });
        complaints.ShouldBeEmpty();
        await _host!.StartAsync();
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(_host.Urls.First()),
            Timeout = TimeSpan.FromMinutes(2),
        };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", CallerKey);
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        if (_host is not null)
        {
            await _host.StopAsync();
            await _host.DisposeAsync();
        }
        await Upstream.DisposeAsync();
        Upstream.Unexpected.ShouldBeEmpty("calls went upstream that no test had scripted");
    }

    /// <summary>Scripts the upstream, sends a chat request and reads the whole response.</summary>
    public async Task<GatewayReply> ChatAsync(string request, params UpstreamScript[] answers)
    {
        Script(answers);
        using var response = await SendAsync(request);
        return await GatewayReply.ReadAsync(response);
    }

    /// <summary>Like <see cref="ChatAsync"/>, and signals when the response so far contains <paramref name="word"/>: a script can wait for it.</summary>
    public async Task<GatewayReply> ChatAsync(string request, string word, TaskCompletionSource seen, UpstreamScript answer)
    {
        Script(answer);
        using var response = await SendAsync(request);
        return await GatewayReply.ReadAsync(response, word, seen);
    }

    /// <summary>Clears earlier requests and scripts the next response of the upstream.</summary>
    public void Script(params UpstreamScript[] answers)
    {
        Upstream.Clear();
        Usage.Clear();
        Upstream.Answer(answers);
    }

    /// <summary>Sends a chat request and returns as soon as the response's headers have arrived.</summary>
    public async Task<HttpResponseMessage> SendAsync(string request, CancellationToken cancellationToken = default)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(request, Encoding.UTF8, "application/json"),
        };
        var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) Usage.LastRequestId = ids.First();
        return response;
    }

    /// <summary>A minimal chat request.</summary>
    public static string Ask(string model, bool stream = false, bool usage = true) => stream
        ? $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}],"stream":true{{(usage ? ",\"stream_options\":{\"include_usage\":true}" : "")}}}"""
        : $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]}""";
}
