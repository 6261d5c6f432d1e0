using Microsoft.Extensions.Time.Testing;
using Nano.Governance;
using Nano.State;
using Nano.Tests.Secrets;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

public sealed class PendingClosesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeVault.Log _log = new();
    private readonly CountingEngine _engine = new(new MemoryEngine()) { IsDown = true };
    private readonly PendingCloses _pending;

    public PendingClosesTests() => _pending = new PendingCloses(new StateStore(() => _engine, TimeSpan.FromMinutes(2), _time), _time, _log);

    [Fact]
    public void Too_many_releases_do_not_displace_a_settlement()
    {
        Settle("r0");
        for (var i = 1; i <= PendingCloses.Capacity; i++) _pending.Add(Reservation($"r{i}"), null, "unavailable");
        for (var i = 1; i < PendingCloses.Capacity; i++) Settle($"s{i}");
        _log.Lines.ShouldBeEmpty();
        _pending.Add(Reservation("late"), null, "unavailable");
        _pending.Count.ShouldBe(PendingCloses.Capacity);
        _log.Lines.ShouldBeEmpty("the release is dropped");
        Settle("last");
        _log.Lines.ShouldHaveSingleItem().ShouldStartWith("Error: The settlement of request r0 (0.000000007 USD) is dropped");
        _pending.Count.ShouldBe(PendingCloses.Capacity);
    }

    private void Settle(string request) => _pending.Add(Reservation(request), new Settlement { Actual = new Amount(7, 5) }, "ok");

    private Reservation Reservation(string request) => new()
    {
        Partition = "org:pending", Attempt = StateKeys.AttemptId(request, 0), At = _time.GetUtcNow(), LeaseEnd = _time.GetUtcNow(),
        Details = new AttemptDetails { Request = request, Number = 0, StartedAt = _time.GetUtcNow() },
    };
}
