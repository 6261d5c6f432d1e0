using Microsoft.Extensions.DependencyInjection;
using Nano.Errors;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using OpenTelemetry.Metrics;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>
/// With delta temporality the SDK frees a tag combination an interval late, and sums all combinations above the limit of an interval into one
/// overflow point (findings/opentelemetry-overflow.sh).
/// </summary>
[Collection(ExportCollection.Name)]
public sealed class CardinalityTests
{
    private const int Models = 480, Errors = 4, Intervals = 4;

    /// <summary>Each interval has nearly 2,000 combinations, and none of those of the interval before.</summary>
    [Fact]
    public async Task Intervals_whose_tags_all_change_lose_nothing_to_overflow()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var gateway = await RoutingGateway.StartAsync("\"models\": {}", more:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Grpc), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"),
        ]);
        var telemetry = gateway.Services.GetRequiredService<GatewayTelemetry>();
        var meters = gateway.Services.GetRequiredService<MeterProvider>();
        for (var interval = 0; interval < Intervals; interval++)
        {
            var before = collector.Received.Bodies.Count();
            for (var i = 0; i < Models * Errors; i++)
                telemetry.Write(new UsageRecord
                {
                    RequestId = "r", Dialect = "openai-chat", Caller = "owner", StartedAt = default, Outcome = RequestOutcome.Failed, Duration = 1,
                    Provider = "openai", Model = $"m{i % Models}", AnsweredModel = $"m{i % Models}", IsKnownModel = true,
                    Error = $"code_{interval}_{i / Models}", ErrorKind = GatewayErrorKind.InvalidRequest,
                });
            meters.ForceFlush().ShouldBeTrue();
            var points = collector.Received.Metrics.Where(metric => metric.Text(1) == "gen_ai.client.operation.duration").Last().Message(9)!.Messages(1).ToList();
            collector.Received.Bodies.Count().ShouldBeGreaterThan(before);
            points.Count.ShouldBe(Models * Errors, $"interval {interval}");
            points.ShouldAllBe(point => point.Number(4) == 1);
            points.SelectMany(point => point.Attributes(9)).ShouldNotContain(attribute => attribute.StartsWith("otel.metric.overflow", StringComparison.Ordinal));
        }
    }
}
