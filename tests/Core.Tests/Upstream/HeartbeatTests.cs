using Microsoft.Extensions.Time.Testing;
using Nano.Upstream;

namespace Nano.Tests.Upstream;

public sealed class HeartbeatTests
{
    [Fact]
    public void A_clock_cancels_at_its_limit_and_reports_a_timeout()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        clock.Limit(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(9));
        clock.Token.IsCancellationRequested.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(2));
        clock.Token.IsCancellationRequested.ShouldBeTrue();
        clock.TimedOut.ShouldBeTrue();
    }

    /// <summary>On Linux, a timestamp is the machine's uptime in nanoseconds.</summary>
    [Theory]
    [InlineData(long.MaxValue / 1000)]
    [InlineData(long.MaxValue / 500)]
    public void A_limit_is_kept_whatever_the_uptime_of_the_machine(long uptime)
    {
        var time = new LongUptime(uptime - 1_000_000_000);
        using var heartbeat = new Heartbeat(time);
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        clock.Limit(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(4));
        clock.TimedOut.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(2));
        clock.TimedOut.ShouldBeTrue();
    }

    [Fact]
    public void Each_step_sets_its_own_limit()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        for (var step = 0; step < 5; step++)
        {
            clock.Limit(TimeSpan.FromSeconds(10));
            time.Advance(TimeSpan.FromSeconds(9));
        }
        clock.TimedOut.ShouldBeFalse();
    }

    [Fact]
    public void A_caller_who_disconnects_cancels_without_a_timeout()
    {
        using var heartbeat = new Heartbeat(new FakeTimeProvider());
        using var caller = new CancellationTokenSource();
        using var clock = new RequestClock(heartbeat, caller.Token);
        caller.Cancel();
        clock.Token.IsCancellationRequested.ShouldBeTrue();
        clock.TimedOut.ShouldBeFalse();
    }

    [Fact]
    public void The_timer_stops_without_members_and_starts_again()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        using (var first = new RequestClock(heartbeat, CancellationToken.None)) time.Advance(TimeSpan.FromSeconds(3));
        time.Advance(TimeSpan.FromSeconds(60));
        using var second = new RequestClock(heartbeat, CancellationToken.None);
        second.Limit(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(3));
        second.TimedOut.ShouldBeTrue();
    }

    [Fact]
    public void Members_may_come_and_go_in_any_order()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        var clocks = Enumerable.Range(0, 50).Select(_ => new RequestClock(heartbeat, CancellationToken.None)).ToList();
        foreach (var clock in clocks) clock.Limit(TimeSpan.FromSeconds(5));
        foreach (var clock in clocks.Where((_, i) => i % 3 == 0)) clock.Dispose();
        time.Advance(TimeSpan.FromSeconds(6));
        clocks.Where((_, i) => i % 3 != 0).ShouldAllBe(clock => clock.TimedOut);
        clocks.Where((_, i) => i % 3 == 0).ShouldAllBe(clock => !clock.TimedOut);
        foreach (var clock in clocks) clock.Dispose();
    }

    [Fact]
    public void A_member_that_throws_does_not_stop_the_time_limits_of_others()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        using var before = new RequestClock(heartbeat, CancellationToken.None);
        var thrower = new Thrower();
        heartbeat.Add(thrower);
        using var after = new RequestClock(heartbeat, CancellationToken.None);
        before.Limit(TimeSpan.FromSeconds(1));
        after.Limit(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(3));
        (before.TimedOut, after.TimedOut).ShouldBe((true, true));
        thrower.Times.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void An_exception_of_a_callback_does_not_leave_the_clock()
    {
        var time = new FakeTimeProvider();
        using var heartbeat = new Heartbeat(time);
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        var told = false;
        using var first = clock.Token.Register(() => told = true);
        using var second = clock.Token.Register(() => throw new InvalidOperationException());
        clock.Limit(TimeSpan.Zero);
        clock.OnDue(heartbeat.Now);
        (clock.TimedOut, told).ShouldBe((true, true));
    }

    private sealed class Thrower : Heartbeat.Member
    {
        public int Times { get; private set; }

        public override bool IsDue(long now) => true;

        public override void OnDue(long now)
        {
            Times++;
            throw new InvalidOperationException();
        }
    }

    /// <summary>A clock that counts nanoseconds.</summary>
    private sealed class LongUptime(long uptime) : FakeTimeProvider
    {
        private readonly DateTimeOffset _start = new FakeTimeProvider().GetUtcNow();

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => uptime + (GetUtcNow() - _start).Ticks * 100;
    }
}
