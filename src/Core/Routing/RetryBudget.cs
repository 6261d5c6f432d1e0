namespace Nano.Routing;

/// <summary>
/// Limits retries and hedges to a share of requests, so that retries do not make an outage worse: every request adds its share,
/// every retry takes one, and a small reserve allows retries at low traffic. Thread safe.
/// </summary>
/// <param name="share">Retries per request.</param>
internal sealed class RetryBudget(double share)
{
    /// <summary>Retries that are possible at low traffic, and the most that are saved up.</summary>
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
