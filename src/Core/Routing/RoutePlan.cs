using Nano.Configuration;
using Nano.Errors;
using Nano.Routing.Health;

namespace Nano.Routing;

/// <summary>The deployments that may serve one request, in the order in which they are tried. At least one.</summary>
internal sealed class RoutePlan
{
    private readonly PlanStep[] _steps;

    public RoutePlan(PlanStep[] steps, PlanRules rules)
    {
        if (steps.Length == 0) throw new ArgumentException("A route plan has at least one deployment.", nameof(steps));
        _steps = steps;
        Rules = rules;
    }

    public PlanRules Rules { get; }

    /// <summary>Some targets were down when the plan was made.</summary>
    public bool HasDown { get; init; }

    public IReadOnlyList<PlanStep> Steps => _steps;

    public IEnumerable<Deployment> Deployments => _steps.Select(step => step.Deployment);

    public int Count => _steps.Length;

    /// <summary>The deployments that must not be used now; null if no health is tracked.</summary>
    public ICooldowns? Cooldowns => _steps[0].Health?.Cooldowns;

    public Deployment this[int index] => _steps[index].Deployment;

    /// <summary>The plan of a request that names one model: only that deployment.</summary>
    public static RoutePlan Of(params Deployment[] deployments) =>
        new([.. deployments.Select(deployment => new PlanStep(deployment))], PlanRules.None);

    /// <summary>The same plan with one step before all others. A fallback becomes a target.</summary>
    public RoutePlan Prefer(int index) => index == 0 ? this : new(
        [_steps[index].IsFallback ? _steps[index] with { On = FailureClass.None } : _steps[index], .. _steps[..index], .. _steps[(index + 1)..]], Rules) { HasDown = HasDown };

    /// <summary>The same plan with the steps that a caller may use; null when none is left.</summary>
    public RoutePlan? Where(Func<Deployment, bool> isAllowed) =>
        Array.TrueForAll(_steps, step => isAllowed(step.Deployment)) ? this
        : Array.FindAll(_steps, step => isAllowed(step.Deployment)) is { Length: > 0 } allowed ? new(allowed, Rules) { HasDown = HasDown } : null;
}

/// <summary>One deployment of a plan.</summary>
/// <param name="Health">Null if no health is tracked: in the plan of a request that names its deployment.</param>
/// <param name="On">For a fallback, the failures that it takes over; <see cref="FailureClass.None"/> for a target.</param>
/// <param name="IsIdempotent">A request that may have been served there may be sent again.</param>
internal sealed record PlanStep(Deployment Deployment, DeploymentHealth? Health = null, FailureClass On = FailureClass.None, bool IsIdempotent = false)
{
    public bool IsFallback => On != FailureClass.None;
}

/// <summary>How a plan is walked. Shared by the requests of an alias.</summary>
internal sealed record PlanRules
{
    /// <summary>One attempt at each deployment.</summary>
    public static PlanRules None { get; } = new();

    /// <summary>The alias; null for a plan without one.</summary>
    public string? Alias { get; init; }

    public int Retries { get; init; }

    public TimeSpan? HedgeAfter { get; init; }

    public PlanLimits Limits { get; init; } = new();

    /// <summary>The minimum speed of a stream before it commits; null for no check.</summary>
    public StreamPace? Pace { get; init; }

    public ResilienceConfig Resilience { get; init; } = new();

    /// <summary>The budget for retries and hedges; null if there are none.</summary>
    public RetryBudget? Budget { get; init; }
}
