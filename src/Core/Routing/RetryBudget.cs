namespace Nano.Routing;

/// <summary>
/// Bounds retries and hedges as a share of requests, so that an outage is not made worse by its own retries: every request adds its share,
/// every retry takes one, and a small reserve lets a quiet gateway retry at all. Thread safe.
/// </summary>
/// <param name="share">Retries per request.</param>
internal sealed class RetryBudget(double share)
{
    /// <summary>Retries that a quiet gateway may make, and the most that is saved.</summary>
    private const double Reserve = 10;

    private readonly Lock _lock = new();
    private double _left = share > 0 ? Reserve : 0;

    public void OnRequest()
    {
        lock (_lock) _left = Math.Min(_left + share, Reserve);
    }

    public bool TryTake()
    {
        lock (_lock)
        {
            if (_left < 1) return false;
            _left--;
            return true;
        }
    }
}
