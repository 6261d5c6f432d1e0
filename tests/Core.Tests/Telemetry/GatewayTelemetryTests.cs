using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nano.Errors;
using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

public sealed class GatewayTelemetryTests
{
    [Theory]
    [InlineData("openai", "gpt-5", "gpt-5-2025-08-07", true, "gpt-5", "gpt-5-2025-08-07")]
    [InlineData("openai", "gpt-5", null, true, "gpt-5", "gpt-5")]
    [InlineData("openai", "what the caller says", "what the provider says", false, "other", "other")]
    [InlineData(null, null, null, false, "unknown", "unknown")]
    public void Only_known_models_are_tags(string? provider, string? model, string? answered, bool known, string requestTag, string responseTag)
    {
        var tags = Tags([Record(r => (r.Provider, r.Model, r.AnsweredModel, r.IsKnownModel, r.Outcome) = (provider, model, answered, known, RequestOutcome.Ok))])[0];
        (tags["gen_ai.request.model"], tags["gen_ai.response.model"]).ShouldBe((requestTag, responseTag));
        tags.ShouldNotContainKey("error.type");
    }

    [Theory]
    [InlineData(GatewayErrorKind.ProviderRejected, "made up by the provider", "provider_rejected")]
    [InlineData(GatewayErrorKind.ProviderLimited, "rate_limit_exceeded", "provider_limited")]
    [InlineData(GatewayErrorKind.ProviderFailed, "x", "provider_failed")]
    [InlineData(GatewayErrorKind.NotFound, "model_not_found", "model_not_found")]
    [InlineData(null, "client_closed_request", "client_closed_request")]
    [InlineData(null, null, "failed")]
    public void An_error_of_a_provider_is_known_by_its_kind(GatewayErrorKind? kind, string? error, string tag) =>
        Tags([Record(r => (r.Outcome, r.ErrorKind, r.Error) = (RequestOutcome.Failed, kind, error))])[0]["error.type"].ShouldBe(tag);

    /// <summary>A dated name of a known model is known, whatever the date.</summary>
    [Fact]
    public void Model_tags_are_bounded_in_number()
    {
        var day = new DateOnly(2020, 1, 1);
        var records = Enumerable.Range(0, 2000).Select(i => Record(r => (r.Provider, r.Model, r.IsKnownModel) = ("openai", $"gpt-5-{day.AddDays(i):yyyy-MM-dd}", true)));
        var models = Tags([.. records]).Select(t => t["gen_ai.request.model"]).Distinct().ToList();
        models.Count.ShouldBeInRange(500, 520);
        models.ShouldContain("other");
    }

    [Fact]
    public void Texts_of_a_record_are_bounded_in_length()
    {
        var word = new string('x', 100_000);
        var record = Record(r => (r.Model, r.AnsweredModel, r.Error) = (word, word, word));
        new[] { record.Model, record.AnsweredModel, record.Error }.ShouldAllBe(w => w!.Length == UsageRecord.MaxWord);
    }

    [Fact]
    public void Lookups_in_the_response_cache_are_counted_by_their_result()
    {
        var tags = Tags([Record(r => r.Cache = "hit"), Record(r => r.Cache = "miss"), Record(_ => { })], "nano.cache.lookups");
        tags.Select(t => t["nano.cache.result"]).ShouldBe(["hit", "miss"]);
    }

    private static UsageRecord Record(Action<UsageRecord> set)
    {
        var record = new UsageRecord { RequestId = "r", Dialect = "openai-chat", Caller = "owner", StartedAt = default };
        set(record);
        return record;
    }

    private const string Duration = "gen_ai.client.operation.duration";

    /// <summary>The tags of each measurement of an instrument; by default of each record's duration.</summary>
    private static List<Dictionary<string, string?>> Tags(IReadOnlyList<UsageRecord> records, string name = Duration)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var telemetry = new GatewayTelemetry(NullLoggerFactory.Instance, meters);
        var measured = new List<Dictionary<string, string?>>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters && (instrument.Name == Duration || instrument.Name == name)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Take(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Take(instrument, tags));
        listener.Start();
        foreach (var record in records) telemetry.Write(record);
        if (name == Duration) measured.Count.ShouldBe(records.Count);
        return measured;

        void Take(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (instrument.Name == name) measured.Add(tags.ToArray().ToDictionary(t => t.Key, t => t.Value?.ToString()));
        }
    }
}
