namespace Nano.Routing.LoadBalancing;

/// <summary>In file order: each target takes over what the one before cannot serve. The keys of one target take turns.</summary>
internal sealed class Priority(Random random) : IBalancer
{
    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        for (var start = 0; start < candidates.Length;)
        {
            var end = start + 1;
            while (end < candidates.Length && candidates[end].Deployment.Name == candidates[start].Deployment.Name) end++;
            if (end - start > 1) random.Shuffle(candidates.AsSpan(start, end - start));
            start = end;
        }
    }
}
