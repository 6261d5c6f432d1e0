namespace Nano.Routing.Health;

/// <summary>
/// The time to the first token as a moving average that reacts to slowdowns at once: a slower measurement replaces it, a faster one moves it
/// in proportion to the time since the last one (peak EWMA). Thread safe.
/// </summary>
internal sealed class PeakLatency(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private double _milliseconds;
    private long _at;

    /// <summary>Zero before the first measurement, so that a new deployment is tried.</summary>
    public double Milliseconds
    {
        get
        {
            lock (_lock) return _milliseconds;
        }
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
