using System.Diagnostics.Metrics;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Secrets;
using Nano.Telemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Signal = Nano.Telemetry.ExportSettings.Signal;

namespace Nano.Export;

/// <summary>
/// Exports the gateway's spans, metrics and log entries, with OTLP, to Azure Monitor and for Prometheus. Loaded only if a setting requires it
/// (<see cref="ExportSettings.IsAsked"/>). Queues are bounded, and no request waits for them.
/// </summary>
public static class TelemetryExport
{
    /// <summary>Tag combinations of one instrument. The gateway limits models, error types and operations, so that an interval has less than half of it.</summary>
    private const int CardinalityLimit = 4000;

    public static void Add(IServiceCollection services, ExportSettings settings)
    {
        services.AddSingleton(s => new ExportCounts(s.GetRequiredService<IMeterFactory>(), s.GetRequiredService<ILoggerFactory>, s.GetRequiredService<TimeProvider>()));
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => ServiceResource.Describe(resource, settings));
        if (settings.HasOtlp(Signal.Traces) || settings.HasAzureMonitor(Signal.Traces)) telemetry.WithTracing(traces => Trace(traces, settings));
        if (settings.Scrape is not null || settings.HasOtlp(Signal.Metrics) || settings.HasAzureMonitor(Signal.Metrics))
        {
            telemetry.WithMetrics(metrics => Measure(metrics, settings));
            services.AddSingleton<IStartupFilter, ArrivalFilter>();
        }
        if (settings.HasOtlp(Signal.Logs) || settings.HasAzureMonitor(Signal.Logs))
            telemetry.WithLogging(logs => Log(logs, settings), options => options.IncludeFormattedMessage = true);
        // What arrives in Application Insights from here would arrive from the Functions host a second time.
        if (settings.HasHostTelemetry && settings.HasAzureMonitor(Signal.Logs)) services.Configure<LoggerFilterOptions>(KeepFromHost);
    }

    /// <summary>The worker's provider of loggers is internal to its package; a test fails when it has another name.</summary>
    private static void KeepFromHost(LoggerFilterOptions options)
    {
        const string host = "Microsoft.Azure.Functions.Worker.Logging.WorkerLoggerProvider";
        options.Rules.Add(new LoggerFilterRule(host, null, LogLevel.None, null));
        // The last line of a worker that stops shows that its queue of messages to the host is empty.
        options.Rules.Add(new LoggerFilterRule(host, "Nano.Functions", LogLevel.Information, null));
        options.Rules.Add(new LoggerFilterRule(typeof(OpenTelemetryLoggerProvider).FullName, "Nano.Functions", LogLevel.None, null));
    }

    private static void Trace(TracerProviderBuilder traces, ExportSettings settings)
    {
        traces.AddSource(ExchangeSpan.SourceName);
        if (settings.HasOtlp(Signal.Traces))
        {
            traces.AddProcessor(services => new SpanQueue(new(
                new OtlpTraceExporter(OtlpOptions.Of(settings, Signal.Traces)), "traces", QueueLimits.Of(settings, "OTEL_BSP_"), services.GetRequiredService<ExportCounts>())));
        }
        if (settings.HasAzureMonitor(Signal.Traces))
        {
            // The Functions host sends each call as a request already.
            if (settings.HasHostTelemetry) traces.AddProcessor(new WithoutServerSpans());
            traces.AddAzureMonitorTraceExporter(options =>
            {
                Configure(options, settings);
                // Measured from all server spans, also from those that it does not send.
                options.EnableStandardMetrics = options.EnablePerformanceCounters = !settings.HasHostTelemetry;
            });
        }
        // After the Azure Monitor exporter, which sets its own sampler (about 5 traces a second by default).
        traces.SetSampler(Samplers.Of(settings));
    }

    private static void Measure(MeterProviderBuilder metrics, ExportSettings settings)
    {
        metrics.AddMeter(GatewayMetrics.MeterName, ExportCounts.MeterName);
        // Meters are found by their names in the whole process. Those of another gateway in it must not share a series with this one: their end would end them here.
        ((IDeferredMeterProviderBuilder)metrics).Configure(static (services, builder) =>
        {
            var own = services.GetRequiredService<IMeterFactory>();
            builder.AddView(instrument => instrument.Meter.Scope == own ? new MetricStreamConfiguration { CardinalityLimit = CardinalityLimit } : MetricStreamConfiguration.Drop);
        });
        if (settings.HasOtlp(Signal.Metrics))
        {
            metrics.AddReader(services => new PeriodicExportingMetricReader(
                new CountedExporter<Metric>(new OtlpMetricExporter(OtlpOptions.Of(settings, Signal.Metrics)), "metrics", services.GetRequiredService<ExportCounts>()),
                settings.Number("OTEL_METRIC_EXPORT_INTERVAL", 60_000), settings.Number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000))
            {
                TemporalityPreference = settings.Otlp(Signal.Metrics, "TEMPORALITY_PREFERENCE")?.ToUpperInvariant() is "DELTA" or "LOWMEMORY"
                    ? MetricReaderTemporalityPreference.Delta : MetricReaderTemporalityPreference.Cumulative,
            });
        }
        if (settings.HasAzureMonitor(Signal.Metrics)) metrics.AddAzureMonitorMetricExporter(options => Configure(options, settings));
        if (settings.Scrape is not null) metrics.AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);
    }

    private static void Log(LoggerProviderBuilder logs, ExportSettings settings)
    {
        // First: the exporters see its changes.
        logs.AddProcessor(new UsageAttributes());
        if (settings.HasOtlp(Signal.Logs))
        {
            logs.AddProcessor(services => new LogQueue(new(
                new OtlpLogExporter(OtlpOptions.Of(settings, Signal.Logs)), "logs", QueueLimits.Of(settings, "OTEL_BLRP_"), services.GetRequiredService<ExportCounts>())));
        }
        if (settings.HasAzureMonitor(Signal.Logs)) logs.AddAzureMonitorLogExporter(options => Configure(options, settings));
    }

    private static void Configure(AzureMonitorExporterOptions options, ExportSettings settings)
    {
        options.ConnectionString = settings.Value(ExportSettings.ConnectionString);
        // The gateway's own sampler decides. Without this, the default rate overrides a ratio.
        options.TracesPerSecond = null;
        options.SamplingRatio = 1;
        options.EnableLiveMetrics = false;
        options.EnableTraceBasedLogsSampler = false;
        // The format of Azure Functions: ClientId=...;Authorization=AAD. The client id is also DefaultAzureCredential's setting.
        if (settings.Value(ExportSettings.Authentication)?.Contains("Authorization=AAD", StringComparison.OrdinalIgnoreCase) == true)
            options.Credential = AzureSignIn.Create(settings.HasHostTelemetry);
    }
}
