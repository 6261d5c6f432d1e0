using System.ClientModel;
using System.ClientModel.Primitives;
using Nano.Configuration;
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

    public OpenAIClientOptions Options() => new()
    {
        Endpoint = new Uri(Client.BaseAddress!, "/v1"),
        RetryPolicy = new ClientRetryPolicy(0),
        Transport = new HttpClientPipelineTransport(new HttpClient(new SocketsHttpHandler { UseProxy = false })),
    };
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
