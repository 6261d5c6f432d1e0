using Microsoft.Extensions.Time.Testing;
using Nano.State;

namespace Nano.Tests.State;

/// <summary>Usage that becomes known after an attempt was closed, or at another instance. <see cref="LedgerModelTests"/> has it between all other verbs and faults.</summary>
public sealed class LedgerCorrectionTests
{
    private const string Partition = "org:acme";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEngine _engine = new();
    private readonly Ledger _ledger;

    public LedgerCorrectionTests()
    {
        _ledger = NewInstance();
        _engine.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    /// <summary>Settled with an estimate, open because its instance was killed, or presumed because its lease ended.</summary>
    [Theory]
    [InlineData("settled")]
    [InlineData("open")]
    [InlineData("presumed")]
    public async Task Usage_that_becomes_known_later_is_charged_once_by_whichever_instance_learns_it(string state)
    {
        var reservation = Reserve("a", 100) with { Rates = [new RateTake("key:k", RateTake.Tokens, 1000, 10)] };
        await _ledger.ReserveAsync(reservation, default);
        if (state == "settled") await _ledger.SettleAsync(reservation, Used(90) with { IsPresumed = true }, default);
        if (state == "presumed")
        {
            _time.Advance(TimeSpan.FromMinutes(3));
            (await NewInstance().SweepAsync(Partition, default)).ShouldBeTrue();
        }
        var instances = new[] { NewInstance(), NewInstance() };
        var changed = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            Task.Run(async () => await instances[i % 2].CorrectAsync(Partition, reservation.Attempt, _ => Used(30), default))));
        changed.Count(one => one).ShouldBe(1);
        (await _ledger.CorrectAsync(Partition, reservation.Attempt, _ => Used(70), default)).ShouldBeFalse();
        (await _ledger.SettleAsync(reservation, Used(80), default)).ShouldBeFalse();
        (await _ledger.ReleaseAsync(reservation, "late", default)).ShouldBeFalse();
        var row = (await _ledger.FindAsync(Partition, Id("a"), default)).Single();
        (row.State, row.IsPresumed, row.IsCorrected, row.Charged.NanoUsd).ShouldBe((AttemptState.Settled, false, state != "open", 30));
        var counter = await CounterAsync(reservation);
        (counter.Charged.NanoUsd, counter.Reserved.NanoUsd, counter.Open).ShouldBe((30, 0, 0));
        (await NewInstance().SweepAsync(Partition, default)).ShouldBeFalse();
        await ShouldEqualTheFoldAsync();
    }

    [Fact]
    public async Task What_is_known_is_not_corrected()
    {
        var (known, released) = (Reserve("a", 100), Reserve("b", 100));
        foreach (var reservation in (Reservation[])[known, released]) await _ledger.ReserveAsync(reservation, default);
        await _ledger.SettleAsync(known, Used(30), default);
        await _ledger.ReleaseAsync(released, "provider_rejected", default);
        foreach (var attempt in (string[])[known.Attempt, released.Attempt, StateKeys.AttemptId(Id("c"), 0)])
            (await _ledger.CorrectAsync(Partition, attempt, _ => Used(70), default)).ShouldBeFalse();
        (await CounterAsync(known)).Charged.NanoUsd.ShouldBe(30);

        // Tokens without a price: the charge stays presumed, and they are entered once.
        var unpriced = Reserve("d", 0);
        await _ledger.ReserveAsync(unpriced, default);
        await _ledger.SettleAsync(unpriced, Used(0) with { IsPresumed = true }, default);
        (await _ledger.CorrectAsync(Partition, unpriced.Attempt, _ => Used(0) with { IsPresumed = true, OutputTokens = 7 }, default)).ShouldBeTrue();
        (await _ledger.CorrectAsync(Partition, unpriced.Attempt, _ => Used(0) with { IsPresumed = true, OutputTokens = 7 }, default)).ShouldBeFalse();
        (await _ledger.FindAsync(Partition, Id("d"), default)).Single().Settlement!.OutputTokens.ShouldBe(7);
        await ShouldEqualTheFoldAsync();
    }

    private Ledger NewInstance() => new(new StateTransactions(_engine), _time);

    private Reservation Reserve(string request, long nano)
    {
        var day = new DateTimeOffset(_time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        return new Reservation
        {
            Partition = Partition,
            Attempt = StateKeys.AttemptId(Id(request), 0),
            Details = new AttemptDetails { Request = Id(request), Number = 0, StartedAt = _time.GetUtcNow(), Organization = "acme", Key = "k", IsBackground = true },
            Counters = nano == 0 ? [] : [new CounterLimit("key:k", $"day@UTC:{day:yyyy-MM-dd}", day, day.AddDays(1)) { MaxNanoUsd = 300 }],
            Estimate = new Amount(nano, 10),
            At = _time.GetUtcNow(),
            LeaseEnd = _time.GetUtcNow().AddMinutes(1),
        };
    }

    private static string Id(string name) => SortableId.FloorOf(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero)) + name;

    private static Settlement Used(long nano) => new() { Actual = new Amount(nano, 10) };

    private async Task<Counter> CounterAsync(Reservation reservation) => Counter.Read((await _engine.ReadAsync(Partition, [reservation.Counters[0].Key], default))[0]);

    private async Task ShouldEqualTheFoldAsync() => (await LedgerSums.DifferenceAsync(_engine, Partition)).ShouldBeNull();
}
