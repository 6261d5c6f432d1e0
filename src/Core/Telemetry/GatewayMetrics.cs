using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>
/// The gateway's instruments (System.Diagnostics.Metrics), with the names of the OpenTelemetry conventions for generative AI where these exist.
/// Recorded once per request from its usage record; while nothing listens, a request costs a few reads. A time series lives as long as the process, so
/// tags never contain values that callers or providers can invent: only names of models that the catalogue lists, and at most <see cref="MaxDated"/> dated
/// names that providers have reported for them.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string MeterName = "Nano.Gateway";

    /// <summary>Dated names of models that are not listed with this date.</summary>
    private const int MaxDated = 256;

    /// <summary>The share of a budget from which a warning is counted.</summary>
    private const double BudgetWarning = 0.8;

    private const string Unknown = "unknown", Other = "other";

    /// <summary>The conventions' boundaries for seconds and tokens: the SDK's defaults are for milliseconds.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new()
        { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] };

    private static readonly InstrumentAdvice<double> Microseconds = new()
        { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] };

    private static readonly InstrumentAdvice<long> TokenCounts = new()
        { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] };

    private readonly ConcurrentDictionary<string, byte> _dated = new(StringComparer.Ordinal);
    private readonly bool _hasFormerNames;
    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Histogram<long> _usage;
    private readonly Histogram<double> _duration, _firstToken, _chunk, _overhead, _eventOverhead, _queue;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _tokens, _attempts, _losses, _budgets, _keepAlives, _refusals, _overflow, _cache;
    private int _streams;

    public GatewayMetrics(IMeterFactory meters, TelemetryOptions options, TimeProvider time)
    {
        (_hasFormerNames, _time) = (options.HasFormerNames, time);
        _meter = meters.Create(MeterName);
        _usage = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Input and output tokens of a request.", tags: null, TokenCounts);
        _duration = Histogram("gen_ai.client.operation.duration", "Duration of a request.", Seconds);
        _firstToken = Histogram("gen_ai.client.operation.time_to_first_chunk", "Time to the first content of a streamed response.", Seconds);
        _chunk = Histogram("gen_ai.client.operation.time_per_output_chunk", "Mean time between the contents of a streamed response, once per stream.", Seconds);
        _overhead = Histogram("nano.overhead", "Time from the caller's last byte to the first byte that is sent upstream.", Microseconds);
        _eventOverhead = Histogram("nano.event.overhead", "Mean time that the gateway spends on an event of a stream.", Microseconds);
        _queue = Histogram("nano.queue.duration", "Time from a request's arrival to its admission.", Microseconds);
        _cost = _meter.CreateCounter<double>("nano.cost", "{USD}", "Cost of requests whose price and usage are known.");
        _tokens = Counter("nano.tokens", "{token}", "Tokens by class.");
        _attempts = Counter("nano.attempts", "{attempt}", "Attempts, by why they were made and what came of them.");
        _losses = Counter("nano.losses", "{request}", "Requests that lost something in a conversion.");
        _budgets = Counter("nano.budget.warnings", "{request}", "Requests of callers whose fullest budget was used to 80 % or more.");
        _keepAlives = Counter("nano.keep_alives", "{message}", "Keep-alives that callers were sent in silent streams, or before whole responses.");
        _refusals = Counter("nano.refusals", "{request}", "Requests that the gateway's own limits and budgets refused.");
        _overflow = Counter("nano.telemetry.overflow", "{measurement}", "Measurements whose model has no date because there are too many dated names.");
        _cache = Counter("nano.cache.lookups", "{request}", "Look-ups in the response cache.");
        _meter.CreateObservableUpDownCounter("nano.streams.open", () => Volatile.Read(ref _streams), "{stream}", "Streams that are open.");
    }

    /// <summary>A listener wants to know how long events of streams take, which costs two timestamps per event.</summary>
    public bool MeasuresEvents => _eventOverhead.Enabled;

    /// <summary>Something wants to know how long requests wait before they are admitted.</summary>
    public bool MeasuresQueue => _queue.Enabled;

    public void StreamOpened() => Interlocked.Increment(ref _streams);

    public void StreamClosed() => Interlocked.Decrement(ref _streams);

    /// <summary>A value that is read when metrics are collected.</summary>
    public void Gauge(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, () => Read(read), unit, description);

    /// <summary>Called once per finished request.</summary>
    public void Write(UsageRecord record)
    {
        // A listener that enables any of them enables the duration.
        if (!_duration.Enabled && !_usage.Enabled && !_cost.Enabled && !_attempts.Enabled) return;
        // A name that the provider reports exists there; one that was only requested may be invented.
        var request = record.Provider is null ? Unknown : ModelTag(record.Model, record.ListedModel, isServed: record.Model == record.AnsweredModel);
        var response = record.Provider is null ? Unknown : record.AnsweredModel is { } answered ? ModelTag(answered, record.ListedAnsweredModel, isServed: true) : request;
        var tags = new TagList
        {
            { "gen_ai.operation.name", record.Operation },
            { "gen_ai.provider.name", record.ProviderName ?? Unknown },
            { "gen_ai.request.model", request },
            { "gen_ai.response.model", response },
        };
        if (_hasFormerNames) tags.Add("gen_ai.system", record.ProviderName ?? Unknown);
        if (record.Losses is not null) _losses.Add(1, tags);
        if (record.Cost is { } cost) _cost.Add((double)cost, tags);
        // No model has generated a cached response: its tokens were counted with the request that filled the cache.
        if (record.Cache == "hit") tags.Add("nano.cache", "hit");
        else
        {
            if (record.Stream && record.TimeToFirstToken is { } first)
            {
                _firstToken.Record(first / 1000, tags);
                // The conventions have one value per chunk, which would cost more than relaying it. A stream that broke off says nothing about the model's pace.
                if (record is { Outcome: RequestOutcome.Ok, ContentEvents: > 1 }) _chunk.Record((record.Duration - first) / 1000 / (record.ContentEvents - 1), tags);
            }
            if (record.Usage is { } usage) Tokens(usage, tags);
        }
        if (record.Overhead is { } overhead) _overhead.Record(overhead / 1000);
        if (record.Queued is { } queued) _queue.Record(queued / 1000);
        if (record.RelayTicks > 0 && record.ContentEvents > 0) _eventOverhead.Record(record.RelayTicks / (double)_time.TimestampFrequency / record.ContentEvents);
        if (record.Cache is { } lookup) _cache.Add(1, new KeyValuePair<string, object?>("nano.cache.result", lookup));
        if (record.KeepAlives > 0) _keepAlives.Add(record.KeepAlives);
        if (record.BudgetUsed >= BudgetWarning) _budgets.Add(1);
        foreach (var attempt in record.Attempts) Attempt(attempt);
        if (record.Outcome == RequestOutcome.Ok)
        {
            _duration.Record(record.Duration / 1000, tags);
            return;
        }
        var error = TelemetryWords.Error(record);
        if (record.ErrorKind is GatewayErrorKind.TooManyRequests or GatewayErrorKind.Overloaded || record.Error is "model_not_priced")
            _refusals.Add(1, new KeyValuePair<string, object?>("error.type", error));
        tags.Add("error.type", error);
        _duration.Record(record.Duration / 1000, tags);
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Read(Func<IEnumerable<Measurement<long>>> read)
    {
        try
        {
            return [.. read()];
        }
        catch (ObjectDisposedException)
        {
            // When the gateway ends, the last export comes after its services are disposed.
            return [];
        }
    }

    private void Tokens(Usage usage, TagList tags)
    {
        Histogram(usage.InputTokens, "input");
        Histogram(usage.OutputTokens, "output");
        if (!_tokens.Enabled) return;
        Count(usage.InputTokens, "input");
        Count(usage.OutputTokens, "output");
        Count(usage.CacheReadTokens, "cache_read");
        Count(usage.CacheWriteTokens, "cache_write");
        Count(usage.ReasoningTokens, "reasoning");

        void Histogram(long? count, string type)
        {
            if (count is not { } tokens) return;
            var typed = tags;
            typed.Add("gen_ai.token.type", type);
            _usage.Record(tokens, typed);
        }

        void Count(long? count, string type)
        {
            if (count is not > 0) return;
            var typed = tags;
            typed.Add("gen_ai.token.type", type);
            _tokens.Add(count.Value, typed);
        }
    }

    private void Attempt(AttemptRecord attempt)
    {
        if (!_attempts.Enabled) return;
        _attempts.Add(1, new TagList
        {
            { "gen_ai.provider.name", attempt.ProviderName },
            { "nano.attempt.kind", AttemptKinds.Name(attempt.Kind) },
            { "nano.attempt.outcome", attempt.Outcome },
        });
    }

    /// <summary>The name itself if it is bounded, else the listed one; a name that was a tag once remains one.</summary>
    private string ModelTag(string? name, string? listed, bool isServed)
    {
        if (listed is null || name is null) return Other;
        if (name == listed || _dated.ContainsKey(name)) return name;
        if (!isServed) return listed;
        if (_dated.Count < MaxDated && _dated.TryAdd(name, 0)) return name;
        _overflow.Add(1);
        return listed;
    }

    private Histogram<double> Histogram(string name, string description, InstrumentAdvice<double> advice) => _meter.CreateHistogram(name, "s", description, tags: null, advice);

    private Counter<long> Counter(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);
}
