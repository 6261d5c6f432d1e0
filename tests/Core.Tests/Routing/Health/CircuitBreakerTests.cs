using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Routing.Health;

namespace Nano.Tests.Routing.Health;

/// <summary>When a deployment counts as down, and how it recovers.</summary>
public sealed class CircuitBreakerTests
{
    private static readonly ResilienceConfig Options = new() { FailuresInARow = 3, FailureRatio = 0.5, MinimumRequests = 10, Window = TimeSpan.FromSeconds(10),
        Cooldown = TimeSpan.FromSeconds(15) };

    private readonly FakeTimeProvider _time = new();
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new CircuitBreaker(Options, _time);

    [Fact]
    public void Failures_in_a_row_open_it_also_after_a_thousand_good_attempts()
    {
        for (var i = 0; i < 1000; i++) Run(BreakerOutcome.Alive);
        Run(BreakerOutcome.Failed);
        Run(BreakerOutcome.Failed);
        _breaker.IsOpen.ShouldBeFalse();
        Run(BreakerOutcome.Failed);
        _breaker.IsOpen.ShouldBeTrue();
        _breaker.TryEnter(out _).ShouldBeFalse();
    }

    [Fact]
    public void A_large_share_of_failures_opens_it_without_any_in_a_row()
    {
        for (var i = 0; i < 5; i++)
        {
            _breaker.IsOpen.ShouldBeFalse();
            Run(BreakerOutcome.Alive);
            Run(BreakerOutcome.Failed);
        }
        _breaker.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void Failures_before_the_window_do_not_count()
    {
        for (var i = 0; i < 4; i++)
        {
            Run(BreakerOutcome.Alive);
            Run(BreakerOutcome.Failed);
        }
        _time.Advance(TimeSpan.FromSeconds(11));
        Run(BreakerOutcome.Alive);
        Run(BreakerOutcome.Failed);
        _breaker.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void One_attempt_probes_it_after_the_pause_and_closes_it()
    {
        Open();
        _time.Advance(TimeSpan.FromSeconds(14.9));
        _breaker.TryEnter(out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _breaker.TryEnter(out var probe).ShouldBeTrue();
        _breaker.TryEnter(out _).ShouldBeFalse("one probe at a time");
        _breaker.Report(probe, BreakerOutcome.Alive);
        _breaker.IsOpen.ShouldBeFalse();
        Run(BreakerOutcome.Failed);
        _breaker.IsOpen.ShouldBeFalse("it begins anew");
    }

    [Fact]
    public void The_pause_doubles_with_each_failed_probe_up_to_eight_times()
    {
        Open();
        foreach (var seconds in (int[])[15, 30, 60, 120, 120])
        {
            _breaker.Wait.ShouldBe(TimeSpan.FromSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(seconds));
            _breaker.TryEnter(out var probe).ShouldBeTrue();
            _breaker.Report(probe, BreakerOutcome.Failed);
        }
    }

    [Fact]
    public void A_late_success_from_before_it_opened_does_not_close_it()
    {
        _breaker.TryEnter(out var old).ShouldBeTrue();
        Open();
        _breaker.Report(old, BreakerOutcome.Alive);
        _breaker.IsOpen.ShouldBeTrue();
        _time.Advance(Options.Cooldown);
        _breaker.TryEnter(out var probe).ShouldBeTrue();
        _breaker.Report(old, BreakerOutcome.Alive);
        _breaker.IsOpen.ShouldBeTrue("only the probe decides");
        _breaker.Report(probe, BreakerOutcome.Alive);
        _breaker.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void A_probe_whose_caller_disconnected_has_no_result_and_the_next_attempt_probes()
    {
        Open();
        _time.Advance(Options.Cooldown);
        _breaker.TryEnter(out var probe).ShouldBeTrue();
        _breaker.Report(probe, BreakerOutcome.Unknown);
        _breaker.IsOpen.ShouldBeTrue();
        _breaker.TryEnter(out _).ShouldBeTrue();
    }

    private void Run(BreakerOutcome outcome)
    {
        _breaker.TryEnter(out var pass).ShouldBeTrue();
        _breaker.Report(pass, outcome);
    }

    private void Open()
    {
        for (var i = 0; i < 3; i++) Run(BreakerOutcome.Failed);
        _breaker.IsOpen.ShouldBeTrue();
    }
}
