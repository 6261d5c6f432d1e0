using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Messages;

/// <summary>Calls the gateway like a client of Anthropic Messages.</summary>
internal static class MessagesCaller
{
    /// <summary>Scripts the upstream, sends a request and reads the whole response.</summary>
    public static async Task<GatewayReply> MessageAsync(this GatewayFixture gateway, string request, UpstreamScript answer, params (string Name, string Value)[] headers)
    {
        gateway.Script(answer);
        using var response = await gateway.PostAsync("/v1/messages", request, headers);
        return await GatewayReply.ReadAsync(response);
    }

    /// <summary>Sends a request and returns as soon as the headers of the response have arrived.</summary>
    public static async Task<HttpResponseMessage> PostAsync(this GatewayFixture gateway, string path, string request, params (string Name, string Value)[] headers)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(request, Encoding.UTF8, "application/json") };
        message.Headers.Add("anthropic-version", "2023-06-01");
        foreach (var (name, value) in headers)
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value);
        }
        var response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) gateway.Usage.LastRequestId = ids.First();
        return response;
    }

    /// <summary>A minimal request.</summary>
    public static string Ask(string model, bool stream = false) =>
        $$"""{"model":"{{model}}","max_tokens":1000,"messages":[{"role":"user","content":"Hello"}]{{(stream ? ",\"stream\":true" : "")}}}""";
}
