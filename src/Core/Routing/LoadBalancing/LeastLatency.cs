namespace Nano.Routing.LoadBalancing;

/// <summary>
/// Of two random targets, the one with the shorter expected wait (power of two choices): the fastest gets the most requests, but not
/// all at once. The others follow by their load. Estimates of a target that is passed over fade: after a slow response, a target that is fast again gets a request
/// that shows it.
/// </summary>
internal sealed class LeastLatency(Random random) : IBalancer
{
    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        if (candidates.Length < 2) return;
        random.Shuffle(candidates);
        if (candidates[1].Health.Load < candidates[0].Health.Load) (candidates[0], candidates[1]) = (candidates[1], candidates[0]);
        candidates[1].Health.PassOver();
        if (candidates.Length > 2) candidates.AsSpan(1).Sort(static (a, b) => a.Health.Load.CompareTo(b.Health.Load));
    }
}
