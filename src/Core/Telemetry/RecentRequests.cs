
namespace Nano.Telemetry;

/// <summary>
/// The last requests of this instance, for the panel. It keeps usage records, which contain no prompt and no
/// response; adding one takes a few stores under a lock that is otherwise held only to copy. Thread safe.
/// </summary>
internal sealed class RecentRequests
{
    public const int Capacity = 1000;

    private readonly Lock _lock = new();
    private readonly UsageRecord?[] _ring = new UsageRecord?[Capacity];
    private RequestTotals _totals;

    public void Add(UsageRecord record)
    {
        lock (_lock)
        {
            _ring[_totals.Requests % Capacity] = record;
            _totals.Add(record);
        }
    }

    /// <summary>The newest request with this id, and its number. Null if it is not over yet, is no longer kept, or ran on another instance.</summary>
    public (long Number, UsageRecord Record)? Find(string requestId)
    {
        lock (_lock)
        {
            var last = _totals.Requests;
            for (var number = last; number > Math.Max(0, last - Capacity); number--)
                if (_ring[(number - 1) % Capacity] is { } record && record.RequestId == requestId) return (number, record);
            return null;
        }
    }

    /// <summary>The requests after the one with this number; the first one is number 1.</summary>
    /// <param name="after">0 for all that are kept; a number that has not been reached yet belongs to another instance and counts as 0.</param>
    public RecentSlice Since(long after)
    {
        lock (_lock)
        {
            var last = _totals.Requests;
            if (after < 0 || after > last) after = 0;
            var first = Math.Max(after, last - Capacity);
            var records = new UsageRecord[last - first];
            for (var i = 0; i < records.Length; i++) records[i] = _ring[(first + i) % Capacity]!;
            return new RecentSlice(first + 1, records, first - after, _totals);
        }
    }
}

/// <param name="First">The number of the first record; the others follow.</param>
/// <param name="Records">Oldest first.</param>
/// <param name="Missed">The number of later requests that are no longer kept.</param>
/// <param name="Totals">Sums over all requests since this instance started.</param>
internal sealed record RecentSlice(long First, IReadOnlyList<UsageRecord> Records, long Missed, RequestTotals Totals)
{
    /// <summary>The number to send with the next call.</summary>
    public long Last => First + Records.Count - 1;
}

/// <summary>Sums over requests.</summary>
internal struct RequestTotals
{
    public long Requests { get; private set; }

    public long Ok { get; private set; }

    public long Failed { get; private set; }

    public long Broken { get; private set; }

    public long CallerGone { get; private set; }

    /// <summary>Requests that were cut off when the gateway stopped.</summary>
    public long Stopped { get; private set; }

    /// <summary>Requests that lost something in a conversion.</summary>
    public long WithLosses { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    /// <summary>USD, for the requests whose cost is known.</summary>
    public decimal Cost { get; private set; }

    /// <summary>Completed requests of unknown cost.</summary>
    public long UnknownCosts { get; private set; }

    internal void Add(UsageRecord record)
    {
        Requests++;
        if (record.Outcome == RequestOutcome.Ok) Ok++;
        else if (record.Outcome == RequestOutcome.Failed) Failed++;
        else if (record.Outcome == RequestOutcome.Broken) Broken++;
        else if (record.Outcome == RequestOutcome.CallerGone) CallerGone++;
        else if (record.Outcome == RequestOutcome.Stopped) Stopped++;
        if (record.Losses is not null) WithLosses++;
        // Counts come from providers: one of them must not make a sum overflow.
        InputTokens = Sum(InputTokens, record.Usage?.InputTokens);
        OutputTokens = Sum(OutputTokens, record.Usage?.OutputTokens);
        if (record.Cost is { } cost) Cost += cost;
        else if (record.Outcome == RequestOutcome.Ok) UnknownCosts++;
    }

    private static long Sum(long sum, long? count) => count is > 0 and var more && sum <= long.MaxValue - more ? sum + more : sum;
}
