namespace Nano.Tests.Routing.Simulation;

/// <summary>What a run must keep.</summary>
/// <param name="Success">The least share of requests that are served.</param>
/// <param name="Attempts">The most attempts per request.</param>
/// <param name="P99">The longest 99th percentile of all requests, in milliseconds.</param>
/// <param name="Cost">The highest cost per response.</param>
/// <param name="Recovery">The longest time until a member that is well again has its share, in seconds.</param>
internal sealed record Bounds(double Success, double Attempts, double P99, double Cost, double Recovery)
{
    /// <summary>The names of the bounds that an outcome breaks. No request may ever be sent before the end of a Retry-After.</summary>
    public IEnumerable<string> BrokenBy(Outcome outcome)
    {
        if (outcome.SuccessRate < Success) yield return nameof(Success);
        if (outcome.AttemptsPerRequest > Attempts) yield return nameof(Attempts);
        if (outcome.Slowest99 > TimeSpan.FromMilliseconds(P99)) yield return nameof(P99);
        if (outcome.CostPerResponse > Cost) yield return nameof(Cost);
        if (outcome.Recovery > TimeSpan.FromSeconds(Recovery)) yield return nameof(Recovery);
        if (outcome.BeforeRetryAfter > 0) yield return nameof(outcome.BeforeRetryAfter);
    }
}
