using Nano.Configuration;
using Nano.Timing;

namespace Nano.Routing.Health;

/// <summary>The outcome that an admitted attempt reports to its breaker.</summary>
internal enum BreakerOutcome
{
    /// <summary>The deployment responded, possibly with a refusal of the request.</summary>
    Alive,
    Failed,
    /// <summary>The deployment's state is unknown: the caller left, or the attempt never reached it.</summary>
    Unknown,
}

/// <summary>Admits one attempt; returned with its outcome.</summary>
/// <param name="Period">The breaker's period: a result from before it last opened or closed changes nothing.</param>
internal readonly record struct BreakerPass(int Period, bool IsProbe);

/// <summary>
/// Opens after several failures in a row, or when the share of failures in a window is too large; then, after a pause that doubles with
/// each failed probe, admits one attempt as a probe. A late result of an attempt from before it opened does not close it, and a
/// probe whose caller left is repeated by the next request. Thread safe.
/// </summary>
internal sealed class CircuitBreaker(ResilienceConfig options, TimeProvider time)
{
    private const int Buckets = 10;
    private const int MaxDoublings = 3;

    private readonly Lock _lock = new();
    private readonly (int Alive, int Failed, long Slot)[] _buckets = new (int, int, long)[Buckets];
    private int _inARow;
    private int _period;
    private int _doublings;
    private bool _isOpen;
    private bool _isProbing;
    private long _probeAt;

    public bool IsOpen => Volatile.Read(ref _isOpen);

    /// <summary>An attempt may be made now: the breaker is closed, or due for a probe that is not running yet.</summary>
    public bool IsReady
    {
        get
        {
            if (!IsOpen) return true;
            lock (_lock) return !_isOpen || (!_isProbing && time.GetTimestamp() >= _probeAt);
        }
    }

    /// <summary>How long until the next probe; zero when it is closed or due.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                return _isOpen && _probeAt > now ? time.GetElapsedTime(now, _probeAt) : TimeSpan.Zero;
            }
        }
    }

    /// <param name="force">Admits the attempt even if the breaker is open, as a last resort.</param>
    public bool TryEnter(out BreakerPass pass, bool force = false)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                pass = new BreakerPass(_period, IsProbe: false);
                return true;
            }
            var isDue = !_isProbing && time.GetTimestamp() >= _probeAt;
            pass = new BreakerPass(_period, IsProbe: isDue || (force && !_isProbing));
            if (pass.IsProbe) _isProbing = true;
            return isDue || force;
        }
    }

    /// <returns>How long the breaker stays open because of this result; null when it did not open.</returns>
    public TimeSpan? Report(BreakerPass pass, BreakerOutcome outcome)
    {
        lock (_lock)
        {
            if (pass.Period != _period) return null;
            if (_isOpen)
            {
                if (!pass.IsProbe) return null;
                _isProbing = false;
                if (outcome == BreakerOutcome.Alive) Close();
                return outcome == BreakerOutcome.Failed ? Open() : null;
            }
            if (outcome == BreakerOutcome.Unknown) return null;
            Count(outcome == BreakerOutcome.Failed);
            _inARow = outcome == BreakerOutcome.Failed ? _inARow + 1 : 0;
            return outcome == BreakerOutcome.Failed && (_inARow >= options.FailuresInARow || IsShareTooLarge()) ? Open() : null;
        }
    }

    /// <summary>Another instance's breaker of the same deployment has opened. If this one is open already, the later probe time applies.</summary>
    /// <param name="wait">The time until its probe.</param>
    public void OpenFor(TimeSpan wait)
    {
        lock (_lock)
        {
            var probeAt = time.TimestampAfter(wait);
            if (_isOpen)
            {
                if (!_isProbing && probeAt > _probeAt) _probeAt = probeAt;
                return;
            }
            (_isOpen, _isProbing, _probeAt) = (true, false, probeAt);
            _period++;
        }
    }

    /// <summary>Another instance runs the probe that was admitted here.</summary>
    /// <param name="wait">The time until that probe must have ended.</param>
    public void Yield(BreakerPass pass, TimeSpan wait)
    {
        lock (_lock)
        {
            if (pass.Period != _period || !_isOpen || !pass.IsProbe) return;
            _isProbing = false;
            var probeAt = time.TimestampAfter(wait);
            if (probeAt > _probeAt) _probeAt = probeAt;
        }
    }

    /// <summary>Another instance's probe has succeeded. A probe that runs here decides itself.</summary>
    public void CloseByOther()
    {
        lock (_lock)
        {
            if (_isOpen && !_isProbing) Close();
        }
    }

    private TimeSpan Open()
    {
        if (_isOpen) _doublings = Math.Min(_doublings + 1, MaxDoublings);
        _isOpen = true;
        _period++;
        _isProbing = false;
        var wait = options.Cooldown * (1 << _doublings);
        _probeAt = time.TimestampAfter(wait);
        return wait;
    }

    private void Close()
    {
        _isOpen = _isProbing = false;
        _period++;
        _inARow = _doublings = 0;
        Array.Clear(_buckets);
    }

    private void Count(bool failed)
    {
        var slot = Slot();
        ref var bucket = ref _buckets[slot % Buckets];
        if (bucket.Slot != slot) bucket = (0, 0, slot);
        if (failed) bucket.Failed++;
        else bucket.Alive++;
    }

    private bool IsShareTooLarge()
    {
        var slot = Slot();
        int failed = 0, all = 0;
        foreach (var bucket in _buckets)
        {
            if (bucket.Slot <= slot - Buckets) continue;
            failed += bucket.Failed;
            all += bucket.Failed + bucket.Alive;
        }
        return all >= options.MinimumRequests && failed >= all * options.FailureRatio;
    }

    /// <summary>From 1, so that an empty bucket is an old one.</summary>
    private long Slot() => (long)(time.GetTimestamp() / (double)time.TimestampFrequency / (options.Window.TotalSeconds / Buckets)) + Buckets + 1;
}
