using System.Collections.Concurrent;
using Nano.Configuration;

namespace Nano.Routing.Health;

/// <summary>The health of all deployments that plans choose among, by name: it outlives a change of nano.json. Thread safe.</summary>
internal sealed class HealthBoard(TimeProvider time, ICooldowns cooldowns, Random random)
{
    /// <summary>Names may come from callers, if a provider has several keys.</summary>
    private const int MaxDeployments = 8192;

    private readonly ConcurrentDictionary<string, DeploymentHealth> _health = new(StringComparer.Ordinal);

    public TimeProvider Time => time;

    public Random Random => random;

    public ICooldowns Cooldowns => cooldowns;

    public IEnumerable<DeploymentHealth> All => _health.Values;

    public DeploymentHealth Of(Deployment deployment, ResilienceConfig options)
    {
        var credential = $"{deployment.Provider.Id}#{deployment.Credential}";
        var name = deployment.Label;
        if (_health.TryGetValue(name, out var known)) return known;
        var made = new DeploymentHealth(name, credential, options, cooldowns, time);
        return _health.Count >= MaxDeployments ? made : _health.GetOrAdd(name, made);
    }

    /// <summary>The thresholds of nano.json have changed: breakers start again, cooldowns stay.</summary>
    public void Clear() => _health.Clear();
}
