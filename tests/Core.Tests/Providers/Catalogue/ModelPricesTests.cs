using System.Globalization;
using System.Text.RegularExpressions;
using Nano.Chat;
using Nano.Providers.Catalogue;

namespace Nano.Tests.Providers.Catalogue;

public sealed partial class ModelPricesTests
{
    private static readonly DateTimeOffset Now = At("2026-11-22T12:00:00Z");

    /// <summary>
    /// Usage in short: <c>i</c>nput, <c>o</c>utput, cache <c>r</c>ead, cache <c>w</c>rite, <c>l</c>ong cache write, <c>a</c>udio in,
    /// audio <c>s</c>aid, <c>t</c>hinking. Expected in USD, worked out by hand from the price list; empty for unknown.
    /// </summary>
    [Theory]
    // parts are priced separately
    [InlineData("openai/gpt-5.5", "i1000000 o0", "10")] // already above 272k
    [InlineData("openai/gpt-5.5", "i100000 o10000", "0.8")]
    [InlineData("openai/gpt-5.5", "i100000 o10000 r40000", "0.62")]
    [InlineData("openai/gpt-5.5", "i100000 o10000 t9000", "0.8")]
    [InlineData("openai/gpt-6-sol", "i100000 o1000 r50000 w20000", "0.13")]
    [InlineData("anthropic/claude-opus-5-5", "i100000 o1000 r80000 w10000", "0.126")]
    [InlineData("anthropic/claude-opus-5-5", "i100000 o1000 r80000 w10000 l4000", "0.138")]
    [InlineData("anthropic/claude-opus-5-5", "i100000 o1000 r80000 l10000", "0.156")]
    [InlineData("anthropic/claude-haiku-4-5", "i10 o10", "0.00006")]
    // tiers: more than N input tokens, cache included, and then all of the request
    [InlineData("openai/gpt-5.5", "i272000 o1000", "1.39")]
    [InlineData("openai/gpt-5.5", "i272001 o1000", "2.76501")]
    [InlineData("openai/gpt-5.5", "i272001 o1000 r272000", "0.31701")]
    [InlineData("anthropic/claude-haiku-5-5", "i100000 o1000 w1000", "0.010525")]
    [InlineData("anthropic/claude-haiku-5-5", "i100001 o1000 w1000 l500", "0.0528130")]
    [InlineData("google/gemini-3.1-pro-preview", "i200001 o1", "0.800022")]
    [InlineData("xai/grok-4.7", "i200001 o1", "0.800016")]
    // more cached than there was input (xAI)
    [InlineData("xai/grok-4.7", "i100 o0 r150", "0.000075")]
    // zero is not absent, absent is not zero
    [InlineData("openai/gpt-5.5", "i0 o0", "0")]
    [InlineData("openai/gpt-5.5", "i0 o0 r0 w0", "0")]
    [InlineData("openai/gpt-5.5", "", "")]
    [InlineData("openai/gpt-5.5", "i5", "")]
    [InlineData("openai/gpt-5.5", "o5", "")]
    [InlineData("openai/gpt-5.5", "r5", "")]
    // a part without a known price
    [InlineData("openai/gpt-5.5", "i100 o1 w10", "")]
    [InlineData("openai/gpt-5.5-pro", "i100 o1 r10", "")]
    [InlineData("openai/gpt-6.2-sol", "i10000 o1 w1000 l1000", "0.02301")]
    [InlineData("openai/gpt-6.2-sol", "i272001 o1 w1000 l1000", "")]
    [InlineData("groq/groq/compound", "i100 o1", "-")]
    // audio
    [InlineData("google/gemini-2.5-flash", "i1000 o100 a400", "0.00083")]
    [InlineData("google/gemini-2.5-flash", "i1000 o100 a400 r100", "")]
    [InlineData("google/gemini-3.5-flash", "i1000 o100 a1", "")]
    [InlineData("google/gemini-3.5-flash", "i1000 o100 a0", "0.0024")]
    [InlineData("openai/gpt-5.5", "i100 o10 s5", "")]
    // providers' values may be nonsense
    [InlineData("openai/gpt-5.5", "i-5 o-5 r-5", "0")]
    [InlineData("openai/gpt-5.5", "i9223372036854775807 o9223372036854775807", "507285462027012.669385")]
    [InlineData("nano/echo", "i100 o100 r10 w10 l5", "0")]
    public void Case21_Every_part_of_the_usage_is_priced_once(string model, string usage, string expected)
    {
        var prices = Model(model).Prices;
        if (expected == "-") prices.ShouldBeNull();
        else prices!.Cost(UsageOf(usage), Now, null).ShouldBe(Dollars(expected), $"{model} {usage}");
    }

