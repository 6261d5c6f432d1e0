using System.Collections.Concurrent;
using Nano.Providers;

namespace Nano.Routing;

/// <summary>
/// Interns deployments by provider, model and credential, so that everything that is kept per deployment is kept once, however callers spell
/// the model. Names come from callers, so the table is bounded, and a flood of invented names removes no deployment that has
/// served a request or that the catalogue knows. Thread safe.
/// </summary>
/// <param name="create">Makes a deployment.</param>
/// <param name="isKnown">Whether the catalogue has its model.</param>
internal sealed class DeploymentTable(Func<Provider, string, int, Deployment> create, Func<Deployment, bool> isKnown)
{
    /// <summary>Deployments that have never served; above it they make room for new ones. About 1 KB each.</summary>
    internal const int MaxUnproven = 4096;

    /// <summary>Deployments in all: an own server may serve any name. Above it new ones are not kept.</summary>
    internal const int MaxDeployments = 65_536;

    private readonly ConcurrentDictionary<(string Provider, string Model, int Credential), Deployment> _deployments = new();
    private readonly Lock _sweeping = new();

    // Added since the last sweep, so an upper bound of those that have never served.
    private int _unproven;

    public int Count => _deployments.Count;

    /// <summary>The one deployment of a model at a provider, by one of its credentials.</summary>
    public Deployment Get(Provider provider, string model, int credential = 0)
    {
        if (_deployments.TryGetValue((provider.Id, model, credential), out var known)) return known;
        if (Volatile.Read(ref _unproven) >= MaxUnproven) Sweep();
        var made = create(provider, model, credential);
        if (_deployments.Count >= MaxDeployments) return made;
        var kept = _deployments.GetOrAdd((provider.Id, model, credential), made);
        if (ReferenceEquals(kept, made)) Interlocked.Increment(ref _unproven);
        return kept;
    }

    private void Sweep()
    {
        lock (_sweeping)
        {
            if (Volatile.Read(ref _unproven) < MaxUnproven) return;
            foreach (var (key, deployment) in _deployments)
                if (!deployment.HasServed && !isKnown(deployment)) _deployments.TryRemove(key, out _);
            Volatile.Write(ref _unproven, 0);
        }
    }
}
