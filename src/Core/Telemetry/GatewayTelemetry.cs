using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Nano.Chat;

namespace Nano.Telemetry;

/// <summary>
/// The only exit of usage data from the gateway: a structured log entry, the panel's list of recent requests, and metrics (<see cref="GatewayMetrics"/>).
/// Spans are created where the work is done (<see cref="ExchangeSpan"/>), as <see cref="Options"/> require.
/// </summary>
internal sealed partial class GatewayTelemetry : IDisposable
{
    private readonly RecentRequests? _recent;
    private readonly ILogger _log;

    /// <param name="recent">Receives every record; null if there is no panel.</param>
    public GatewayTelemetry(ILoggerFactory loggers, IMeterFactory meters, RecentRequests? recent = null, TelemetryOptions? options = null, TimeProvider? time = null)
    {
        _recent = recent;
        _log = loggers.CreateLogger("Nano.Usage");
        Options = options ?? TelemetryOptions.Default;
        Metrics = new GatewayMetrics(meters, Options, time ?? TimeProvider.System);
    }

    public TelemetryOptions Options { get; }

    public GatewayMetrics Metrics { get; }

    /// <summary>Writes one finished request. Called once per request, by the pipeline.</summary>
    public void Write(UsageRecord record)
    {
        if (_log.IsEnabled(LogLevel.Information)) Log(record);
        Metrics.Write(record);
        _recent?.Add(record);
    }

    public void Dispose() => Metrics.Dispose();

    private void Log(UsageRecord r) => Log(
        _log, r.RequestId, r.Operation, r.Provider, LogField.Of(r.Model), LogField.Of(r.AnsweredModel), r.Dialect, r.UpstreamDialect, r.Stream, r.Status, r.Outcome, r.Finish,
        LogField.Of(r.Error),
        r.Usage?.InputTokens, r.Usage?.OutputTokens, r.Usage?.CacheReadTokens, r.Usage?.CacheWriteTokens, r.Usage?.ReasoningTokens,
        r.Cost, r.ContentEvents, r.Sends, r.TimeToFirstToken, r.Duration, LogField.Of(r.Losses), r.Caller, LogField.Of(r.Alias), LogField.Of(r.Tried), r.TraceId, r.Overhead,
        LogField.Of(r.Team), r.BudgetUsed, r.Cache, r.Outcome == RequestOutcome.Ok ? null : TelemetryWords.Error(r));

    /// <param name="errorType">As on spans. An attribute only: the text has the code.</param>
    [LoggerMessage(1, LogLevel.Information,
        "usage id={RequestId} operation={Operation} provider={Provider} model={Model} answered={AnsweredModel} dialect={Dialect} upstream_dialect={UpstreamDialect} stream={Stream} status={Status} outcome={Outcome} finish={Finish} error={Error} input={InputTokens} output={OutputTokens} cache_read={CacheReadTokens} cache_write={CacheWriteTokens} reasoning={ReasoningTokens} cost_usd={Cost} events={ContentEvents} attempts={Attempts} first_token_ms={TimeToFirstToken} duration_ms={Duration} loss={Losses} caller={Caller} alias={Alias} tried={Tried} trace={TraceId} overhead_ms={Overhead} team={Team} budget_used={BudgetUsed} cache={Cache}")]
#pragma warning disable SYSLIB1015 // The last one is an attribute only.
    private static partial void Log(
        ILogger logger, string requestId, string operation, string? provider, string? model, string? answeredModel, string dialect, string? upstreamDialect, bool stream,
        int status,
        RequestOutcome outcome, FinishReason finish, string? error, long? inputTokens, long? outputTokens, long? cacheReadTokens,
        long? cacheWriteTokens, long? reasoningTokens, decimal? cost, int contentEvents, int attempts, double? timeToFirstToken,
        double duration, string? losses, string caller, string? alias, string? tried, string? traceId, double? overhead, string? team, double? budgetUsed, string? cache,
        string? errorType);
#pragma warning restore SYSLIB1015
}
