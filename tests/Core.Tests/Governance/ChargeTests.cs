using Nano.Chat;
using Nano.Configuration;
using Nano.Governance;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;

namespace Nano.Tests.Governance;

/// <summary>What an attempt costs: the catalogue's or the owner's price, else the policy's, else the estimate.</summary>
public sealed class ChargeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly Deployment Priced = Deploy("own");
    private static readonly Deployment Unpriced = Deploy("of-tomorrow");
    private static readonly PolicyPrice Own = new("openai/*", 3, 7);

    private static readonly Usage Used = new()
    {
        InputTokens = 1000, OutputTokens = 200, CacheReadTokens = 300, CacheWriteTokens = 100, LongCacheWriteTokens = 40, ReasoningTokens = 50, ServiceTier = "flex",
    };

    /// <summary>600 fresh tokens at 2, 300 from the cache at 0.5, 100 into it at 4, 200 of output at 10.</summary>
    [Fact]
    public void A_settlement_has_every_part_of_the_usage_and_its_price()
    {
        var (settlement, cost) = Charge.Of(Used, isReported: true, Priced, null, Own, Now, new Amount(777, 7), "ok", "dropped=n");
        cost.ShouldBe(0.00375m);
        settlement.ShouldBe(new Settlement
        {
            Actual = new Amount(3_750_000, 1200), InputTokens = 1000, OutputTokens = 200, CacheReadTokens = 300, CacheWriteTokens = 100, LongCacheWriteTokens = 40,
            ReasoningTokens = 50, PriceVersion = "configured", Tier = "flex", Outcome = "ok", Losses = "dropped=n",
        });
    }

    [Theory]
    [InlineData(true, true, true, 3_750_000, false, "configured")]
    [InlineData(true, true, false, 3_750_000, true, "configured")]
    [InlineData(true, false, true, 3_750_000, false, "configured")]
    [InlineData(false, true, true, 4_400_000, false, "policy")]
    [InlineData(false, true, false, 4_400_000, true, "policy")]
    [InlineData(false, false, true, 777, true, null)]
    public void The_price_is_the_models_else_the_policys_else_the_estimate_is_charged(bool isPriced, bool hasOwn, bool isReported, long nano, bool isPresumed, string? version)
    {
        var (settlement, cost) = Charge.Of(Used, isReported, isPriced ? Priced : Unpriced, null, hasOwn ? Own : null, Now, new Amount(777, 7), "ok", null);
        (settlement.Actual, settlement.IsPresumed, settlement.PriceVersion).ShouldBe((new Amount(nano, 1200), isPresumed, version));
        cost.ShouldBe(nano == 777 ? null : nano / 1_000_000_000m);
    }

    [Fact]
    public void A_price_that_cannot_be_applied_keeps_its_version()
    {
        var part = new Usage { InputTokens = 1000 };
        var (settlement, cost) = Charge.Of(part, isReported: false, Priced, null, null, Now, new Amount(777, 7), "ok", null);
        (settlement.Actual, settlement.PriceVersion, cost).ShouldBe((new Amount(777, 1000), "configured", null));
        (settlement, cost) = Charge.Of(part, isReported: false, Priced, null, Own, Now, new Amount(777, 7), "ok", null);
        (settlement.Actual, settlement.PriceVersion, cost).ShouldBe((new Amount(3_000_000, 1000), "policy", 0.003m));
    }

    [Fact]
    public void Counts_of_a_provider_are_neither_negative_nor_endless()
    {
        var usage = new Usage { InputTokens = -5, OutputTokens = long.MaxValue, CacheReadTokens = -1, ReasoningTokens = -1 };
        var (settlement, _) = Charge.Of(usage, isReported: true, Unpriced, null, Own, Now, default, "ok", null);
        (settlement.InputTokens, settlement.OutputTokens, settlement.CacheReadTokens, settlement.ReasoningTokens).ShouldBe((0, Usage.MostTokens, 0, 0));
        settlement.Actual.NanoUsd.ShouldBe(Amount.MaxNanoUsd);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-1", 0)]
    [InlineData("0.0000000001", 1)]
    [InlineData("0.000000001", 1)]
    [InlineData("0.0000000011", 2)]
    [InlineData("1.5", 1_500_000_000)]
    [InlineData("999999.999999999", 999_999_999_999_999)]
    [InlineData("1000000", 1_000_000_000_000_000)]
    [InlineData("1000000.1", 1_000_000_000_000_000)]
    [InlineData("79228162514264337593543950335", 1_000_000_000_000_000)]
    public void Money_is_rounded_up_to_whole_nano_dollars(string usd, long nano)
    {
        Amount.NanoOf(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(nano);
        Amount.NanoOf(Amount.UsdOf(nano)).ShouldBe(nano);
    }

    [Theory]
    [InlineData(5, -3, 2)]
    [InlineData(long.MaxValue, 1, long.MaxValue)]
    [InlineData(long.MaxValue - 1, 1, long.MaxValue)]
    [InlineData(1, long.MaxValue, long.MaxValue)]
    [InlineData(-2, -long.MaxValue, long.MinValue + 1)]
    [InlineData(long.MaxValue, -long.MaxValue, 0)]
    [InlineData(-long.MaxValue, long.MaxValue, 0)]
    public void Sums_of_amounts_saturate(long a, long b, long sum)
    {
        (new Amount(a, 10) + new Amount(b, 1)).ShouldBe(new Amount(sum, 11));
        (new Amount(10, a) + new Amount(1, b)).ShouldBe(new Amount(11, sum));
        (new Amount(a, 10) - new Amount(-b, 1)).ShouldBe(new Amount(sum, 9));
        (new Amount(10, a) - new Amount(1, -b)).ShouldBe(new Amount(9, sum));
    }

    [Fact]
    public void A_policys_price_is_for_a_million_tokens_and_survives_its_row()
    {
        var price = new PolicyPrice("self/*", 0.25m, 1.5m);
        price.Cost(2_000_000, 3_000_000).ShouldBe(5m);
        price.Cost(1, 0).ShouldBe(0.00000025m);
        price.Write().ShouldBe("self/* 0.25 1.5");
        PolicyPrice.Read(price.Write()).ShouldBe(price);
    }

    private static Deployment Deploy(string model) => new(FakeProvider.Create("openai"), model, ModelCatalogue.Embedded, "http://openai.test",
        new SettingsSecretSource(new Dictionary<string, string>()),
        prices: new PriceList(new Dictionary<string, ModelPriceConfig> { ["openai/own"] = new(2, 10, 0.5m, 4) }));
}
