using Nano.Routing.Health;

namespace Nano.Routing.LoadBalancing;

/// <summary>How a group orders its targets for one request. One sealed class for each, and one line in <see cref="Balancers"/>. Thread safe.</summary>
internal interface IBalancer
{
    /// <summary>Puts the target to try first at the front.</summary>
    void Order(Candidate[] candidates, in RouteQuery query);
}

/// <summary>A target with the values that strategies use.</summary>
internal sealed class Candidate(Deployment deployment, DeploymentHealth health, double weight, bool isIdempotent)
{
    public Deployment Deployment => deployment;

    public DeploymentHealth Health => health;

    public double Weight => weight;

    /// <summary>Its step, shared by all plans that contain it.</summary>
    public PlanStep Step { get; } = new(deployment, health, IsIdempotent: isIdempotent);
}

/// <summary>All strategies, by the names of nano.json.</summary>
internal static class Balancers
{
    public static IBalancer Create(string name, HealthBoard health) => name switch
    {
        "priority" => new Priority(health.Random),
        "weighted" => new Weighted(health.Random),
        "round-robin" => new RoundRobin(),
        "least-latency" => new LeastLatency(health.Random),
        "least-cost" => new LeastCost(health.Time),
        _ => throw new ArgumentException($"There is no strategy '{name}'.", nameof(name)),
    };
}
