using Microsoft.Extensions.Time.Testing;
using Nano.State;

namespace Nano.Tests.State;

/// <summary>What one allotment lends: of money, tokens and requests, until it is low, retired or near the end of its lease.</summary>
public sealed class AllotmentLimitTests
{
    private const string Partition = "org:acme";

    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly CounterLimit Total = new("key:k", "total", DateTimeOffset.MinValue, null);
    private static readonly RateTake Requests = new("key:k", RateTake.Requests, 1000, 10);
    private static readonly RateTake Tokens = new("key:k", RateTake.Tokens, 10_000, 100);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly MemoryEngine _memory = new();
    private readonly CountingEngine _engine;
    private readonly StateTransactions _transactions;
    private readonly Ledger _ledger;
    private int _number;

    public AllotmentLimitTests()
    {
        _engine = new CountingEngine(_memory);
        _transactions = new StateTransactions(_engine);
        _ledger = new Ledger(_transactions, _time);
        _memory.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task It_lends_money_tokens_and_requests_as_far_as_each_of_them_lasts()
    {
        (await CreateAsync()).Take(One(1001, 1), _time.GetTimestamp()).ShouldBeNull();
        (await CreateAsync()).Take(One(1, 101), _time.GetTimestamp()).ShouldBeNull();
        (await CreateAsync()).Take(One(1000, 100), _time.GetTimestamp()).ShouldNotBeNull();
        var many = await CreateAsync();
        for (var i = 0; i < 10; i++) many.Take(One(1, 1), _time.GetTimestamp()).ShouldNotBeNull();
        many.Take(One(1, 1), _time.GetTimestamp()).ShouldBeNull("it was for ten requests");
        var retired = await CreateAsync();
        retired.Retire();
        (retired.Take(One(1, 1), _time.GetTimestamp()), retired.IsRetired).ShouldBe((null, true));
    }

    [Fact]
    public async Task A_request_of_unknown_cost_is_not_free_under_a_budget()
    {
        var allotment = await CreateAsync();
        allotment.Take(One(999, 1), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Take(One(0, 1), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Take(One(1, 1), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Take(One(0, 1), _time.GetTimestamp()).ShouldBeNull();
        allotment.Take(One(0, 1) with { Counters = [] }, _time.GetTimestamp()).ShouldNotBeNull();
    }

    /// <summary>Another instance may charge it once its lease has ended.</summary>
    [Fact]
    public async Task Near_the_end_of_its_lease_it_lends_nothing()
    {
        var allotment = await CreateAsync();
        allotment.Take(One(1, 1) with { At = Now.AddSeconds(65).AddTicks(-1) }, _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Take(One(1, 1) with { At = Now.AddSeconds(65) }, _time.GetTimestamp()).ShouldBeNull();
        _time.SetUtcNow(Now.AddSeconds(25).AddTicks(-1));
        (await allotment.TickAsync()).ShouldBeFalse();
        allotment.Take(One(1, 1) with { At = Now.AddSeconds(65) }, _time.GetTimestamp()).ShouldBeNull();
        _time.SetUtcNow(Now.AddSeconds(25));
        (await allotment.TickAsync()).ShouldBeFalse();
        allotment.Take(One(1, 1) with { At = Now.AddSeconds(65) }, _time.GetTimestamp()).ShouldNotBeNull("it was renewed");
        allotment.Take(One(1, 1) with { At = Now.AddSeconds(25 + 65) }, _time.GetTimestamp()).ShouldBeNull();
        var calls = _engine.Calls;
        (await allotment.TickAsync()).ShouldBeFalse();
        _engine.Calls.ShouldBe(calls, "the next renewal is in 25 s");
    }

    [Theory]
    [InlineData(500, 50, false)]
    [InlineData(501, 1, true)]
    [InlineData(1, 51, true)]
    public async Task It_is_low_when_less_than_half_of_money_or_tokens_is_left(long nano, long tokens, bool isLow)
    {
        var allotment = await CreateAsync();
        allotment.Take(One(nano, tokens), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.IsLow.ShouldBe(isLow);
    }

    [Fact]
    public async Task It_is_low_when_less_than_half_of_the_requests_is_left()
    {
        var allotment = await CreateAsync();
        for (var i = 0; i < 5; i++) allotment.Take(One(1, 1), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.IsLow.ShouldBeFalse();
        allotment.Take(One(1, 1), _time.GetTimestamp()).ShouldNotBeNull();
        allotment.IsLow.ShouldBeTrue();
    }

    [Fact]
    public async Task The_rates_of_a_request_include_what_is_left_of_it()
    {
        var allotment = await CreateAsync();
        var taken = allotment.Take(One(100, 10) with { Rates = [Requests with { Count = 1 }, Tokens with { Count = 10 }] }, _time.GetTimestamp())!;
        taken.IsGranted.ShouldBeTrue();
        taken.Rates.Select(rate => (rate.Take.Kind, rate.Remaining)).ShouldBe([(RateTake.Requests, 990L + 9), (RateTake.Tokens, 9900 + 90)]);
        allotment.Take(One(100, 10), _time.GetTimestamp())!.Rates.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_request_did_not_use_can_be_lent_again()
    {
        var allotment = await CreateAsync();
        var first = One(1000, 100);
        allotment.Take(first, _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Close(first, AttemptState.Settled, Used(300, 40)).ShouldBeTrue();
        allotment.Close(first, AttemptState.Settled, Used(300, 40)).ShouldBeFalse("its outcome is known");
        allotment.Take(One(701, 1), _time.GetTimestamp()).ShouldBeNull();
        allotment.Take(One(1, 61), _time.GetTimestamp()).ShouldBeNull();
        var second = One(700, 60);
        allotment.Take(second, _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Close(second, AttemptState.Settled, Used(800, 90)).ShouldBeTrue();
        allotment.Take(One(0, 0) with { Counters = [] }, _time.GetTimestamp()).ShouldBeNull("more was used than was lent");
    }

    [Fact]
    public async Task What_was_used_moves_to_rows_of_its_own_and_the_rest_is_returned()
    {
        var allotment = await CreateAsync();
        var (first, open) = (One(100, 10), One(200, 20));
        allotment.Take(first, _time.GetTimestamp()).ShouldNotBeNull();
        allotment.Take(open, _time.GetTimestamp()).ShouldNotBeNull();
        await ShouldBeAsync(0, 1000, 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        allotment.Close(first, AttemptState.Settled, Used(70, 7));
        (await allotment.TickAsync()).ShouldBeFalse();
        allotment.Unwritten.ShouldBe(1, "the other one is open");
        var row = (await _ledger.FindAsync(Partition, first.Details.Request, default)).Single();
        (row.State, row.Charged, row.ClosedAt, row.Rates.Count).ShouldBe((AttemptState.Settled, new Amount(70, 7), _time.GetUtcNow(), 0));
        await ShouldBeAsync(70, 930, 1);

        allotment.Retire();
        (await allotment.TickAsync()).ShouldBeFalse("a request in it is open");
        allotment.Close(open, AttemptState.Released, new Settlement { Actual = default, Outcome = "failed" });
        (await allotment.TickAsync()).ShouldBeTrue();
        await ShouldBeAsync(70, 0, 0);
        // Of the tokens, only what was used stays counted.
        (await _memory.ReadAsync(Partition, [Tokens.Key], default))[0]!.Fields.Number("arrival").ShouldBe(Now.UtcTicks + 7 * TimeSpan.FromMinutes(1).Ticks / 10_000);
    }

    /// <summary>Its lease ended while the instance was stopped: another one has charged all of it.</summary>
    [Fact]
    public async Task After_its_lease_has_ended_it_lends_nothing_and_its_rows_correct_the_charge()
    {
        var allotment = await CreateAsync();
        var used = One(100, 10);
        allotment.Take(used, _time.GetTimestamp()).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(3));
        (await new Ledger(new StateTransactions(_memory), _time).SweepAsync(Partition, default)).ShouldBeTrue();
        await ShouldBeAsync(1000, 0, 0);
        (await allotment.TickAsync()).ShouldBeFalse();
        allotment.IsRetired.ShouldBeTrue();
        allotment.Close(used, AttemptState.Settled, Used(70, 7)).ShouldBeTrue();
        (await allotment.TickAsync()).ShouldBeTrue();
        await ShouldBeAsync(70, 0, 0);
        (await LedgerSums.DifferenceAsync(_memory, Partition)).ShouldBeNull();
    }

    /// <summary>So that little of a budget or a rate is reserved without being used.</summary>
    [Theory]
    [InlineData(50_000, 1_000_000, 10)]
    [InlineData(1_000_000, 6000, 12)]
    public async Task A_hot_caller_borrows_at_most_a_fiftieth_of_each_limit(long budget, long perMinute, long requests)
    {
        await using var hot = new AllottedLedger(_ledger, _transactions, threshold: 3, _time);
        for (var i = 0; i < 4; i++)
        {
            var one = One(100, 10) with { Counters = [Total with { MaxNanoUsd = budget }], Rates = [new RateTake("key:k", RateTake.Tokens, perMinute, 10)] };
            (await hot.ReserveAsync(one, default)).IsGranted.ShouldBeTrue();
            (await hot.SettleAsync(one, new Settlement { Actual = new Amount(100, 10) }, default)).ShouldBeTrue();
        }
        AttemptRow? lent = null;
        await Testing.Wait.UntilAsync(async () =>
        {
            await foreach (var row in _ledger.ReadAsync(Partition, Now.AddMinutes(-1), Now.AddMinutes(1), default))
                if (row.IsAllotment) lent = row;
            return lent is not null;
        });
        lent!.Estimate.ShouldBe(new Amount(100 * requests, 10 * requests));
    }

    private async Task<Allotment> CreateAsync()
    {
        var lent = One(1000, 100) with { Rates = [Requests, Tokens] };
        lent = lent with { Details = lent.Details with { Provider = "" } };
        var result = await _ledger.ReserveAsync(lent, default);
        result.IsGranted.ShouldBeTrue();
        return new Allotment(_ledger, _transactions, _time, lent, result.Rates, 10);
    }

    private Reservation One(long nano, long tokens)
    {
        var request = SortableId.FloorOf(Now) + (++_number).ToString("D16", System.Globalization.CultureInfo.InvariantCulture);
        return new Reservation
        {
            Partition = Partition, Attempt = StateKeys.AttemptId(request, 0), Counters = [Total], Estimate = new Amount(nano, tokens), At = Now, LeaseEnd = Now + Allotment.Lease,
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = Now, Organization = "acme", Key = "k", Provider = "nano", Model = "echo" },
        };
    }

    private static Settlement Used(long nano, long tokens) => new() { Actual = new Amount(nano, tokens) };

    private async Task ShouldBeAsync(long charged, long reserved, long open)
    {
        var counter = Counter.Read((await _memory.ReadAsync(Partition, [Total.Key], default))[0]);
        (counter.Charged.NanoUsd, counter.Reserved.NanoUsd, counter.Open).ShouldBe((charged, reserved, open));
    }
}
