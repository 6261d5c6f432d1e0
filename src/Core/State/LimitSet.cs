namespace Nano.State;

/// <summary>
/// The counters and rates that attempts of one caller count in, as long as its limits and their windows are the same: what depends on nothing else is computed once, not
/// with each attempt.
/// </summary>
/// <param name="rates">Their counts of tokens are those of no attempt: see <see cref="RatesFor"/>.</param>
internal sealed class LimitSet(IReadOnlyList<CounterLimit> counters, IReadOnlyList<RateTake> rates)
{
    private string[]? _counterKeys, _reserved, _closed;

    public IReadOnlyList<CounterLimit> Counters => counters;

    public string[] CounterKeys => _counterKeys ??= [.. counters.Select(counter => counter.Key)];

    /// <summary>The rows that a reservation decides over, besides its own.</summary>
    public string[] Reserved => _reserved ??= [StateKeys.Head, .. CounterKeys, .. rates.Select(rate => rate.Key)];

    /// <summary>The rows that closing an attempt changes, besides its own.</summary>
    public string[] Closed => _closed ??= [.. CounterKeys, .. rates.Where(rate => rate.Kind == RateTake.Tokens).Select(rate => rate.Key)];

    /// <summary>Limits on concurrency are not lent: they count the requests that are open now.</summary>
    public bool IsLendable { get; } = counters.Count + rates.Count > 0 && counters.All(counter => counter.Window != CounterLimit.Open);

    /// <summary>The caller's allotments on this instance; null before the first attempt.</summary>
    public HotCaller? Hot { get; set; }

    /// <summary>The rates with the tokens of an attempt.</summary>
    public RateTake[] RatesFor(long tokens)
    {
        if (rates.Count == 0) return [];
        var takes = new RateTake[rates.Count];
        for (var i = 0; i < takes.Length; i++) takes[i] = rates[i].Kind == RateTake.Tokens ? rates[i] with { Count = tokens } : rates[i];
        return takes;
    }
}
