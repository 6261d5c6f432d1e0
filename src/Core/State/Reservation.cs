namespace Nano.State;

/// <summary>The caller and the target of an attempt, as in its row in the ledger. Contains no prompt, no response and no key.</summary>
internal sealed record AttemptDetails
{
    public required string Request { get; init; }

    /// <summary>The number of the attempt in its exchange; the first is 0.</summary>
    public required int Number { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public string Organization { get; init; } = "";

    public string? Team { get; init; }

    public string? User { get; init; }

    /// <summary>The id of the virtual key.</summary>
    public string? Key { get; init; }

    /// <summary>What the key was called when the request came.</summary>
    public string? KeyName { get; init; }

    /// <summary>One <c>name=value</c> per line.</summary>
    public string? Tags { get; init; }

    /// <summary>The user that the request names.</summary>
    public string? EndUser { get; init; }

    /// <summary>The request's own metadata: one <c>name=value</c> per line.</summary>
    public string? Metadata { get; init; }

    /// <summary>The session that the caller's client sends.</summary>
    public string? Session { get; init; }

    public string Provider { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>The caller's dialect.</summary>
    public string Dialect { get; init; } = "";

    public bool Stream { get; init; }

    /// <summary>The provider generates the response in the background: its usage may become known after the attempt is closed.</summary>
    public bool IsBackground { get; init; }

    /// <summary>The result of the response cache, <c>hit</c> or <c>miss</c>; null if it was not used.</summary>
    public string? Cache { get; init; }

    /// <summary><c>organization</c>, <c>team:web</c>, <c>user:ann</c>, <c>key:key_1</c>.</summary>
    public IEnumerable<string> Scopes
    {
        get
        {
            yield return ScopeName.Organization;
            if (Team is not null) yield return ScopeName.OfTeam(Team);
            if (User is not null) yield return ScopeName.OfUser(User);
            if (Key is not null) yield return ScopeName.OfKey(Key);
        }
    }
}

/// <summary>Names of scopes within the partition of their organization.</summary>
internal static class ScopeName
{
    public const string Organization = "organization";

    private const string Keys = "key:";

    public static string OfTeam(string name) => "team:" + name;

    public static string OfUser(string name) => "user:" + name;

    public static string OfKey(string id) => Keys + id;

    /// <summary>The time in the id of a key's scope; null for other scopes.</summary>
    public static DateTimeOffset? KeyCreatedAt(string scope) =>
        scope.StartsWith(Keys + KeyRecord.Prefix, StringComparison.Ordinal) ? SortableId.TimeOf(scope.AsSpan(Keys.Length + KeyRecord.Prefix.Length)) : null;
}

/// <summary>How much a scope may spend in a window, or how many attempts it may have open.</summary>
/// <param name="Scope">See <see cref="ScopeName"/>.</param>
/// <param name="Window">The window with its first day and time zone, <c>month@UTC:2026-11-01</c>; <see cref="Open"/> for open attempts.</param>
/// <param name="Start">The first moment of the window.</param>
/// <param name="End">The first moment after it; null when it has no end.</param>
internal sealed record CounterLimit(string Scope, string Window, DateTimeOffset Start, DateTimeOffset? End)
{
    /// <summary>The window of a limit on concurrency: now.</summary>
    public const string Open = "open";

    public long MaxNanoUsd { get; init; } = long.MaxValue;

    public long MaxOpen { get; init; } = long.MaxValue;

    public string Key { get; } = StateKeys.Counter(Scope, Window);
}

/// <summary>Requests or tokens that an attempt takes out of a rate.</summary>
/// <param name="Kind"><see cref="Requests"/> or <see cref="Tokens"/>.</param>
/// <param name="PerMinute">At least 1.</param>
internal sealed record RateTake(string Scope, string Kind, long PerMinute, long Count)
{
    public const string Requests = "requests";
    public const string Tokens = "tokens";

    public string Key { get; } = StateKeys.Rate(Scope, Kind);
}

/// <summary>
/// A reservation for an attempt: an estimate in every counter, until it is settled, released, or its lease ends. An instance uses the same object for all operations on an
/// attempt: the ledger keeps in it what this instance knows of the attempt.
/// </summary>
internal sealed record Reservation
{
    private LimitSet? _limits;

    public Reservation() { }

    /// <summary>An attempt that counts in these limits.</summary>
    /// <param name="tokens">What it takes out of the rates of tokens.</param>
    public Reservation(LimitSet limits, long tokens)
    {
        (Counters, Rates) = (limits.Counters, limits.RatesFor(tokens));
        _limits = limits;
    }

    /// <summary>The partition of the organization.</summary>
    public required string Partition { get; init; }

    /// <summary>The id of the attempt. Repeating an operation with the same id changes nothing.</summary>
    public required string Attempt
    {
        get;
        init
        {
            field = value;
            // A copy for another attempt.
            (Row, Lent, IsClosed) = (null, null, false);
        }
    }

    public required AttemptDetails Details { get; init; }

    public IReadOnlyList<CounterLimit> Counters
    {
        get;
        init
        {
            field = value;
            _limits = null;
        }
    } = [];

    public IReadOnlyList<RateTake> Rates
    {
        get;
        init
        {
            field = value;
            _limits = null;
        }
    } = [];

    /// <summary>The counters and rates without the amounts of the attempt.</summary>
    public LimitSet Limits => _limits ??= new LimitSet(Counters, Rates);

    public Amount Estimate { get; init; }

    /// <summary>The policy's price (<see cref="PolicyPrice.Write"/>) for an attempt whose usage may become known later; null for none.</summary>
    public string? OwnPrice { get; init; }

    /// <summary>Decides which windows contain the charge, even when it is settled or corrected later.</summary>
    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset LeaseEnd { get; init; }

    /// <summary>The row of the open attempt as this instance has written it; null if it has not.</summary>
    internal StateFields? Row { get; set; }

    /// <summary>The allotment that it was taken out of; null for an attempt that has its own row and lease in the store. Set under the allotment's lock.</summary>
    internal Allotment? Lent { get; set; }

    /// <summary>Its outcome within <see cref="Lent"/> is known. Set under the allotment's lock.</summary>
    internal bool IsClosed { get; set; }
}

/// <summary>The actual usage of an attempt.</summary>
internal sealed record Settlement
{
    public required Amount Actual { get; init; }

    /// <summary><see cref="Actual"/> is known in part or estimated; the provider did not report it.</summary>
    public bool IsPresumed { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="CacheWriteTokens"/>, which has its own price.</summary>
    public long LongCacheWriteTokens { get; init; }

    public long ReasoningTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>, which may have its own price.</summary>
    public long AudioInputTokens { get; init; }

    /// <summary>Part of <see cref="OutputTokens"/>, which may have its own price.</summary>
    public long AudioOutputTokens { get; init; }

    /// <summary>What the provider bills instead of the tokens; null if it bills those.</summary>
    public (long Input, long Output)? Billed { get; init; }

    /// <summary>The model that responded, if its prices are not those of the requested one.</summary>
    public string? PricedModel { get; init; }

    /// <summary>The version of the prices that were applied.</summary>
    public string? PriceVersion { get; init; }

    /// <summary>The service tier that served it.</summary>
    public string? Tier { get; init; }

    /// <summary>The outcome of the attempt.</summary>
    public string? Outcome { get; init; }

    public string? Losses { get; init; }
}

/// <summary>The result of a reservation.</summary>
internal sealed record ReserveResult
{
    /// <summary>Granted, without rates.</summary>
    public static readonly ReserveResult Granted = new();

    public bool IsGranted => Counter is null && Rate is null;

    /// <summary>The first counter without enough left; null when all have enough.</summary>
    public CounterLimit? Counter { get; init; }

    /// <summary>The amount left in <see cref="Counter"/>.</summary>
    public long Left { get; init; }

    /// <summary>The first exhausted rate; null when none is.</summary>
    public RateTake? Rate { get; init; }

    /// <summary>When <see cref="Rate"/> admits the attempt.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>How much of the fullest budget is spent or reserved, including this reservation: 1 for all of it. Null without a budget, or when refused.</summary>
    public double? BudgetUsed { get; init; }

    /// <summary>The rates of the reservation, in its order.</summary>
    public IReadOnlyList<RateState> Rates { get; init; } = [];
}

/// <summary>A rate after a reservation.</summary>
/// <param name="Remaining">The count that could be taken at once.</param>
/// <param name="Reset">The time until nothing of the rate is in use.</param>
internal readonly record struct RateState(RateTake Take, long Remaining, TimeSpan Reset);
