using Microsoft.Extensions.Time.Testing;
using Nano.State;

namespace Nano.Tests.State;

/// <summary>Which attempts count in which windows, which leases have ended, and what retention keeps.</summary>
public sealed class LedgerWindowTests
{
    private const string Partition = "org:acme";

    private readonly DateTimeOffset _day = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time;
    private readonly MemoryEngine _engine = new();
    private readonly Ledger _ledger;

    public LedgerWindowTests()
    {
        _time = new FakeTimeProvider(_day.AddDays(-1));
        _ledger = new Ledger(new StateTransactions(_engine), _time);
        _engine.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    /// <summary>A window has its first moment and not the one after its last.</summary>
    [Fact]
    public async Task A_computed_counter_has_the_attempts_that_were_reserved_in_its_window()
    {
        var window = Day("team:t");
        await ReserveAsync(_day.AddTicks(-10_000), 1);
        await ReserveAsync(_day, 20);
        // Its request began on the day before.
        await ReserveAsync(_day, 300, began: _day.AddMinutes(-119));
        await ReserveAsync(_day.AddDays(1).AddTicks(-10_000), 4000);
        await ReserveAsync(_day.AddDays(1), 50_000);
        await ReserveAsync(_day.AddDays(1), 7_000_000, began: _day.AddDays(1).AddMinutes(-1));
        await ReserveAsync(_day, 600_000, team: "other");
        (await _ledger.CountAsync(Partition, [window], default)).Single().ShouldBe(new Counter { Base = new Amount(4320, 30) });
        (await _ledger.CountAsync(Partition, [Day(ScopeName.Organization)], default)).Single().Total.NanoUsd.ShouldBe(604_320);
        (await _ledger.CountAsync(Partition, [Total("team:t")], default)).Single().Total.NanoUsd.ShouldBe(7_054_321);
        (await _ledger.CountAsync(Partition, [new CounterLimit("team:t", CounterLimit.Open, _day, null)], default)).Single().ShouldBe(default);
    }

    [Fact]
    public async Task Several_windows_are_computed_together()
    {
        await ReserveAsync(_day, 20);
        await ReserveAsync(_day.AddDays(3), 300, team: "other");
        var counters = await _ledger.CountAsync(Partition, [Day("team:t"), new CounterLimit("team:other", "week@UTC:2026-11-30", _day, _day.AddDays(7)),
            Total(ScopeName.Organization), Day("team:other")], default);
        counters.Select(counter => counter.Total.NanoUsd).ShouldBe([20, 300, 320, 0]);
    }

    /// <summary>A limit that existed has its own attempts apart from earlier ones, open ones with their estimates.</summary>
    [Fact]
    public async Task A_computed_counter_knows_which_attempts_count_in_it()
    {
        var window = Day("team:t");
        var open = await ReserveAsync(_day, 20, counters: [window]);
        var settled = await ReserveAsync(_day, 300, counters: [window]);
        await _ledger.SettleAsync(settled, new Settlement { Actual = new Amount(7, 1) }, default);
        var other = await ReserveAsync(_day, 4000);
        await _ledger.SettleAsync(other, new Settlement { Actual = new Amount(11, 1) }, default);
        await ReserveAsync(_day, 50_000);
        (await LedgerFold.ComputeAsync(_engine, Partition, [window], default))[0].ShouldBe(
            new Counter { Base = new Amount(50_011, 11), Charged = new Amount(7, 1), Reserved = open.Estimate, Open = 1 });
    }

    [Fact]
    public async Task A_lease_has_ended_a_few_seconds_after_its_end()
    {
        var reservation = await ReserveAsync(_day, 20);
        _time.SetUtcNow(reservation.LeaseEnd + Ledger.Grace);
        (await _ledger.SweepAsync(Partition, default)).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await _ledger.SweepAsync(Partition, default)).ShouldBeTrue();
        var row = (await _ledger.FindAsync(Partition, reservation.Details.Request, default)).Single();
        (row.State, row.Charged, row.IsPresumed, row.IsCorrected, row.ClosedAt, row.Settlement!.Outcome)
            .ShouldBe((AttemptState.Presumed, reservation.Estimate, true, false, _time.GetUtcNow(), "presumed"));
        (await _engine.ScanAsync(Partition, StateKeys.Leases, StateKeys.LeasesEnd, 10, default)).ShouldBeEmpty();

        // Nothing was served after all.
        (await _ledger.ReleaseAsync(reservation, "failed", default)).ShouldBeTrue();
        row = (await _ledger.FindAsync(Partition, reservation.Details.Request, default)).Single();
        (row.State, row.Charged, row.IsPresumed, row.IsCorrected, row.Settlement!.Outcome).ShouldBe((AttemptState.Released, default, false, true, "failed"));
    }

