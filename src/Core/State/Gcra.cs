namespace Nano.State;

/// <summary>
/// The generic cell rate algorithm. A row has one number, the theoretical arrival time: the moment at which the whole rate is
/// free again. Each unit moves it by 60 s / limit; a take that would move it more than 60 s ahead of now is refused. So the whole limit may be used at once
/// and then recovers evenly.
/// </summary>
internal static class Gcra
{
    private const string ArrivalField = "arrival";

    /// <summary>The most that one request can use up, in minutes of the limit, whatever its usage.</summary>
    private const long MaxDebt = 10;

    private static readonly long Minute = TimeSpan.FromMinutes(1).Ticks;

    /// <param name="fields">The rate's row; null for none.</param>
    /// <returns>The row afterwards; null when the rate refuses, together with the time to wait.</returns>
    public static (StateFields? Fields, TimeSpan RetryAfter, RateState State) Take(StateFields? fields, RateTake take, DateTimeOffset at)
    {
        var now = at.UtcTicks;
        var arrival = Math.Max(now, fields?.Number(ArrivalField) ?? 0);
        var next = arrival + Cost(take.Count, take.PerMinute);
        if (next - now > Minute) return (null, TimeSpan.FromTicks(next - Minute - now), StateOf(take, arrival - now));
        return ((fields?.Copy() ?? new StateFields(1)).Set(ArrivalField, next), TimeSpan.Zero, StateOf(take, next - now));
    }

    /// <summary>Corrects an estimate to the actual usage.</summary>
    /// <param name="used">Never refused: it is already used.</param>
    public static StateFields Correct(StateFields fields, long perMinute, long taken, long used) =>
        fields.Copy().Set(ArrivalField, fields.Number(ArrivalField) + Cost(used, perMinute, MaxDebt) - Cost(taken, perMinute));

    /// <summary>A count above the limit counts as the whole limit: it is admitted when nothing else is in use.</summary>
    /// <param name="most">The maximum, in minutes of the limit.</param>
    private static long Cost(long count, long perMinute, long most = 1) => (long)((Int128)Math.Clamp(count, 0, perMinute * most) * Minute / perMinute);

    private static RateState StateOf(RateTake take, long inUse) =>
        new(take, (long)((Int128)(Minute - Math.Clamp(inUse, 0, Minute)) * take.PerMinute / Minute), TimeSpan.FromTicks(Math.Max(0, inUse)));
}
