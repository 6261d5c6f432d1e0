using Nano.Errors;

namespace Nano.Routing;

/// <summary>
/// A route plan that a request asks for: the models of the header <c>x-nano-fallback</c>, separated by commas, follow the plan of the model that
/// the request names, for the failures that a fallback takes over by default.
/// </summary>
internal static class RequestedFallbacks
{
    public const string Header = "x-nano-fallback";

    private const int MaxModels = 8;

    /// <summary>Exactly one of plan and error is there.</summary>
    /// <param name="names">The value of the header.</param>
    public static (RoutePlan? Plan, GatewayError? Error) Add(Router router, RoutePlan plan, string names, in RouteQuery query)
    {
        var models = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (models.Length > MaxModels) return (null, GatewayError.Invalid($"{Header} names more than {MaxModels} models.", Header));
        var resilience = router.Table.Config.Resilience;
        var steps = plan.Steps.Select(step => step.Health is null ? step with { Health = router.Health.Of(step.Deployment, resilience) } : step).ToList();
        foreach (var name in models)
        {
            var (route, unknown) = router.Find(name);
            if (unknown is not null) return (null, unknown with { Param = Header });
            foreach (var step in route!.Plan(query).Steps)
                if (!steps.Exists(known => known.Deployment == step.Deployment))
                    steps.Add(step with { Health = step.Health ?? router.Health.Of(step.Deployment, resilience), On = FailureClasses.Default });
        }
        return (new RoutePlan([.. steps], plan.Rules == PlanRules.None ? PlanRules.None with { Resilience = resilience } : plan.Rules), null);
    }
}