    /// <summary>The request that sweeps has to be served.</summary>
    [Fact]
    public async Task A_sweep_charges_25_leases_and_the_next_one_the_rest()
    {
        for (var i = 0; i < 30; i++) await ReserveAsync(_day, 1);
        _time.SetUtcNow(_day.AddHours(1));
        await ShouldBeOpenAsync(30);
        (await _ledger.SweepAsync(Partition, default)).ShouldBeTrue();
        await ShouldBeOpenAsync(5);
        (await _ledger.SweepAsync(Partition, default)).ShouldBeTrue();
        await ShouldBeOpenAsync(0);

        async Task ShouldBeOpenAsync(int count) => (await _engine.ScanAsync(Partition, StateKeys.Leases, StateKeys.LeasesEnd, 100, default)).Count.ShouldBe(count);
    }

    [Fact]
    public async Task Requests_sweep_every_five_seconds()
    {
        var abandoned = await ReserveAsync(_day, 20);
        _time.SetUtcNow(_day.AddHours(1));
        await ReserveAsync(_day.AddHours(1), 1);
        (await StateOfAsync(abandoned)).ShouldBe(AttemptState.Presumed);
        var second = await ReserveAsync(_day.AddHours(1), 20, lease: TimeSpan.FromSeconds(-60));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        await ReserveAsync(_time.GetUtcNow(), 1);
        (await StateOfAsync(second)).ShouldBe(AttemptState.Open);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await ReserveAsync(_time.GetUtcNow(), 1);
        (await StateOfAsync(second)).ShouldBe(AttemptState.Presumed);

        async Task<AttemptState> StateOfAsync(Reservation one) => (await _ledger.FindAsync(Partition, one.Details.Request, default)).Single().State;
    }

