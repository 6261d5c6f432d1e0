using Nano.State;

namespace Nano.Tests.State;

/// <summary>Rates per minute: how much is admitted, what is left, and how usage corrects an estimate.</summary>
public sealed class GcraTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_whole_limit_may_be_used_at_once_and_recovers_evenly()
    {
        var take = Tokens(100, 40);
        var (fields, wait, state) = Gcra.Take(null, take, Now);
        (wait, state).ShouldBe((TimeSpan.Zero, new RateState(take, 60, TimeSpan.FromSeconds(24))));
        (fields, _, state) = Gcra.Take(fields, take with { Count = 60 }, Now);
        state.ShouldBe(new RateState(take with { Count = 60 }, 0, TimeSpan.FromSeconds(60)));
        (var refused, wait, state) = Gcra.Take(fields, take, Now.AddSeconds(6));
        refused.ShouldBeNull();
        (wait, state).ShouldBe((TimeSpan.FromSeconds(18), new RateState(take, 10, TimeSpan.FromSeconds(54))));
        (fields, _, state) = Gcra.Take(fields, take, Now.AddSeconds(24));
        fields.ShouldNotBeNull();
        state.ShouldBe(new RateState(take, 0, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Time_that_passed_without_requests_is_not_saved_up()
    {
        var fields = Gcra.Take(null, Tokens(100, 10), Now).Fields;
        var (later, _, state) = Gcra.Take(fields, Tokens(100, 100), Now.AddHours(1));
        later.ShouldNotBeNull();
        state.Remaining.ShouldBe(0);
        Gcra.Take(later, Tokens(100, 1), Now.AddHours(1)).RetryAfter.ShouldBe(TimeSpan.FromSeconds(0.6));
    }

    [Fact]
    public void A_take_changes_no_row_that_was_read()
    {
        var before = Gcra.Take(null, Tokens(100, 10), Now).Fields!.Set("other", 7);
        var arrival = before.Number("arrival");
        var after = Gcra.Take(before, Tokens(100, 10), Now).Fields!;
        (before.Number("arrival"), after.Number("other")).ShouldBe((arrival, 7));
        Gcra.Correct(before, 100, 10, 0).Number("arrival").ShouldBe(arrival - TimeSpan.FromSeconds(6).Ticks);
        before.Number("arrival").ShouldBe(arrival);
    }

    [Fact]
    public void More_than_the_limit_counts_as_the_whole_limit_and_less_than_nothing_as_nothing()
    {
        Gcra.Take(null, Tokens(100, 5000), Now).State.ShouldBe(new RateState(Tokens(100, 5000), 0, TimeSpan.FromSeconds(60)));
        Gcra.Take(null, Tokens(100, -5), Now).State.ShouldBe(new RateState(Tokens(100, -5), 100, TimeSpan.Zero));
        Gcra.Take(null, Tokens(long.MaxValue, long.MaxValue), Now).State.Remaining.ShouldBe(0);
    }

    /// <summary>The estimate counted as at most a minute of the limit, and so it is returned.</summary>
    [Theory]
    [InlineData(40, 10, -18)]
    [InlineData(40, 40, 0)]
    [InlineData(40, 100, 36)]
    [InlineData(40, 250, 126)]
    [InlineData(5000, 0, -60)]
    [InlineData(5000, 250, 90)]
    [InlineData(0, 1000, 600)]
    [InlineData(0, 5000, 600)]
    public void Usage_corrects_the_estimate_by_at_most_ten_minutes_of_the_limit(long taken, long used, int seconds)
    {
        var fields = Gcra.Take(null, Tokens(100, taken), Now).Fields!;
        Gcra.Correct(fields, 100, taken, used).Number("arrival").ShouldBe(fields.Number("arrival") + TimeSpan.FromSeconds(seconds).Ticks);
    }

    private static RateTake Tokens(long perMinute, long count) => new("key:k", RateTake.Tokens, perMinute, count);
}
