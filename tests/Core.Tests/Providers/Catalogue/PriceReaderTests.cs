using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Providers.Catalogue;

namespace Nano.Tests.Providers.Catalogue;

/// <summary>The members of a model that set its prices.</summary>
public sealed class PriceReaderTests
{
    private static readonly DateTimeOffset Day = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private const string Prices = """
        [{"input":1,"output":2},
         {"from":"2026-11-23","input":3,"output":4,"cacheRead":0.5,"cacheWrite":5,"longCacheWrite":6,"audioInput":7,"audioOutput":8,
          "above":[{"tokens":100,"input":30,"output":40},{"tokens":200,"input":300,"output":400,"cacheRead":50}]}]
        """;

    [Fact]
    public void Every_price_is_read_with_its_date_and_its_steps()
    {
        var prices = Read(Prices)!;
        prices.Periods.Select(period => (period.From, period.Base)).ShouldBe(
        [
            (DateTimeOffset.MinValue, new Rates { Input = 1, Output = 2 }),
            (Day, new Rates { Input = 3, Output = 4, CacheRead = 0.5m, CacheWrite = 5, LongCacheWrite = 6, AudioInput = 7, AudioOutput = 8 }),
        ]);
        prices.Periods[0].Steps.ShouldBeEmpty();
        prices.Periods[1].Steps.ShouldBe([new PriceStep(100, new Rates { Input = 30, Output = 40 }), new PriceStep(200, new Rates { Input = 300, Output = 400, CacheRead = 50 })]);
        (prices.VersionAt(Day.AddTicks(-1)), prices.VersionAt(Day)).ShouldBe(("configured", "2026-11-23"));
        foreach (var (tokens, usd) in ((long, decimal)[])[(100, 300), (101, 3030), (200, 6000), (201, 60_300)])
            prices.Cost(new Usage { InputTokens = tokens, OutputTokens = 0 }, Day, null).ShouldBe(usd / 1_000_000);
    }

    [Fact]
    public void Tiers_and_hours_are_factors_of_the_price()
    {
        var prices = Read("""[{"from":"2026-11-01","input":1,"output":1}]""",
            """{"flex":[{"times":0.5}],"fast":[{"from":"2026-11-23","times":2},{"from":"2026-12-01","times":3}]}""",
            """{"times":10,"utcOffset":-12,"weekdays":[0,6],"hours":[0,1,23,24]}""")!;
        Cost(Day, "flex").ShouldBe(0.5m);
        (Cost(Day.AddTicks(-1), "fast"), Cost(Day, "FAST"), Cost(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), "fast")).ShouldBe((null, 2, 3));
        (Cost(Day, "unknown"), Cost(Day, "Default"), Cost(Day, null)).ShouldBe((null, 1, 1));
        (Cost(new DateTimeOffset(2026, 10, 31, 0, 0, 0, TimeSpan.Zero), null), prices.VersionAt(Day.AddMonths(-1))).ShouldBe((null, null));
        // Sunday begins at noon UTC in this time zone.
        var sunday = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
        (Cost(sunday, null), Cost(sunday.AddHours(1), null), Cost(sunday.AddHours(22.99), null), Cost(sunday.AddHours(23), "flex"), Cost(sunday.AddHours(24), null))
            .ShouldBe((10, 1, 1, 5, 1));
        Cost(sunday.AddTicks(-1), null).ShouldBe(10, "it is Saturday");
        Cost(sunday.AddDays(-1).AddTicks(-1), null).ShouldBe(1, "it is Friday");

