using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Nano.Access;
using Nano.Caching;
using Nano.Routing.Health;
using Nano.Secrets;
using Nano.State;
using Nano.Telemetry;

namespace Nano;

/// <summary>Values that are read from the gateway's services when metrics are collected, and never before.</summary>
internal static class TelemetryGauges
{
    /// <summary>Callers can name deployments if a provider has several keys: further ones form a single series.</summary>
    private const int MaxDeployments = 256;

    public static GatewayTelemetry Add(IServiceProvider services, GatewayTelemetry telemetry)
    {
        var metrics = telemetry.Metrics;
        metrics.Gauge("nano.requests.open", "{request}", "Requests that are open.", () => [new Measurement<long>(services.GetRequiredService<Admission>().Open)]);
        metrics.Gauge("nano.buffers.used", "By", "Bytes that large buffers use.", () => [new Measurement<long>(services.GetRequiredService<Admission>().Buffers.Used)]);
        metrics.Gauge("nano.breaker.open", "{breaker}", "1 while the circuit breaker of a deployment is open.", () => Breakers(services.GetRequiredService<HealthBoard>()));
        metrics.Gauge("nano.deployment.cooling", "{deployment}", "1 while a deployment is not used because of a failure.",
            () => Cooling(services.GetRequiredService<HealthBoard>()));
        metrics.Gauge("nano.dependency.degraded", "{dependency}", "1 while a dependency of the gateway does not work.", () => Dependencies(services));
        return telemetry;
    }

    private static IEnumerable<Measurement<long>> Breakers(HealthBoard board) => Of(board, health => health.Breaker.IsOpen);

    private static IEnumerable<Measurement<long>> Cooling(HealthBoard board) => Of(board, health => health.Cooling().Until != default);

    private static IEnumerable<Measurement<long>> Of(HealthBoard board, Func<DeploymentHealth, bool> read)
    {
        var count = 0;
        long others = 0;
        foreach (var health in board.All)
        {
            var value = read(health) ? 1 : 0;
            if (++count > MaxDeployments) others += value;
            else yield return new Measurement<long>(value, new KeyValuePair<string, object?>("nano.deployment", UsageRecord.Cut(health.Name)));
        }
        if (count > MaxDeployments) yield return new Measurement<long>(others, new KeyValuePair<string, object?>("nano.deployment", "other"));
    }

    private static IEnumerable<Measurement<long>> Dependencies(IServiceProvider services)
    {
        if (services.GetRequiredService<ISecretSource>().Vault is { } vault) yield return Degraded("key_vault", vault.State is "degraded" or "unavailable");
        if (services.GetRequiredService<StateStore>().Health is { } store) yield return Degraded("state_store", store.Problem is not null);
        if (services.GetRequiredService<ResponseCache>().Health is { } cache) yield return Degraded("cache_store", cache.Problem is not null);

        static Measurement<long> Degraded(string name, bool isDegraded) => new(isDegraded ? 1 : 0, new KeyValuePair<string, object?>("nano.dependency", name));
    }
}
