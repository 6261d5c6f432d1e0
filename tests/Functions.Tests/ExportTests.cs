using System.Text;
using System.Text.Json;
using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Telemetry;

namespace Nano.Functions.Tests;

/// <summary>A usage record of the worker arrives in Application Insights once: through the host as text, or by the worker's exporter with attributes.</summary>
public sealed class ExportTests
{
    private const string Hello = """{"model":"nano/echo","messages":[{"role":"user","content":"planted-prompt-6172"}]}""";

    [Theory]
    [InlineData(null)]
    [InlineData("azuremonitor")]
    public async Task A_usage_record_arrives_once(string? exporter)
    {
        await using var ingestion = await OtlpReceiver.StartAsync();
        var settings = new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["API_KEY"] = BothHosts.CallerKey,
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Http}/",
            ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
        };
        if (exporter is not null) settings["OTEL_LOGS_EXPORTER"] = exporter;
        await using var host = await FunctionsHost.StartAsync(settings);
        using (var client = new HttpClient { BaseAddress = host.Address })
        using (var response = await client.SendAsync(BothHosts.Chat(Hello))) ((int)response.StatusCode).ShouldBe(200);
        // The worker that stops sends what it has left, wherever that goes.
        host.Terminate();
        (await host.ExitAsync()).ShouldBe(0);

        var exported = ingestion.Received.Bodies.SelectMany(body => Encoding.UTF8.GetString(body.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var items = exported.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data").GetProperty("baseData")).ToList();
        var sent = items.Where(item => IsRecord(item.GetProperty("message").GetString()!)).ToList();
        var passedOn = host.HostLogs.Where(log => IsRecord(log.Message)).ToList();
        (sent.Count, passedOn.Count).ShouldBe(exporter is null ? (0, 1) : (1, 0));
        if (exporter is null) passedOn[0].Category.ShouldBe("Function.ChatCompletions.User");
        else sent[0].GetProperty("properties").GetProperty("nano.outcome").GetString().ShouldBe("ok");
        // What the host waits for before it ends is not exported as well.
        host.Logs.Count(log => log.Message == "The worker has stopped.").ShouldBe(1);
        string.Concat(exported).ShouldNotContain("The worker has stopped.");
        string.Concat(exported).ShouldNotContain("planted-prompt-6172");
        string.Concat(exported).ShouldNotContain(BothHosts.CallerKey);
    }

    /// <summary>The host sends the call as a request itself: the worker sends the attempt alone, to Application Insights. A collector gets both spans.</summary>
    [Fact]
    public async Task A_call_is_not_sent_as_a_second_request()
    {
        await using var ingestion = await OtlpReceiver.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using var host = await FunctionsHost.StartAsync(new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["API_KEY"] = BothHosts.CallerKey,
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Http}/",
            ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
            ["OTEL_TRACES_EXPORTER"] = "azuremonitor,otlp",
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.Grpc,
        });
        using (var client = new HttpClient { BaseAddress = host.Address })
        using (var response = await client.SendAsync(BothHosts.Chat(Hello))) ((int)response.StatusCode).ShouldBe(200);
        host.Terminate();
        (await host.ExitAsync()).ShouldBe(0);
        ingestion.Received.Bodies.SelectMany(body => Encoding.UTF8.GetString(body.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data"))
            .Select(data => (data.GetProperty("baseType").GetString()!, data.GetProperty("baseData")))
            .Select(item => $"{item.Item1} {(item.Item2.TryGetProperty("metrics", out var metrics) ? metrics[0] : item.Item2).GetProperty("name")}").Order()
            // The first describes the sender.
            .ShouldBe(["MetricData _OTELRESOURCE_", "RemoteDependencyData chat echo"]);
        collector.Received.Spans.Select(span => span.Kind).Order().ShouldBe(["internal", "server"]);
    }

    [SkippableFact]
    public async Task Records_are_sent_with_a_token_of_the_apps_identity()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only .NET on Linux reads SSL_CERT_FILE, by which the worker trusts the ingestion.");
        await using var ingestion = await LoopbackIngestion.StartAsync();
        await using var host = await FunctionsHost.StartAsync(new Dictionary<string, string>(ingestion.Settings)
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["API_KEY"] = BothHosts.CallerKey,
            ["OTEL_LOGS_EXPORTER"] = "azuremonitor",
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "Authorization=AAD",
        });
        using (var client = new HttpClient { BaseAddress = host.Address })
        using (var response = await client.SendAsync(BothHosts.Chat(Hello))) ((int)response.StatusCode).ShouldBe(200);
        host.Terminate();
        (await host.ExitAsync()).ShouldBe(0);
        ingestion.Accepted.Count(line => line.Contains("\"message\":\"usage id=", StringComparison.Ordinal)).ShouldBe(1);
        ingestion.Refused.ShouldBe(0);
        ingestion.Resources.ShouldHaveSingleItem().ShouldStartWith("https://monitor.azure.com");
    }

    /// <summary>The worker gets a request by HTTP and its invocation by gRPC, and serves it when it has both.</summary>
    [Fact]
    public async Task What_a_request_waits_for_in_the_worker_is_measured()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var host = await FunctionsHost.StartAsync(new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["API_KEY"] = BothHosts.CallerKey,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Grpc,
        });
        using (var client = new HttpClient { BaseAddress = host.Address })
        using (var response = await client.SendAsync(BothHosts.Chat(Hello))) ((int)response.StatusCode).ShouldBe(200);
        host.Terminate();
        (await host.ExitAsync()).ShouldBe(0);
        collector.Received.Metrics.Select(metric => metric.Text(1)).ShouldContain("nano.queue.duration");
    }

    private static bool IsRecord(string message) => message.StartsWith("usage id=", StringComparison.Ordinal);
}