        decimal? Cost(DateTimeOffset at, string? tier) => prices.Cost(new Usage { InputTokens = 1_000_000, OutputTokens = 0 }, at, tier);
    }

    [Theory]
    [InlineData("""[]""", null, null, "prices is empty")]
    [InlineData("""[{"from":"2026-11-23","input":1,"output":1},{"from":"2026-11-23","input":1,"output":1}]""", null, null, "the dates of prices are not in rising order")]
    [InlineData("""[{"input":1}]""", null, null, "output is missing")]
    [InlineData("""[{"output":1}]""", null, null, "input is missing")]
    [InlineData("""[{"input":-1,"output":1}]""", null, null, "a price is negative")]
    [InlineData("""[{"input":1,"output":1,"other":1}]""", null, null, "other is not a member that means something here")]
    [InlineData("""[{"input":1,"output":1,"above":[{"tokens":5,"input":1,"output":1},{"tokens":5,"input":1,"output":1}]}]""", null, null,
        "the steps of a price are not in rising order")]
    [InlineData("""[{"input":1,"output":1,"above":[{"input":1,"output":1}]}]""", null, null, "tokens is missing")]
    [InlineData("""[{"input":1,"output":1,"above":[{"tokens":1,"input":1}]}]""", null, null, "output is missing")]
    [InlineData(null, """{"flex":[{"times":1}]}""", null, "prices is missing")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,12]}""", "prices is missing")]
    [InlineData(null, """{"flex":[]}""", null, "flex is empty")]
    [InlineData(null, """{"flex":[{"from":"2026-11-23"}]}""", null, "times is missing")]
    [InlineData(null, """{"flex":[{"times":0}]}""", null, "a factor is not above zero")]
    [InlineData(null, """{"flex":[{"times":1,"x":1}]}""", null, "x is not a member that means something here")]
    [InlineData(null, """{"flex":[{"from":"2026-11-23","times":1},{"from":"2026-11-23","times":1}]}""", null, "the dates of flex are not in rising order")]
    [InlineData(null, null, """{"utcOffset":8,"weekdays":[1],"hours":[9,12]}""", "times is missing")]
    [InlineData(null, null, """{"times":2,"weekdays":[1],"hours":[9,12]}""", "utcOffset is missing")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"hours":[9,12]}""", "weekdays is missing")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1]}""", "hours is missing")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,12,14]}""", "the hours of the peak are no pairs")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,9]}""", "the hours of the peak are not in rising order")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,12,12,13]}""", "the hours of the peak are not in rising order")]
    [InlineData(null, null, """{"times":2,"utcOffset":15,"weekdays":[1],"hours":[9,12]}""", "the clock of the peak is no clock")]
    [InlineData(null, null, """{"times":2,"utcOffset":-13,"weekdays":[1],"hours":[9,12]}""", "the clock of the peak is no clock")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[7],"hours":[9,12]}""", "a day or an hour of the peak is none")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,25]}""", "a day or an hour of the peak is none")]
    [InlineData(null, null, """{"times":2,"utcOffset":8,"weekdays":[1],"hours":[9,12],"x":1}""", "x is not a member that means something here")]
    public void A_mistake_is_reported(string? prices, string? tiers, string? peak, string message) =>
        Should.Throw<FormatException>(() => Read(prices, tiers, peak)).Message.ShouldBe(message);

    [Fact]
    public void Without_prices_there_are_none() => Read(null).ShouldBeNull();

    [Theory]
    [InlineData(14)]
    [InlineData(-12)]
    public void The_hours_of_a_peak_may_be_in_any_time_zone(int offset) =>
        Read("""[{"input":1,"output":1}]""", null, $$"""{"times":2,"utcOffset":{{offset}},"weekdays":[6],"hours":[0,24]}""")!.Peak!.Offset.ShouldBe(TimeSpan.FromHours(offset));

    private static ModelPrices? Read(string? prices, string? tiers = null, string? peak = null)
    {
        var reader = new PriceReader();
        if (prices is not null)
        {
            var json = At(prices);
            reader.ReadPeriods(ref json);
        }
        if (tiers is not null)
        {
            var json = At(tiers);
            reader.ReadServiceTiers(ref json);
        }
        if (peak is not null)
        {
            var json = At(peak);
            reader.ReadPeak(ref json);
        }
        return reader.Done();

        static Utf8JsonReader At(string text)
        {
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            json.Read();
            return json;
        }
    }
}
