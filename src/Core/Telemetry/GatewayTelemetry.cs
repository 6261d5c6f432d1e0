using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>
/// The one seam through which usage leaves the gateway: a structured log line, the panel's list of recent requests and, under the OpenTelemetry GenAI names
/// (semantic conventions for generative AI metrics), System.Diagnostics.Metrics.
/// </summary>
internal sealed partial class GatewayTelemetry : IDisposable
{
    public const string MeterName = "Nano.Gateway";

    /// <summary>
    /// A time series lives as long as the process, so tags never contain values that callers or providers can invent: only models of
    /// the catalogue, and at most this many of their names (snapshots have dates).
    /// </summary>
    private const int MaxModels = 512;

    private readonly ConcurrentDictionary<string, byte> _models = new(StringComparer.Ordinal);
    private readonly RecentRequests? _recent;
    private readonly ILogger _log;
    private readonly Meter _meter;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _losses;

    /// <param name="recent">Receives every record; null if there is no panel.</param>
    public GatewayTelemetry(ILoggerFactory loggers, IMeterFactory meters, RecentRequests? recent = null)
    {
        _recent = recent;
        _log = loggers.CreateLogger("Nano.Usage");
        _meter = meters.Create(MeterName);
        _tokens = _meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Input and output tokens of a request.");
        _duration = _meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of a request.");
        _firstToken = _meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "Time to the first content of a response.");
        _cost = _meter.CreateCounter<double>("nano.cost", "{USD}", "Cost of requests whose price and usage are known.");
        _losses = _meter.CreateCounter<long>("nano.losses", "{request}", "Requests of which something could not be carried across dialects.");
    }

    /// <summary>Writes one finished request. Called once per request, by the pipeline.</summary>
    public void Write(UsageRecord record)
    {
        if (_log.IsEnabled(LogLevel.Information)) Log(record);
        Measure(record);
        _recent?.Add(record);
    }

    public void Dispose() => _meter.Dispose();

    private void Measure(UsageRecord record)
    {
        if (!_duration.Enabled && !_tokens.Enabled && !_firstToken.Enabled && !_cost.Enabled && !_losses.Enabled) return;
        var tags = new TagList
        {
            { "gen_ai.operation.name", record.Operation },
            { "gen_ai.provider.name", record.Provider ?? "unknown" },
            { "gen_ai.request.model", record.Provider is null ? "unknown" : ModelTag(record, record.Model) },
            { "gen_ai.response.model", record.Provider is null ? "unknown" : ModelTag(record, record.AnsweredModel ?? record.Model) },
        };
        if (record.Losses is not null) _losses.Add(1, tags);
        if (record.Cost is { } cost) _cost.Add((double)cost, tags);
        if (record.TimeToFirstToken is { } first) _firstToken.Record(first / 1000, tags);
        if (record.Usage is { } usage)
        {
            Tokens(usage.InputTokens, "input", tags);
            Tokens(usage.OutputTokens, "output", tags);
        }
        if (record.Outcome != RequestOutcome.Ok) tags.Add("error.type", ErrorTag(record));
        _duration.Record(record.Duration / 1000, tags);
    }

    private string ModelTag(UsageRecord record, string? model)
    {
        if (!record.IsKnownModel || model is null) return "other";
        if (_models.ContainsKey(model)) return model;
        return _models.Count < MaxModels && _models.TryAdd(model, 0) ? model : "other";
    }

    /// <summary>The gateway has few codes of its own; a provider's error is tagged by its kind.</summary>
    private static string ErrorTag(UsageRecord record) =>
        record.ErrorKind is >= GatewayErrorKind.ProviderRejected and var kind ? GatewayErrorKinds.Word(kind) : record.Error ?? GatewayErrorKinds.Snake(record.Outcome.ToString());

    private void Tokens(long? count, string type, TagList tags)
    {
        if (count is not { } tokens) return;
        tags.Add("gen_ai.token.type", type);
        _tokens.Record(tokens, tags);
    }

    private void Log(UsageRecord r) => Log(
        _log, r.RequestId, r.Operation, r.Provider, r.Model, r.AnsweredModel, r.Dialect, r.UpstreamDialect, r.Stream, r.Status, r.Outcome, r.Finish, r.Error,
        r.Usage?.InputTokens, r.Usage?.OutputTokens, r.Usage?.CacheReadTokens, r.Usage?.CacheWriteTokens, r.Usage?.ReasoningTokens,
        r.Cost, r.ContentEvents, r.Sends, r.TimeToFirstToken, r.Duration, r.Losses, r.Caller, r.Alias, r.Tried);

    [LoggerMessage(1, LogLevel.Information,
        "usage id={RequestId} operation={Operation} provider={Provider} model={Model} answered={AnsweredModel} dialect={Dialect} upstream_dialect={UpstreamDialect} stream={Stream} status={Status} outcome={Outcome} finish={Finish} error={Error} input={InputTokens} output={OutputTokens} cache_read={CacheReadTokens} cache_write={CacheWriteTokens} reasoning={ReasoningTokens} cost_usd={Cost} events={ContentEvents} attempts={Attempts} first_token_ms={TimeToFirstToken} duration_ms={Duration} loss={Losses} caller={Caller} alias={Alias} tried={Tried}")]
    private static partial void Log(
        ILogger logger, string requestId, string operation, string? provider, string? model, string? answeredModel, string dialect, string? upstreamDialect, bool stream, int status,
        RequestOutcome outcome, FinishReason finish, string? error, long? inputTokens, long? outputTokens, long? cacheReadTokens,
        long? cacheWriteTokens, long? reasoningTokens, decimal? cost, int contentEvents, int attempts, double? timeToFirstToken,
        double duration, string? losses, string caller, string? alias, string? tried);
}
