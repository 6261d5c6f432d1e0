using System.Collections.Concurrent;
using Nano.Providers;

namespace Nano.Routing;

/// <summary>
/// Interns deployments by provider, model and credential, so that per-deployment state exists once, however callers spell
/// the model. Callers choose names, so the table is bounded, and a flood of invented names removes no deployment that has
/// served a request or that the catalogue contains. Thread safe.
/// </summary>
/// <param name="create">Creates a deployment.</param>
/// <param name="isKnown">Whether the catalogue contains its model.</param>
internal sealed class DeploymentTable(Func<Provider, string, int, Deployment> create, Func<Deployment, bool> isKnown)
{
    /// <summary>The most deployments that have never served; above it, new ones replace them. About 1 KB each.</summary>
    internal const int MaxUnproven = 4096;

    /// <summary>The most deployments in total: a self-hosted server may serve any name. Above it, new ones are not kept.</summary>
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
