using System.Globalization;

namespace Nano.State;

/// <summary>The state of an attempt.</summary>
internal enum AttemptState
{
    /// <summary>Reserved; its lease has not ended, as far as is known.</summary>
    Open,
    /// <summary>Settled with the actual usage.</summary>
    Settled,
    /// <summary>Nothing was served, nothing is charged.</summary>
    Released,
    /// <summary>Its lease ended without a settlement: the estimate is charged.</summary>
    Presumed,
}

/// <summary>The names of states in rows and reports.</summary>
internal static class AttemptStates
{
    private static readonly string[] Names = ["open", "settled", "released", "presumed"];

    public static string NameOf(AttemptState state) => Names[(int)state];

    public static AttemptState Of(string? name) => Array.IndexOf(Names, name) is > 0 and var state ? (AttemptState)state : AttemptState.Open;
}

/// <summary>One attempt in the ledger.</summary>
internal sealed record AttemptRow
{
    /// <summary>A row has about as many fields.</summary>
    private const int Fields = 24;

    public required string Id { get; init; }

    public required AttemptDetails Details { get; init; }

    public required AttemptState State { get; init; }

    public required Amount Estimate { get; init; }

    /// <summary>What is charged; zero while it is open.</summary>
    public Amount Charged { get; init; }

    /// <summary>The charge is an estimate that no provider reported.</summary>
    public bool IsPresumed { get; init; }

    /// <summary>The <see cref="Settlement.Outcome"/> of a response from the cache, which costs nothing.</summary>
    public const string Cached = "cached";

    /// <summary>The <see cref="Settlement.Outcome"/> of a reservation that was refused after a commit with an unknown outcome.</summary>
    public const string Refused = "refused";

    /// <summary>The <see cref="Settlement.Outcome"/> of a reservation with an unknown outcome: its request was refused, or served without it.</summary>
    public const string Unavailable = "state_store_unavailable";

    /// <summary>The row only excludes a reservation, of which nothing was served: it is not an attempt of its request.</summary>
    public bool IsExcluded => State == AttemptState.Released && Settlement?.Outcome is Refused or Unavailable;

    /// <summary>An amount that an instance has borrowed, not an attempt of a request.</summary>
    public bool IsAllotment => Details.Provider.Length == 0;

    /// <summary>It was served at an unknown cost: it had no price, and no budget required one.</summary>
    public bool IsUnpriced => Charged.NanoUsd == 0 && Settlement is { PriceVersion: null, Outcome: not Cached } used && used.InputTokens + used.OutputTokens > 0;

    /// <summary>A presumed charge was corrected.</summary>
    public bool IsCorrected { get; init; }

    /// <inheritdoc cref="Reservation.OwnPrice"/>
    public string? OwnPrice { get; init; }

    public required DateTimeOffset ReservedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public Settlement? Settlement { get; init; }

    /// <summary>The keys of the counters that it counts in.</summary>
    public IReadOnlyList<string> Counters { get; init; } = [];

    /// <summary>The token rates that count it: key, limit per minute, and count.</summary>
    public IReadOnlyList<(string Key, long PerMinute, long Count)> Rates { get; init; } = [];

    /// <param name="countsTokens">False for an attempt within an allotment, which has already been counted in the rates.</param>
    public static AttemptRow Of(Reservation reservation, bool countsTokens = true) => new()
    {
        Id = reservation.Attempt,
        Details = reservation.Details,
        State = AttemptState.Open,
        Estimate = reservation.Estimate,
        OwnPrice = reservation.OwnPrice,
        ReservedAt = reservation.At,
        Counters = reservation.Limits.CounterKeys,
        Rates = countsTokens ? RatesOf(reservation) : [],
    };

    public static AttemptRow Read(StateRow row)
    {
        var f = row.Fields;
        var closed = f.Number("closed_at");
        var charged = new Amount(f.Number("nano_usd"), f.Number("tokens"));
        var isPresumed = f.Number("is_presumed") != 0;
        return new AttemptRow
        {
            Id = row.Key[StateKeys.Attempts.Length..],
            State = AttemptStates.Of(f.Text("state")),
            Estimate = new Amount(f.Number("estimate_nano_usd"), f.Number("estimate_tokens")),
            Charged = charged,
            IsPresumed = isPresumed,
            IsCorrected = f.Number("is_corrected") != 0,
            OwnPrice = f.Text("own_price"),
            ReservedAt = Moment(f.Number("reserved_at")),
            ClosedAt = closed == 0 ? null : Moment(closed),
            Counters = Lines(f.Text("counters")),
            Rates = [.. Lines(f.Text("rates")).Select(ReadRate)],
            Details = new AttemptDetails
            {
                Request = f.Text("request") ?? "",
                Number = (int)f.Number("number"),
                StartedAt = Moment(f.Number("started_at")),
                Organization = f.Text("organization") ?? "",
                Team = f.Text("team"),
                User = f.Text("user"),
                Key = f.Text("key_id"),
                KeyName = f.Text("key_name"),
                Tags = f.Text("tags"),
                EndUser = f.Text("end_user"),
                Metadata = f.Text("metadata"),
                Session = f.Text("session"),
                Provider = f.Text("provider") ?? "",
                Model = f.Text("model") ?? "",
                Dialect = f.Text("dialect") ?? "",
                Stream = f.Number("stream") != 0,
                IsBackground = f.Number("is_background") != 0,
                Cache = f.Text("cache"),
            },
            Settlement = closed == 0 ? null : new Settlement
            {
                Actual = charged,
                IsPresumed = isPresumed,
                InputTokens = f.Number("input_tokens"),
                OutputTokens = f.Number("output_tokens"),
                CacheReadTokens = f.Number("cache_read_tokens"),
                CacheWriteTokens = f.Number("cache_write_tokens"),
                LongCacheWriteTokens = f.Number("long_cache_write_tokens"),
                ReasoningTokens = f.Number("reasoning_tokens"),
                AudioInputTokens = f.Number("audio_input_tokens"),
                AudioOutputTokens = f.Number("audio_output_tokens"),
                Billed = f.Text("billed")?.Split(' ') is [var input, var output] ? (Number(input), Number(output)) : null,
                PricedModel = f.Text("priced_model"),
                PriceVersion = f.Text("price"),
                Tier = f.Text("tier"),
                Outcome = f.Text("outcome"),
                Losses = f.Text("losses"),
            },
        };
    }

