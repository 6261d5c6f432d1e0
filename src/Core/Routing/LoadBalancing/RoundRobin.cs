namespace Nano.Routing.LoadBalancing;

/// <summary>Each request begins at the next target.</summary>
internal sealed class RoundRobin : IBalancer
{
    private uint _next;

    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        var first = (int)((Interlocked.Increment(ref _next) - 1) % (uint)candidates.Length);
        if (first == 0) return;
        Candidate[] turned = [.. candidates[first..], .. candidates[..first]];
        turned.CopyTo(candidates, 0);
    }
}
