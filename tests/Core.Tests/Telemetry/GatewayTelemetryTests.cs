using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nano.Errors;
using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

public sealed class GatewayTelemetryTests
{
    [Theory]
    [InlineData("openai", "gpt-5", "gpt-5", "gpt-5-2025-08-07", "gpt-5", "gpt-5", "gpt-5-2025-08-07")]
    [InlineData("openai", "gpt-5", "gpt-5", null, null, "gpt-5", "gpt-5")]
    [InlineData("openai", "gpt-5", "gpt-5", "what the provider says", null, "gpt-5", "other")]
    // A date that only the caller has named may be invented.
    [InlineData("openai", "gpt-5-2020-01-01", "gpt-5", null, null, "gpt-5", "gpt-5")]
    [InlineData("openai", "gpt-5-2020-01-01", "gpt-5", "gpt-5-2025-08-07", "gpt-5", "gpt-5", "gpt-5-2025-08-07")]
    [InlineData("openai", "gpt-5-2025-08-07", "gpt-5", "gpt-5-2025-08-07", "gpt-5", "gpt-5-2025-08-07", "gpt-5-2025-08-07")]
    [InlineData("openai", "what the caller says", null, "what the provider says", null, "other", "other")]
    [InlineData(null, null, null, null, null, "unknown", "unknown")]
    public void Only_names_of_known_models_are_tags(
        string? provider, string? model, string? listed, string? answered, string? listedAnswered, string requestTag, string responseTag)
    {
        var tags = Tags([Record(r => (r.Provider, r.Model, r.ListedModel, r.AnsweredModel, r.ListedAnsweredModel, r.Outcome) =
            (provider, model, listed, answered, listedAnswered, RequestOutcome.Ok))])[0];
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

    /// <summary>A dated name of a known model is known, whatever the date: above the bound, it counts without its date, and that is counted.</summary>
    [Fact]
    public void Dated_names_are_bounded_in_number_and_what_overflows_is_counted()
    {
        var days = Enumerable.Range(0, 2000).Select(i => Dated("gpt-5", i)).ToList();
        UsageRecord[] dated = [.. days, .. days, Dated("gpt-6", 1), Known("gpt-6")];
        var models = Tags(dated).ConvertAll(t => t["gen_ai.request.model"]);
        models.Distinct().Count().ShouldBe(256 + 2);
        models.Distinct().ShouldBe(models.Take(256).Concat(["gpt-5", "gpt-6"]));
        // Two tags for each of the requests above the bound, twice, and for the other model's.
        Tags(dated, "nano.telemetry.overflow").Count.ShouldBe(2 * (2 * (2000 - 256) + 1));
    }

    [Fact]
    public void Failed_requests_for_invented_dates_take_no_name()
    {
        UsageRecord[] records = [.. Enumerable.Range(0, 600).Select(i => Record(r =>
            (r.Provider, r.Model, r.ListedModel, r.Outcome) = ("openai", DatedName("gpt-5", i), "gpt-5", RequestOutcome.Failed))), Dated("gpt-6", 1)];
        Tags(records).ConvertAll(t => t["gen_ai.request.model"]).Distinct().ShouldBe(["gpt-5", DatedName("gpt-6", 1)]);
        Tags(records, "nano.telemetry.overflow").ShouldBeEmpty();
    }

    /// <summary>A model's errors and its successes are one series.</summary>
    [Fact]
    public void A_date_that_a_provider_has_reported_is_kept_for_failed_requests()
    {
        var failed = Record(r => (r.Provider, r.Model, r.ListedModel, r.Outcome) = ("openai", DatedName("gpt-5", 1), "gpt-5", RequestOutcome.Failed));
        Tags([failed, Dated("gpt-5", 1), failed]).ConvertAll(t => t["gen_ai.request.model"]).ShouldBe(["gpt-5", DatedName("gpt-5", 1), DatedName("gpt-5", 1)]);
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

    private static string DatedName(string model, int day) => $"{model}-{new DateOnly(2020, 1, 1).AddDays(day):yyyy-MM-dd}";

    private static UsageRecord Dated(string model, int day) => Record(r => (r.Provider, r.Model, r.ListedModel, r.AnsweredModel, r.ListedAnsweredModel, r.Outcome) =
        ("openai", DatedName(model, day), model, DatedName(model, day), model, RequestOutcome.Ok));

    private static UsageRecord Known(string model) => Record(r => (r.Provider, r.Model, r.ListedModel, r.Outcome) = ("openai", model, model, RequestOutcome.Ok));

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
