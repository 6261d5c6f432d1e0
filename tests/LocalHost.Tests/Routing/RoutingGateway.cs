using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.LocalHost.Tests.Hosting;
using Nano.Routing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>The real host with a nano.json, and several provider instances at one fake upstream: <c>one</c>, <c>two</c> and <c>three</c>.</summary>
internal sealed class RoutingGateway : IAsyncDisposable
{
    private readonly WebApplication _host;

    private RoutingGateway(WebApplication host, FakeUpstream upstream, UsageLog usage, HttpClient client) => (_host, Upstream, Usage, Client) = (host, upstream, usage, client);

    public FakeUpstream Upstream { get; }

    public UsageLog Usage { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _host.Services;

    public Router Router => Services.GetRequiredService<Router>();

    /// <summary>The instances as nano.json names them.</summary>
    public static string Providers(string upstream, string more = "") => $$"""
        "providers": {
          "one": { "type": "openai-compatible", "base_url": "{{upstream}}/one/v1", "key": "ONE_API_KEY" },
          "two": { "type": "openai-compatible", "base_url": "{{upstream}}/two/v1", "key": "TWO_API_KEY" },
          "three": { "type": "openai-compatible", "base_url": "{{upstream}}/three/v1", "keys": ["THREE_KEY_A", "THREE_KEY_B"] }{{more}}
        }
        """;

    /// <param name="rest">What nano.json contains besides its providers.</param>
    /// <param name="providers">More instances, from the address of the upstream.</param>
    /// <param name="file">Writes it to a file, whose path is the result; null for NANO_CONFIG.</param>
    public static async Task<RoutingGateway> StartAsync(string rest, Func<string, string>? file = null, Action<WebApplicationBuilder>? configure = null,
        Func<string, string>? providers = null, params (string Name, string Value)[] more)
    {
        var upstream = await FakeUpstream.StartAsync();
        var json = $"{{{Providers(upstream.BaseUrl, providers?.Invoke(upstream.BaseUrl) ?? "")},{rest}}}";
        var settings = new Dictionary<string, string>
        {
            ["ONE_API_KEY"] = GatewayFixture.ProviderKey("one"),
            ["TWO_API_KEY"] = GatewayFixture.ProviderKey("two"),
            ["THREE_KEY_A"] = GatewayFixture.ProviderKey("three-a"),
            ["THREE_KEY_B"] = GatewayFixture.ProviderKey("three-b"),
        };
        foreach (var (name, value) in more) settings[name] = value;
        return await StartAsync(upstream, json, settings, file, configure);
    }

    /// <summary>With a whole nano.json of the caller's own.</summary>
    /// <param name="settings">Besides the gateway's key, its port and nano.json.</param>
    public static async Task<RoutingGateway> StartAsync(FakeUpstream upstream, string json, Dictionary<string, string> settings, Func<string, string>? file = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var usage = new UsageLog();
        var all = new Dictionary<string, string> { ["API_KEY"] = GatewayFixture.CallerKey, ["PORT"] = "0" };
        if (file is null) all["NANO_CONFIG"] = json;
        foreach (var (name, value) in settings) all[name] = value;
        var complaints = new List<string>();
        var host = LocalHostApp.Build(all, complaints.Add, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(usage);
            configure?.Invoke(builder);
        }, file is null ? null : [file(json)]);
        complaints.ShouldBeEmpty();
        await host!.StartAsync();
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(host.Urls.First()), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayFixture.CallerKey);
        return new RoutingGateway(host, upstream, usage, client);
    }

    /// <summary>Sends a chat request and reads the whole response.</summary>
    public async Task<GatewayReply> ChatAsync(string model, bool stream = false, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(GatewayFixture.Ask(model, stream), headers: headers);
        return await GatewayReply.ReadAsync(response);
    }

    public async Task<HttpResponseMessage> SendAsync(string body, CancellationToken cancellationToken = default, params (string Name, string Value)[] headers)
    {
        Usage.Clear();
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) message.Headers.TryAddWithoutValidation(name, value);
        var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) Usage.LastRequestId = ids.First();
        return response;
    }

    /// <summary>The responses by requested instance.</summary>
    public void Answer(Func<string, UpstreamScript> answer) => Upstream.Responder = request => answer(request.Target.Split('/')[1]);

    /// <summary>Waits for a log line; lines from before the last request are cleared.</summary>
    public async Task UntilAsync(Func<string, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!Usage.Lines.Any(isMeant)) await Task.Delay(20, limit.Token);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}

/// <summary>The responses of the providers.</summary>
internal static class Responses
{
    public static UpstreamScript Whole(string text = "Hi", int output = 1) => UpstreamScript.Json(
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"served","choices":[{"index":0,"message":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":{{{output}}},"total_tokens":{{{3 + output}}}}}""");

    public static UpstreamScript Error(int status, string code = "failed") => UpstreamScript.Json($$$"""{"error":{"message":"it says {{{code}}}","code":"{{{code}}}"}}""", status);

    public static string Content(string text) =>
        $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"{{text}}"},"finish_reason":null}]}""" + "\n\n";

    public static string Role => Content("");

    public static string End => """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""
        + "\n\ndata: [DONE]\n\n";

    public static string Failure => """data: {"error":{"message":"engine died","type":"server_error","code":500}}""" + "\n\n";

    public static UpstreamScript Stream(string text = "Hi") => UpstreamScript.Sse(Content(text), End);
}
