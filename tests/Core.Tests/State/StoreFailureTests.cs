using Microsoft.Extensions.Time.Testing;
using Nano.Chat;
using Nano.Governance;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;

namespace Nano.Tests.State;

/// <summary>The table "When a store fails" of docs/state.md: each row is one test for each engine. What is served meanwhile: <see cref="StoreDownTests"/>.</summary>
public abstract class StoreFailureTests : StoreFailureFixture
{
    [SkippableFact]
    public async Task A_slow_call_is_abandoned_and_after_five_of_them_calls_fail_immediately()
    {
        await StartAsync(timeout: TimeSpan.FromMilliseconds(250));
        await _store.Keys.FindAsync("none", default);
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        for (var i = 0; i < CallGuard.FailuresToOpen; i++)
        {
            var waiting = _store.Keys.FindAsync("none", default).AsTask();
            waiting.IsCompleted.ShouldBeFalse();
            _time.Advance(TimeSpan.FromMilliseconds(251));
            await Should.ThrowAsync<StateUnavailableException>(waiting);
        }
        var calls = _engine.Calls;
        await Should.ThrowAsync<StateUnavailableException>(async () => await _store.Keys.FindAsync("none", default));
        _engine.Calls.ShouldBe(calls);
        gate.SetResult();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await _store.Keys.FindAsync("none", default)).ShouldBeNull();
    }

    [SkippableFact]
    public async Task A_settlement_that_fails_is_repeated_until_it_succeeds()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")] });
        var details = Details();
        var (grant, _, _) = await ReserveAsync(policy, details);
        _engine.IsDown = true;
        await grant!.SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        _pending.Count.ShouldBe(1);
        await BackAsync();
        var row = (await FindAsync(details)).ShouldHaveSingleItem();
        (row.State, row.Charged.Tokens, row.IsPresumed).ShouldBe((AttemptState.Settled, 5, false));
    }

    [SkippableFact]
    public async Task An_instance_that_dies_leaves_a_charge_that_is_presumed_when_its_lease_ends()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")], MaxConcurrency = 1 });
        var details = Details();
        (await ReserveAsync(policy, details)).Grant.ShouldNotBeNull();
        (await ReserveAsync(policy, Details())).Refused!.Code.ShouldBe("rate_limit_exceeded");
        _time.Advance(Governor.Lease + Ledger.Grace + TimeSpan.FromSeconds(1));
        // Any other instance: this one has no knowledge of the first.
        await using var other = await OpenAsync();
        var ledger = new Ledger(new StateTransactions(other), _time);
        (await ledger.SweepAsync(policy.Partition, default)).ShouldBeTrue();
        var row = (await FindAsync(details)).ShouldHaveSingleItem();
        (row.State, row.IsPresumed, row.Charged).ShouldBe((AttemptState.Presumed, true, row.Estimate));
        (await ReserveAsync(policy, Details())).Grant.ShouldNotBeNull();
    }

    [SkippableFact]
    public async Task A_timeout_after_the_commit_is_found_by_reading_and_nothing_is_charged_twice()
    {
        await using var engine = await OpenAsync();
        var late = new LateEngine(engine);
        var ledger = new Ledger(new StateTransactions(late), _time);
        await new KeyStore(new StateTransactions(engine)).OpenAsync(_organization, default);
        var reservation = Reservation();
        late.FailsAfterCommit = true;
        (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        late.FailsAfterCommit = true;
        await ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 5) }, default);
        var counter = Counter.Read((await engine.ReadAsync(reservation.Partition, [reservation.Counters[0].Key], default))[0]);
        (counter.Charged, counter.Reserved, counter.Open).ShouldBe((new Amount(7, 5), default, 0));
    }

    [SkippableFact]
    public async Task Rows_that_another_writer_changed_are_read_again()
    {
        await using var engine = await OpenAsync();
        await using var other = await OpenAsync();
        var (one, two) = (new Ledger(new StateTransactions(engine), _time), new Ledger(new StateTransactions(other), _time));
        await new KeyStore(new StateTransactions(engine)).OpenAsync(_organization, default);
        (await one.ReserveAsync(Reservation(most: 100, nano: 40), default)).IsGranted.ShouldBeTrue();
        (await two.ReserveAsync(Reservation(most: 100, nano: 40), default)).IsGranted.ShouldBeTrue();
        // Its cached rows have 60 left, but only 20 are.
        var refused = await one.ReserveAsync(Reservation(most: 100, nano: 40), default);
        (refused.IsGranted, refused.Left).ShouldBe((false, 20));
    }

    [SkippableFact]
    public async Task A_ledger_that_vanished_keeps_its_budgets_closed()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")] });
        (await ReserveAsync(policy, Details())).Grant.ShouldNotBeNull();
        await using var engine = await OpenAsync();
        while (await engine.ScanAsync(policy.Partition, "", "~", 50, default) is { Count: > 0 } rows)
            (await engine.CommitAsync(policy.Partition, [.. rows.Select(StateWrite.Delete)], default)).ShouldNotBeNull();
        var (grant, refused, _) = await ReserveAsync(policy, Details());
        grant.ShouldBeNull();
        (refused!.Status, refused.Code).ShouldBe((503, "budget_unavailable"));
        await _store.Keys.OpenAsync(_organization, default);
        (await ReserveAsync(policy, Details())).Refused!.Code.ShouldBe("budget_unavailable", "an organization that is known and has no ledger is not a new one");
    }

    [SkippableFact]
    public async Task A_store_that_throttles_is_left_alone_for_as_long_as_it_asks_and_callers_get_that_time()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")] });
        var unseen = await CreateKeyAsync(new ScopeLimits());
        _engine.Failure = new StateUnavailableException("Busy.") { RetryAfter = TimeSpan.FromSeconds(7) };
        var key = (await _keys.CheckAsync(unseen)).Refused!;
        (key.Status, key.Code, key.RetryAfter).ShouldBe((503, "key_store_unavailable", "7"));
        var details = Details();
        var refused = (await ReserveAsync(policy, details)).Refused!;
        (refused.Status, refused.Code, refused.RetryAfter).ShouldBe((503, "budget_unavailable", "7"));
        while (_engine.Calls is var before && await IsCalledAsync(before)) { }
        _time.Advance(TimeSpan.FromSeconds(6));
        (await IsCalledAsync(_engine.Calls)).ShouldBeFalse();
        _engine.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        // What waits for the store may be the call that tries it first.
        await BackAsync();
        (await _store.Keys.FindAsync("none", default)).ShouldBeNull();
        (await FindAsync(details)).ShouldAllBe(row => row.State == AttemptState.Released);

        async Task<bool> IsCalledAsync(int before)
        {
            await Should.ThrowAsync<StateUnavailableException>(async () => await _store.Keys.FindAsync("none", default));
            return _engine.Calls > before;
        }
    }

    [SkippableFact]
    public async Task Down_at_start_keys_are_a_503_and_good_as_soon_as_the_store_is_there()
    {
        await StartAsync();
        var key = await CreateKeyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")] });
        // Another instance, which has seen nothing of the store yet.
        await StartAsync();
        _engine.IsDown = true;
        for (var i = 0; i < 2 * CallGuard.FailuresToOpen; i++)
        {
            var refused = (await _keys.CheckAsync(key)).Refused!;
            (refused.Status, refused.Code).ShouldBe((503, "key_store_unavailable"));
        }
        _store.Health!.Value.Problem.ShouldBe("The store is down.");
        _engine.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        var policy = (await _keys.CheckAsync(key)).Policy.ShouldNotBeNull();
        (await ReserveAsync(policy, Details())).Grant.ShouldNotBeNull();
        _store.Health!.Value.Problem.ShouldBeNull();
    }

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(-2)]
    public async Task A_clock_that_differs_by_two_seconds_ends_no_lease_early_and_loosens_no_rate(int seconds)
    {
        await using var engine = await OpenAsync();
        await using var other = await OpenAsync();
        var theirs = new FakeTimeProvider(_time.GetUtcNow() + TimeSpan.FromSeconds(seconds));
        var (own, ahead) = (new Ledger(new StateTransactions(engine), _time), new Ledger(new StateTransactions(other), theirs));
        await new KeyStore(new StateTransactions(engine)).OpenAsync(_organization, default);
        var reservation = Reservation();
        (await own.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        Advance(Governor.Lease);
        (await ahead.SweepAsync(reservation.Partition, default)).ShouldBeFalse("by either clock, its lease has ended less than the grace ago");
        await own.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 5) }, default);
        Advance(Ledger.Grace + TimeSpan.FromSeconds(3));
        (await ahead.SweepAsync(reservation.Partition, default)).ShouldBeFalse();
        var counter = Counter.Read((await engine.ReadAsync(reservation.Partition, [reservation.Counters[0].Key], default))[0]);
        (counter.Charged, counter.Reserved, counter.Open).ShouldBe((new Amount(7, 5), default, 0));

        // Of 60 requests per minute, one comes back per second: two seconds are two requests at most.
        var served = 0;
        for (var i = 0; i < 80; i++)
        {
            var (ledger, clock) = i % 2 == 0 ? (own, _time) : (ahead, theirs);
            var next = Reservation() with { Counters = [], Rates = [new RateTake(ScopeName.Organization, RateTake.Requests, 60, 1)], At = clock.GetUtcNow() };
            if ((await ledger.ReserveAsync(next, default)).IsGranted) served++;
        }
        served.ShouldBeInRange(58, 62);

        void Advance(TimeSpan time)
        {
            _time.Advance(time);
            theirs.Advance(time);
        }
    }

    [SkippableFact]
    public async Task An_instance_that_dies_between_settling_and_responding_has_charged_once()
    {
        await using var engine = await OpenAsync();
        await using var other = await OpenAsync();
        var ledger = new Ledger(new StateTransactions(engine), _time);
        await new KeyStore(new StateTransactions(engine)).OpenAsync(_organization, default);
        var reservation = Reservation();
        (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        await ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 5), Outcome = "ok" }, default);
        _time.Advance(Governor.Lease + Ledger.Grace + TimeSpan.FromSeconds(1));
        var next = new Ledger(new StateTransactions(other), _time);
        (await next.SweepAsync(reservation.Partition, default)).ShouldBeFalse();
        var row = (await next.FindAsync(reservation.Partition, reservation.Details.Request, default)).ShouldHaveSingleItem();
        (row.State, row.Charged, row.IsPresumed).ShouldBe((AttemptState.Settled, new Amount(7, 5), false));
        var counter = Counter.Read((await other.ReadAsync(reservation.Partition, [reservation.Counters[0].Key], default))[0]);
        (counter.Charged, counter.Reserved, counter.Open).ShouldBe((new Amount(7, 5), default, 0));
    }

    [SkippableFact]
    public async Task An_instance_that_dies_in_a_stream_is_presumed_after_its_last_renewal_and_a_late_settlement_corrects_that_once()
    {
        await using var engine = await OpenAsync();
        await using var other = await OpenAsync();
        var (ledger, next) = (new Ledger(new StateTransactions(engine), _time), new Ledger(new StateTransactions(other), _time));
        await new KeyStore(new StateTransactions(engine)).OpenAsync(_organization, default);
        var reservation = Reservation();
        (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        for (var i = 0; i < 6; i++)
        {
            _time.Advance(Governor.RenewPeriod);
            (await ledger.RenewAsync(reservation, _time.GetUtcNow() + Governor.Lease, default)).ShouldBeTrue();
        }
        // Longer than one lease after the beginning.
        (await next.SweepAsync(reservation.Partition, default)).ShouldBeFalse();
        _time.Advance(Governor.Lease + Ledger.Grace + TimeSpan.FromSeconds(1));
        (await next.SweepAsync(reservation.Partition, default)).ShouldBeTrue();
        (await CounterAsync()).Charged.ShouldBe(reservation.Estimate);
        // It was not dead but cut off.
        for (var i = 0; i < 2; i++) await ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 5) }, default);
        (await CounterAsync()).Charged.ShouldBe(new Amount(7, 5));
        var row = (await next.FindAsync(reservation.Partition, reservation.Details.Request, default)).ShouldHaveSingleItem();
        (row.State, row.IsCorrected).ShouldBe((AttemptState.Settled, true));

        async Task<Counter> CounterAsync() => Counter.Read((await other.ReadAsync(reservation.Partition, [reservation.Counters[0].Key], default))[0]);
    }

    [SkippableFact]
    public async Task Readiness_names_what_failed_last()
    {
        await StartAsync();
        _store.Health.ShouldBeNull("nothing has used it");
        await _store.Keys.FindAsync("none", default);
        _store.Health!.Value.Problem.ShouldBeNull();
        _engine.IsDown = true;
        await Should.ThrowAsync<StateUnavailableException>(async () => await _store.Keys.FindAsync("none", default));
        _store.Health!.Value.Problem.ShouldBe("The store is down.");
    }
}
