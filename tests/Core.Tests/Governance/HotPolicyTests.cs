using Microsoft.Extensions.Logging.Abstractions;
using Nano.Chat;
using Nano.Governance;
using Nano.State;
using Nano.Testing;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>Policies of callers that have allotments: limits keep their caller's allotments, and must not outlive what they limit.</summary>
public sealed class HotPolicyTests : StoreFailureFixture
{
    /// <summary>Bytes that a request under a budget and two rates allocates on its thread, besides the details of its attempt, in code that is not optimized.</summary>
    private const int MostWithinAllotment = 1900, MostInStore = 11_500;

    private static readonly ScopeLimits Limits = new()
        { Budgets = [new Budget(100_000_000_000_000, "day", "UTC")], RequestsPerMinute = 10_000_000, TokensPerMinute = 1_000_000_000 };

    private Governor _governor = null!;

    [Theory]
    [InlineData("budget_exceeded")]
    [InlineData("rate_limit_exceeded")]
    public async Task A_policy_that_changes_while_an_allotment_is_held_counts_at_once(string code)
    {
        await StartWithAsync(hotAt: 3);
        var key = await CreateKeyAsync(Limits);
        var policy = (await _keys.CheckAsync(key)).Policy!;
        await WarmAsync(policy);
        // What an allotment of the former limits has left must not be used.
        var changed = code == "budget_exceeded" ? Limits with { Budgets = [new Budget(1, "day", "UTC")] } : Limits with { TokensPerMinute = 1 };
        (await _store.Keys.ChangeAsync(policy.Key!, record => record with { Limits = changed }, default)).ShouldNotBeNull();
        _keys.Forget();
        var now = (await _keys.CheckAsync(key)).Policy!;
        // More than the limit passes a rate when nothing else is in use, which the allotment is.
        (await ReserveAsync(now)).Refused!.Code.ShouldBe(code);
        await _store.DisposeAsync();
        (await RowsAsync()).ShouldAllBe(row => row.State != AttemptState.Open);
    }

    [Fact]
    public async Task A_request_after_the_end_of_a_window_is_not_taken_out_of_an_allotment_of_it()
    {
        await StartWithAsync(hotAt: 3);
        _time.SetUtcNow(_time.GetUtcNow().UtcDateTime.Date.AddDays(2).AddSeconds(-1));
        var policy = (await _keys.CheckAsync(await CreateKeyAsync(Limits))).Policy!;
        await WarmAsync(policy);
        _time.Advance(TimeSpan.FromSeconds(2));
        var details = Details();
        await SettleAsync((await ReserveAsync(policy, details)).Grant!);
        await _store.DisposeAsync();
        var row = (await RowsAsync()).Single(row => row.Details.Request == details.Request);
        row.Counters.ShouldBe([BudgetWindow.At(policy.Scopes[^1].Scope, Limits.Budgets[0], _time.GetUtcNow()).Key]);
        (await LedgerSums.DifferenceAsync(_engine, policy.Partition)).ShouldBeNull();
    }