    /// <summary>Every part has a different price: input 1, output 10, read 100, write 1000, long write 10,000, audio in 100,000, audio out 1,000,000 USD for each token.</summary>
    [Theory]
    [InlineData("i9 o9", "99")]
    [InlineData("i9 o9 a4", "400095")]
    [InlineData("i9 o9 a9", "900090")]
    [InlineData("i9 o9 a12", "900090")] // more than the input
    [InlineData("i9 o9 s4", "4000059")]
    [InlineData("i9 o9 s9", "9000009")]
    [InlineData("i9 o9 s12", "9000009")]
    [InlineData("i9 o9 a4 s4", "4400055")]
    [InlineData("i9 o9 w4", "4095")]
    [InlineData("i9 o9 w4 l3", "31095")]
    [InlineData("i9 o9 l3", "30096")]
    [InlineData("i9 o9 w2 l3", "30096")] // the writes include the long ones
    [InlineData("i9 o9 r2 w4 l3", "31293")]
    [InlineData("i9 o9 r9", "990")]
    // unknown which of two prices applies
    [InlineData("i9 o9 a4 r2", "")]
    [InlineData("i9 o9 a4 w2", "")]
    [InlineData("i9 o9 a4 l2", "")]
    [InlineData("i9 o9 a4 r2 w2", "")]
    [InlineData("i9 o9 a0 r2 w2", "2295")]
    [InlineData("i9 o9 s4 r2 w2", "4002255")]
    public void Audio_and_cache_are_priced_separately(string usage, string expected)
    {
        var rates = new Rates
        {
            Input = 1_000_000m,
            Output = 10_000_000m,
            CacheRead = 100_000_000m,
            CacheWrite = 1_000_000_000m,
            LongCacheWrite = 10_000_000_000m,
            AudioInput = 100_000_000_000m,
            AudioOutput = 1_000_000_000_000m,
        };
        new ModelPrices { Periods = [new PricePeriod(DateTimeOffset.MinValue, rates, [])] }.Cost(UsageOf(usage), Now, null).ShouldBe(Dollars(expected));
    }

    [Theory]
    [InlineData("google/gemini-3.8-flash", "2026-12-31T23:59:59Z", "4.5")]
    [InlineData("google/gemini-3.8-flash", "2027-01-01T00:00:00Z", "9")]
    [InlineData("google/gemini-3.8-flash", "2026-12-31T23:00:00-05:00", "9")]
    [InlineData("openai/gpt-5.4-nano", "2030-01-01T00:00:00Z", "1.45")]
    public void Prices_have_dates(string model, string at, string expected) =>
        Model(model).Prices!.Cost(UsageOf("i1000000 o1000000"), At(at), null).ShouldBe(Dollars(expected));

    [Fact]
    public void Before_the_date_of_a_price_it_is_unknown()
    {
        var prices = Model("anthropic/claude-sonnet-5-5").Prices!;
        prices.Cost(UsageOf("i1000000 o0 r1000000"), At("2026-10-07T00:00:00Z"), null).ShouldBe(0.1m);
        prices.Cost(UsageOf("i1000000 o0 r1000000"), At("2026-10-06T23:59:59Z"), null).ShouldBeNull();
        prices.Cost(UsageOf("i1000000 o0"), At("2026-10-06T23:59:59Z"), null).ShouldBe(2m);
    }

