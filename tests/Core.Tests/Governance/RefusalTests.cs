using Nano.Governance;
using Nano.State;

namespace Nano.Tests.Governance;

/// <summary>What a caller reads whose limit is reached: the scope, the limit, the rest, and when to try again.</summary>
public sealed class RefusalTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "1")]
    [InlineData(0.2, "1")]
    [InlineData(1, "1")]
    [InlineData(1.001, "2")]
    [InlineData(59.5, "60")]
    public void A_rate_names_its_limit_and_the_seconds_to_wait(double wait, string seconds)
    {
        var refused = Refusals.Of(Reservation(), new ReserveResult { Rate = new RateTake("key:key_1", RateTake.Tokens, 1000, 7), RetryAfter = TimeSpan.FromSeconds(wait) }, Now);
        (refused.Status, refused.Code, refused.RetryAfter, refused.IsFinal).ShouldBe((429, "rate_limit_exceeded", seconds, false));
        refused.Message.ShouldBe($"Rate limit reached for the virtual key 'ci' (key_1): 1000 tokens per minute. Try again in {seconds} s.");
    }

    [Fact]
    public void A_limit_on_concurrency_can_end_at_any_time()
    {
        var refused = Refusals.Of(Reservation(), new ReserveResult { Counter = new CounterLimit("team:web", CounterLimit.Open, Now, null) { MaxOpen = 3 } }, Now);
        (refused.Status, refused.Code, refused.RetryAfter, refused.IsFinal).ShouldBe((429, "rate_limit_exceeded", "1", false));
        refused.Message.ShouldBe("The team 'web' has 3 requests open, which is its limit on concurrency. Try again when one of them has ended.");
    }

    [Fact]
    public void A_budget_names_what_is_left_and_when_it_renews()
    {
        var limit = BudgetWindow.At("organization", new Budget(1_500_000_000, "day", "Europe/Berlin"), Now);
        var refused = Refusals.Of(Reservation(), new ReserveResult { Counter = limit, Left = 250_000_000 }, Now);
        (refused.Status, refused.Code, refused.RetryAfter, refused.IsFinal).ShouldBe((429, "budget_exceeded", "39600", true));
        refused.Message.ShouldBe(
            "The budget of the organization is 1.5 USD per day; 0.25 USD are left, and this request may cost up to 0.003 USD. It renews at 2026-11-30T23:00:00Z.");
    }

    [Fact]
    public void A_budget_in_total_does_not_renew()
    {
        var limit = BudgetWindow.At("user:ann", new Budget(2_000_000_000, "total", "UTC"), Now);
        var refused = Refusals.Of(Reservation(), new ReserveResult { Counter = limit, Left = 0 }, Now);
        (refused.RetryAfter, refused.IsFinal).ShouldBe((null, true));
        refused.Message.ShouldBe("The budget of the user 'ann' is 2 USD in total; 0 USD are left, and this request may cost up to 0.003 USD.");
    }

    [Fact]
    public void Errors_that_a_retry_does_not_cure_are_final()
    {
        (Refusals.NoStore.IsFinal, Refusals.NoPolicy("p").IsFinal, Refusals.Unpriced("a/b").IsFinal).ShouldBe((true, true, true));
        var (budget, limits) = (Refusals.BudgetUnavailable(TimeSpan.FromSeconds(2.5)), Refusals.LimitsUnavailable(TimeSpan.FromSeconds(2.5)));
        (budget.IsFinal, budget.RetryAfter, limits.IsFinal, limits.RetryAfter).ShouldBe((false, "3", false, "3"));
        (Refusals.NoPolicy("p").Status, Refusals.NoPolicy("p").Code).ShouldBe((503, "policy_not_configured"));
        Refusals.NoPolicy("p").Message.ShouldContain("'p'");
    }

    /// <summary>Other instances serve the same callers while the store is down.</summary>
    [Fact]
    public void A_quarter_of_each_rate_is_served_without_the_store()
    {
        var share = new LocalShare();
        // A quarter, rounded up: 2 of 5.
        foreach (var isServed in (bool[])[true, true, false]) (share.Take(WithRates(5)) is null).ShouldBe(isServed);
        (share.Take(WithRates(1)) is null, share.Take(WithRates(5) with { Partition = "org:b" }) is null).ShouldBe((false, true));
        var refused = share.Take(WithRates(5))!;
        (refused.Rate!.PerMinute, refused.RetryAfter).ShouldBe((5, TimeSpan.FromSeconds(30)));
        share.Take(WithRates(5) with { At = Now.AddSeconds(30) }).ShouldBeNull();

        // Of two rates, both are taken or none.
        var both = Reservation() with { Rates = [new RateTake("team:t", RateTake.Requests, 400, 1), new RateTake("team:t", RateTake.Tokens, 400, 60)] };
        (share.Take(both) is null, share.Take(both) is null).ShouldBe((true, false));
        var requests = both with { Rates = [both.Rates[0]] };
        for (var i = 0; i < 99; i++) share.Take(requests).ShouldBeNull();
        share.Take(requests).ShouldNotBeNull();
    }

    [Fact]
    public void The_rates_without_the_store_are_bounded()
    {
        var share = new LocalShare();
        for (var i = 0; i < LocalShare.Capacity - 1; i++) share.Take(WithRates(4) with { Partition = $"org:{i}" }).ShouldBeNull();
        share.Take(WithRates(4) with { Partition = "org:0" }).ShouldNotBeNull();
        share.Take(WithRates(4) with { Partition = "org:last" }).ShouldBeNull();
        share.Take(WithRates(4) with { Partition = "org:0" }).ShouldBeNull("the table was full");
    }

    private static Reservation WithRates(long perMinute) => Reservation() with { Rates = [new RateTake("key:key_1", RateTake.Requests, perMinute, 1)] };

    private static Reservation Reservation() => new()
    {
        Partition = "org:a", Attempt = "a|000", Details = new AttemptDetails { Request = "a", Number = 0, StartedAt = Now, Key = "key_1", KeyName = "ci" },
        Estimate = new Amount(3_000_000, 10), At = Now, LeaseEnd = Now.AddSeconds(90),
    };
}
