using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Json;
using Nano.Routing;
using Nano.Routing.Health;
using Nano.Telemetry;

namespace Nano.Panel;

/// <summary>
/// <c>/api/deployments</c>: the state of the deployments that route plans choose among, on this instance, and draining one: plans send it no
/// requests for a while.
/// </summary>
internal sealed class DeploymentsEndpoint(PanelGate gate, Router router, RecentRequests recent, TimeProvider time)
{
    private const long MaxDrainSeconds = 24 * 60 * 60;

    public Task ListAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        await router.Health.Cooldowns.RefreshAsync();
        var aliases = router.Table.AliasesByDeployment();
        var failures = LastFailures();
        output.BeginObject();
        output.Name("data"u8);
        output.BeginArray();
        foreach (var health in router.Health.All.OrderBy(health => health.Name, StringComparer.Ordinal))
            Write(health, aliases[health.Name], failures.GetValueOrDefault(health.Name), output);
        output.EndArray();
        output.EndObject();
        return null;
    });

    public Task DrainAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        string? name = null;
        long? seconds = null;
        var unread = await gate.ReadAsync(context, isOptional: false, (member, value) =>
        {
            switch (member)
            {
                case "name":
                    name = value.AsText().IsPresent ? value.AsText().ToString() : null;
                    return null;
                case "drain_seconds":
                    seconds = value.AsInt64();
                    return seconds is >= 0 and <= MaxDrainSeconds ? null
                        : GatewayError.Invalid($"'drain_seconds' must be a whole number up to {MaxDrainSeconds} (24 hours), or 0 to use the deployment again.", member);
                default:
                    return JsonObject.Unknown(member, "name, drain_seconds");
            }
        });
        if (unread is not null) return unread;
        if (name is null || seconds is null)
            return GatewayError.Invalid("'name' and 'drain_seconds' are needed.", name is null ? "name" : "drain_seconds", "missing_required_parameter");
        if (router.Health.All.FirstOrDefault(health => health.Name == name) is not { } found)
            return new GatewayError(GatewayErrorKind.NotFound, 404, $"No route plan has a deployment '{ModelName.Shown(name)}'.") { Code = "deployment_not_found" };
        // This also ends a pause that the provider asked for: the operator knows better.
        var isDone = seconds == 0 ? await found.ResumeAsync(context.RequestAborted) : await found.DrainAsync(time.GetUtcNow().AddSeconds(seconds.Value), context.RequestAborted);
        if (!isDone)
            return new GatewayError(GatewayErrorKind.Overloaded, 503, "The state store does not respond, so that the other instances do not learn of it. Try again shortly.")
                { Code = "state_store_unavailable", RetryAfter = "1" };
        Write(found, router.Table.AliasesByDeployment()[name], LastFailures().GetValueOrDefault(name), output);
        return null;
    });

    /// <summary>The latest failed attempt of each deployment among the requests that this instance remembers.</summary>
    private Dictionary<string, (UsageRecord Record, AttemptRecord Attempt)> LastFailures()
    {
        var failures = new Dictionary<string, (UsageRecord, AttemptRecord)>(StringComparer.Ordinal);
        foreach (var record in recent.Since(0).Records)
            foreach (var attempt in record.Attempts)
                // The gateway's own errors and attempts that were given up are not the deployment's.
                if (attempt.Failure is not (FailureClass.None or FailureClass.Gateway)) failures[attempt.Deployment] = (record, attempt);
        return failures;
    }

    private static void Write(DeploymentHealth health, IEnumerable<string> aliases, (UsageRecord Record, AttemptRecord Attempt) failure, JsonOutput output)
    {
        var cooldown = health.Cooling();
        output.BeginObject();
        output.Member("name"u8, health.Name);
        output.Name("breaker"u8);
        output.Literal(!health.Breaker.IsOpen ? "closed"u8 : health.Breaker.Wait > TimeSpan.Zero ? "open"u8 : "half_open"u8);
        output.Member("breaker_wait_ms"u8, (long)health.Breaker.Wait.TotalMilliseconds);
        output.Member("cooldown_until"u8, cooldown.Until == default ? null : cooldown.Until);
        output.Member("cooldown_reason"u8, cooldown.Until == default ? null : cooldown.Reason);
        output.Member("drained"u8, health.Drain.Until != default);
        output.Member("open_requests"u8, health.Open);
        output.Member("first_token_ms"u8, (long)health.Latency.Milliseconds);
        output.Member("aliases"u8, aliases.ToList());
        output.Name("failures"u8);
        output.BeginArray();
        foreach (var one in health.Failures)
        {
            output.BeginObject();
            output.Member("time"u8, one.At);
            output.Member("failure"u8, one.Reason);
            output.EndObject();
        }
        output.EndArray();
        output.Name("last_failure"u8);
        if (failure.Attempt is { } attempt)
        {
            output.BeginObject();
            output.Member("time"u8, failure.Record.StartedAt);
            output.Member("request_id"u8, failure.Record.RequestId);
            output.Member("outcome"u8, attempt.Outcome);
            output.Member("error"u8, attempt.Error);
            output.EndObject();
        }
        else output.Null();
        output.EndObject();
    }
}
