using Microsoft.Extensions.Time.Testing;
using Nano.State;

namespace Nano.Tests.State;

/// <summary>The ledger's verbs, one by one, over rows in memory. What must be true after any sequence of them is in <see cref="LedgerModelTests"/>.</summary>
public sealed class LedgerTests
{
    private const string Partition = "org:acme";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEngine _engine = new();
    private readonly Ledger _ledger;

    public LedgerTests()
    {
        _ledger = NewInstance();
        _engine.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task A_budget_admits_what_it_has_left_and_refuses_the_rest_without_a_trace()
    {
        (await _ledger.ReserveAsync(Reserve("a", 60, limit: 100), default)).IsGranted.ShouldBeTrue();
        var refused = await _ledger.ReserveAsync(Reserve("b", 41, limit: 100), default);
        refused.Counter!.Scope.ShouldBe("key:k");
        refused.Left.ShouldBe(40);
        (await _ledger.FindAsync(Partition, Id("b"), default)).ShouldBeEmpty();
        (await _ledger.ReserveAsync(Reserve("c", 40, limit: 100), default)).IsGranted.ShouldBeTrue();
        (await _ledger.ReserveAsync(Reserve("d", 0, limit: 100), default)).IsGranted.ShouldBeFalse("a request whose cost is not known is not free");
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task Settling_frees_what_was_not_used_and_repeating_any_verb_changes_nothing()
    {
        var reservation = Reserve("a", 100, limit: 100);
        for (var i = 0; i < 3; i++) (await _ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        (await CounterAsync(reservation)).Open.ShouldBe(1);
        (await _ledger.SettleAsync(reservation, Used(30), default)).ShouldBeTrue();
        (await _ledger.SettleAsync(reservation, Used(70), default)).ShouldBeFalse();
        (await _ledger.ReleaseAsync(reservation, "late", default)).ShouldBeFalse();
        (await _ledger.RenewAsync(reservation, reservation.LeaseEnd.AddHours(1), default)).ShouldBeFalse();
        (await _ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue("it was granted");
        var counter = await CounterAsync(reservation);
        (counter.Charged.NanoUsd, counter.Reserved.NanoUsd, counter.Open).ShouldBe((30, 0, 0));
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task Counting_reads_counters_and_computes_those_that_do_not_exist_yet_without_keeping_them()
    {
        var reservation = Reserve("a", 100, limit: 100);
        await _ledger.ReserveAsync(reservation, default);
        await _ledger.SettleAsync(reservation, Used(30), default);
        var open = Reserve("b", 50, limit: 100);
        await _ledger.ReserveAsync(open, default);
        var known = reservation.Counters[0];
        var added = new CounterLimit(known.Scope, "week@UTC:2026-11-30", known.Start, known.End);
        var other = new CounterLimit("key:another", "total", DateTimeOffset.MinValue, null);
        var past = new CounterLimit(known.Scope, "day@UTC:2026-11-01", _time.GetUtcNow().AddDays(-29), _time.GetUtcNow().AddDays(-28));

        // More than one read of the store returns.
        var limits = Enumerable.Repeat(other, 60).Append(known).Append(added).Append(past).ToList();
        var counters = await _ledger.CountAsync(Partition, limits, default);
        counters.Count.ShouldBe(63);
        counters.Take(60).ShouldAllBe(counter => counter == default);
        (counters[60].Charged.NanoUsd, counters[60].Reserved.NanoUsd).ShouldBe((30, 50));
        counters[61].Total.NanoUsd.ShouldBe(80, "what was spent before a budget existed counts in it");
        counters[62].ShouldBe(default);
        (await _engine.ReadAsync(Partition, [limits[61].Key], default))[0].ShouldBeNull();
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task Releasing_frees_the_whole_reservation()
    {
        var reservation = Reserve("a", 100, limit: 100);
        await _ledger.ReserveAsync(reservation, default);
        (await _ledger.ReleaseAsync(reservation, "provider_rejected", default)).ShouldBeTrue();
        (await CounterAsync(reservation)).Total.ShouldBe(default);
        (await _ledger.FindAsync(Partition, Id("a"), default)).Single().State.ShouldBe(AttemptState.Released);
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task A_lease_that_ends_is_charged_in_full_and_a_late_settlement_corrects_it_once()
    {
        var reservation = Reserve("a", 100, limit: 150);
        await _ledger.ReserveAsync(reservation, default);
        _time.Advance(TimeSpan.FromMinutes(3));
        var other = NewInstance();
        (await other.SweepAsync(Partition, default)).ShouldBeTrue();
        (await other.SweepAsync(Partition, default)).ShouldBeFalse();
        (await _ledger.FindAsync(Partition, Id("a"), default)).Single().State.ShouldBe(AttemptState.Presumed);
        (await CounterAsync(reservation)).Charged.NanoUsd.ShouldBe(100);
        (await _ledger.RenewAsync(reservation, _time.GetUtcNow().AddMinutes(5), default)).ShouldBeFalse();
        (await _ledger.SettleAsync(reservation, Used(30), default)).ShouldBeTrue();
        (await _ledger.SettleAsync(reservation, Used(50), default)).ShouldBeFalse();
        var row = (await _ledger.FindAsync(Partition, Id("a"), default)).Single();
        (row.State, row.IsCorrected, row.Charged.NanoUsd).ShouldBe((AttemptState.Settled, true, 30));
        (await CounterAsync(reservation)).Charged.NanoUsd.ShouldBe(30);
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task A_renewed_lease_is_not_swept()
    {
        var reservation = Reserve("a", 100, limit: 150);
        await _ledger.ReserveAsync(reservation, default);
        (await _ledger.RenewAsync(reservation, reservation.LeaseEnd.AddMinutes(5), default)).ShouldBeTrue();
        (await _ledger.RenewAsync(reservation, reservation.LeaseEnd.AddMinutes(1), default)).ShouldBeFalse("it never becomes shorter");
        _time.Advance(TimeSpan.FromMinutes(3));
        (await _ledger.SweepAsync(Partition, default)).ShouldBeFalse();
        (await _ledger.FindAsync(Partition, Id("a"), default)).Single().State.ShouldBe(AttemptState.Open);
    }

    [Fact]
    public async Task A_correction_changes_the_window_of_the_reservation_and_no_later_one()
    {
        var before = Reserve("a", 100, limit: 150);
        await _ledger.ReserveAsync(before, default);
        _time.Advance(TimeSpan.FromDays(1));
        var after = Reserve("b", 10, limit: 150);
        after.Counters[0].Key.ShouldNotBe(before.Counters[0].Key);
        (await _ledger.ReserveAsync(after, default)).IsGranted.ShouldBeTrue();
        (await _ledger.SettleAsync(before, Used(120), default)).ShouldBeTrue();
        (await CounterAsync(before)).Charged.NanoUsd.ShouldBe(120);
        (await CounterAsync(after)).Total.NanoUsd.ShouldBe(10);
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task All_scopes_are_charged_or_none()
    {
        var (key, team) = (Limit("key:k", 100), Limit("team:t", 50));
        var refused = await _ledger.ReserveAsync(Reserve("a", 60) with { Counters = [key, team] }, default);
        refused.Counter!.Scope.ShouldBe("team:t");
        (await _ledger.ReserveAsync(Reserve("b", 50) with { Counters = [key, team] }, default)).IsGranted.ShouldBeTrue();
        (await _ledger.ReserveAsync(Reserve("c", 50) with { Counters = [key] }, default)).IsGranted.ShouldBeTrue();
        (await _ledger.ReserveAsync(Reserve("d", 1) with { Counters = [key] }, default)).IsGranted.ShouldBeFalse();
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task A_budget_that_is_added_later_counts_what_was_spent_before()
    {
        var free = Reserve("a", 0) with { Counters = [] };
        await _ledger.ReserveAsync(free, default);
        await _ledger.SettleAsync(free, Used(70), default);
        var refused = await _ledger.ReserveAsync(Reserve("b", 40, limit: 100), default);
        refused.Left.ShouldBe(30);
        (await _ledger.ReserveAsync(Reserve("c", 30, limit: 100), default)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_counter_that_was_lost_is_computed_from_the_attempts()
    {
        var (open, settled) = (Reserve("a", 40, limit: 100), Reserve("b", 40, limit: 100));
        await _ledger.ReserveAsync(open, default);
        await _ledger.ReserveAsync(settled, default);
        await _ledger.SettleAsync(settled, Used(20), default);
        var row = (await _engine.ReadAsync(Partition, [open.Counters[0].Key], default))[0]!;
        await _engine.CommitAsync(Partition, [StateWrite.Delete(row)], default);
        (await NewInstance().ReserveAsync(Reserve("c", 41, limit: 100), default)).Left.ShouldBe(40);
        (await NewInstance().ReserveAsync(Reserve("d", 40, limit: 100), default)).IsGranted.ShouldBeTrue();
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task A_store_that_comes_back_empty_is_closed()
    {
        await _ledger.ReserveAsync(Reserve("a", 40, limit: 100), default);
        _engine.Clear();
        await Should.ThrowAsync<StateUnavailableException>(async () => await _ledger.ReserveAsync(Reserve("b", 40, limit: 100), default));
        await Should.ThrowAsync<StateUnavailableException>(async () => await NewInstance().ReserveAsync(Reserve("c", 40, limit: 100), default));
    }

    [Fact]
    public async Task Concurrency_counts_open_attempts_of_all_instances_and_forgets_those_that_died()
    {
        var limit = new CounterLimit("key:k", CounterLimit.Open, _time.GetUtcNow(), null) { MaxOpen = 2 };
        Reservation One(string id) => Reserve(id, 1) with { Counters = [limit] };
        (await _ledger.ReserveAsync(One("a"), default)).IsGranted.ShouldBeTrue();
        (await NewInstance().ReserveAsync(One("b"), default)).IsGranted.ShouldBeTrue();
        (await _ledger.ReserveAsync(One("c"), default)).Counter.ShouldBe(limit);
        await _ledger.SettleAsync(One("a"), Used(1), default);
        (await _ledger.ReserveAsync(One("d"), default)).IsGranted.ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(3));
        (await _ledger.ReserveAsync(One("e"), default)).IsGranted.ShouldBeTrue("the leases of both have ended");
    }

    [Fact]
    public async Task Rates_admit_the_limit_at_once_and_then_come_back_evenly()
    {
        var take = new RateTake("key:k", RateTake.Requests, 6, 1);
        var instances = new[] { _ledger, NewInstance() };
        for (var i = 0; i < 6; i++) (await instances[i % 2].ReserveAsync(Reserve($"a{i}", 1) with { Rates = [take] }, default)).IsGranted.ShouldBeTrue();
        var refused = await instances[1].ReserveAsync(Reserve("b", 1) with { Rates = [take] }, default);
        refused.Rate.ShouldBe(take);
        refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(10));
        refused.Rates.Single().Remaining.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(10));
        (await instances[1].ReserveAsync(Reserve("c", 1) with { Rates = [take] }, default)).IsGranted.ShouldBeTrue();
        (await instances[0].ReserveAsync(Reserve("d", 1) with { Rates = [take] }, default)).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task Tokens_that_were_not_used_go_back_into_the_rate()
    {
        var take = new RateTake("key:k", RateTake.Tokens, 1000, 900);
        var first = Reserve("a", 1) with { Rates = [take] };
        await _ledger.ReserveAsync(first, default);
        (await _ledger.ReserveAsync(Reserve("b", 1) with { Rates = [take] }, default)).IsGranted.ShouldBeFalse();
        await _ledger.SettleAsync(first, new Settlement { Actual = new Amount(1, 100) }, default);
        (await _ledger.ReserveAsync(Reserve("c", 1) with { Rates = [take] }, default)).IsGranted.ShouldBeTrue();
        (await _ledger.ReserveAsync(Reserve("d", 1) with { Rates = [take with { Count = 5000 }] }, default)).RetryAfter.ShouldBe(TimeSpan.FromSeconds(60),
            "more than the limit passes when nothing else is in use");
    }

    [Fact]
    public async Task A_request_costs_one_round_trip_before_it_and_one_after_it()
    {
        var engine = new CountingEngine(_engine);
        var ledger = new Ledger(new StateTransactions(engine), _time);
        for (var i = 0; i < 4; i++)
        {
            var reservation = Reserve($"r{i}", 10, limit: 100) with { Rates = [new RateTake("key:k", RateTake.Tokens, 1000, 10)] };
            var calls = engine.Calls;
            (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
            // The first one reads the existing rows.
            if (i > 0) engine.Calls.ShouldBe(calls + 1);
            calls = engine.Calls;
            (await ledger.RenewAsync(reservation, reservation.LeaseEnd.AddMinutes(1), default)).ShouldBeTrue();
            engine.Calls.ShouldBe(calls + 1);
            (await ledger.SettleAsync(reservation, Used(3), default)).ShouldBeTrue();
            engine.Calls.ShouldBe(calls + 2);
        }
        await ShouldEqualTheFoldAsync();
    }

    /// <summary>Its counters are computed without the attempts from before it was created; those of another scope in one pass.</summary>
    [Fact]
    public async Task The_first_request_of_a_new_key_reads_none_of_the_organizations_attempts()
    {
        const int attempts = 5000;
        foreach (var some in Enumerable.Range(0, attempts).Chunk(StateLimits.MaxWrites))
            (await _engine.CommitAsync(Partition,
                [.. some.Select(i => AttemptRow.Of(Reserve($"r{i}", 1))).Select(old => StateWrite.Put(StateKeys.Attempt(old.Id), null, old.Write()))], default)).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(2));
        var engine = new CountingEngine(_engine);
        var ledger = new Ledger(new StateTransactions(engine), _time);
        var key = KeyRecord.Prefix + SortableId.New(_time.GetUtcNow());
        var scope = ScopeName.OfKey(key);
        var request = SortableId.New(_time.GetUtcNow());
        var first = Reserve("new", 60) with { Counters = [new CounterLimit(scope, "total", DateTimeOffset.MinValue, null) { MaxNanoUsd = 100 }, Limit(scope, 100)],
            Attempt = StateKeys.AttemptId(request, 0), Details = Reserve("new", 60).Details with { Request = request, Key = key } };
        (await ledger.ReserveAsync(first, default)).IsGranted.ShouldBeTrue();
        engine.Scanned.ShouldBe(0);
        // A limit that is added later counts what the key has used.
        var added = Reserve("added", 60) with { Counters = [new CounterLimit(scope, "month@UTC:2026-11-01", _time.GetUtcNow().AddDays(-29), null) { MaxNanoUsd = 100 }] };
        (await ledger.ReserveAsync(added, default)).Left.ShouldBe(40);
        engine.Scanned.ShouldBe(1);
        var all = Reserve("all", 1) with
            { Counters = [new CounterLimit("team:t", "total", DateTimeOffset.MinValue, null) { MaxNanoUsd = 100 }, Limit("team:t", long.MaxValue)] };
        (await ledger.ReserveAsync(all, default)).IsGranted.ShouldBeFalse();
        engine.Scanned.ShouldBe(1 + attempts + 1);
    }

    private Ledger NewInstance() => new(new StateTransactions(_engine), _time);

    private Reservation Reserve(string request, long nano, long? limit = null) => new()
    {
        Partition = Partition,
        Attempt = StateKeys.AttemptId(Id(request), 0),
        Details = new AttemptDetails { Request = Id(request), Number = 0, StartedAt = _time.GetUtcNow(), Organization = "acme", Team = "t", Key = "k" },
        Counters = limit is { } most ? [Limit("key:k", most)] : [],
        Estimate = new Amount(nano, 10),
        At = _time.GetUtcNow(),
        LeaseEnd = _time.GetUtcNow().AddMinutes(1),
    };

    private CounterLimit Limit(string scope, long nano)
    {
        var day = new DateTimeOffset(_time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        return new CounterLimit(scope, $"day@UTC:{day:yyyy-MM-dd}", day, day.AddDays(1)) { MaxNanoUsd = nano };
    }

    private static string Id(string name) => SortableId.FloorOf(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero)) + name;

    private static Settlement Used(long nano) => new() { Actual = new Amount(nano, 10) };

    private async Task<Counter> CounterAsync(Reservation reservation) => Counter.Read((await _engine.ReadAsync(Partition, [reservation.Counters[0].Key], default))[0]);

    private async Task ShouldEqualTheFoldAsync() => (await LedgerSums.DifferenceAsync(_engine, Partition)).ShouldBeNull();
}
