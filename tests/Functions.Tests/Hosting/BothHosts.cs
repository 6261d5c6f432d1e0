using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.LocalHost;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests.Hosting;

/// <summary>The same gateway twice, as LocalHost and as a Functions worker behind its host, with one fake provider behind both.</summary>
public class BothHosts : IAsyncLifetime
{
    public const string CallerKey = "the-callers-key-0123456789";

    public static AuthenticationHeaderValue Authorization { get; } = new("Bearer", CallerKey);

    private WebApplication? _local;
    private FunctionsHost? _functions;

    public FakeUpstream Upstream { get; private set; } = null!;

    public HttpClient Local { get; private set; } = null!;

    public HttpClient Functions { get; private set; } = null!;

    internal IReadOnlyList<RpcLog> Logs => _functions!.Logs;

    /// <summary>What the host logs, after the filter of host.json.</summary>
    internal IReadOnlyList<HostLog> HostLogs => _functions!.HostLogs;

    internal IReadOnlyList<Invocation> Results => _functions!.Results;

    internal IReadOnlyList<HttpTrigger> Triggers => [.. _functions!.Functions.Select(HttpTrigger.Of)];

    internal IReadOnlyList<string> Output => _functions!.Output;

    /// <summary>Settings of both hosts.</summary>
    protected virtual Dictionary<string, string> Settings(string upstream) => new()
    {
        // The value that Core Tools set; without it, a worker is in Azure.
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
        ["API_KEY"] = CallerKey,
        ["PORT"] = "0",
        ["OPENAI_BASE_URL"] = $"{upstream}/openai/v1",
        ["OPENAI_API_KEY"] = "key-of-openai",
        ["ANTHROPIC_BASE_URL"] = $"{upstream}/anthropic",
        ["ANTHROPIC_API_KEY"] = "key-of-anthropic",
    };

    public async Task InitializeAsync()
    {
        Upstream = await FakeUpstream.StartAsync();
        var settings = Settings(Upstream.BaseUrl);
        _local = LocalHostApp.Build(settings, _ => { }, builder => builder.Logging.ClearProviders());
        if (_local is not null)
        {
            await _local.StartAsync();
            Local = Client(new Uri(_local.Urls.First()));
        }
        _functions = await FunctionsHost.StartAsync(settings);
        Functions = Client(_functions.Address);
    }

    public async Task DisposeAsync()
    {
        Local?.Dispose();
        Functions?.Dispose();
        if (_functions is not null) await _functions.DisposeAsync();
        if (_local is not null) await _local.DisposeAsync();
        await Upstream.DisposeAsync();
        Upstream.Unexpected.ShouldBeEmpty("calls went upstream that no test had scripted");
    }

    /// <summary>Scripts the upstream, sends a chat request to the worker and reads the whole response.</summary>
    public async Task<GatewayReply> ChatAsync(string request, params UpstreamScript[] answers)
    {
        Script(answers);
        using var response = await SendAsync(Functions, Chat(request));
        return await GatewayReply.ReadAsync(response);
    }

    /// <summary>Clears the earlier requests and scripts the next response of the upstream.</summary>
    public void Script(params UpstreamScript[] answers)
    {
        Upstream.Clear();
        _functions!.Forget();
        Upstream.Answer(answers);
    }

    public static HttpRequestMessage Chat(string body) => new(HttpMethod.Post, "/v1/chat/completions")
    {
        Headers = { Authorization = Authorization },
        Content = new StringContent(body, Encoding.UTF8, "application/json"),
    };

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>Waits for records that a host writes after the caller has its response.</summary>
    public static async Task<T> SoonAsync<T>(Func<T?> look) where T : class
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (look() is { } seen) return seen;
            await Task.Delay(5, limit.Token);
        }
    }

    private static HttpClient Client(Uri address) => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
}
