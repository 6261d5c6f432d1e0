using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Caching;
using Nano.Configuration;
using Nano.Json;
using Nano.Pipeline;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Upstream;

namespace Nano.Inbound;

/// <summary>
/// <c>/healthz</c>: the process responds. <c>/readyz</c>: whether it can serve, and the state of each dependency. Both are
/// public, so neither reveals a secret.
/// </summary>
internal sealed class HealthEndpoint(
    GatewayOptions options, GatewayKey gatewayKey, ISecretSource secrets, Router router, Admission admission, Drain drain, StateStore state, ResponseCache cache)
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
        // In parallel, so that missing values are fetched at once.
        var reading = gatewayKey.ReadAsync(CancellationToken.None).AsTask();
        var keys = await router.FindKeysAsync(CancellationToken.None);
        var problem = (await reading).Error?.Message;
        // Load balancers must stop sending requests as soon as the gateway is asked to stop.
        var stopping = drain.HasBegun;
        var ready = problem is null && options.Mistakes.Count == 0 && !stopping;
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("status"u8);
        output.Text(ready ? "ready" : stopping ? "stopping" : "not ready");
        output.Name("caller_key"u8);
        output.Text(problem ?? "set");
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
        foreach (var (provider, key) in keys)
        {
            output.Name(Encoding.UTF8.GetBytes(provider.Id));
            output.Text(router.KeyState(provider, key));
        }
        output.EndObject();
        if (secrets.Vault is { } vault) Write(vault, output);
        if (state.Health is { } store) Write("state_store"u8, store.Name, store.Problem, output);
        if (cache.Health is { } shared) Write("cache_store"u8, shared.Name, shared.Problem, output);
        output.EndObject();
        await SendAsync(context, ready ? 200 : 503, output);
    }

    /// <summary>
    /// A store that fails does not make the gateway unready: callers without a policy do not need the state store, and without the
    /// cache's store every request is a miss.
    /// </summary>
    private static void Write(ReadOnlySpan<byte> member, string name, string? problem, JsonOutput output)
    {
        output.Name(member);
        output.BeginObject();
        output.Name("engine"u8);
        output.Text(name);
        output.Name("state"u8);
        output.Text(problem is null ? "ok" : "failing");
        if (problem is not null)
        {
            output.Name("message"u8);
            output.Text(problem);
        }
        output.EndObject();
    }

    private static void Write(VaultHealth vault, JsonOutput output)
    {
        output.Name("key_vault"u8);
        output.BeginObject();
        output.Name("state"u8);
        output.Text(vault.State);
        Moment("last_success"u8, vault.LastSuccess);
        Moment("failing_since"u8, vault.FailingSince);
        if (vault.Message is { } message)
        {
            output.Name("message"u8);
            output.Text(message);
        }
        output.EndObject();

        void Moment(ReadOnlySpan<byte> name, DateTimeOffset? moment)
        {
            if (moment is null) return;
            output.Name(name);
            output.Text(moment.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }
    }

    private static async ValueTask SendAsync(HttpContext context, int status, JsonOutput output)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await JsonResponse.WriteAsync(context, status, output);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }
}
