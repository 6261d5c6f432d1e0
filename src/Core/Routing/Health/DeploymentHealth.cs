using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Nano.Configuration;
using Nano.Errors;

namespace Nano.Routing.Health;

/// <summary>The recent results of one deployment, and whether it may be used now. Shared by all plans that contain it. Thread safe.</summary>
internal sealed class DeploymentHealth(string name, string credential, ResilienceConfig options, ICooldowns cooldowns, TimeProvider time)
{
    private const int MaxFailures = 5;

    /// <summary>After this time without a result, another probe may be made: the instance may have failed.</summary>
    internal static readonly TimeSpan ProbeLimit = TimeSpan.FromMinutes(1);

    /// <summary>How long an opening is stored after its probe was due: an instance that reads it later probes as well.</summary>
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(10);

    private const string Opened = "breaker ";

    /// <summary>The openings and probes of its breaker and its drain are shared like cooldowns, under separate names.</summary>
    private readonly string _opening = name + "|breaker", _drain = name + "|drain", _probe = name + "|probe";

    /// <summary>The pause of a credential that its provider asked for; under the credential's own name is the gateway's estimate.</summary>
    private readonly string _askedOfCredential = credential + "|asked";

    /// <summary>The expected wait after a failure: longer than a slow response.</summary>
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(10);

    private readonly PeakLatency _penalty = new(time);

    private int _open;
    private long _adopted;

    /// <summary>Ticks of UTC at which the breaker is known to have opened.</summary>
    private long _openedAt;

    /// <summary>The claim of the probe that runs here; null when there is none.</summary>
    private StrongBox<Cooldown>? _claim;
    private readonly CircuitBreaker _breaker = new(options, time);
    private readonly Lock _lock = new();
    private readonly Queue<Failed> _failures = new(MaxFailures);

    /// <summary>The name of the deployment with its credential, for cooldowns.</summary>
    public string Name => name;

    /// <summary>Opens if another instance's breaker has opened, and closes if another instance's probe has succeeded.</summary>
    public CircuitBreaker Breaker
    {
        get
        {
            Adopt();
            return _breaker;
        }
    }

    /// <summary>The last failures that count against it, oldest first.</summary>
    public IReadOnlyList<Failed> Failures
    {
        get
        {
            lock (_lock) return [.. _failures];
        }
    }

    /// <summary>The drain that an operator has set; the default when there is none.</summary>
    public Cooldown Drain => cooldowns.Find(_drain);

    public ICooldowns Cooldowns => cooldowns;

    public PeakLatency Latency { get; } = new(time);

    /// <summary>Attempts that have neither committed nor failed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The expected wait of the next request: the expected time to the first token, times the requests before it.</summary>
    public double Load => (Latency.Milliseconds + _penalty.Milliseconds) * (Open + 1);

    /// <summary>The latest end among the cooldowns of deployment and credential and a drain; the default when there is none.</summary>
    public Cooldown Cooling() => Later(Stated(), cooldowns.Find(credential));

    /// <summary>
    /// It cools down only because the gateway expects its key to be refused again, or its account to be without credit still. Neither the provider
    /// nor an operator has named a time.
    /// </summary>
    public bool IsDownByEstimate => cooldowns.Find(credential).Until != default && Stated().Until == default;

    /// <summary>Keeps plans away from it until a time, on every instance. False when the other instances could not be notified.</summary>
    public ValueTask<bool> DrainAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        cooldowns.SetAsync(_drain, new Cooldown(until, ICooldowns.Drained), cancellationToken);

    /// <summary>Ends a drain, and every other pause of the deployment. Same result as <see cref="DrainAsync"/>.</summary>
    public async ValueTask<bool> ResumeAsync(CancellationToken cancellationToken) =>
        await cooldowns.SetAsync(_drain, null, cancellationToken).ConfigureAwait(false) && await cooldowns.SetAsync(name, null, cancellationToken).ConfigureAwait(false)
        && await cooldowns.SetAsync(credential, null, cancellationToken).ConfigureAwait(false)
        && await cooldowns.SetAsync(_askedOfCredential, null, cancellationToken).ConfigureAwait(false);

    /// <summary>Another deployment was chosen because it is expected to respond sooner: the estimates fade, so that this one is measured again some time.</summary>
    public void PassOver()
    {
        Latency.Fade();
        _penalty.Fade();
    }

    /// <summary>It may be used now, as far as is known.</summary>
    public bool IsReady => Breaker.IsReady && Cooling().Until == default;

    public bool TryEnter(out BreakerPass pass, bool force = false)
    {
        if (!Breaker.TryEnter(out pass, force)) return false;
        Interlocked.Increment(ref _open);
        return true;
    }

    /// <summary>
    /// Called before an attempt that <see cref="TryEnter"/> admitted as a probe: only one instance probes at a time. False when another one
    /// does: then the attempt is not made, and is over.
    /// </summary>
    public async ValueTask<bool> ClaimAsync(BreakerPass pass)
    {
        var claim = new Cooldown(time.GetUtcNow() + ProbeLimit, "probe " + RandomNumberGenerator.GetHexString(16, lowercase: true));
        var other = await cooldowns.ClaimAsync(_probe, claim).ConfigureAwait(false);
        if (other == default)
        {
            Volatile.Write(ref _claim, new StrongBox<Cooldown>(claim));
            return true;
        }
        Interlocked.Decrement(ref _open);
        _breaker.Yield(pass, other.Until - time.GetUtcNow());
        return false;
    }