    /// <summary>Such an attempt was served by an instance that the store has forgotten.</summary>
    [Fact]
    public async Task An_attempt_that_the_store_has_lost_counts_when_it_is_settled()
    {
        var (window, rate) = (Day("team:t"), new RateTake("team:t", RateTake.Tokens, 100, 10));
        var reservation = await ReserveAsync(_day, 20, counters: [window], rates: [rate]);
        await DeleteAsync(StateKeys.Attempt(reservation.Attempt), StateKeys.Lease(reservation.Attempt), window.Key);
        await ReserveAsync(_day, 1, counters: [window]);
        var arrival = await ArrivalAsync();
        (await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 3) }, default)).ShouldBeTrue();
        (await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 3) }, default)).ShouldBeFalse();
        var counter = Counter.Read((await _engine.ReadAsync(Partition, [window.Key], default))[0]);
        (counter.Charged, counter.Reserved.NanoUsd, counter.Open).ShouldBe((new Amount(7, 3), 1, 1));
        (await ArrivalAsync()).ShouldBe(arrival, "it is not known whether the rate has counted it");

        async Task<long> ArrivalAsync() => (await _engine.ReadAsync(Partition, [rate.Key], default))[0]!.Fields.Number("arrival");
    }

    [Fact]
    public async Task A_presumed_charge_that_is_corrected_corrects_the_rate_by_its_tokens()
    {
        var rate = new RateTake("team:t", RateTake.Tokens, 60, 10);
        var reservation = await ReserveAsync(_day, 20, rates: [rate]);
        await ShouldBeAsync(10);
        _time.SetUtcNow(_day.AddHours(1));
        (await _ledger.SweepAsync(Partition, default)).ShouldBeTrue();
        await ShouldBeAsync(10);
        (await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 3) }, default)).ShouldBeTrue();
        await ShouldBeAsync(3);

        async Task ShouldBeAsync(int seconds) =>
            (await _engine.ReadAsync(Partition, [rate.Key], default))[0]!.Fields.Number("arrival").ShouldBe(_day.AddSeconds(seconds).UtcTicks);
    }

    /// <summary>The rate has counted what the attempt was charged first, and no longer the reservation.</summary>
    [Fact]
    public async Task An_estimated_charge_that_is_corrected_corrects_the_rate_by_its_tokens()
    {
        var rate = new RateTake("team:t", RateTake.Tokens, 60, 10);
        var reservation = await ReserveAsync(_day, 20, rates: [rate]);
        (await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 15), IsPresumed = true }, default)).ShouldBeTrue();
        await ShouldBeAsync(15);
        (await _ledger.CorrectAsync(Partition, reservation.Attempt, _ => new Settlement { Actual = new Amount(5, 3) }, default)).ShouldBeTrue();
        await ShouldBeAsync(3);

        async Task ShouldBeAsync(int seconds) =>
            (await _engine.ReadAsync(Partition, [rate.Key], default))[0]!.Fields.Number("arrival").ShouldBe(_day.AddSeconds(seconds).UtcTicks);
    }

    /// <summary>A window has at most 31 days, and a settlement may arrive after its end.</summary>
    [Fact]
    public async Task Retention_deletes_counters_33_days_after_their_windows_began_and_keeps_totals()
    {
        CounterLimit[] limits =
        [
            Window("day@UTC:2026-10-28"), Window("day@UTC:2026-10-27"), Window("month@Europe.Berlin:2026-10-01"), Total("team:t"),
            new("team:t", CounterLimit.Open, _day, null), Window("month@UTC:2026-11-01"),
        ];
        await ReserveAsync(_day, 1, counters: limits);
        await _ledger.TrimAsync(Partition, _day, default);
        (await _engine.ScanAsync(Partition, StateKeys.Counters, StateKeys.CountersEnd, 100, default)).Select(row => row.Key[StateKeys.Counters.Length..].Split('|')[1]).ShouldBe(
            ["day@UTC:2026-10-28", "month@UTC:2026-11-01", "open", "total"]);

        CounterLimit Window(string name) => new("team:t", name, _day, _day.AddDays(1));
    }

    [Fact]
    public async Task Retention_deletes_attempts_of_requests_that_began_before_its_time_and_no_open_ones()
    {
        var (kept, last, open) = (await ReserveAsync(_day, 1), await ReserveAsync(_day.AddMilliseconds(-1), 20), await ReserveAsync(_day.AddDays(-1), 300));
        foreach (var reservation in (Reservation[])[kept, last]) await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(5, 2) }, default);
        (await LedgerRetention.TrimAsync(_engine, Partition, _day, default)).ShouldBeTrue();
        (await LedgerRetention.TrimAsync(_engine, Partition, _day, default)).ShouldBeFalse("the open one stays");
        (await _engine.ScanAsync(Partition, StateKeys.Attempts, StateKeys.AttemptsEnd, 10, default)).Select(row => row.Key).ShouldBe(
            [StateKeys.Attempt(open.Attempt), StateKeys.Attempt(kept.Attempt)]);
        var sums = await _engine.ReadAsync(Partition, [StateKeys.Deleted(ScopeName.Organization), StateKeys.Deleted("team:t"), StateKeys.Deleted("key:k")], default);
        sums.Select(LedgerRetention.Read).ShouldBe([new Amount(5, 2), new Amount(5, 2), default]);
    }

    /// <summary>The windows of an organization's budgets have an end: what retention has deleted counts only in those without one.</summary>
    [Fact]
    public async Task What_retention_has_deleted_counts_in_totals_alone()
    {
        var reservation = await ReserveAsync(_day, 20);
        await _ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(5, 2) }, default);
        (await LedgerRetention.TrimAsync(_engine, Partition, _day.AddDays(1), default)).ShouldBeTrue();
        CounterLimit[] limits = [Day("team:t"), Total("team:t"), Total(ScopeName.Organization), Total("team:x")];
        (await _ledger.CountAsync(Partition, limits, default)).Select(counter => counter.Base.NanoUsd).ShouldBe([0, 5, 5, 0]);
    }

    private async Task<Reservation> ReserveAsync(DateTimeOffset at, long nano, DateTimeOffset? began = null, string team = "t", IReadOnlyList<CounterLimit>? counters = null,
        IReadOnlyList<RateTake>? rates = null, TimeSpan? lease = null)
    {
        var request = SortableId.New(began ?? at);
        var reservation = new Reservation
        {
            Partition = Partition,
            Attempt = StateKeys.AttemptId(request, 0),
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = began ?? at, Organization = "acme", Team = team },
            Counters = counters ?? [],
            Rates = rates ?? [],
            Estimate = new Amount(nano, 10),
            At = at,
            LeaseEnd = at + (lease ?? TimeSpan.FromMinutes(1)),
        };
        (await _ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        return reservation;
    }

    private async Task DeleteAsync(params string[] keys)
    {
        foreach (var row in await _engine.ReadAsync(Partition, keys, default)) (await _engine.CommitAsync(Partition, [StateWrite.Delete(row!)], default)).ShouldNotBeNull();
    }

    private static CounterLimit Total(string scope) => new(scope, "total", DateTimeOffset.MinValue, null);

    private CounterLimit Day(string scope) => new(scope, "day@UTC:2026-11-30", _day, _day.AddDays(1));
}
