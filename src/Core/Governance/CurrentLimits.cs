using Nano.State;

namespace Nano.Governance;

/// <summary>What all requests of a caller between two moments count in. Computed once for the windows of a moment: time zones cost more than all else about a request.</summary>
internal sealed class CurrentLimits
{
    private readonly DateTimeOffset _from = DateTimeOffset.MinValue, _until = DateTimeOffset.MaxValue;

    /// <param name="at">Decides the windows of the caller's budgets.</param>
    public CurrentLimits(CallerPolicy policy, DateTimeOffset at)
    {
        var counters = CountersAt(policy, at);
        foreach (var limit in counters)
        {
            if (limit.Window == CounterLimit.Open) continue;
            if (limit.Start > _from) _from = limit.Start;
            if (limit.End < _until) _until = limit.End.Value;
        }
        var rates = RatesOf(policy, isRequest: true);
        (First, Later, Free) = (new LimitSet(counters, rates), new LimitSet(counters, RatesOf(policy, isRequest: false)), new LimitSet([], rates));
    }

    /// <summary>The limits of the first attempt of a request.</summary>
    public LimitSet First { get; }

    /// <summary>The limits of other attempts: a request counts once in the rates of requests.</summary>
    public LimitSet Later { get; }

    /// <summary>The limits of a request that costs nothing.</summary>
    public LimitSet Free { get; }

    public bool Contains(DateTimeOffset at) => at >= _from && at < _until;

    /// <summary>One limit per counter: if a scope has two budgets with the same window, the smaller one applies.</summary>
    private static List<CounterLimit> CountersAt(CallerPolicy policy, DateTimeOffset at)
    {
        var counters = new List<CounterLimit>();
        foreach (var (scope, limits, _) in policy.Scopes)
        {
            foreach (var budget in limits.Budgets)
            {
                var limit = BudgetWindow.At(scope, budget, at);
                var same = counters.FindIndex(other => other.Key == limit.Key);
                if (same < 0) counters.Add(limit);
                else if (limit.MaxNanoUsd < counters[same].MaxNanoUsd) counters[same] = limit;
            }
            if (limits.MaxConcurrency is not { } most) continue;
            var open = new CounterLimit(scope, CounterLimit.Open, at, null) { MaxOpen = most };
            var known = counters.FindIndex(limit => limit.Key == open.Key);
            if (known < 0) counters.Add(open);
            else if (most < counters[known].MaxOpen) counters[known] = open;
        }
        return counters;
    }

    private static List<RateTake> RatesOf(CallerPolicy policy, bool isRequest)
    {
        var rates = new List<RateTake>();
        foreach (var (scope, limits, _) in policy.Scopes)
        {
            if (isRequest && limits.RequestsPerMinute is { } requests) Add(new RateTake(scope, RateTake.Requests, requests, 1));
            if (limits.TokensPerMinute is { } most) Add(new RateTake(scope, RateTake.Tokens, most, 0));
        }
        return rates;

        void Add(RateTake take)
        {
            var known = rates.FindIndex(rate => rate.Key == take.Key);
            if (known < 0) rates.Add(take);
            else if (take.PerMinute < rates[known].PerMinute) rates[known] = take;
        }
    }
}
