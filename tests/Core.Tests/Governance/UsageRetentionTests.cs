using Microsoft.Extensions.Time.Testing;
using Nano.Governance;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>When old usage is deleted, and that no failure of the store reaches a request.</summary>
public sealed class UsageRetentionTests
{
    private const int Days = 30;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly CountingEngine _engine = new(new MemoryEngine());
    private readonly StateStore _store;

    public UsageRetentionTests() => _store = new StateStore(() => _engine, TimeSpan.FromDays(1), _time);

    [Fact]
    public async Task Usage_is_kept_for_the_days_of_the_setting()
    {
        await _store.Keys.OpenAsync("acme", default);
        var (old, kept) = (await ChargeAsync(Days, -1), await ChargeAsync(Days, 10));
        await SweepAsync(new UsageRetention(_store, Days, _time));
        ((await FindAsync(old)).Count, (await FindAsync(kept)).Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Without_days_everything_is_kept_and_nothing_is_read()
    {
        var retention = new UsageRetention(_store, 0, _time);
        retention.Touch();
        await retention.Sweep;
        _engine.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_sweep_is_due_every_hour_and_a_failure_waits_for_the_next_one()
    {
        await _store.Keys.OpenAsync("acme", default);
        var retention = new UsageRetention(_store, Days, _time);
        _engine.IsDown = true;
        retention.Touch();
        await retention.Sweep;
        _engine.IsDown = false;
        var old = await ChargeAsync(Days, -1);
        var first = retention.Sweep;
        _time.Advance(UsageRetention.Period - TimeSpan.FromTicks(1));
        retention.Touch();
        retention.Sweep.ShouldBeSameAs(first);
        _time.Advance(TimeSpan.FromTicks(1));
        await SweepAsync(retention);
        retention.Sweep.ShouldNotBeSameAs(first);
        (await FindAsync(old)).ShouldBeEmpty();
    }

    private async Task SweepAsync(UsageRetention retention)
    {
        retention.Touch();
        // Sweeps pause between their commits.
        await Testing.Wait.UntilAsync(() => retention.Sweep.IsCompleted, () => _time.Advance(TimeSpan.FromMilliseconds(50)));
        await retention.Sweep;
    }

    /// <summary>An attempt of a request that began so many days, and some minutes more, ago.</summary>
    private async Task<Reservation> ChargeAsync(int days, int minutes)
    {
        var began = _time.GetUtcNow().AddDays(-days).AddMinutes(minutes);
        var request = SortableId.New(began);
        var reservation = new Reservation
        {
            Partition = StateKeys.Organization("acme"), Attempt = StateKeys.AttemptId(request, 0), At = began, LeaseEnd = began.AddMinutes(1),
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = began, Organization = "acme" },
        };
        (await _store.Ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
        await _store.Ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(5, 2) }, default);
        return reservation;
    }

    private async Task<IReadOnlyList<AttemptRow>> FindAsync(Reservation reservation) => await _store.Ledger.FindAsync(reservation.Partition, reservation.Details.Request, default);
}
