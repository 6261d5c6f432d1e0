using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.LocalHost.Tests.Hosting;
using Nano.Providers;
using Nano.Secrets;
using Nano.Testing.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>
/// The real host with a Key Vault, both over sockets, and a clock that is stopped until a test advances it. At its end it checks
/// everything that left the gateway for every value that the vault ever had.
/// </summary>
internal sealed class VaultGateway : GatewayFixture, IAsyncDisposable
{
    private readonly Dictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _told = new();

    private VaultGateway(FakeVault vault, Dictionary<string, string> settings)
    {
        Vault = vault;
        _settings = settings;
    }

    public FakeVault Vault { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    /// <param name="settings">In addition to the addresses; without <c>API_KEY</c> the key is in the vault.</param>
    public static async Task<VaultGateway> StartAsync(params (string Name, string Value)[] settings)
    {
        var gateway = new VaultGateway(await FakeVault.StartAsync(), settings.ToDictionary(s => s.Name, s => s.Value));
        await gateway.InitializeAsync();
        return gateway;
    }

    /// <summary>With the caller's key as a setting, so that only providers' keys come from the vault.</summary>
    public static Task<VaultGateway> StartWithCallerKeyAsync(params (string Name, string Value)[] settings) => StartAsync([("API_KEY", CallerKey), .. settings]);

    /// <summary>Requests that are being served.</summary>
    public int OpenRequests => Services.GetRequiredService<Admission>().Open;

    /// <summary>One chat request.</summary>
    public async Task<GatewayReply> AskAsync(string model = "openai/gpt-5", string key = CallerKey)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Ask(model)) };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await ReadAsync(message);
    }

    /// <summary>The panel's light of OpenAI, checked again.</summary>
    public async Task<GatewayReply> StatusAsync()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/api/providers/openai/status?fresh=true");
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", CallerKey);
        return await ReadAsync(message);
    }

    public async Task<GatewayReply> ReadyAsync()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/readyz");
        return await ReadAsync(message);
    }

    /// <summary>The keys that the provider received, request by request.</summary>
    public IEnumerable<string> KeysSent => Upstream.Requests.Select(r => r.Headers.GetValueOrDefault("x-goog-api-key") ?? r.Headers["authorization"]["Bearer ".Length..]);

    /// <summary>Scripts this many successful responses.</summary>
    public void AnswerWell(int times = 1)
    {
        for (var i = 0; i < times; i++) Upstream.Answer(Good);
    }

    public void RefuseKey(string key, int times = 1)
    {
        var refusal = UpstreamScript.Json(
            $$$"""{"error":{"message":"Incorrect API key provided: {{{key}}}","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""", 401);
        for (var i = 0; i < times; i++) Upstream.Answer(refusal);
    }

    /// <summary>Advances the clock until a condition is true that other threads have to fulfil first.</summary>
    public Task MoveUntilAsync(Func<bool> holds, TimeSpan step) => Wait.UntilAsync(holds, () => Time.Advance(step));

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        // A failed test has reported its error already; a second error from this check would hide it.
        await ReadyAsync();
        await DisposeAsync();
        await Vault.DisposeAsync();
        Vault.Strays.ShouldBeEmpty();
        foreach (var value in Vault.Values)
        {
            _told.Concat(Usage.Lines).ShouldNotContain(line => line.Contains(value, StringComparison.Ordinal), "a secret left the gateway");
        }
    }

    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = new Dictionary<string, string>(_settings) { ["KEY_VAULT_URI"] = Vault.Uri.AbsoluteUri };
        settings["VERTEX_BASE_URL"] = $"{upstream}/vertex";
        foreach (var (name, value) in base.Settings(upstream)) if (!name.EndsWith("API_KEY", StringComparison.Ordinal)) settings[name] = value;
        return settings;
    }

    protected override void Configure(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IVaultReader>(s => new KeyVaultReader(Vault.Uri, onAzure: true, s.GetRequiredService<TimeProvider>(), Vault.Credential, Vault.Configure,
            GatewayServiceCollectionExtensions.IsDocument(s)));
    }

    private async Task<GatewayReply> ReadAsync(HttpRequestMessage message)
    {
        using var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        var reply = await GatewayReply.ReadAsync(response);
        _told.Enqueue(reply.Text + string.Join('\n', reply.Headers));
        return reply;
    }

    private static UpstreamScript Good { get; } = UpstreamScript.Json(
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""");
}
