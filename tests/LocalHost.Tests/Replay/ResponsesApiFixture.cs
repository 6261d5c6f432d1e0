using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>The gateway with a server that speaks only Chat, for callers of the Responses API.</summary>
public sealed class ResponsesApiFixture : GatewayFixture
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        settings["CUSTOM_ANY_SERVER_BASE_URL"] = $"{upstream}/any-server/v1";
        settings["CUSTOM_ANY_SERVER_API_KEY"] = ProviderKey("any-server");
        return settings;
    }

    /// <summary>Scripts the upstream, sends a Responses request and reads the whole response.</summary>
    public async Task<GatewayReply> RespondAsync(string request, params UpstreamScript[] answers)
    {
        Script(answers);
        using var response = await PostAsync(request);
        return await GatewayReply.ReadAsync(response);
    }

    public async Task<HttpResponseMessage> PostAsync(string request, string path = "/v1/responses")
    {
        var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(request, Encoding.UTF8, "application/json") };
        var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) Usage.LastRequestId = ids.First();
        return response;
    }

    /// <summary>The request that the provider received.</summary>
    public JsonElement Sent => Upstream.Request.BodyJson;

    public static string Ask(string model, bool stream) => $$"""{"model":"{{model}}","input":"Hello","stream":{{(stream ? "true" : "false")}}}""";
}
