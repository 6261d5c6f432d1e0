using Nano.Errors;
using Nano.Routing.Health;

namespace Nano.Routing;

/// <summary>What to do next.</summary>
internal enum PlanMoveKind
{
    /// <summary>Try <see cref="PlanMove.Step"/>.</summary>
    Try,
    /// <summary>Wait for <see cref="PlanMove.Delay"/>, then ask again.</summary>
    Wait,
    /// <summary>No deployment is left: the last error is the response, or <see cref="PlanWalk.Down"/> if none was tried.</summary>
    End,
}

internal readonly record struct PlanMove(PlanMoveKind Kind, PlanStep? Step = null, BreakerPass Pass = default, TimeSpan Delay = default)
{
    /// <summary>Whether a probe of a breaker is due: not one before its time, as a last resort.</summary>
    public bool IsProbe => Pass.IsProbe && !IsLastResort;

    public bool IsLastResort { get; init; }
}

/// <summary>The failure of an attempt, for the walk.</summary>
/// <param name="MayBeServed">The provider may have served the request nevertheless.</param>
internal readonly record struct Failure(FailureClass Class, TimeSpan? RetryAfter, bool MayBeServed);

/// <summary>A target that a walk passed over.</summary>
/// <param name="Reason">Of its cooldown, as in <see cref="Cooldown.Reason"/>; or <see cref="OpenBreaker"/>.</param>
internal sealed record SkippedStep(PlanStep Step, string Reason)
{
    public const string OpenBreaker = "breaker_open";
}

/// <summary>
/// One request's way through its plan, without any I/O: which deployment comes next after which failure. Deployments in a cooldown that
/// their provider asked for are not tried before it ends. If only open breakers are left, the one whose probe is due first is tried
/// nevertheless, since a breaker only estimates; so is the pause of a key that was refused or spent. Not thread safe.
/// </summary>
internal sealed class PlanWalk(RoutePlan plan, TimeProvider time, Random random)
{
    private enum StepState : byte
    {
        Untried,
        Failed,
        /// <summary>Failed in a way that a pause may fix.</summary>
        FailedForNow,
    }

    private readonly long _started = time.GetTimestamp();
    private readonly StepState[] _states = new StepState[plan.Count];

    /// <summary>The ends of the pauses that providers have asked this request for; null before the first failure.</summary>
    private DateTimeOffset[]? _until;
    private FailureClass _seen;
    private PlanStep? _last;
    private FailureRule? _rule;
    private int _round;
    private bool _hasTried;
    private (PlanStep? Last, bool HasTried) _before;
    private List<SkippedStep>? _skipped;

    /// <summary>The time limit of the whole plan has passed.</summary>
    public bool IsTimeOver => Left <= TimeSpan.Zero;

    /// <summary>The targets that have had no attempt because they were down; null for none.</summary>
    public IReadOnlyList<SkippedStep>? Skipped => _skipped?.FindAll(skipped => _states[Index(skipped.Step)] == StepState.Untried) is { Count: > 0 } left ? left : null;

    /// <summary>The rest of the plan's total time.</summary>
    public TimeSpan Left => plan.Rules.Limits.Total is { } total ? total - time.GetElapsedTime(_started) : TimeSpan.MaxValue;

    /// <summary>No other attempt can follow the step that was returned last.</summary>
    public bool IsLast
    {
        get
        {
            if (_round < plan.Rules.Retries) return false;
            foreach (var state in _states) if (state == StepState.Untried) return false;
            return true;
        }
    }

    /// <summary>A fallback that may be used now would follow this failure.</summary>
    public bool HasFallback(FailureClass failure)
    {
        for (var i = plan.Count - 1; i >= 0 && plan.Steps[i] is { IsFallback: true } step; i--)
            if ((step.On & failure) != 0 && _states[i] == StepState.Untried && step.Health is null or { IsReady: true }) return true;
        return false;
    }

    /// <summary>The attempt at a step has failed. The failure has been reported to its deployment's health already.</summary>
    public void Fail(PlanStep step, in Failure failure)
    {
        _last = step;
        _rule = FailureRules.Of(failure.Class);
        _seen |= failure.Class;
        var index = Index(step);
        var isForNow = _rule.Again && (!failure.MayBeServed || step.IsIdempotent);
        _states[index] = isForNow ? StepState.FailedForNow : StepState.Failed;
        if (plan.Rules.Retries > 0) (_until ??= new DateTimeOffset[plan.Count])[index] = failure.RetryAfter is { } wait ? time.GetUtcNow() + wait : default;
    }

    public PlanMove Next()
    {
        if (_hasTried && IsTimeOver) return new PlanMove(PlanMoveKind.End);
        // They come last in the plan: where another target serves the request, the walk never gets to them.
        if (plan.HasDown && _last is null) NoteDown();
        PlanStep? guess = null, estimate = null;
        var least = TimeSpan.MaxValue;
        var earliest = DateTimeOffset.MaxValue;
        var isWaited = false;
        for (var i = 0; i < _states.Length; i++)
        {
            var step = plan.Steps[i];
            if (_states[i] != StepState.Untried || !Allows(step)) continue;
            if (step.Health is not { } health) return Try(step, default);
            if (health.Cooling() is { Until: var until, Reason: var reason } && until != default)
            {
                NoteSkipped(step, reason);
                if (!health.IsDownByEstimate) isWaited |= reason != ICooldowns.Drained;
                else if (until < earliest) (estimate, earliest) = (step, until);
                continue;
            }
            if (health.TryEnter(out var pass)) return Try(step, pass);
            NoteSkipped(step, SkippedStep.OpenBreaker);
            var wait = health.Breaker.Wait;
            if (wait < least) (guess, least) = (step, wait);
        }
        // Of a deployment whose provider has named a time, the caller learns that time instead.
        if (!isWaited) guess ??= estimate;
        if (!_hasTried && guess is not null && guess.Health!.TryEnter(out var forced, force: true)) return Try(guess, forced) with { IsLastResort = true };
        return Again();
    }

