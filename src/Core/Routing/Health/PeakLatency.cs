namespace Nano.Routing.Health;

/// <summary>
/// The time to the first token as a moving average that reacts to slowdowns at once: a slower measurement replaces it, a faster one moves it
/// in proportion to the time since the last one (peak EWMA). Thread safe.
/// </summary>
internal sealed class PeakLatency(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>A value of ten times another one fades to it in about 75 steps.</summary>
    private const double Faded = 0.03;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private double _milliseconds;
    private long _at;
    private long _fadedAt;

    /// <summary>Zero before the first measurement, so that a new deployment is tried.</summary>
    public double Milliseconds
    {
        get
        {
            lock (_lock) return _milliseconds;
        }
    }

    /// <summary>
    /// Reduces the value a little, at most once a second: a measurement takes time, in which many requests may be compared. What is not measured any
    /// more cannot improve otherwise.
    /// </summary>
    public void Fade()
    {
        if (Volatile.Read(ref _at) == 0) return;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_fadedAt != 0 && time.GetElapsedTime(_fadedAt, now) < Pause) return;
            _fadedAt = now;
            _milliseconds *= 1 - Faded;
        }
    }

    /// <summary>Forgets all measurements.</summary>
    public void Clear()
    {
        // Nearly always there is none.
        if (Volatile.Read(ref _at) == 0) return;
        lock (_lock) (_milliseconds, _at) = (0, 0);
    }

    public void Observe(TimeSpan latency)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var measured = latency.TotalMilliseconds;
            if (_at == 0 || measured > _milliseconds) _milliseconds = measured;
            else _milliseconds += (measured - _milliseconds) * (1 - Math.Exp(-time.GetElapsedTime(_at, now) / Memory));
            _at = now;
        }
    }
}
