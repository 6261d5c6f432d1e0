using Nano.State;

namespace Nano.Tests.State;

/// <summary>Times and texts that instances share.</summary>
public sealed class SharedRowsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryEngine _memory = new();
    private readonly CountingEngine _engine;
    private readonly SharedTimes _times;

    public SharedRowsTests()
    {
        _engine = new CountingEngine(_memory);
        _times = new SharedTimes(new StateTransactions(_engine));
    }

    [Fact]
    public async Task A_time_is_extended_and_never_shortened()
    {
        await _times.ExtendAsync(Until("a", 60, "rate_limit"), default);
        await _times.ExtendAsync(Until("a", 60, "same"), default);
        await _times.ExtendAsync(Until("a", 30, "shorter"), default);
        (await _times.ListAsync(Now, default)).ShouldBe([Until("a", 60, "rate_limit")]);
        await _times.ExtendAsync(Until("a", 61, "quota"), default);
        await _times.ExtendAsync(Until("b", 5, "key"), default);
        (await _times.ListAsync(Now, default)).ShouldBe([Until("a", 61, "quota"), Until("b", 5, "key")]);
        (await _times.ListAsync(Now.AddSeconds(5), default)).ShouldBe([Until("a", 61, "quota")], "the other is over");
        await _times.RemoveAsync("a", default);
        (await _times.ListAsync(Now, default)).ShouldBe([Until("b", 5, "key")]);
    }

    [Fact]
    public async Task Times_that_ended_ten_minutes_ago_are_deleted_twenty_at_once()
    {
        for (var i = 0; i < 25; i++) await _times.ExtendAsync(Until($"n{i:D2}", 0, "x"), default);
        (await _times.ListAsync(Now.AddMinutes(10), default)).ShouldBeEmpty();
        (await CountAsync()).ShouldBe(25);
        (await _times.ListAsync(Now.AddMinutes(10).AddMilliseconds(1), default)).ShouldBeEmpty();
        (await CountAsync()).ShouldBe(5);
        await _times.ListAsync(Now.AddMinutes(10).AddMilliseconds(1), default);
        (await CountAsync()).ShouldBe(0);

        async Task<int> CountAsync() => (await _memory.ScanAsync("deployments", "u|", "u}", 100, default)).Count;
    }

    [Fact]
    public async Task One_instance_has_a_claim_until_it_is_over_or_ended()
    {
        var (one, two) = (Until("probe", 60, "one"), Until("probe", 60, "two"));
        (await ClaimAsync(one, 0)).ShouldBeNull();
        (await ClaimAsync(one, 1)).ShouldBeNull("it is its own");
        (await ClaimAsync(two, 59.9)).ShouldBe(one);
        (await _times.ClaimAsync(two, Now, known => known.Reason == "one", default)).ShouldBeNull("it is a result");
        (await ClaimAsync(one, 60)).ShouldBeNull("it is over");
        await _times.EndClaimAsync(two, null, default);
        (await _times.ListAsync(Now, default)).ShouldBe([one], "the claim of another stays");
        await _times.EndClaimAsync(one, Until("probe", 90, "failed"), default);
        (await _times.ListAsync(Now, default)).ShouldBe([Until("probe", 90, "failed")]);
        await _times.EndClaimAsync(Until("probe", 0, "failed"), null, default);
        (await _times.ListAsync(Now, default)).ShouldBeEmpty();

        async Task<SharedTime?> ClaimAsync(SharedTime claim, double seconds) => await _times.ClaimAsync(claim, Now.AddSeconds(seconds), _ => false, default);
    }

    [Fact]
    public async Task A_store_that_does_not_exist_is_not_asked()
    {
        _engine.Exists = false;
        (await _times.ListAsync(Now, default)).ShouldBeEmpty();
        await _times.RemoveAsync("a", default);
        _engine.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task The_first_text_of_a_name_is_the_one_that_all_read()
    {
        var (one, other) = (new SharedTexts(new StateTransactions(_memory)), new SharedTexts(new StateTransactions(_memory)));
        (await one.ReadOrCreateAsync("a", "first", default)).ShouldBe("first");
        (await other.ReadOrCreateAsync("a", "second", default)).ShouldBe("first");
        await other.WriteAsync("a", "third", default);
        (await one.ReadOrCreateAsync("a", "fourth", default)).ShouldBe("third");
        (await one.ReadOrCreateAsync("b", "other", default)).ShouldBe("other");
    }

    private static SharedTime Until(string name, int seconds, string reason) => new(name, Now.AddSeconds(seconds), reason);
}
