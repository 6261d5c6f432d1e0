using Nano.Configuration;
using Nano.Panel;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;

namespace Nano.Tests.Panel;

/// <summary>What attempts would have cost with other prices.</summary>
public sealed class OtherPricesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly Router Router = new([.. FakeProvider.Four], ModelCatalogue.Embedded, new GatewayOptions(), new SettingsSecretSource(new Dictionary<string, string>()));

    private static readonly OtherPrices Other = new(new Dictionary<string, ModelPrices> { ["openai/own"] = ModelPrices.Of(2, 10, 0.5m, 4) }, Router);

    private static readonly Settlement Used = new()
    {
        Actual = new Amount(1, 1200), InputTokens = 1000, OutputTokens = 200, CacheReadTokens = 300, CacheWriteTokens = 100, LongCacheWriteTokens = 40, Outcome = "ok",
    };

    [Theory]
    [InlineData("own", null, 3_750_000L)]
    [InlineData("own", "flex", 3_750_000L)]
    // The catalogue's: 700 tokens at 5, 300 at 0.5 and 200 at 30, without cache writes.
    [InlineData("gpt-5.5", null, 9_650_000L)]
    [InlineData("gpt-5.5", "priority-of-tomorrow", null)]
    [InlineData("of-tomorrow", null, null)]
    public void An_attempt_has_the_named_price_else_that_of_the_catalogue(string model, string? tier, long? nano)
    {
        var used = model == "gpt-5.5" ? Used with { CacheWriteTokens = 0, LongCacheWriteTokens = 0 } : Used;
        for (var i = 0; i < 2; i++) Other.CostOf(Attempt(model, AttemptState.Settled, used with { Tier = tier })).ShouldBe(nano);
    }

    /// <summary>A response reports the snapshot that served; the price is named for the catalogue's model.</summary>
    [Fact]
    public void The_model_that_responded_has_the_price_named_for_its_id()
    {
        var other = new OtherPrices(new Dictionary<string, ModelPrices> { ["openai/gpt-5.5"] = ModelPrices.Of(2, 10, 0.5m, 4) }, Router);
        foreach (var answered in (string[])["gpt-5.5-2026-04-23", "gpt-5.5"])
            other.CostOf(Attempt("router", AttemptState.Settled, Used with { PricedModel = answered })).ShouldBe(3_750_000, answered);
    }

    [Fact]
    public void What_served_nothing_costs_nothing_and_unknown_tokens_have_an_unknown_cost()
    {
        Other.CostOf(Attempt("own", AttemptState.Released, Used)).ShouldBe(0);
        Other.CostOf(Attempt("own", AttemptState.Settled, Used with { Outcome = AttemptRow.Cached })).ShouldBe(0);
        Other.CostOf(Attempt("own", AttemptState.Open, null)).ShouldBeNull();
        Other.CostOf(Attempt("own", AttemptState.Presumed, new Settlement { Actual = new Amount(5, 5), Outcome = "presumed" })).ShouldBeNull();
        Other.CostOf(Attempt("own", AttemptState.Settled, new Settlement { Actual = default, OutputTokens = 1 })).ShouldBe(10_000);
        Other.CostOf(Attempt("own", AttemptState.Settled, new Settlement { Actual = default, InputTokens = 1 })).ShouldBe(2_000);
    }

    private static AttemptRow Attempt(string model, AttemptState state, Settlement? settlement) => new()
    {
        Id = "r|000", Details = new AttemptDetails { Request = "r", Number = 0, StartedAt = Now, Provider = "openai", Model = model }, State = state, Estimate = default,
        ReservedAt = Now, Settlement = settlement,
    };
}
