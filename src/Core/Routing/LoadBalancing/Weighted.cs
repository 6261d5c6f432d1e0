using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Nano.Routing.LoadBalancing;

/// <summary>
/// At random, each target in proportion to its weight. For requests of a session, the session replaces chance: its targets are always in the same order, and
/// over many sessions each target is first in proportion to its weight (weighted rendezvous hashing).
/// </summary>
internal sealed class Weighted(Random random) : IBalancer
{
    public void Order(Candidate[] candidates, in RouteQuery query)
    {
        Span<double> keys = candidates.Length <= 64 ? stackalloc double[candidates.Length] : new double[candidates.Length];
        for (var i = 0; i < candidates.Length; i++)
        {
            var chance = query.Session is { } session ? Chance(session, candidates[i].Health.Name) : 1 - random.NextDouble();
            keys[i] = -Math.Log(chance) / candidates[i].Weight;
        }
        keys.Sort(candidates.AsSpan());
    }

    /// <summary>Above 0 and at most 1, the same in every process.</summary>
    private static double Chance(string session, string name)
    {
        var hash = XxHash64.HashToUInt64(MemoryMarshal.AsBytes(name.AsSpan()), (long)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(session.AsSpan())));
        return ((hash >> 11) + 1) / (double)(1UL << 53);
    }
}
