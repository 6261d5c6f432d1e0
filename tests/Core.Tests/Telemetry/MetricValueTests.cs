using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nano.Chat;
using Nano.Errors;
using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

/// <summary>What one usage record adds to each metric: values and tags as a table.</summary>
public sealed class MetricValueTests
{
    private const string Call = "gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-5 gen_ai.response.model=gpt-5";

    [Fact]
    public void Every_number_of_a_record_is_measured_once_in_the_unit_of_its_metric()
    {
        var time = new FakeTimeProvider();
        var measured = Measure(time, Record(r =>
        {
            (r.Outcome, r.Stream, r.Duration, r.TimeToFirstToken, r.Overhead, r.Queued) = (RequestOutcome.Ok, true, 1500, 250, 2, 0.5);
            (r.RelayTicks, r.ContentEvents, r.KeepAlives, r.BudgetUsed) = (time.TimestampFrequency / 100, 5, 3, 0.8);
            (r.Cache, r.Losses, r.Cost) = ("miss", "dropped=logit_bias", 0.25m);
            r.Usage = new Usage { InputTokens = 100, OutputTokens = 20, CacheReadTokens = 60, CacheWriteTokens = 30, ReasoningTokens = 10 };
            r.Attempts.Add(new AttemptRecord { Provider = "openai", Model = "gpt-5", Failure = FailureClass.RateLimit });
            r.Attempts.Add(new AttemptRecord { Provider = "openai", Model = "gpt-5", Kind = AttemptKind.Retry, IsCommitted = true });
        }));
        measured.ShouldBe(
        [
            $"gen_ai.client.operation.duration 1.5 {Call}",
            $"gen_ai.client.operation.time_per_output_chunk 0.3125 {Call}",
            $"gen_ai.client.operation.time_to_first_chunk 0.25 {Call}",
            $"gen_ai.client.token.usage 100 {Call} gen_ai.token.type=input",
            $"gen_ai.client.token.usage 20 {Call} gen_ai.token.type=output",
            "nano.attempts 1 gen_ai.provider.name=openai nano.attempt.kind=first nano.attempt.outcome=rate_limit",
            "nano.attempts 1 gen_ai.provider.name=openai nano.attempt.kind=retry nano.attempt.outcome=ok",
            "nano.budget.warnings 1",
            "nano.cache.lookups 1 nano.cache.result=miss",
            $"nano.cost 0.25 {Call}",
            "nano.event.overhead 0.002",
            "nano.keep_alives 3",
            $"nano.losses 1 {Call}",
            "nano.overhead 0.002",
            "nano.queue.duration 0.0005",
            $"nano.tokens 10 {Call} gen_ai.token.type=reasoning",
            $"nano.tokens 100 {Call} gen_ai.token.type=input",
            $"nano.tokens 20 {Call} gen_ai.token.type=output",
            $"nano.tokens 30 {Call} gen_ai.token.type=cache_write",
            $"nano.tokens 60 {Call} gen_ai.token.type=cache_read",
        ]);
    }

    /// <summary>No model has generated it: the tokens were counted when the cache was filled, and nothing has waited for a provider.</summary>
    [Fact]
    public void A_cached_response_is_counted_and_timed_as_one_and_has_no_tokens()
    {
        var measured = Measure(new FakeTimeProvider(), Record(r =>
        {
            (r.Outcome, r.Stream, r.Duration, r.TimeToFirstToken, r.Cache, r.Cost) = (RequestOutcome.Ok, true, 80, 70, "hit", 0);
            r.ContentEvents = 3;
            r.Usage = new Usage { InputTokens = 100, OutputTokens = 20, CacheReadTokens = 60 };
        }));
        measured.ShouldBe([$"gen_ai.client.operation.duration 0.08 {Call} nano.cache=hit", "nano.cache.lookups 1 nano.cache.result=hit", $"nano.cost 0 {Call}"]);
    }

    /// <summary>One content has no next one; a stream that broke off or whose caller left says nothing about the model's pace.</summary>
    [Theory]
    [InlineData("Ok", true, 2, 250.0, true)]
    [InlineData("Ok", true, 1, 250.0, false)]
    [InlineData("Ok", true, 0, null, false)]
    [InlineData("Ok", false, 2, 250.0, false)]
    [InlineData("Broken", true, 2, 250.0, false)]
    [InlineData("CallerGone", true, 2, 250.0, false)]
    public void The_time_per_chunk_is_measured_for_streams_that_have_several(string outcome, bool isStream, int events, double? first, bool isMeasured) =>
        Measure(new FakeTimeProvider(), Record(r => (r.Outcome, r.Stream, r.ContentEvents, r.TimeToFirstToken, r.Duration) =
            (Enum.Parse<RequestOutcome>(outcome), isStream, events, first, 1250)))
            .Where(line => line.Contains("time_per_output_chunk", StringComparison.Ordinal))
            .ShouldBe(isMeasured ? [$"gen_ai.client.operation.time_per_output_chunk 1 {Call}"] : []);

