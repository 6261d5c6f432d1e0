using Microsoft.AspNetCore.Builder;
using Nano.LocalHost.Tests.Routing;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>A gateway that exports all signals to a collector.</summary>
internal static class OtlpGateway
{
    private const string Plans = """
        "models": {
          "hedged": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0, "hedge_after_ms": 50 },
          "spare": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ] },
          "reach": { "targets": [ { "model": "fifth/m" }, { "model": "two/m" } ], "retries": 0 }
        }
        """;

    public static Task<RoutingGateway> StartAsync(OtlpReceiver collector, string protocol = "grpc", (string, string)? more = null, Action<WebApplicationBuilder>? configure = null,
        string closed = "http://127.0.0.1:9")
    {
        var settings = new List<(string, string)>
        {
            ("OTEL_EXPORTER_OTLP_ENDPOINT", protocol == "grpc" ? collector.Grpc : collector.Http), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_SERVICE_NAME", "nano-test"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%20b"), ("TRACED_API_KEY", "key-of-traced-do-not-leak"),
            ("FOURTH_API_KEY", "key-of-fourth-do-not-leak"), ("FIFTH_API_KEY", "key-of-fifth-do-not-leak"),
            ("GEM_API_KEY", "key-of-gem-do-not-leak"),
        };
        if (more is { } other) settings.Add(other);
        return RoutingGateway.StartAsync(Plans, configure: configure,
            providers: upstream => $$"""
            , "traced": { "type": "openai-compatible", "base_url": "{{upstream}}/traced/v1", "key": "TRACED_API_KEY", "trace_context": true },
            "fourth": { "type": "anthropic", "base_url": "{{upstream}}/fourth", "key": "FOURTH_API_KEY" },
            "gem": { "type": "google", "base_url": "{{upstream}}/gem", "key": "GEM_API_KEY" },
            "fifth": { "type": "openai-compatible", "base_url": "{{closed}}/v1", "key": "FIFTH_API_KEY" }
            """,
            more: [.. settings]);
    }
}
