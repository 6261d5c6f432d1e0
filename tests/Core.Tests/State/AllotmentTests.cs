using Microsoft.Extensions.Time.Testing;
using Nano.Governance;
using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

/// <summary>Hot callers reserve and settle without a round trip, and the ledger stays exact.</summary>
public sealed class AllotmentTests
{
    private const string Partition = "org:acme";
    private const int HotAt = 3;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEngine _memory = new();
    private readonly CountingEngine _engine;
    private int _number;

    public AllotmentTests()
    {
        _engine = new CountingEngine(_memory);
        _memory.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task A_hot_caller_costs_the_store_nothing_before_and_after_its_requests()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var calls = _engine.Calls;
        // Less than half of the allotment is used: nothing is borrowed.
        for (var i = 0; i < 5; i++)
        {
            var reservation = Reserve();
            var reserved = ledger.ReserveAsync(reservation, default);
            reserved.IsCompletedSuccessfully.ShouldBeTrue();
            (await reserved).IsGranted.ShouldBeTrue();
            (await ledger.SettleAsync(reservation, Used(4), default)).ShouldBeTrue();
            (await ledger.SettleAsync(reservation, Used(9), default)).ShouldBeFalse("it was settled");
        }
        _engine.Calls.ShouldBe(calls);
        await ledger.DisposeAsync();
        await ShouldBeClosedAsync(ledger);
    }

    [Fact]
    public async Task A_response_in_the_background_has_its_row_in_the_store_at_once()
    {
        var (ledger, other, reservation) = (NewInstance(), NewInstance(), Reserve() with { Details = Reserve().Details with { IsBackground = true } });
        await WarmAsync(ledger);
        (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        (await other.CorrectAsync(Partition, reservation.Attempt, _ => Used(4), default)).ShouldBeTrue("another instance may learn its usage");
    }

    [Fact]
    public async Task An_allotment_that_is_being_borrowed_when_the_instance_stops_is_returned()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var gate = new TaskCompletionSource();
        var calls = _engine.Calls;
        _engine.Gate = gate.Task;
        // More than half of the allotment (15 requests or more) is used: the next one is borrowed, and the store does not respond yet.
        for (var i = 0; i < 12; i++)
        {
            var reservation = Reserve();
            (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
            await ledger.SettleAsync(reservation, Used(10), default);
        }
        await Wait.UntilAsync(() => _engine.Calls > calls);
        var stopping = ledger.DisposeAsync().AsTask();
        gate.SetResult();
        await stopping;
        await ShouldBeClosedAsync(ledger);
    }

    [Fact]
    public async Task Usage_is_written_within_seconds_as_separate_rows()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var reservation = Reserve();
        await ledger.ReserveAsync(reservation, default);
        await ledger.SettleAsync(reservation, Used(4), default);
        await Wait.UntilAsync(() => ledger.Unwritten == 0, () => _time.Advance(TimeSpan.FromMilliseconds(200)));
        var row = (await ledger.FindAsync(Partition, reservation.Details.Request, default)).ShouldHaveSingleItem();
        (row.State, row.Charged.NanoUsd).ShouldBe((AttemptState.Settled, 4));
        (await ledger.SettleAsync(reservation, Used(9), default)).ShouldBeFalse();
        await ShouldEqualTheFoldAsync();
        // No more requests arrive, so the rest is returned.
        await Wait.UntilAsync(async () => (await OpenAsync()).Count == 0, () => _time.Advance(TimeSpan.FromMilliseconds(200)));
        await ShouldBeClosedAsync(ledger);
    }