    [Theory]
    [InlineData("openai/gpt-6.2-sol", null, "2026-11-22T12:00:00Z", "1.2")]
    [InlineData("openai/gpt-6.2-sol", "default", "2026-11-22T12:00:00Z", "1.2")]
    [InlineData("openai/gpt-6.2-sol", "auto", "2026-11-22T12:00:00Z", "1.2")]
    [InlineData("openai/gpt-6.2-sol", "", "2026-11-22T12:00:00Z", "1.2")]
    [InlineData("openai/gpt-6.2-sol", "batch", "2026-11-22T12:00:00Z", "0.6")]
    [InlineData("openai/gpt-6.2-sol", "fast", "2026-11-22T12:00:00Z", "2.4")]
    [InlineData("openai/gpt-6.2-sol", "ultrafast", "2027-02-28T23:59:59Z", "3.6")]
    [InlineData("openai/gpt-6.2-sol", "ultrafast", "2027-03-01T00:00:00Z", "7.2")]
    [InlineData("openai/gpt-6.2-sol", "priority", "2026-11-22T12:00:00Z", "")]
    [InlineData("openai/gpt-5.5", "flex", "2026-11-22T12:00:00Z", "")]
    [InlineData("anthropic/claude-opus-5-5", "standard", "2026-11-22T12:00:00Z", "2.4")]
    [InlineData("anthropic/claude-opus-5-5", "fast", "2026-11-22T12:00:00Z", "4.8")]
    [InlineData("anthropic/claude-opus-5-5", "priority", "2026-11-22T12:00:00Z", "")]
    [InlineData("groq/llama-3.1-8b-instant", "on_demand", "2026-11-22T12:00:00Z", "0.013")]
    public void A_service_tier_has_its_price_or_an_unknown_one(string model, string? tier, string at, string expected) =>
        Model(model).Prices!.Cost(UsageOf("i100000 o100000"), At(at), tier).ShouldBe(Dollars(expected));

    /// <summary>DeepSeek: double from 9 to 12 and from 14 to 18 in Beijing (UTC+8), Monday to Friday.</summary>
    [Theory]
    [InlineData("2026-11-23T00:59:59Z", 1)] // Monday 08:59 in Beijing
    [InlineData("2026-11-23T01:00:00Z", 2)]
    [InlineData("2026-11-23T03:59:59Z", 2)]
    [InlineData("2026-11-23T04:00:00Z", 1)]
    [InlineData("2026-11-23T06:00:00Z", 2)]
    [InlineData("2026-11-23T10:00:00Z", 1)]
    [InlineData("2026-11-22T01:00:00Z", 1)] // Sunday
    [InlineData("2026-11-22T20:00:00-05:00", 2)] // Monday 09:00 in Beijing
    public void Hours_of_the_day_have_a_price(string at, int times)
    {
        var prices = Model("deepseek/deepseek-v4-pro").Prices!;
        prices.Cost(UsageOf("i3000000 o1000000 r1000000"), At(at), null).ShouldBe(times * (2 * 0.66m + 0.022m + 1.98m));
    }

    private static ModelInfo Model(string name) => ModelCatalogue.Embedded.Models.Single(model => model.Name == name);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static decimal? Dollars(string text) => text.Length == 0 ? null : decimal.Parse(text, CultureInfo.InvariantCulture);

    private static Usage UsageOf(string text)
    {
        var counts = Count().Matches(text).ToDictionary(match => match.Groups[1].Value, match => (long?)long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        long? Of(string letter) => counts.GetValueOrDefault(letter);
        return new Usage
        {
            InputTokens = Of("i"),
            OutputTokens = Of("o"),
            CacheReadTokens = Of("r"),
            CacheWriteTokens = Of("w"),
            LongCacheWriteTokens = Of("l"),
            AudioInputTokens = Of("a"),
            AudioOutputTokens = Of("s"),
            ReasoningTokens = Of("t"),
        };
    }

    [GeneratedRegex(@"([a-z])(-?\d+)")]
    private static partial Regex Count();
}
