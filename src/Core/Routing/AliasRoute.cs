using Nano.Configuration;
using Nano.Providers.Catalogue;
using Nano.Routing.Health;
using Nano.Routing.LoadBalancing;

namespace Nano.Routing;

/// <summary>
/// An alias, ready to plan: its groups with their strategies, and its fallbacks. Also a model of a provider with several keys, whose
/// credentials form one weighted group. Each request gets a new plan, based on the current state of the deployments.
/// </summary>
internal sealed class AliasRoute
{
    private readonly (IBalancer Balancer, bool IsOrdered, Candidate[] Candidates)[] _groups;
    private readonly PlanStep[] _fallbacks;
    private readonly Weighted _sticky;
    private readonly bool _isSticky;
    private readonly PlanRules _rules;

    /// <summary>The plan while no deployment is down, if it is always the same; null if a strategy or several keys change its order.</summary>
    private readonly RoutePlan? _fixed;

    private AliasRoute((IBalancer, bool, Candidate[])[] groups, PlanStep[] fallbacks, bool isSticky, PlanRules rules, HealthBoard health)
    {
        _groups = groups;
        _fallbacks = fallbacks;
        _isSticky = isSticky;
        _rules = rules;
        _sticky = new Weighted(health.Random);
        PlanStep[] steps = [.. groups.SelectMany(group => group.Item3).Select(candidate => candidate.Step), .. fallbacks];
        if (Array.TrueForAll(groups, HasOneOrder)) _fixed = new RoutePlan(steps, rules);

        static bool HasOneOrder((IBalancer, bool IsOrdered, Candidate[] Candidates) group) =>
            group.Candidates.Length == 1 || (group.IsOrdered && group.Candidates.DistinctBy(candidate => candidate.Deployment.Name).Count() == group.Candidates.Length);
    }

    public string? Name => _rules.Alias;

    /// <summary>The first target in file order.</summary>
    public Deployment First => _groups[0].Candidates[0].Deployment;

    /// <summary>Of all its deployments.</summary>
    public IEnumerable<DeploymentHealth> Health => _groups.SelectMany(group => group.Candidates).Select(candidate => candidate.Health)
        .Concat(_fallbacks.Select(step => step.Health!));

    /// <param name="deploy">Returns the deployments of <c>provider/model</c>, one for each credential; the file's reader has checked that they exist.</param>
    public static AliasRoute Compile(AliasConfig alias, ResilienceConfig resilience, HealthBoard health, Func<string, Deployment[]?> deploy)
    {
        var groups = new (IBalancer, bool, Candidate[])[alias.Groups.Count];
        for (var i = 0; i < groups.Length; i++)
        {
            var group = alias.Groups[i];
            groups[i] = (Balancers.Create(group.Strategy, health), group.Strategy == "priority", [.. group.Targets.SelectMany(Candidates)]);
        }
        PlanStep[] fallbacks = [.. alias.Fallbacks.SelectMany(fallback => Deployments(fallback.Model)
            .Select(deployment => new PlanStep(deployment, health.Of(deployment, resilience), fallback.On)))];
        var rules = new PlanRules
        {
            Alias = alias.Name, Retries = alias.Retries, HedgeAfter = alias.HedgeAfter, Limits = alias.Limits,
            Pace = alias.Limits.MinEventsPerSecond is { } floor ? new StreamPace(floor, alias.Limits.SpeedWindow) : null, Resilience = resilience,
            Budget = new RetryBudget(resilience.RetryBudget),
        };
        return new AliasRoute(groups, fallbacks, alias.IsSticky, rules, health);

        // The keys of a target share its weight.
        IEnumerable<Candidate> Candidates(TargetConfig target)
        {
            var ways = Deployments(target.Model);
            return ways.Select(deployment => new Candidate(deployment, health.Of(deployment, resilience), target.Weight / ways.Length, target.IsIdempotent));
        }

        Deployment[] Deployments(string model) => deploy(model) ?? throw new InvalidOperationException($"'{model}' of the alias '{alias.Name}' does not exist.");
    }

    /// <summary>The alias in a list of models: the data of its first target, under the alias's name.</summary>
    public ModelInfo Describe()
    {
        var first = First.Info;
        return new ModelInfo
        {
            Provider = "nano", Id = Name!, Name = Name!, Context = first?.Context, Input = first?.Input ?? [], Output = first?.Output ?? [],
            Traits = first?.Traits ?? new(), Status = "current", Released = first?.Released, Source = "nano.json",
        };
    }

    /// <summary>One model with several credentials.</summary>
    public static AliasRoute OfCredentials(Deployment[] deployments, ResilienceConfig resilience, HealthBoard health) => new(
        [(new Weighted(health.Random), false, [.. deployments.Select(deployment => new Candidate(deployment, health.Of(deployment, resilience), 1, isIdempotent: false))])],
        [], isSticky: true, new PlanRules { Resilience = resilience }, health);

    /// <summary>The plan for one request. Deployments that are down come last in their group; their state is checked again when they are tried.</summary>
    public RoutePlan Plan(in RouteQuery query)
    {
        _rules.Budget?.OnRequest();
        if (_fixed is not null && AreReady()) return _fixed;
        var count = _fallbacks.Length;
        foreach (var group in _groups) count += group.Candidates.Length;
        var steps = new PlanStep[count];
        var at = 0;
        var hasDown = false;
        foreach (var (balancer, isOrdered, all) in _groups)
        {
            var candidates = Array.FindAll(all, static candidate => candidate.Health.IsReady);
            var chooser = _isSticky && query.Session is not null && !isOrdered ? _sticky : balancer;
            if (candidates.Length > 0) chooser.Order(candidates, _isSticky ? query : query with { Session = null });
            foreach (var candidate in candidates) steps[at++] = candidate.Step;
            if (candidates.Length == all.Length) continue;
            hasDown = true;
            foreach (var candidate in all) if (Array.IndexOf(candidates, candidate) < 0) steps[at++] = candidate.Step;
        }
        _fallbacks.CopyTo(steps, at);
        return new RoutePlan(steps, _rules) { HasDown = hasDown };
    }

    private bool AreReady()
    {
        foreach (var (_, _, candidates) in _groups)
            foreach (var candidate in candidates) if (!candidate.Health.IsReady) return false;
        return true;
    }
}
