using Nano.Errors;

namespace Nano.Routing;

/// <summary>
/// A route plan that a request asks for: the models of the header <c>x-nano-fallback</c>, separated by commas, or of a list in its body, follow the
/// plan of the model that the request names, for the failures that a fallback takes over by default.
/// </summary>
internal static class RequestedFallbacks
{
    public const string Header = "x-nano-fallback";

    public const int MaxModels = 8;

    /// <summary>Parses the models in the header's value.</summary>
    public static string[] Split(string header) => header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Exactly one of plan and error is set.</summary>
    /// <param name="place">The header or member that names the models, for errors.</param>
    public static (RoutePlan? Plan, GatewayError? Error) Add(Router router, RoutePlan plan, IReadOnlyList<string> models, string place, in RouteQuery query)
    {
        if (models.Count > MaxModels) return (null, GatewayError.Invalid($"{place} names more than {MaxModels} models.", place));
        var resilience = router.Table.Config.Resilience;
        var steps = plan.Steps.Select(step => step.Health is null ? step with { Health = router.Health.Of(step.Deployment, resilience) } : step).ToList();
        foreach (var name in models)
        {
            var (route, unknown) = router.Find(name);
            if (unknown is not null) return (null, unknown with { Param = place });
            foreach (var step in route!.Plan(query).Steps)
                if (!steps.Exists(known => known.Deployment == step.Deployment))
                    steps.Add(step with { Health = step.Health ?? router.Health.Of(step.Deployment, resilience), On = FailureClasses.Default });
        }
        return (new RoutePlan([.. steps], plan.Rules == PlanRules.None ? PlanRules.None with { Resilience = resilience } : plan.Rules) { HasDown = plan.HasDown }, null);
    }
}
