using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Secrets;
using Nano.Telemetry;
using OpenTelemetry;
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

    /// <summary>The default of OTLP. That of Azure Monitor is 100 seconds, in which its queue fills.</summary>
    private static readonly TimeSpan IngestionTimeout = TimeSpan.FromSeconds(10);

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
        // First: it changes a span's flags for a moment, and marks it for the ingestion, which would measure it again.
        if (settings.HasAzureMonitor(Signal.Traces) && !settings.HasHostTelemetry) StandardMetrics.Add(traces, options => Configure(options, settings));
        if (settings.HasOtlp(Signal.Traces)) AddQueue(() => new OtlpTraceExporter(OtlpOptions.Of(settings, Signal.Traces)));
        if (settings.HasAzureMonitor(Signal.Traces))
        {
            // The Functions host sends each call as a request already.
            if (settings.HasHostTelemetry) traces.AddProcessor(new WithoutServerSpans());
            AddQueue(() => new AzureMonitorTraceExporter(AzureMonitor(settings)));
        }
        // After the package of Azure Monitor, which sets its own sampler (about 5 traces a second by default).
        traces.SetSampler(Samplers.Of(settings));

        void AddQueue(Func<BaseExporter<Activity>> exporter) => traces.AddProcessor(services =>
            new SpanQueue(new(exporter(), "traces", QueueLimits.Of(settings, "OTEL_BSP_"), services.GetRequiredService<ExportCounts>())));
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
            AddReader(() => new OtlpMetricExporter(OtlpOptions.Of(settings, Signal.Metrics)),
                settings.Otlp(Signal.Metrics, "TEMPORALITY_PREFERENCE")?.ToUpperInvariant() is "DELTA" or "LOWMEMORY"
                    ? MetricReaderTemporalityPreference.Delta : MetricReaderTemporalityPreference.Cumulative);
        }
        // Application Insights adds the values of intervals up.
        if (settings.HasAzureMonitor(Signal.Metrics)) AddReader(() => new AzureMonitorMetricExporter(AzureMonitor(settings)), MetricReaderTemporalityPreference.Delta);
        if (settings.Scrape is not null) metrics.AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);

        void AddReader(Func<BaseExporter<Metric>> exporter, MetricReaderTemporalityPreference temporality) => metrics.AddReader(services =>
            new PeriodicExportingMetricReader(new CountedExporter<Metric>(exporter(), "metrics", services.GetRequiredService<ExportCounts>()),
                settings.Number("OTEL_METRIC_EXPORT_INTERVAL", 60_000), settings.Number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000)) { TemporalityPreference = temporality });
    }

    private static void Log(LoggerProviderBuilder logs, ExportSettings settings)
    {
        // First: the exporters see its changes.
        logs.AddProcessor(new UsageAttributes());
        if (settings.HasOtlp(Signal.Logs)) AddQueue(() => new OtlpLogExporter(OtlpOptions.Of(settings, Signal.Logs)));
        if (settings.HasAzureMonitor(Signal.Logs)) AddQueue(() => new AzureMonitorLogExporter(AzureMonitor(settings)));

        void AddQueue(Func<BaseExporter<LogRecord>> exporter) => logs.AddProcessor(services =>
            new LogQueue(new(exporter(), "logs", QueueLimits.Of(settings, "OTEL_BLRP_"), services.GetRequiredService<ExportCounts>())));
    }

    private static AzureMonitorExporterOptions AzureMonitor(ExportSettings settings)
    {
        var options = new AzureMonitorExporterOptions();
        Configure(options, settings);
        return options;
    }

    /// <summary>The same for all signals: the exporters of one connection string share the client that the first of them makes.</summary>
    private static void Configure(AzureMonitorExporterOptions options, ExportSettings settings)
    {
        options.ConnectionString = settings.Value(ExportSettings.ConnectionString);
        // The gateway's own sampler decides. Without this, the default rate overrides a ratio.
        options.TracesPerSecond = null;
        options.SamplingRatio = 1;
        options.EnableLiveMetrics = false;
        // By default, it writes what it could not send to files, and reports success. Prompts, if they are captured, would be among it.
        options.DisableOfflineStorage = true;
        options.Retry.NetworkTimeout = IngestionTimeout;
        options.AddPolicy(new PartialSuccess(), HttpPipelinePosition.PerCall);
        // The format of Azure Functions: ClientId=...;Authorization=AAD. The client id is also DefaultAzureCredential's setting.
        if (settings.Value(ExportSettings.Authentication)?.Contains("Authorization=AAD", StringComparison.OrdinalIgnoreCase) == true)
            options.Credential = AzureSignIn.Create(settings.HasHostTelemetry);
    }
}
