using System.Globalization;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>What the Azure Monitor exporter actually sends to an ingestion endpoint on loopback: the columns that the workbook and docs/azure.md query.</summary>
[Collection(ExportCollection.Name)]
public sealed class AzureMonitorTests
{
    private const int Requests = 30;

    [Fact]
    public async Task Every_request_arrives_with_its_dependency_and_its_usage_record()
    {
        await using var ingestion = await OtlpReceiver.StartAsync();
        await using (var gateway = await StartAsync(ingestion))
        {
            gateway.Answer(_ => Responses.Whole("planted-answer-9923"));
            for (var i = 0; i < Requests; i++) await gateway.ChatAsync("one/m");
        }
        // All requests of a burst: the exporter's default keeps about 5 traces a second.
        Of("Request").Count.ShouldBe(Requests);
        Of("RemoteDependency").Count.ShouldBe(Requests);
        var request = Of("Request")[0].GetProperty("data").GetProperty("baseData");
        (request.GetProperty("name").GetString(), request.GetProperty("responseCode").GetString(),
            request.GetProperty("success").GetBoolean()).ShouldBe(("POST /v1/chat/completions", "200", true));
        var dependency = Of("RemoteDependency")[0].GetProperty("data").GetProperty("baseData");
        (dependency.GetProperty("name").GetString(), dependency.GetProperty("properties").GetProperty("gen_ai.provider.name").GetString(),
            dependency.GetProperty("properties").GetProperty("gen_ai.usage.input_tokens").GetString())
            .ShouldBe(("chat m", "one", "3"));
        dependency.GetProperty("target").GetString()!.ShouldStartWith("127.0.0.1");
        var records = Records(ingestion);
        records.Count.ShouldBe(Requests);
        var properties = records[0].GetProperty("data").GetProperty("baseData").GetProperty("properties");
        (properties.GetProperty("nano.provider").GetString(), properties.GetProperty("gen_ai.usage.output_tokens").GetString(),
            properties.GetProperty("nano.outcome").GetString()).ShouldBe(("one", "1", "ok"));
        double.Parse(properties.GetProperty("nano.duration_ms").GetString()!, CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        Of("Metric").SelectMany(item => item.GetProperty("data").GetProperty("baseData").GetProperty("metrics").EnumerateArray())
            .Select(metric => metric.GetProperty("name").GetString()).ShouldContain("gen_ai.client.operation.duration");
        // What the application map reads, measured by the package.
        Of("Metric").Select(item => item.GetProperty("data").GetProperty("baseData").GetProperty("properties"))
            .Select(tags => tags.TryGetProperty("_MS.MetricId", out var id) ? id.GetString() : null).ShouldContain("requests/duration");
        dependency.GetProperty("properties").TryGetProperty("_MS.ProcessedByMetricExtractors", out _).ShouldBeTrue("Application Insights measures it again.");
        var everything = string.Concat(ingestion.Received.Bodies.Select(body => Encoding.UTF8.GetString(body.Body)));
        foreach (var secret in (string[])["planted-answer-9923", "do-not-leak", GatewayFixture.CallerKey, "Hello"]) everything.ShouldNotContain(secret);

        List<JsonElement> Of(string type) => Items(ingestion, type);
    }

    /// <summary>The package sets a sampler of its own. Usage records are never sampled.</summary>
    [Theory]
    [InlineData("always_off", null, 0)]
    [InlineData("traceidratio", "0.25", 8)]
    [InlineData("traceidratio", "0.75", 24)]
    public async Task Traces_are_sampled_as_the_standard_settings_say(string sampler, string? ratio, int sampled)
    {
        // The sampler compares the first half of an id, as a number of 63 bits, with the ratio.
        var traces = Enumerable.Range(0, 32).Select(i => $"{i * 4 + 2:x2}{new string('5', 30)}").ToList();
        await using var ingestion = await OtlpReceiver.StartAsync();
        await using (var gateway = await StartAsync(ingestion, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", ratio ?? "")))
        {
            gateway.Answer(_ => Responses.Whole());
            // The caller's own decision is not asked for.
            foreach (var trace in traces) await gateway.ChatAsync("one/m", headers: ("traceparent", $"00-{trace}-00f067aa0ba902b7-00"));
        }
        foreach (var type in (string[])["Request", "RemoteDependency"])
            Items(ingestion, type).Select(item => item.GetProperty("tags").GetProperty("ai.operation.id").GetString()!).Order(StringComparer.Ordinal)
                .ShouldBe(traces.Take(sampled), type);
        Records(ingestion).Count.ShouldBe(traces.Count);
    }

    private static Task<RoutingGateway> StartAsync(OtlpReceiver ingestion, params (string Name, string Value)[] more) => RoutingGateway.StartAsync("""
        "models": {}
        """, more:
    [
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Http}/"),
        ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"), .. more,
    ]);

    private static List<JsonElement> Items(OtlpReceiver ingestion, string type) =>
        [.. ingestion.Received.Bodies.SelectMany(body => Encoding.UTF8.GetString(body.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(item => item.GetProperty("name").GetString() is { } name && (name == type || name.EndsWith("." + type, StringComparison.Ordinal)))];

    private static List<JsonElement> Records(OtlpReceiver ingestion) =>
        [.. Items(ingestion, "Message")
            .Where(item => item.GetProperty("data").GetProperty("baseData").GetProperty("message").GetString()!.StartsWith("usage id=", StringComparison.Ordinal))];
}
