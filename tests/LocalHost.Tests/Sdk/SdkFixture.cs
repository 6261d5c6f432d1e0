using System.ClientModel;
using System.ClientModel.Primitives;
using Nano.LocalHost.Tests.Hosting;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>The host, and clients of the official .NET SDK that only have a base URL and a key. They do not retry.</summary>
public class SdkFixture : GatewayFixture
{
    /// <summary>xAI has no key here.</summary>
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings.Remove("XAI_API_KEY");
        return settings;
    }

    public ChatClient Chat(string model = "nano/echo", string key = CallerKey) => new(model, new ApiKeyCredential(key), Options());

    public OpenAIModelClient Models(string key = CallerKey) => new(new ApiKeyCredential(key), Options());

    public OpenAIClientOptions Options(HttpMessageHandler? handler = null) => new()
    {
        Endpoint = new Uri(Client.BaseAddress!, "/v1"),
        RetryPolicy = new ClientRetryPolicy(0),
        Transport = new HttpClientPipelineTransport(new HttpClient(handler ?? new SocketsHttpHandler { UseProxy = false })),
    };
}

/// <summary>Asks for the cache, and notes what the gateway reports.</summary>
internal sealed class CacheHandler() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    public List<string?> Seen { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("x-nano-cache", "ttl=600");
        var response = await base.SendAsync(request, cancellationToken);
        Seen.Add(response.Headers.TryGetValues("x-nano-cache", out var values) ? values.Single() : null);
        return response;
    }
}

/// <summary>The same with the key of a laptop, which the examples use.</summary>
public sealed class LaptopFixture : SdkFixture
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings.Remove("API_KEY");
        return settings;
    }
}
