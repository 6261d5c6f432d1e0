using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>The real host with a clock that a test moves. <see cref="GatewayFixture.Client"/> sends the gateway's key; <see cref="Anonymous"/> nothing.</summary>
public class PanelGateway : GatewayFixture, IAsyncLifetime
{
    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UtcNow);

    public HttpClient Anonymous { get; private set; } = null!;

    protected override void Configure(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Clock);

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Anonymous = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
            { BaseAddress = new UriBuilder(Client.BaseAddress!) { Host = "127.0.0.1" }.Uri };
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        Anonymous.Dispose();
        await DisposeAsync();
    }

    /// <summary>Sends without the gateway's key, and reads the whole response.</summary>
    /// <param name="headers">Each as <c>name: value</c>.</param>
    public Task<GatewayReply> CallAsync(string method, string path, string? json = null, params string[] headers) => CallAsync(Anonymous, method, path, json, headers);

    /// <summary>Sends with the gateway's key.</summary>
    public Task<GatewayReply> OwnerAsync(string method, string path, string? json = null, params string[] headers) => CallAsync(Client, method, path, json, headers);

    public Task<GatewayReply> ChatAsync(string credential, string model, params string[] more) =>
        CallAsync("POST", "/v1/chat/completions", Ask(model), [credential, .. more]);

    /// <summary>Has a token minted.</summary>
    public async Task<string> MintAsync(string provider, string? json = null)
    {
        var reply = await OwnerAsync("POST", $"/api/providers/{provider}/session", json);
        ((int)reply.Status).ShouldBe(201, reply.Text);
        return reply.Json.GetProperty("token").GetString()!;
    }

    /// <summary>Signs in, and returns the headers that a browser would send from then on.</summary>
    public async Task<string> SignInAsync(string key = CallerKey)
    {
        var reply = await CallAsync("POST", "/api/session", $$"""{"key":"{{key}}"}""");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        return "Cookie: " + reply.Headers["set-cookie"].Split(';')[0];
    }

    /// <summary>Advances the clock once a request has reached the upstream, and then lets the upstream continue.</summary>
    public async Task WhileItIsAskedAsync(TimeSpan passes, FakeUpstream? upstream = null)
    {
        await Wait.UntilAsync(() => (upstream ?? Upstream).Requests.Count > 0);
        Clock.Advance(passes);
    }

    private static async Task<GatewayReply> CallAsync(HttpClient client, string method, string path, string? json, string[] headers)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null) message.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var header in headers)
        {
            var (name, value) = (header[..header.IndexOf(':')], header[(header.IndexOf(':') + 1)..].Trim());
            if (name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
                message.Content!.Headers.ContentType = value.Length == 0 ? null : MediaTypeHeaderValue.Parse(value);
            else if (name.Equals("host", StringComparison.OrdinalIgnoreCase)) message.Headers.Host = value;
            else message.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(header);
        }
        using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        return await GatewayReply.ReadAsync(response);
    }
}
