using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Json;
using Nano.Routing;
using Nano.Routing.Health;

namespace Nano.Panel;

/// <summary><c>/api/deployments</c>: the health of the deployments that route plans choose among, and an operator's drain of one.</summary>
internal sealed class DeploymentsEndpoint(PanelGate gate, Router router, TimeProvider time)
{
    private const long DefaultSeconds = 60 * 60;

    public Task ListAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        await router.Health.Cooldowns.RefreshAsync();
        output.BeginObject();
        output.Name("deployments"u8);
        output.BeginArray();
        var aliases = router.Table.AliasesByDeployment();
        foreach (var health in router.Health.All.OrderBy(health => health.Name, StringComparer.Ordinal)) Write(health, aliases[health.Name], output);
        output.EndArray();
        output.EndObject();
        return null;
    });

    /// <summary><c>{"deployment": "provider/model", "seconds": 3600}</c>; 0 seconds end the drain.</summary>
    public Task DrainAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        string? name = null;
        var seconds = DefaultSeconds;
        var unread = await gate.ReadAsync(context, isOptional: false, (member, value) =>
        {
            switch (member)
            {
                case "deployment":
                    name = value.IsText ? value.AsText().ToString() : null;
                    return name is null ? GatewayError.Invalid("'deployment' must be a text: 'provider/model'.", member) : null;
                case "seconds":
                    if (value.AsInt64() is not (>= 0 and var number) || number > (long)ICooldowns.MaxDrain.TotalSeconds)
                        return GatewayError.Invalid($"'seconds' must be a whole number up to {(long)ICooldowns.MaxDrain.TotalSeconds}, or 0 to end the drain.", member);
                    seconds = number;
                    return null;
                default:
                    return JsonObject.Unknown(member, "deployment, seconds");
            }
        });
        if (unread is not null) return unread;
        if (name is null) return GatewayError.Invalid("'deployment' is missing.", "deployment", "missing_required_parameter");
        // One credential of a deployment by its own name, or all of them.
        var found = router.Health.All.Where(health => health.Name == name || health.Name.StartsWith(name + "#", StringComparison.Ordinal)).ToList();
        if (found.Count == 0)
            return new GatewayError(GatewayErrorKind.NotFound, 404, $"No route plan contains the deployment '{ModelName.Shown(name)}'. GET /api/deployments lists them.") { Code = "deployment_not_found" };
        DateTimeOffset? until = seconds == 0 ? null : time.GetUtcNow().AddSeconds(seconds);
        foreach (var health in found)
            if (!await health.DrainAsync(until, context.RequestAborted))
                return new GatewayError(GatewayErrorKind.Overloaded, 503, "The state store does not answer, so that the other instances do not learn of the drain. Try again shortly.") { Code = "state_store_unavailable", RetryAfter = "1" };
        var aliases = router.Table.AliasesByDeployment();
        output.BeginObject();
        output.Name("deployments"u8);
        output.BeginArray();
        foreach (var health in found) Write(health, aliases[health.Name], output);
        output.EndArray();
        output.EndObject();
        return null;
    });

    private void Write(DeploymentHealth health, IEnumerable<string> aliases, JsonOutput output)
    {
        var (breaker, cooling, drain) = (health.Breaker, health.Cooling(), health.Drain);
        var now = time.GetUtcNow();
        output.BeginObject();
        output.Member("deployment"u8, health.Name);
        output.Member("state"u8, drain.Until != default ? "drained" : cooling.Until != default ? "cooling_down" : !breaker.IsOpen ? "ready" : breaker.IsReady ? "probe_due" : "open");
        output.Member("drained_until"u8, drain.Until == default ? null : drain.Until);
        if (cooling.Until != default && cooling.Reason != ICooldowns.Drained)
        {
            output.Member("cooldown_until"u8, cooling.Until);
            output.Member("cooldown_reason"u8, cooling.Reason);
        }
        output.Member("breaker"u8, breaker.IsOpen ? "open" : "closed");
        if (breaker.IsOpen) output.Member("probe_at"u8, now + breaker.Wait);
        output.Member("open_attempts"u8, health.Open);
        output.Member("first_token_ms"u8, (long)health.Latency.Milliseconds);
        output.Member("aliases"u8, aliases.ToList());
        output.Name("errors"u8);
        output.BeginArray();
        foreach (var failure in health.Failures)
        {
            output.BeginObject();
            output.Member("failure"u8, failure.Reason);
            output.Member("at"u8, failure.At);
            output.EndObject();
        }
        output.EndArray();
        output.EndObject();
    }
}
