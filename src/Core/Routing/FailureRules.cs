using Nano.Errors;

namespace Nano.Routing;

/// <summary>What a failure puts out of use for a while.</summary>
internal enum CooldownScope
{
    None,
    /// <summary>The model at its provider, with one credential.</summary>
    Deployment,
    /// <summary>All models of the provider with that credential.</summary>
    Credential,
}

/// <summary>The consequences of a failure. docs/routing.md shows the table.</summary>
/// <param name="Class">The failure.</param>
/// <param name="Again">The same deployment may be tried again after a pause.</param>
/// <param name="OtherCredential">The same model with another credential may be tried.</param>
/// <param name="OtherDeployment">The next target may be tried. Fallbacks have their own conditions.</param>
/// <param name="Scope">What cools down.</param>
/// <param name="Cooldown">How long it cools down; a longer <c>Retry-After</c> counts instead. Zero: only as long as <c>Retry-After</c>.</param>
/// <param name="IsFailure">It counts as a failure in the deployment's breaker.</param>
internal sealed record FailureRule(FailureClass Class, bool Again, bool OtherCredential, bool OtherDeployment, CooldownScope Scope, TimeSpan Cooldown, bool IsFailure);

/// <summary>The retry table.</summary>
internal static class FailureRules
{
    /// <summary>A longer <c>Retry-After</c> of a provider counts as this long.</summary>
    public static readonly TimeSpan MaxCooldown = TimeSpan.FromHours(1);

    public static IReadOnlyList<FailureRule> All { get; } =
    [
        new(FailureClass.RateLimit, Again: true, OtherCredential: true, OtherDeployment: true, CooldownScope.Deployment, TimeSpan.Zero, IsFailure: true),
        new(FailureClass.Quota, Again: false, OtherCredential: true, OtherDeployment: true, CooldownScope.Credential, TimeSpan.FromMinutes(5), IsFailure: false),
        new(FailureClass.Unavailable, Again: true, OtherCredential: true, OtherDeployment: true, CooldownScope.Deployment, TimeSpan.Zero, IsFailure: true),
        new(FailureClass.Timeout, Again: true, OtherCredential: true, OtherDeployment: true, CooldownScope.Deployment, TimeSpan.Zero, IsFailure: true),
        new(FailureClass.Key, Again: false, OtherCredential: true, OtherDeployment: true, CooldownScope.Credential, TimeSpan.FromMinutes(1), IsFailure: false),
        new(FailureClass.NotFound, Again: false, OtherCredential: true, OtherDeployment: true, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.ContextLength, Again: false, OtherCredential: false, OtherDeployment: false, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.ContentFilter, Again: false, OtherCredential: false, OtherDeployment: false, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.Unsupported, Again: false, OtherCredential: false, OtherDeployment: true, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.State, Again: false, OtherCredential: true, OtherDeployment: true, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.Rejected, Again: false, OtherCredential: false, OtherDeployment: false, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
        new(FailureClass.Gateway, Again: false, OtherCredential: false, OtherDeployment: false, CooldownScope.None, TimeSpan.Zero, IsFailure: false),
    ];

    public static FailureRule Of(FailureClass one)
    {
        foreach (var rule in All) if (rule.Class == one) return rule;
        return All[^1];
    }
}
