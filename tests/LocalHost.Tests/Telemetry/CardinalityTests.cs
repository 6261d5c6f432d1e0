using Microsoft.Extensions.DependencyInjection;
using Nano.Errors;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing.Upstream;
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

    /// <summary>Callers invent dates of known models, which the provider does not have, and a provider reports names that it invents.</summary>
    [Fact]
    public async Task Invented_names_take_none_from_models_that_are_used()
    {
        await using var gateway = await RoutingGateway.StartAsync("\"models\": {}", providers: upstream => $$"""
            , "four": { "type": "openai", "base_url": "{{upstream}}/four/v1", "key": "FOUR_API_KEY" },
            "five": { "type": "anthropic", "base_url": "{{upstream}}/five", "key": "FIVE_API_KEY" }
            """, more: [("FOUR_API_KEY", "four"), ("FIVE_API_KEY", "five"), ("METRICS_ENDPOINT", "open")]);
        var day = new DateOnly(2020, 1, 1);
        gateway.Answer(_ => Routing.Responses.Error(404, "model_not_found"));
        for (var i = 0; i < 600; i++) ((int)(await gateway.ChatAsync($"four/gpt-4o-{day.AddDays(i):yyyy-MM-dd}")).Status).ShouldBe(404);
        for (var i = 0; i < 600; i++)
        {
            var name = $"invented-{i}";
            gateway.Answer(_ => UpstreamScript.Json($$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{name}}}","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
            ((int)(await gateway.ChatAsync("four/gpt-4o")).Status).ShouldBe(200);
        }
        gateway.Answer(_ => UpstreamScript.Json("""
            {"id":"m","type":"message","role":"assistant","model":"claude-haiku-5-5-20261001","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1} }
            """));
        ((int)(await gateway.ChatAsync("five/claude-haiku-5-5")).Status).ShouldBe(200);

        var page = await gateway.Client.GetStringAsync("/metrics");
        var series = page.Split('\n').Where(line => line.StartsWith("gen_ai_client_operation_duration_seconds_count", StringComparison.Ordinal)).ToList();
        series.ShouldContain(line => line.Contains("gen_ai_request_model=\"claude-haiku-5-5\",gen_ai_response_model=\"claude-haiku-5-5-20261001\"", StringComparison.Ordinal));
        series.ShouldContain(line => line.Contains("gen_ai_request_model=\"gpt-4o\",gen_ai_response_model=\"other\"", StringComparison.Ordinal) && line.EndsWith(" 600", StringComparison.Ordinal));
        series.Count.ShouldBe(3, string.Join('\n', series));
        page.ShouldNotContain("nano_telemetry_overflow_total{");
    }

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
                    Provider = "openai", Model = $"m{i % Models}", AnsweredModel = $"m{i % Models}",
                    ListedModel = $"m{i % Models}", ListedAnsweredModel = $"m{i % Models}",
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
