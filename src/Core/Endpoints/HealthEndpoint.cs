using System.Text;
using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Json;
using Nano.Routing;

namespace Nano.Endpoints;

/// <summary>
/// <c>/healthz</c>: the process answers. <c>/readyz</c>: it can serve, and how each thing that it depends on is. Both are
/// public, so neither tells a secret.
/// </summary>
internal sealed class HealthEndpoint(GatewayOptions options, Router router, Admission admission)
{
    public async Task LiveAsync(HttpContext context)
    {
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("status"u8);
        output.Literal("ok"u8);
        output.EndObject();
        await SendAsync(context, 200, output);
    }

    public async Task ReadyAsync(HttpContext context)
    {
        var ready = options.CallerKeyProblem is null && options.Mistakes.Count == 0;
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("status"u8);
        output.Text(ready ? "ready" : "not ready");
        output.Name("caller_key"u8);
        output.Text(options.CallerKeyProblem ?? "set");
        if (options.Mistakes.Count > 0)
        {
            output.Name("settings"u8);
            output.BeginArray();
            foreach (var mistake in options.Mistakes) output.Text(mistake);
            output.EndArray();
        }
        output.Name("open_requests"u8);
        output.Number(admission.Open);
        output.Name("provider_keys"u8);
        output.BeginObject();
        foreach (var provider in router.Providers)
        {
            output.Name(Encoding.UTF8.GetBytes(provider.Id));
            output.Text(await router.KeyStateAsync(provider, CancellationToken.None));
        }
        output.EndObject();
        output.EndObject();
        await SendAsync(context, ready ? 200 : 503, output);
    }

    private static async ValueTask SendAsync(HttpContext context, int status, JsonOutput output)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await JsonAnswer.WriteAsync(context, status, output);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }
}
