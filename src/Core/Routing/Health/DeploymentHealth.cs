using Nano.Configuration;
using Nano.Errors;

namespace Nano.Routing.Health;

/// <summary>How one deployment has done lately, and whether it may be used now. Shared by all plans that contain it. Thread safe.</summary>
internal sealed class DeploymentHealth(string name, string credential, ResilienceConfig options, ICooldowns cooldowns, TimeProvider time)
{
    private int _open;

    /// <summary>Of the deployment with its credential, for cooldowns.</summary>
    public string Name => name;

    public CircuitBreaker Breaker { get; } = new(options, time);

    public PeakLatency Latency { get; } = new(time);

    /// <summary>Attempts that have neither committed nor failed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>What the next request would wait for: the expected time to the first token, times the requests before it.</summary>
    public double Load => Latency.Milliseconds * (Open + 1);

    /// <summary>The later of the cooldowns of deployment and credential; the default when there is none.</summary>
    public Cooldown Cooling()
    {
        var own = cooldowns.Find(name);
        var shared = cooldowns.Find(credential);
        return own.Until >= shared.Until ? own : shared;
    }

    /// <summary>It may be used now, as far as is known.</summary>
    public bool IsReady => Breaker.IsReady && Cooling().Until == default;

    public bool TryEnter(out BreakerPass pass, bool force = false)
    {
        if (!Breaker.TryEnter(out pass, force)) return false;
        Interlocked.Increment(ref _open);
        return true;
    }

    /// <summary>The attempt commits: its response is good so far.</summary>
    /// <param name="latency">From sending the request to the first token.</param>
    public void Commit(BreakerPass pass, TimeSpan latency)
    {
        Latency.Observe(latency);
        Breaker.Report(pass, BreakerOutcome.Alive);
    }

    /// <summary>An attempt that was let through is over: it has ended, failed, or its caller has left. Once for each.</summary>
    /// <param name="failure"><see cref="FailureClass.None"/> when it has not failed; <see cref="FailureClass.Gateway"/> when nothing is known.</param>
    /// <param name="retryAfter">As the provider asks for it.</param>
    public void Leave(BreakerPass pass, FailureClass failure, TimeSpan? retryAfter)
    {
        Interlocked.Decrement(ref _open);
        var rule = FailureRules.Of(failure);
        if (failure != FailureClass.None) Breaker.Report(pass, rule.IsFailure ? BreakerOutcome.Failed : failure is FailureClass.Gateway or FailureClass.Key ? BreakerOutcome.Unknown : BreakerOutcome.Alive);
        if (failure == FailureClass.None || rule.Scope == CooldownScope.None) return;
        var wait = retryAfter > rule.Cooldown ? retryAfter.Value : rule.Cooldown;
        if (wait > FailureRules.MaxCooldown) wait = FailureRules.MaxCooldown;
        if (wait > TimeSpan.Zero) cooldowns.Extend(rule.Scope == CooldownScope.Credential ? credential : name, new Cooldown(time.GetUtcNow() + wait, FailureClasses.Name(failure)));
    }
}
