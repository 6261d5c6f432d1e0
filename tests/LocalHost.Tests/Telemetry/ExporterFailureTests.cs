using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Export;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing;
using OpenTelemetry.Logs;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>A collector that is down, refuses, or hangs costs no request: undelivered items are dropped, counted and logged.</summary>
[Collection(ExportCollection.Name)]
public sealed class ExporterFailureTests
{
    private const int Requests = 40;

    public static TheoryData<string, string> Failures
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var exporter in (string[])["http/protobuf", "grpc", "azuremonitor"])
            {
                foreach (var collector in (string[])["down", "refusing", "unavailable", "hanging"]) cases.Add(exporter, collector);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Requests_are_served_and_what_was_dropped_is_counted(string exporter, string collector)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var closed = new ClosedPort();
        using var end = new CancellationTokenSource();
        receiver.Respond = collector switch
        {
            "hanging" => async context =>
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, context.RequestAborted);
                await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return 503;
            },
            "unavailable" => static _ => Task.FromResult(503),
            _ => static _ => Task.FromResult(400),
        };
        var address = collector == "down" ? closed.Address : exporter == "grpc" ? receiver.Grpc : receiver.Http;
        var dropped = new Drops();
        await using (var gateway = await StartAsync(exporter, address,
            ("OTEL_BSP_MAX_QUEUE_SIZE", "4"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"), ("OTEL_BSP_SCHEDULE_DELAY", "10"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "4"),
            ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "2"), ("OTEL_BLRP_SCHEDULE_DELAY", "10"), ("OTEL_METRIC_EXPORT_INTERVAL", "50")))
        {
            using var listener = dropped.Listen(gateway.Services);
            for (var i = 0; i < Requests; i++) (await gateway.ChatAsync("one/m")).Status.ShouldBe(HttpStatusCode.OK);
            // While the first batch hangs, the queue is full. Metrics have none.
            (string, string)[] expected = collector == "hanging" ? [("traces", "queue_full"), ("logs", "queue_full")]
                : [("traces", "export_failed"), ("logs", "export_failed"), ("metrics", "export_failed")];
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (!expected.All(dropped.Has)) await Task.Delay(20, limit.Token);
            gateway.Services.GetRequiredService<ExportCounts>().Dropped.ShouldBeGreaterThan(0);
            await end.CancelAsync();
        }
        receiver.Received.Bodies.ShouldBeEmpty();
    }

    /// <summary>Application Insights may accept a part of a batch, which its exporter reports like a failure of all.</summary>
    [Fact]
    public async Task What_is_refused_of_a_batch_is_counted()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Respond = static _ => Task.FromResult(206);
        // Nothing is exported but by the flush.
        await using var gateway = await StartAsync("azuremonitor", receiver.Http, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "600000"));
        for (var i = 0; i < 3; i++) (await gateway.ChatAsync("one/m")).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Services.GetRequiredService<LoggerProvider>().ForceFlush().ShouldBeTrue();
        gateway.Services.GetRequiredService<ExportCounts>().Dropped.ShouldBe(1);
    }

    private static async Task<RoutingGateway> StartAsync(string exporter, string address, params (string Name, string Value)[] more)
    {
        var gateway = await RoutingGateway.StartAsync("""
            "models": {}
            """, more:
        [
            .. exporter == "azuremonitor" ? [("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={address}/"),
                ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true")]
                : ((string, string)[])[("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_EXPORTER_OTLP_PROTOCOL", exporter), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")],
            .. more,
        ]);
        gateway.Answer(_ => Responses.Whole());
        return gateway;
    }

    /// <summary>The signals and reasons that the gateway's counter has had.</summary>
    private sealed class Drops
    {
        private readonly ConcurrentDictionary<(string? Signal, string? Reason), bool> _seen = new();

        public bool Has((string Signal, string Reason) drop) => _seen.ContainsKey(drop);

        public MeterListener Listen(IServiceProvider services)
        {
            var own = services.GetRequiredService<IMeterFactory>();
            var listener = new MeterListener
            {
                InstrumentPublished = (instrument, listener) =>
                {
                    if (instrument.Meter.Scope == own && instrument.Name == "nano.telemetry.dropped") listener.EnableMeasurementEvents(instrument);
                },
            };
            listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _seen[((string?)tags[0].Value, (string?)tags[1].Value)] = true);
            listener.Start();
            return listener;
        }
    }

    /// <summary>The last batch is sent on a thread of the exporter's own, where an exception would end the process.</summary>
    [Fact]
    public void What_is_dropped_after_the_services_have_ended_is_counted()
    {
        var services = new ServiceCollection().AddLogging().AddMetrics().BuildServiceProvider();
        var counts = new ExportCounts(services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<ILoggerFactory>, TimeProvider.System);
        services.Dispose();
        counts.Drop("traces", "export_failed", 3);
        counts.Dropped.ShouldBe(3);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "ftp://host", "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "secret-value", "must contain InstrumentationKey=")]
    [InlineData("METRICS_ENDPOINT", "yes", "METRICS_ENDPOINT must be key or open")]
    public void A_setting_that_cannot_be_used_is_reported_at_the_start_and_not_repeated(string name, string value, string complaint)
    {
        var complaints = new List<string>();
        LocalHostApp.Build(new Dictionary<string, string> { [name] = value, ["PORT"] = "0" }, complaints.Add).ShouldBeNull();
        complaints.ShouldHaveSingleItem().ShouldContain(complaint);
        if (value.Contains("secret", StringComparison.Ordinal)) complaints[0].ShouldNotContain(value);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4317", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317;OTEL_SDK_DISABLED=true", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT= ", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4317;OTEL_TRACES_EXPORTER=none", false, false)]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING=InstrumentationKey=x", false, true)]
    // The Functions host already exports to it.
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING=InstrumentationKey=x", true, false)]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING=InstrumentationKey=x;OTEL_TRACES_EXPORTER=azuremonitor", true, true)]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING=InstrumentationKey=x;OTEL_LOGS_EXPORTER=azuremonitor", true, true)]
    public void Nothing_is_loaded_without_a_setting_that_asks_for_it(string settings, bool isFunctions, bool isAsked)
    {
        var values = settings.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        new ExportSettings(values, isFunctions, scrape: null).IsAsked.ShouldBe(isAsked);
    }
}