    [Fact]
    public async Task Attempts_of_one_request_and_responses_from_the_cache_are_taken_out_of_their_own_limits()
    {
        await StartWithAsync(hotAt: 3);
        var policy = (await _keys.CheckAsync(await CreateKeyAsync(Limits))).Policy!;
        await WarmAsync(policy);
        var (first, second, cached) = (Details(), Details() with { Number = 1 }, Details());
        await SettleAsync((await ReserveAsync(policy, first)).Grant!);
        var later = await _governor.ReserveAsync(policy, second, Deployment, new RequestSize(3, 2, 1), isFirst: false);
        later.Rates.ShouldAllBe(rate => rate.Take.Kind == RateTake.Tokens);
        await SettleAsync(later.Grant!);
        (await _governor.BookFreeAsync(policy, cached, null, 1)).Refused.ShouldBeNull();
        await _store.DisposeAsync();
        var rows = await RowsAsync();
        foreach (var details in new[] { first, second })
            rows.Single(row => row.Details.Request == details.Request).Counters.ShouldHaveSingleItem();
        var free = rows.Single(row => row.Details.Request == cached.Request);
        (free.Counters.Count, free.Charged.NanoUsd, free.Settlement!.Outcome).ShouldBe((0, 0, AttemptRow.Cached));
        (await LedgerSums.DifferenceAsync(_engine, policy.Partition)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_stores_do_not_share_an_allotment()
    {
        await StartWithAsync(hotAt: 3);
        var policy = (await _keys.CheckAsync(await CreateKeyAsync(Limits))).Policy!;
        await WarmAsync(policy);
        await using var other = new StateStore(() => _engine, TimeSpan.FromMinutes(2), _time, hotAt: 3);
        var (unwritten, details) = (Lent.Unwritten, Details());
        (await new Governor(other, _pending, Share, _time).ReserveAsync(policy, details, Deployment, new RequestSize(3, 2, 1), isFirst: true)).Grant.ShouldNotBeNull();
        Lent.Unwritten.ShouldBe(unwritten);
        (await FindAsync(details)).ShouldHaveSingleItem().State.ShouldBe(AttemptState.Open);
    }

    [Theory]
    [InlineData(3, MostWithinAllotment)]
    [InlineData(0, MostInStore)]
    public async Task A_request_allocates_little(int hotAt, int most)
    {
        await StartWithAsync(hotAt);
        var policy = (await _keys.CheckAsync(await CreateKeyAsync(Limits))).Policy!;
        if (hotAt > 0) await WarmAsync(policy);
        var least = long.MaxValue;
        for (var i = 0; i < 200; i++)
        {
            var (details, unwritten) = (Details(), hotAt > 0 ? Lent.Unwritten : -1);
            var bytes = Measure(policy, details);
            if (hotAt == 0 || Lent.Unwritten > unwritten) least = Math.Min(least, bytes);
            // The next allotment is borrowed by another thread.
            else await Task.Yield();
        }
        least.ShouldBeInRange(1, most);
    }

    /// <summary>Nothing waits in it, so that all of it runs on this thread.</summary>
    private long Measure(CallerPolicy policy, AttemptDetails details)
    {
        var usage = new Usage { InputTokens = 3, OutputTokens = 2 };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reserving = _governor.ReserveAsync(policy, details, Deployment, new RequestSize(3, 2, 1), isFirst: true);
        if (!reserving.IsCompletedSuccessfully) return long.MaxValue;
        var settling = reserving.Result.Grant!.SettleAsync(usage, 1, null, isWhole: true, "ok", null);
        return settling.IsCompletedSuccessfully ? GC.GetAllocatedBytesForCurrentThread() - before : long.MaxValue;
    }

    private AllottedLedger Lent => (AllottedLedger)_store.Ledger;

    private async Task StartWithAsync(int hotAt)
    {
        await StartAsync();
        _store = new StateStore(() => _engine, TimeSpan.FromMinutes(2), _time, hotAt);
        _pending = new PendingCloses(_store, _time, NullLogger.Instance);
        _keys = new VirtualKeys(_store, _time);
        _governor = new Governor(_store, _pending, Share, _time);
    }

    /// <summary>Sends requests until one is taken out of an allotment.</summary>
    private Task WarmAsync(CallerPolicy policy) => Wait.UntilAsync(async () =>
    {
        var grant = (await ReserveAsync(policy)).Grant!;
        var isLent = Lent.Unwritten > 0;
        await SettleAsync(grant);
        return isLent;
    });

    private Task<(Grant? Grant, Nano.Errors.GatewayError? Refused, IReadOnlyList<RateState> Rates)> ReserveAsync(CallerPolicy policy) => ReserveAsync(policy, Details());

    private static ValueTask SettleAsync(Grant grant) => grant.SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);

    private ValueTask<List<AttemptRow>> RowsAsync() =>
        LedgerFold.ReadAsync(_engine, StateKeys.Organization(_organization), DateTimeOffset.MinValue, null, default).ToListAsync();

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new MemoryEngine());
}