    public StateFields Write()
    {
        var fields = new StateFields(Fields)
            .Add("state", AttemptStates.NameOf(State))
            .Add("request", Details.Request)
            .Add("number", Details.Number)
            .Add("started_at", Details.StartedAt.ToUnixTimeMilliseconds())
            .Add("reserved_at", ReservedAt.ToUnixTimeMilliseconds())
            .Add("organization", Details.Organization)
            .Add("team", Details.Team)
            .Add("user", Details.User)
            .Add("key_id", Details.Key)
            .Add("key_name", Details.KeyName)
            .Add("tags", Details.Tags)
            .Add("end_user", Details.EndUser)
            .Add("metadata", Details.Metadata)
            .Add("session", Details.Session)
            .Add("provider", Details.Provider)
            .Add("model", Details.Model)
            .Add("dialect", Details.Dialect)
            .Add("stream", Details.Stream ? 1 : 0)
            .Add("cache", Details.Cache)
            .Add("estimate_nano_usd", Estimate.NanoUsd)
            .Add("estimate_tokens", Estimate.Tokens)
            .Add("nano_usd", Charged.NanoUsd)
            .Add("tokens", Charged.Tokens)
            .Add("counters", string.Join('\n', Counters))
            .Add("rates", Rates.Count == 1 ? LineOf(Rates[0]) : string.Join('\n', Rates.Select(LineOf)));
        if (ClosedAt is { } closed) fields.Add("closed_at", closed.ToUnixTimeMilliseconds());
        if (IsPresumed) fields.Add("is_presumed", 1);
        if (IsCorrected) fields.Add("is_corrected", 1);
        if (Details.IsBackground) fields.Add("is_background", 1);
        if (OwnPrice is not null) fields.Add("own_price", OwnPrice);
        if (Settlement is not { } settlement) return fields;
        if (settlement.LongCacheWriteTokens > 0) fields.Add("long_cache_write_tokens", settlement.LongCacheWriteTokens);
        if (settlement.AudioInputTokens > 0) fields.Add("audio_input_tokens", settlement.AudioInputTokens);
        if (settlement.AudioOutputTokens > 0) fields.Add("audio_output_tokens", settlement.AudioOutputTokens);
        if (settlement.Billed is (var input, var output)) fields.Add("billed", string.Create(CultureInfo.InvariantCulture, $"{input} {output}"));
        return fields
            .Add("priced_model", settlement.PricedModel)
            .Add("input_tokens", settlement.InputTokens)
            .Add("output_tokens", settlement.OutputTokens)
            .Add("cache_read_tokens", settlement.CacheReadTokens)
            .Add("cache_write_tokens", settlement.CacheWriteTokens)
            .Add("reasoning_tokens", settlement.ReasoningTokens)
            .Add("price", settlement.PriceVersion)
            .Add("tier", settlement.Tier)
            .Add("outcome", settlement.Outcome)
            .Add("losses", settlement.Losses);
    }

    internal static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : text.Split('\n');

    private static (string Key, long PerMinute, long Count)[] RatesOf(Reservation reservation)
    {
        var count = 0;
        foreach (var take in reservation.Rates) if (take.Kind == RateTake.Tokens) count++;
        var rates = new (string, long, long)[count];
        foreach (var take in reservation.Rates) if (take.Kind == RateTake.Tokens) rates[^count--] = (take.Key, take.PerMinute, take.Count);
        return rates;
    }

    private static string LineOf((string Key, long PerMinute, long Count) rate) => string.Create(CultureInfo.InvariantCulture, $"{rate.Key} {rate.PerMinute} {rate.Count}");

    private static (string, long, long) ReadRate(string line)
    {
        var parts = line.Split(' ');
        return (parts[0], Number(parts[1]), Number(parts[2]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
