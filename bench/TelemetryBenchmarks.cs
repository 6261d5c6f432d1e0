using System.Diagnostics;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nano.Chat;
using Nano.Telemetry;

namespace Nano.Bench;

/// <summary>
/// What telemetry adds to a request while nothing is exported, and with listeners that take everything and do nothing with it: the cost without the
/// exporter's own work.
/// </summary>
[MinColumn]
public class TelemetryBenchmarks
{
    private static readonly Uri Address = new("https://api.example.com/v1/chat/completions");

    private readonly TimeProvider _time = TimeProvider.System;
    private ServiceProvider? _services;
    private GatewayTelemetry? _telemetry;
    private ActivityListener? _spans;
    private MeterListener? _metrics;
    private UsageRecord? _record;
    private bool _measuresEvents;

    [Params(false, true)]
    public bool HasListeners { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        if (HasListeners) Listen();
        _telemetry = new GatewayTelemetry(NullLoggerFactory.Instance, _services.GetRequiredService<IMeterFactory>(), new RecentRequests());
        _measuresEvents = _telemetry.Metrics.MeasuresEvents;
        var usage = new Usage { InputTokens = 100, OutputTokens = 80 };
        _record = new UsageRecord
        {
            RequestId = "0123456789abcdef", Dialect = "openai-chat", UpstreamDialect = "openai-chat", Caller = "owner", Provider = "openai",
            Model = "gpt-4o", ListedModel = "gpt-4o", AnsweredModel = "gpt-4o", ListedAnsweredModel = "gpt-4o",
            StartedAt = _time.GetUtcNow(), Status = 200, Outcome = RequestOutcome.Ok, Finish = FinishReason.Stop, Usage = usage, Cost = 0.001m,
            Overhead = 0.1, Queued = 0.01, Duration = 1,
        };
        _record.Attempts.Add(new AttemptRecord
        {
            Provider = "openai", Model = "gpt-4o", ResponseModel = "gpt-4o", Dialect = "openai-chat", Sends = 1, IsCommitted = true,
            Finish = FinishReason.Stop, Usage = usage, Duration = 1,
        });
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _telemetry?.Dispose();
        _metrics?.Dispose();
        _spans?.Dispose();
        _services?.Dispose();
    }

    /// <summary>A request with one attempt: its spans and its usage record.</summary>
    [Benchmark(Baseline = true)]
    public bool Request()
    {
        var span = Begin();
        if (span is not null) Attempt(span);
        _telemetry!.Write(_record!);
        span?.End(_record!);
        return span is not null;
    }

    [Benchmark]
    public bool Spans()
    {
        var span = Begin();
        if (span is null) return false;
        Attempt(span);
        span.End(_record!);
        return true;
    }

    /// <summary>The metrics and the panel's list of recent requests.</summary>
    [Benchmark]
    public void Record() => _telemetry!.Write(_record!);

    /// <summary>As often as a stream is begun and ended.</summary>
    [Benchmark]
    public bool Stream()
    {
        _telemetry!.Metrics.StreamOpened();
        _telemetry.Metrics.StreamClosed();
        return _telemetry.Metrics.MeasuresEvents;
    }

    /// <summary>One read of a stream, as the relay measures it.</summary>
    [Benchmark]
    public long Read()
    {
        var received = 0L;
        if (_measuresEvents) received = _time.GetTimestamp();
        if (_measuresEvents) received = Measure(received);
        if (_measuresEvents) Measure(received);
        return received;
    }

    private ExchangeSpan? Begin() =>
        ExchangeSpan.Begin(_telemetry!.Options, "POST", ExchangeSpan.RouteOf("/v1/chat/completions", ""), traceparent: null, tracestate: null);

    private void Attempt(ExchangeSpan span)
    {
        var attempt = _record!.Attempts[0];
        if (span.BeginAttempt(attempt, "chat", Address, beside: null) is { } client) span.EndAttempt(client, attempt, _record, isStream: false, endedBy: null);
    }

    private long Measure(long since)
    {
        var now = _time.GetTimestamp();
        _record!.RelayTicks += now - since;
        return now;
    }

    private void Listen()
    {
        _spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ExchangeSpan.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_spans);
        _metrics = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == GatewayMetrics.MeterName) self.EnableMeasurementEvents(instrument);
            },
        };
        _metrics.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _metrics.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _metrics.Start();
    }
}
