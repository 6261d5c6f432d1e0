namespace Nano.Routing.LoadBalancing;

/// <summary>Each request begins at the next target. The keys of one target take turns whenever it is first.</summary>
internal sealed class RoundRobin : IBalancer
{
    private uint _next;

    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        var turn = Interlocked.Increment(ref _next) - 1;
        var targets = 1;
        for (var i = 1; i < candidates.Length; i++) if (!AreOne(candidates[i - 1], candidates[i])) targets++;
        var start = 0;
        for (var left = (int)(turn % (uint)targets); left > 0; start++) if (!AreOne(candidates[start], candidates[start + 1])) left--;
        var keys = 1;
        while (start + keys < candidates.Length && AreOne(candidates[start], candidates[start + keys])) keys++;
        // Each time that the target is first, it begins at its next key.
        if (keys > 1) Turn(candidates.AsSpan(start, keys), (int)(turn / (uint)targets % (uint)keys));
        Turn(candidates, start);
    }

    /// <summary>The keys of one target are in a row.</summary>
    private static bool AreOne(Candidate a, Candidate b) => a.Deployment.Name == b.Deployment.Name;

    private static void Turn(Span<Candidate> candidates, int first)
    {
        if (first == 0) return;
        Candidate[] turned = [.. candidates[first..], .. candidates[..first]];
        turned.CopyTo(candidates);
    }
}
