using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nano.Chat;
using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

/// <summary>What telemetry adds to a request while nothing listens to it.</summary>
public sealed class SilentTelemetryTests
{
    private const int Requests = 1000;
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /// <summary>The pipeline's calls, in its order. The usage record itself is made for the panel, whether or not anything listens.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", "")]
    [InlineData("/v1beta/models/openai/gpt-5:generateContent", "openai/gpt-5:generateContent")]
    public void A_request_without_listeners_allocates_nothing_for_telemetry(string path, string parameter)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var telemetry = new GatewayTelemetry(NullLoggerFactory.Instance, services.GetRequiredService<IMeterFactory>(), new RecentRequests());
        var record = new UsageRecord
        {
            RequestId = "r", Dialect = "openai-chat", Caller = "owner", StartedAt = default, Provider = "openai", Model = "gpt-5", ListedModel = "gpt-5", Stream = true,
            Outcome = RequestOutcome.Ok, Usage = new Usage { InputTokens = 100, OutputTokens = 20 }, Cost = 0.25m,
            Overhead = 1, TimeToFirstToken = 2, ContentEvents = 5, Duration = 3,
        };
        record.Attempts.Add(new AttemptRecord { Provider = "openai", Model = "gpt-5", IsCommitted = true });

        Serve();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Requests; i++) Serve();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Serve()
        {
            var span = ExchangeSpan.Begin(telemetry.Options, "POST", ExchangeSpan.RouteOf(path, parameter), TraceParent, tracestate: null);
            if (span is not null || telemetry.Metrics.MeasuresQueue || telemetry.Metrics.MeasuresEvents) throw new InvalidOperationException("Something listens.");
            telemetry.Metrics.StreamOpened();
            telemetry.Metrics.StreamClosed();
            telemetry.Write(record);
        }
    }
}