    /// <summary>The step that was returned last was not tried: another instance probes its deployment.</summary>
    public void Skip(PlanStep step)
    {
        _states[Index(step)] = StepState.Untried;
        (_last, _hasTried) = _before;
        NoteSkipped(step, SkippedStep.OpenBreaker);
    }

    /// <summary>A target to try in parallel with the attempt that was returned last, if there is one and the budget allows it.</summary>
    public PlanMove NextBeside()
    {
        for (var i = 0; i < _states.Length; i++)
        {
            var step = plan.Steps[i];
            if (_states[i] != StepState.Untried || step.IsFallback) continue;
            if (step.Health is { } health && (!health.IsReady || health.Breaker.IsOpen)) continue;
            if (plan.Rules.Budget?.TryTake() != true) break;
            var pass = default(BreakerPass);
            return step.Health?.TryEnter(out pass) == false ? new PlanMove(PlanMoveKind.End) : Try(step, pass);
        }
        return new PlanMove(PlanMoveKind.End);
    }

    /// <summary>Every deployment cools down: until when and why, in the order of the plan.</summary>
    public IEnumerable<(Deployment Deployment, Cooldown Cooldown)> Down() =>
        plan.Steps.Where(step => step.Health is not null).Select(step => (step.Deployment, step.Health!.Cooling())).Where(item => item.Item2.Until != default);

    private void NoteDown()
    {
        foreach (var step in plan.Steps)
            if (!step.IsFallback && step.Health is { IsReady: false } health) NoteSkipped(step, health.Cooling().Reason ?? SkippedStep.OpenBreaker);
    }

    private void NoteSkipped(PlanStep step, string reason)
    {
        _skipped ??= [];
        if (!_skipped.Exists(skipped => skipped.Step == step)) _skipped.Add(new SkippedStep(step, reason));
    }

    private PlanMove Try(PlanStep step, BreakerPass pass)
    {
        _states[Index(step)] = StepState.Failed;
        _before = (_last, _hasTried);
        (_last, _hasTried) = (step, true);
        return new PlanMove(PlanMoveKind.Try, step, pass);
    }

    private bool Allows(PlanStep step)
    {
        if (step.IsFallback) return (step.On & (_seen == FailureClass.None ? Cooled() : _seen)) != 0;
        if (_rule is not { } rule) return true;
        var isSameModel = step.Deployment.Name == _last!.Deployment.Name;
        return isSameModel ? rule.OtherCredential : rule.OtherDeployment;
    }

    /// <summary>Called before anything was tried: why the targets cannot be used.</summary>
    private FailureClass Cooled()
    {
        var seen = FailureClass.None;
        foreach (var step in plan.Steps)
            if (!step.IsFallback && step.Health is { } health)
                seen |= health.Cooling() is { Reason: { } reason } ? FailureClasses.Parse(reason) : health.Breaker.IsReady ? FailureClass.None : FailureClass.Unavailable;
        return seen;
    }

    /// <summary>The plan is walked again after a pause, if a pause may help and the retry budget allows it.</summary>
    private PlanMove Again()
    {
        var end = new PlanMove(PlanMoveKind.End);
        // What no other deployment would serve, no deployment serves later.
        if (_round >= plan.Rules.Retries || _rule is not { OtherDeployment: true } || plan.Rules.Budget is not { } budget) return end;
        var options = plan.Rules.Resilience;
        var pause = TimeSpan.FromTicks((long)(Math.Min(options.Backoff.Ticks * Math.Pow(2, _round), options.MaxBackoff.Ticks) * (1 - random.NextDouble() / 2)));
        var now = time.GetUtcNow();
        var soonest = TimeSpan.MaxValue;
        for (var i = 0; i < _states.Length; i++)
        {
            if (_states[i] != StepState.FailedForNow) continue;
            var wait = _until![i] - now;
            if (plan.Steps[i].Health?.Cooling() is { Until: var until } && until - now > wait) wait = until - now;
            if (wait < soonest) soonest = wait;
        }
        // Also when no failure was temporary.
        if (soonest > options.MaxBackoff) return end;
        var delay = soonest > pause ? soonest : pause;
        if (delay >= Left || !budget.TryTake()) return end;
        _round++;
        for (var i = 0; i < _states.Length; i++)
            if (_states[i] == StepState.FailedForNow) _states[i] = StepState.Untried;
        _rule = null;
        // If a breaker has opened in the meantime, use the last resort.
        _hasTried = false;
        return new PlanMove(PlanMoveKind.Wait, Delay: delay);
    }

    private int Index(PlanStep step)
    {
        for (var i = 0; i < plan.Count; i++) if (ReferenceEquals(plan.Steps[i], step)) return i;
        throw new InvalidOperationException("The step is not one of the plan.");
    }
}