    [Fact]
    public async Task An_instance_that_dies_loses_at_most_its_allotment_and_another_cannot_use_it()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var lent = (await OpenAsync()).Single();
        lent.Estimate.NanoUsd.ShouldBeLessThanOrEqualTo(Most / HotCaller.Part);
        for (var i = 0; i < 3; i++)
        {
            var reservation = Reserve();
            await ledger.ReserveAsync(reservation, default);
            await ledger.SettleAsync(reservation, Used(4), default);
        }
        // Its memory is lost. Its allotment is charged.
        _engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(3));
        await new Ledger(new StateTransactions(_memory), _time).SweepAsync(Partition, default);
        var row = (await ReadAsync()).Single(row => row.Id == lent.Id);
        (row.State, row.IsPresumed, row.Charged).ShouldBe((AttemptState.Presumed, true, lent.Estimate));
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task A_slow_instance_corrects_the_presumed_charge_and_nothing_is_charged_twice()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var open = Reserve();
        await ledger.ReserveAsync(open, default);
        _engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(3));
        await new Ledger(new StateTransactions(_memory), _time).SweepAsync(Partition, default);
        _engine.IsDown = false;
        await ledger.SettleAsync(open, Used(4), default);
        await Wait.UntilAsync(async () => ledger.Unwritten == 0 && (await ReadAsync()).All(row => row.State is AttemptState.Settled or AttemptState.Released),
            () => _time.Advance(TimeSpan.FromMilliseconds(200)));
        await ShouldBeClosedAsync(ledger);
    }

    [Fact]
    public async Task A_budget_is_never_exceeded_and_the_rest_of_it_can_be_used()
    {
        var (one, two) = (NewInstance(), NewInstance());
        await WarmAsync(one);
        await WarmAsync(two);
        // The last one of each instance is not written yet.
        var charged = await ChargedAsync() + 2;
        var served = 0L;
        for (var i = 0; ; i++)
        {
            var (ledger, reservation) = (i % 2 == 0 ? one : two, Reserve());
            var result = await ledger.ReserveAsync(reservation, default);
            if (!result.IsGranted) break;
            served += 10;
            await ledger.SettleAsync(reservation, Used(10), default);
            i.ShouldBeLessThan(1000);
        }
        // The other instance cannot use an instance's allotment immediately: two allotments at most.
        (charged + served).ShouldBeInRange(Most - 2 * Most / HotCaller.Part - 20, Most);
        await one.DisposeAsync();
        await two.DisposeAsync();
        (await ChargedAsync()).ShouldBe(charged + served);
        await ShouldBeClosedAsync(one);
        for (var left = (Most - charged - served) / 10; left > 0; left--) (await one.ReserveAsync(Reserve(), default)).IsGranted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(79, 100)]
    [InlineData(1, 1)]
    public async Task Small_limits_and_limits_on_concurrency_are_not_lent(long nano, int perMinute)
    {
        var ledger = NewInstance();
        for (var i = 0; i < 20; i++)
        {
            await ledger.ReserveAsync(Reserve(nano * 5) with { Rates = [new RateTake("key:k", RateTake.Requests, perMinute, 1)] }, default);
            await ledger.ReserveAsync(Reserve() with { Counters = [new CounterLimit("key:k", CounterLimit.Open, _time.GetUtcNow(), null) { MaxOpen = 1000 }] }, default);
        }
        for (var i = 0; i < 20; i++) await Task.Yield();
        ledger.Unwritten.ShouldBe(0);
        (await ReadAsync()).ShouldAllBe(row => row.Details.Provider == "nano");
    }

    /// <summary>What an instance knows of an attempt is kept in its reservation: a copy for another attempt must not take it along.</summary>
    [Fact]
    public async Task A_copy_of_a_reservation_for_another_attempt_is_an_attempt_of_its_own()
    {
        var ledger = NewInstance();
        await WarmAsync(ledger);
        var charged = await ChargedAsync() + 1;
        var first = Reserve();
        (await ledger.ReserveAsync(first, default)).IsGranted.ShouldBeTrue();
        (await ledger.SettleAsync(first, Used(3), default)).ShouldBeTrue();
        var second = first with { Attempt = StateKeys.AttemptId(first.Details.Request, 1), Details = first.Details with { Number = 1 } };
        (await ledger.ReserveAsync(second, default)).IsGranted.ShouldBeTrue();
        (await ledger.RenewAsync(second, _time.GetUtcNow().AddMinutes(5), default)).ShouldBeTrue();
        (await ledger.SettleAsync(second, Used(4), default)).ShouldBeTrue();
        (await ledger.RenewAsync(second, _time.GetUtcNow().AddMinutes(9), default)).ShouldBeFalse();
        await ledger.DisposeAsync();
        (await ledger.FindAsync(Partition, first.Details.Request, default)).Select(row => (row.Details.Number, row.Charged.NanoUsd)).ShouldBe([(0, 3), (1, 4)]);
        (await ChargedAsync()).ShouldBe(charged + 7);
        await ShouldBeClosedAsync(ledger);
    }

    /// <summary>A caller's limits remember its allotments, and the ledger forgets callers that are not hot.</summary>
    [Fact]
    public async Task A_caller_that_was_forgotten_for_others_becomes_hot_again_and_returns_its_allotment()
    {
        var ledger = NewInstance();
        var limits = new LimitSet([BudgetWindow.At("key:k", new Budget(Most, "total", "UTC"), _time.GetUtcNow())], []);
        await WarmAsync(ledger, () => Reserve(limits));
        await Wait.UntilAsync(async () => (await OpenAsync()).Count == 0, () => _time.Advance(TimeSpan.FromMilliseconds(500)));
        _time.Advance(TimeSpan.FromSeconds(6));
        for (var i = 0; i < AllottedLedger.MaxCallers; i++)
        {
            var other = Reserve(1) with { Details = Reserve().Details with { Key = $"other{i}" } };
            await ledger.ReserveAsync(other, default);
            await ledger.ReleaseAsync(other, "released", default);
        }
        _time.Advance(TimeSpan.FromSeconds(6));
        await WarmAsync(ledger, () => Reserve(limits));
        await ledger.DisposeAsync();
        await ShouldBeClosedAsync(ledger);
    }

    /// <summary>Like <see cref="LedgerModelTests"/>, with allotments: any order of verbs, commits that fail before or after they take effect, and instances that stop.</summary>
    [Fact]
    public async Task Whatever_fails_every_attempt_is_charged_once()
    {
        for (var seed = 0; seed < 40; seed++) await RunAsync(new Random(seed), seed);
    }

    private async Task RunAsync(Random random, int seed)
    {
        var memory = new MemoryEngine();
        await memory.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default);
        var time = new FakeTimeProvider(_time.GetUtcNow());
        var stores = new[] { new FaultyEngine(memory, new Random(seed + 1000)) { Faults = 15 }, new FaultyEngine(memory, new Random(seed + 2000)) { Faults = 15 } };
        var ledgers = stores.Select(store => new StateTransactions(store)).Select(transactions => new AllottedLedger(new Ledger(transactions, time), transactions, HotAt, time))
            .ToArray();
        var open = new List<(Reservation Reservation, int Instance)>();
        var wanted = new Dictionary<string, long?>();
        for (var step = 0; step < 150; step++)
        {
            var instance = random.Next(2);
            if (random.Next(10) < 5)
            {
                var reservation = Reserve(time.GetUtcNow(), 10);
                wanted[reservation.Attempt] = null;
                if (await TryAsync(async () => (await ledgers[instance].ReserveAsync(reservation, default)).IsGranted) == true) open.Add((reservation, instance));
                else if (await TryAsync(() => ledgers[instance].ReleaseAsync(reservation, "unknown", default)) is null) open.Add((reservation, -1 - instance));
            }
            else if (open.Count > 0 && random.Next(10) < 8)
            {
                var at = random.Next(open.Count);
                if (await CloseAsync(open[at])) open.RemoveAt(at);
            }
            else time.Advance(TimeSpan.FromMilliseconds(random.Next(100, 4000)));
            await Task.Yield();
        }
        foreach (var store in stores) await store.SettleDownAsync();
        foreach (var left in open) (await CloseAsync(left)).ShouldBeTrue();
        await Wait.UntilAsync(
            async () => ledgers.All(ledger => ledger.Unwritten == 0)
                && (await LedgerFold.ReadAsync(memory, Partition, DateTimeOffset.MinValue, null, default).ToListAsync()).All(
                row => row.State != AttemptState.Open && (row.Details.Provider.Length > 0 || row.State == AttemptState.Released))
                // An allotment may still be borrowed in the background, and is returned later.
                && await LedgerSums.DifferenceAsync(memory, Partition) is null,
            () => time.Advance(TimeSpan.FromSeconds(1)));
        var rows = await LedgerFold.ReadAsync(memory, Partition, DateTimeOffset.MinValue, null, default).ToListAsync();
        foreach (var (attempt, nano) in wanted)
            rows.Where(row => row.Id == attempt).Sum(row => row.Charged.NanoUsd).ShouldBe(nano ?? 0, $"seed {seed}, {attempt}");
        rows.Sum(row => row.Charged.NanoUsd).ShouldBe(wanted.Values.Sum(nano => nano ?? 0), $"seed {seed}");

        async Task<bool> CloseAsync((Reservation Reservation, int Instance) attempt)
        {
            var (reservation, instance) = attempt;
            if (instance < 0) return await TryAsync(() => ledgers[-1 - instance].ReleaseAsync(reservation, "unknown", default)) is not null;
            var nano = wanted[reservation.Attempt] ??= random.Next(0, 12);
            return await TryAsync(() => ledgers[instance].SettleAsync(reservation, Used(nano), default)) is not null;
        }
    }

    private static async Task<bool?> TryAsync(Func<ValueTask<bool>> act)
    {
        try
        {
            return await act();
        }
        catch (StateUnavailableException)
        {
            return null;
        }
    }

    private const long Most = 10_000;

    private AllottedLedger NewInstance()
    {
        var transactions = new StateTransactions(_engine);
        return new AllottedLedger(new Ledger(transactions, _time), transactions, HotAt, _time);
    }

    /// <summary>Sends requests until an allotment is lent.</summary>
    /// <param name="reserve">The caller's next reservation; null for the one of most tests.</param>
    private async Task WarmAsync(AllottedLedger ledger, Func<Reservation>? reserve = null)
    {
        await Wait.UntilAsync(async () =>
        {
            var reservation = reserve?.Invoke() ?? Reserve();
            await ledger.ReserveAsync(reservation, default);
            var isLent = ledger.Unwritten > 0;
            return await ledger.SettleAsync(reservation, Used(1), default) && isLent;
        });
    }

    private Reservation Reserve(long nano = 10) => Reserve(_time.GetUtcNow(), nano);

    private Reservation Reserve(DateTimeOffset at, long nano)
    {
        var request = SortableId.FloorOf(at) + Interlocked.Increment(ref _number).ToString("D16", System.Globalization.CultureInfo.InvariantCulture);
        return new Reservation
        {
            Partition = Partition,
            Attempt = StateKeys.AttemptId(request, 0),
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = at, Organization = "acme", Key = "k", Provider = "nano", Model = "echo" },
            Counters = [BudgetWindow.At("key:k", new Budget(Most, "total", "UTC"), at)],
            Estimate = new Amount(nano, 1),
            At = at,
            LeaseEnd = at.AddSeconds(90),
        };
    }

    private Reservation Reserve(LimitSet limits)
    {
        var like = Reserve();
        return new Reservation(limits, 1)
            { Partition = Partition, Attempt = like.Attempt, Details = like.Details, Estimate = like.Estimate, At = like.At, LeaseEnd = like.LeaseEnd };
    }

    private static Settlement Used(long nano) => new() { Actual = new Amount(nano, 1) };

    private ValueTask<List<AttemptRow>> ReadAsync() => LedgerFold.ReadAsync(_memory, Partition, DateTimeOffset.MinValue, null, default).ToListAsync();

    private async Task<List<AttemptRow>> OpenAsync() => [.. (await ReadAsync()).Where(row => row.State == AttemptState.Open)];

    private async Task<long> ChargedAsync() => (await ReadAsync()).Sum(row => row.Charged.NanoUsd);

    private async Task ShouldBeClosedAsync(AllottedLedger ledger)
    {
        ledger.Unwritten.ShouldBe(0);
        (await OpenAsync()).ShouldBeEmpty();
        await ShouldEqualTheFoldAsync();
    }

    private async Task ShouldEqualTheFoldAsync() => (await LedgerSums.DifferenceAsync(_memory, Partition)).ShouldBeNull();
}
