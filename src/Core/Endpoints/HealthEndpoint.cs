using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Endpoints;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it can serve, and how each thing it depends on is. Public, so neither tells a secret.</summary>
internal sealed class HealthEndpoint(GatewayOptions options, IReadOnlyList<IProvider> providers, ISecretSource secrets, Admission admission)
{
    public Task LiveAsync(HttpContext context) => WriteAsync(context, 200, static (output, _) =>
    {
        output.Name("status"u8);
        output.Literal("ok"u8);
    }, 0);

    public async Task ReadyAsync(HttpContext context)
    {
        var ready = options.CallerKeyProblem is null;
        var states = new List<(string Id, string State)>();
        foreach (var provider in providers)
        {
            if (provider.KeySettings.Count == 0) continue;
            var key = await secrets.FindAsync(provider.KeySettings, context.RequestAborted);
            states.Add((provider.Id, key.Value is not null ? "key set" : key.Unavailable ?? "no key"));
        }

        await WriteAsync(context, ready ? 200 : 503, (output, list) =>
        {
            output.Name("status"u8);
            output.Text(ready ? "ready" : "not ready");
            output.Name("caller_key"u8);
            output.Text(options.CallerKeyProblem ?? "set");
            output.Name("open_requests"u8);
            output.Number(admission.Open);
            output.Name("providers"u8);
            output.BeginObject();
            foreach (var (id, state) in list)
            {
                output.Name(System.Text.Encoding.UTF8.GetBytes(id));
                output.Text(state);
            }
            output.EndObject();
        }, states);
    }

    private static async Task WriteAsync<T>(HttpContext context, int status, Action<JsonOutput, T> members, T state)
    {
        using var output = new JsonOutput(512);
        output.BeginObject();
        members(output, state);
        output.EndObject();
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = output.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        try
        {
            await context.Response.BodyWriter.WriteAsync(output.Written, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller has left.
        }
    }
}