    /// <summary>The attempt commits: its response is good so far.</summary>
    /// <param name="latency">From sending the request to the first token.</param>
    public void Commit(BreakerPass pass, TimeSpan latency)
    {
        Latency.Observe(latency);
        _penalty.Clear();
        Report(pass, BreakerOutcome.Alive);
    }

    /// <summary>An admitted attempt is over: it has ended, failed, or its caller has left. Called once for each.</summary>
    /// <param name="failure"><see cref="FailureClass.None"/> when it has not failed; <see cref="FailureClass.Gateway"/> when nothing is known.</param>
    /// <param name="retryAfter">The provider's value.</param>
    public void Leave(BreakerPass pass, FailureClass failure, TimeSpan? retryAfter)
    {
        Interlocked.Decrement(ref _open);
        var rule = FailureRules.Of(failure);
        if (failure != FailureClass.None)
        {
            if (rule.IsFailure || rule.Scope != CooldownScope.None) Note(new Failed(FailureClasses.Name(failure), time.GetUtcNow()));
            // Failing fast must not look like responding fast.
            if (rule.IsFailure || rule.Scope != CooldownScope.None || failure == FailureClass.NotFound) _penalty.Observe(Penalty);
            var outcome = rule.IsFailure ? BreakerOutcome.Failed : failure is FailureClass.Gateway or FailureClass.Key ? BreakerOutcome.Unknown : BreakerOutcome.Alive;
            Report(pass, outcome);
        }
        else Report(pass, BreakerOutcome.Unknown);
        if (failure == FailureClass.None || rule.Scope == CooldownScope.None) return;
        var isAsked = retryAfter > rule.Cooldown;
        var wait = isAsked ? retryAfter!.Value : rule.Cooldown;
        if (wait > FailureRules.MaxCooldown) wait = FailureRules.MaxCooldown;
        if (wait <= TimeSpan.Zero) return;
        var cooling = rule.Scope == CooldownScope.Deployment ? name : isAsked ? _askedOfCredential : credential;
        cooldowns.Extend(cooling, new Cooldown(time.GetUtcNow() + wait, FailureClasses.Name(failure)));
    }

    /// <summary>The latest end that the provider or an operator has named.</summary>
    private Cooldown Stated() => Later(Later(cooldowns.Find(name), cooldowns.Find(_askedOfCredential)), cooldowns.Find(_drain));

    private static Cooldown Later(Cooldown a, Cooldown b) => a.Until >= b.Until ? a : b;

    private void Note(Failed failure)
    {
        lock (_lock)
        {
            if (_failures.Count == MaxFailures) _failures.Dequeue();
            _failures.Enqueue(failure);
        }
    }

    private void Report(BreakerPass pass, BreakerOutcome outcome)
    {
        var now = time.GetUtcNow();
        if (_breaker.Report(pass, outcome) is { } pause)
        {
            Volatile.Write(ref _openedAt, now.UtcTicks);
            Volatile.Write(ref _adopted, (now + pause).UtcTicks);
            cooldowns.Extend(_opening, new Cooldown(now + pause + Due, string.Create(CultureInfo.InvariantCulture, $"{Opened}{now.UtcTicks}")));
        }
        if (pass.IsProbe && outcome == BreakerOutcome.Alive && cooldowns.Find(_opening) is { Reason: not null } opening) cooldowns.EndClaim(_opening, opening, null);
        // Once: a probe that has committed has reported its result.
        if (pass.IsProbe && Interlocked.Exchange(ref _claim, null) is { } claim)
            cooldowns.EndClaim(_probe, claim.Value, outcome == BreakerOutcome.Alive ? new Cooldown(now + ICooldowns.ResultLifetime, ICooldowns.Done) : null);
    }

    private void Adopt()
    {
        if (cooldowns.Find(_opening) is { Reason: { } reason } opening && (opening.Until - Due) is var probeAt && probeAt.UtcTicks > Volatile.Read(ref _adopted))
        {
            Volatile.Write(ref _adopted, probeAt.UtcTicks);
            var ticks = 0L;
            var hasTime = reason.StartsWith(Opened, StringComparison.Ordinal)
                && long.TryParse(reason.AsSpan(Opened.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ticks);
            Volatile.Write(ref _openedAt, hasTime ? ticks : time.GetUtcNow().UtcTicks);
            _breaker.OpenFor(probeAt - time.GetUtcNow());
        }
        if (!_breaker.IsOpen || cooldowns.Find(_probe) is not { Reason: ICooldowns.Done } done) return;
        if ((done.Until - ICooldowns.ResultLifetime).UtcTicks >= Volatile.Read(ref _openedAt)) _breaker.CloseByOther();
    }

    /// <param name="Reason">See <see cref="FailureClasses"/>.</param>
    internal sealed record Failed(string Reason, DateTimeOffset At);
}