    /// <summary>Activity, <c>tried</c> and metrics have one value for an attempt, from a bounded set.</summary>
    [Theory]
    [InlineData("rate_limit", "the provider's own code", false, "rate_limit")]
    [InlineData("unavailable", "provider_stream_broken", true, "unavailable")]
    [InlineData("", "hedge_lost", false, "hedge_lost")]
    [InlineData("", null, true, "ok")]
    [InlineData("", null, false, "cancelled")]
    public void An_attempt_has_one_outcome(string failure, string? error, bool isCommitted, string outcome)
    {
        var attempt = new AttemptRecord { Provider = "openai", Model = "gpt-5", Failure = FailureClasses.Parse(failure), Error = error, IsCommitted = isCommitted };
        attempt.Outcome.ShouldBe(outcome);
        Measure(new FakeTimeProvider(), Record(r => r.Attempts.Add(attempt)))
            .ShouldContain($"nano.attempts 1 gen_ai.provider.name=openai nano.attempt.kind=first nano.attempt.outcome={outcome}");
    }

    [Theory]
    [InlineData(GatewayErrorKind.TooManyRequests, "budget_exceeded", true)]
    [InlineData(GatewayErrorKind.Overloaded, "budget_unavailable", true)]
    [InlineData(GatewayErrorKind.InvalidRequest, "model_not_priced", true)]
    [InlineData(GatewayErrorKind.InvalidRequest, "invalid_value", false)]
    // A provider's limit is not the gateway's.
    [InlineData(GatewayErrorKind.ProviderLimited, "rate_limit_exceeded", false)]
    public void Refusals_are_those_of_the_gateways_own_limits(GatewayErrorKind kind, string error, bool isRefusal)
    {
        var measured = Measure(new FakeTimeProvider(), Record(r => (r.Outcome, r.ErrorKind, r.Error, r.BudgetUsed) = (RequestOutcome.Failed, kind, error, 0.79)));
        var tag = kind == GatewayErrorKind.ProviderLimited ? "provider_limited" : error;
        measured.ShouldBe(isRefusal ? [$"gen_ai.client.operation.duration 0 {Call} error.type={tag}", $"nano.refusals 1 error.type={tag}"]
            : [$"gen_ai.client.operation.duration 0 {Call} error.type={tag}"]);
    }

    /// <summary>The SDK's own boundaries are for milliseconds: a histogram without advice would have one bucket for everything.</summary>
    [Fact]
    public void Every_histogram_has_boundaries_of_its_own()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var boundaries = new Dictionary<string, string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope != meters) return;
                if (instrument is Histogram<double> seconds) boundaries[instrument.Name] = Join(seconds.Advice?.HistogramBucketBoundaries);
                if (instrument is Histogram<long> tokens) boundaries[instrument.Name] = Join(tokens.Advice?.HistogramBucketBoundaries);
            },
        };
        listener.Start();
        using var telemetry = new GatewayTelemetry(NullLoggerFactory.Instance, meters);
        const string seconds = "0.01 0.02 0.04 0.08 0.16 0.32 0.64 1.28 2.56 5.12 10.24 20.48 40.96 81.92";
        boundaries.Keys.Order().ShouldBe(["gen_ai.client.operation.duration", "gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.client.token.usage", "nano.event.overhead", "nano.overhead", "nano.queue.duration"]);
        boundaries["gen_ai.client.operation.duration"].ShouldBe(seconds);
        boundaries["gen_ai.client.operation.time_per_output_chunk"].ShouldBe(seconds);
        boundaries["gen_ai.client.operation.time_to_first_chunk"].ShouldBe(seconds);
        boundaries["gen_ai.client.token.usage"].ShouldBe("1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 67108864");
        foreach (var own in boundaries.Where(pair => pair.Key.StartsWith("nano.", StringComparison.Ordinal))) own.Value.ShouldStartWith("1E-05 2.5E-05 ", customMessage: own.Key);

        static string Join<T>(IReadOnlyList<T>? values) where T : IFormattable =>
            string.Join(' ', (values ?? []).Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
    }

    private static UsageRecord Record(Action<UsageRecord> set)
    {
        var record = new UsageRecord
            { RequestId = "r", Dialect = "openai-chat", Caller = "owner", StartedAt = default, Provider = "openai", Model = "gpt-5", ListedModel = "gpt-5" };
        set(record);
        return record;
    }

    /// <summary>Each measurement as <c>name value tags</c>, in the order of these texts.</summary>
    private static List<string> Measure(TimeProvider time, UsageRecord record)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var telemetry = new GatewayTelemetry(NullLoggerFactory.Instance, meters, time: time);
        var measured = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == meters) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        telemetry.Write(record);
        measured.Sort(StringComparer.Ordinal);
        return measured;

        void Take<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) where T : IFormattable
        {
            var text = $"{instrument.Name} {value.ToString(null, CultureInfo.InvariantCulture)}";
            foreach (var (name, tag) in tags) text += $" {name}={tag}";
            measured.Add(text);
        }
    }
}
