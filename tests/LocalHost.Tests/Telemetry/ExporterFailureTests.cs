using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Export;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>A collector that is down, refuses, or hangs costs no request: undelivered items are dropped, counted and logged.</summary>
[Collection(ExportCollection.Name)]
public sealed class ExporterFailureTests
{
    private const int Requests = 40;

    [Theory]
    [InlineData("down")]
    [InlineData("refusing")]
    [InlineData("hanging")]
    public async Task Requests_are_served_and_what_was_dropped_is_counted(string collector)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var closed = new ClosedPort();
        using var end = new CancellationTokenSource();
        receiver.Respond = collector == "hanging" ? async context =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, context.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 503;
        } : static _ => Task.FromResult(400);
        ExportCounts? counts = null;
        await using (var gateway = await RoutingGateway.StartAsync("""
            "models": {}
            """, more:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector == "down" ? closed.Address : receiver.Http), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "4"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"), ("OTEL_BSP_SCHEDULE_DELAY", "10"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "4"),
            ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "2"),
        ]))
        {
            gateway.Answer(_ => Responses.Whole());
            for (var i = 0; i < Requests; i++) (await gateway.ChatAsync("one/m")).Status.ShouldBe(HttpStatusCode.OK);
            counts = gateway.Services.GetRequiredService<ExportCounts>();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (counts.Dropped == 0) await Task.Delay(20, limit.Token);
            await end.CancelAsync();
        }
        counts.Dropped.ShouldBeGreaterThan(0);
        receiver.Received.Bodies.ShouldBeEmpty();
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
