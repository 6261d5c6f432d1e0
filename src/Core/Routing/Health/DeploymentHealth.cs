using Nano.Configuration;
using Nano.Errors;

namespace Nano.Routing.Health;

/// <summary>How one deployment has done lately, and whether it may be used now. Shared by all plans that contain it. Thread safe.</summary>
internal sealed class DeploymentHealth(string name, string credential, ResilienceConfig options, ICooldowns cooldowns, TimeProvider time)
{
    private const int MaxFailures = 5;

    /// <summary>Its breaker's openings and its drain are shared as cooldowns are, under names of their own.</summary>
    private readonly string _opening = name + "|breaker", _drain = name + "|drain";

    private int _open;
    private long _adopted;
    private readonly Lock _lock = new();
    private readonly Queue<Failed> _failures = new(MaxFailures);

    /// <summary>Of the deployment with its credential, for cooldowns.</summary>
    public string Name => name;

    /// <summary>It is open where another instance's has opened, too.</summary>
    public CircuitBreaker Breaker
    {
        get
        {
            Adopt();
            return field;
        }
    } = new(options, time);

    /// <summary>The last failures that count against it, oldest first.</summary>
    public IReadOnlyList<Failed> Failures
    {
        get
        {
            lock (_lock) return [.. _failures];
        }
    }

    /// <summary>What an operator has set; the default when it is not drained.</summary>
    public Cooldown Drain => cooldowns.Find(_drain);

    public ICooldowns Cooldowns => cooldowns;

    public PeakLatency Latency { get; } = new(time);

    /// <summary>Attempts that have neither committed nor failed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>What the next request would wait for: the expected time to the first token, times the requests before it.</summary>
    public double Load => Latency.Milliseconds * (Open + 1);

    /// <summary>The latest of the cooldowns of deployment and credential and of a drain; the default when there is none.</summary>
    public Cooldown Cooling()
    {
        var own = Later(cooldowns.Find(name), cooldowns.Find(credential));
        return Later(own, cooldowns.Find(_drain));

        static Cooldown Later(Cooldown a, Cooldown b) => a.Until >= b.Until ? a : b;
    }

    /// <summary>Keeps plans away from it until a time, on every instance. False when the other instances could not be told.</summary>
    public ValueTask<bool> DrainAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        cooldowns.SetAsync(_drain, new Cooldown(until, ICooldowns.Drained), cancellationToken);

    /// <summary>Ends a drain, and every other pause of the deployment. As <see cref="DrainAsync"/>.</summary>
    public async ValueTask<bool> ResumeAsync(CancellationToken cancellationToken) =>
        await cooldowns.SetAsync(_drain, null, cancellationToken).ConfigureAwait(false) && await cooldowns.SetAsync(name, null, cancellationToken).ConfigureAwait(false);

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
        if (failure != FailureClass.None)
        {
            if (rule.IsFailure || rule.Scope != CooldownScope.None) Note(new Failed(FailureClasses.Name(failure), time.GetUtcNow()));
            var outcome = rule.IsFailure ? BreakerOutcome.Failed : failure is FailureClass.Gateway or FailureClass.Key ? BreakerOutcome.Unknown : BreakerOutcome.Alive;
            if (Breaker.Report(pass, outcome) is { } pause) Publish(time.GetUtcNow() + pause);
        }
        if (failure == FailureClass.None || rule.Scope == CooldownScope.None) return;
        var wait = retryAfter > rule.Cooldown ? retryAfter.Value : rule.Cooldown;
        if (wait > FailureRules.MaxCooldown) wait = FailureRules.MaxCooldown;
        if (wait > TimeSpan.Zero) cooldowns.Extend(rule.Scope == CooldownScope.Credential ? credential : name, new Cooldown(time.GetUtcNow() + wait, FailureClasses.Name(failure)));
    }

    private void Note(Failed failure)
    {
        lock (_lock)
        {
            if (_failures.Count == MaxFailures) _failures.Dequeue();
            _failures.Enqueue(failure);
        }
    }

    private void Publish(DateTimeOffset until)
    {
        Volatile.Write(ref _adopted, until.UtcTicks);
        cooldowns.Extend(_opening, new Cooldown(until, "breaker"));
    }

    private void Adopt()
    {
        var until = cooldowns.Find(_opening).Until;
        if (until == default || until.UtcTicks <= Volatile.Read(ref _adopted)) return;
        Volatile.Write(ref _adopted, until.UtcTicks);
        Breaker.OpenFor(until - time.GetUtcNow());
    }

    /// <param name="Reason">See <see cref="FailureClasses"/>.</param>
    internal sealed record Failed(string Reason, DateTimeOffset At);
}
