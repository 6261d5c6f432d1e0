namespace Nano.Routing;

/// <summary>The deployments that may serve one request, in the order in which they are tried. At least one.</summary>
internal sealed class RoutePlan
{
    private readonly Deployment[] _deployments;

    private RoutePlan(Deployment[] deployments) => _deployments = deployments;

    public IReadOnlyList<Deployment> Deployments => _deployments;

    public int Count => _deployments.Length;

    public Deployment this[int index] => _deployments[index];

    /// <summary>The plan of a request that names one model: that deployment and no other.</summary>
    public static RoutePlan Of(params Deployment[] deployments) =>
        deployments.Length > 0 ? new(deployments) : throw new ArgumentException("A route plan has at least one deployment.", nameof(deployments));
}
