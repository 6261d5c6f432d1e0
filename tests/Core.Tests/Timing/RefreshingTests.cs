using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Nano.Testing;
using Nano.Timing;

namespace Nano.Tests.Timing;

/// <summary>Each rule of a value that is read when it is used, with a clock that the test advances.</summary>
public sealed class RefreshingTests
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    private static readonly RefreshTimes Times = new()
    {
        Read = TimeSpan.FromSeconds(30),
        Backoff = TimeSpan.FromSeconds(1),
        MaxBackoff = TimeSpan.FromSeconds(8),
        BetweenRereads = TimeSpan.FromSeconds(15),
    };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Refreshing<string> _value;
    private readonly List<(string? Before, string? After)> _changes = [];
    private int _reads;

    private Func<int, CancellationToken, Task<Reading<string>>> _source = (number, _) => Task.FromResult(Reading<string>.Found($"value {number}", Fresh));

    public RefreshingTests() => _value = new Refreshing<string>(
        token => _source(Interlocked.Increment(ref _reads), token), e => e.GetType().Name, Times, _time,
        (before, after) => _changes.Add((before?.Value, after.Failure ?? after.Value)));

    [Fact]
    public async Task Nothing_is_read_before_the_first_use()
    {
        _time.Advance(TimeSpan.FromDays(1));
        (_value.Last, _value.Running, _reads).ShouldBe((null, null, 0));
        (await _value.Start()).Value.ShouldBe("value 1");
    }

    [Fact]
    public async Task All_callers_share_one_read()
    {
        var gate = new TaskCompletionSource<Reading<string>>();
        _source = (_, _) => gate.Task;
        var callers = new Task<RefreshState<string>>[50];
        Parallel.For(0, callers.Length, i => callers[i] = _value.Start());
        callers.Distinct().Count().ShouldBe(1);

        gate.SetResult(Reading<string>.Found("one", Fresh));

        (await callers[0]).Value.ShouldBe("one");
        _reads.ShouldBe(1);
    }

    [Fact]
    public async Task A_caller_that_leaves_or_waits_too_long_does_not_stop_the_read()
    {
        var gate = new TaskCompletionSource<Reading<string>>();
        CancellationToken used = default;
        _source = (_, token) =>
        {
            used = token;
            return gate.Task;
        };
        var running = _value.Start();
        using var leaving = new CancellationTokenSource();
        var gone = _value.WaitAsync(running, TimeSpan.FromSeconds(5), leaving.Token).AsTask();
        var impatient = _value.WaitAsync(running, TimeSpan.FromSeconds(5), CancellationToken.None).AsTask();
        await Wait.UntilAsync(() => Volatile.Read(ref _reads) == 1);

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await impatient).ShouldBeNull();

        used.IsCancellationRequested.ShouldBeFalse();
        gate.SetResult(Reading<string>.Found("one", Fresh));
        (await running).Value.ShouldBe("one");
    }

    [Fact]
    public async Task A_read_belongs_to_no_request()
    {
        using var request = new Activity("request").Start();
        Activity? seen = request;
        _source = (_, _) =>
        {
            seen = Activity.Current;
            return Task.FromResult(Reading<string>.Found("one", Fresh));
        };
        await _value.Start();
        seen.ShouldBeNull();
        Activity.Current.ShouldBe(request);
    }

    [Fact]
    public async Task A_value_is_due_when_it_is_no_longer_fresh()
    {
        var state = await _value.Start();
        _time.Advance(Fresh - TimeSpan.FromTicks(1));
        _value.IsDue(state).ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        _value.IsDue(state).ShouldBeTrue();
        _value.HasEnded(state).ShouldBeFalse();
    }

    [Fact]
    public async Task A_value_that_arrives_due_waits_for_the_pause_of_a_failure()
    {
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", TimeSpan.FromSeconds(-1)));
        var state = await _value.Start();
        _value.IsDue(state).ShouldBeFalse();
        _time.Advance(Times.Backoff);
        _value.IsDue(state).ShouldBeTrue();
    }

    /// <summary>A token without an end: its due time does not fit the clock's ticks, and a sum that overflows would be in the past.</summary>
    [Fact]
    public async Task A_value_that_stays_fresh_for_ever_is_never_due()
    {
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", TimeSpan.MaxValue));
        var state = await _value.Start();
        _value.IsDue(state).ShouldBeFalse();
        _time.Advance(TimeSpan.FromDays(365_000));
        _value.IsDue(state).ShouldBeFalse();
    }

    /// <summary>The clock decides, even if a suspended machine's timestamps did not advance.</summary>
    [Fact]
    public async Task A_value_is_due_at_its_end()
    {
        var end = _time.GetUtcNow() + TimeSpan.FromSeconds(10);
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", Fresh, end));
        var state = await _value.Start();
        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        (_value.HasEnded(state), _value.IsDue(state)).ShouldBe((false, false));
        _time.Advance(TimeSpan.FromTicks(1));
        (_value.HasEnded(state), _value.IsDue(state)).ShouldBe((true, true));
    }

    [Fact]
    public async Task Pauses_double_up_to_the_maximum_and_start_over_after_success()
    {
        var isUp = false;
        _source = (_, _) => Task.FromResult(isUp ? Reading<string>.Found("one", Fresh) : Reading<string>.Failed("down"));
        foreach (var seconds in new[] { 1, 2, 4, 8, 8 })
        {
            var failed = await _value.Start();
            (failed.HasValue, failed.Failure, failed.Pause).ShouldBe((false, "down", TimeSpan.FromSeconds(seconds)));
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            _value.IsDue(failed).ShouldBeFalse();
            _time.Advance(TimeSpan.FromTicks(1));
            _value.IsDue(failed).ShouldBeTrue();
        }
        isUp = true;
        (await _value.Start()).Failures.ShouldBe(0);
        isUp = false;
        (await _value.Start()).Pause.ShouldBe(Times.Backoff);
    }

    [Fact]
    public void Pauses_stay_at_the_maximum_after_any_number_of_failures() => Times.Pause(int.MaxValue, null).ShouldBe(Times.MaxBackoff);

    [Theory]
    [InlineData(60, 60)]
    [InlineData(0.5, 1)]
    public async Task A_source_that_asks_for_a_longer_pause_gets_it(double retryAfter, double pause)
    {
        _source = (_, _) => Task.FromResult(Reading<string>.Failed("throttled", TimeSpan.FromSeconds(retryAfter)));
        var state = await _value.Start();
        state.Pause.ShouldBe(TimeSpan.FromSeconds(pause));
        _time.Advance(state.Pause - TimeSpan.FromTicks(1));
        _value.IsDue(state).ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        _value.IsDue(state).ShouldBeTrue();
    }

    [Fact]
    public async Task A_failure_keeps_the_value_until_its_end()
    {
        var start = _time.GetUtcNow();
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", TimeSpan.FromSeconds(10), start + TimeSpan.FromSeconds(20)));
        await _value.Start();
        _source = (_, _) => Task.FromResult(Reading<string>.Failed("down"));

        _time.Advance(TimeSpan.FromSeconds(19.5));
        var kept = await _value.Start();
        (kept.HasValue, kept.Value, kept.Failure).ShouldBe((true, "one", "down"));
        (kept.LastSuccess, kept.FailingSince).ShouldBe((start, start + TimeSpan.FromSeconds(19.5)));
        // It ends before the pause does.
        _time.Advance(TimeSpan.FromSeconds(0.5));
        _value.IsDue(kept).ShouldBeTrue();

        var ended = await _value.Start();
        (ended.HasValue, ended.Value, ended.Failure, ended.Failures).ShouldBe((false, null, "down", 2));
        (ended.LastSuccess, ended.FailingSince).ShouldBe((start, start + TimeSpan.FromSeconds(19.5)));
        _value.IsDue(ended).ShouldBeFalse();
    }

    [Fact]
    public async Task A_refused_value_is_read_again_at_once_and_then_at_intervals()
    {
        var refused = await _value.Start();
        (await _value.Reread(refused)!).Value.ShouldBe("value 2");
        _value.Reread(_value.Last!).ShouldBeNull();
        _time.Advance(Times.BetweenRereads - TimeSpan.FromTicks(1));
        _value.Reread(_value.Last!).ShouldBeNull();
        _time.Advance(TimeSpan.FromTicks(1));
        (await _value.Reread(_value.Last!)!).Value.ShouldBe("value 3");
    }

    [Fact]
    public async Task Refused_callers_join_the_read_in_progress()
    {
        var refused = await _value.Start();
        var gate = new TaskCompletionSource<Reading<string>>();
        _source = (_, _) => gate.Task;
        var first = _value.Reread(refused);
        _value.Reread(refused).ShouldBe(first);
        _value.Start().ShouldBe(first);
        gate.SetResult(Reading<string>.Found("two", Fresh));
        (await first!).Value.ShouldBe("two");
    }

    [Fact]
    public async Task A_refusal_does_not_shorten_the_pause_after_a_failure()
    {
        await _value.Start();
        _source = (_, _) => Task.FromResult(Reading<string>.Failed("throttled", TimeSpan.FromSeconds(60)));
        var failed = await _value.Start();
        _value.Reread(failed).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(60));
        (_value.Reread(failed) is not null).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_throws_is_a_failure(bool atOnce)
    {
        var thrown = new FormatException("sk-secret");
        _source = (_, _) => atOnce ? throw thrown : Task.FromException<Reading<string>>(thrown);
        var state = await _value.Start();
        (state.Failure, state.Fault).ShouldBe(("FormatException", thrown));
        $"{state}".ShouldNotContain("sk-secret");
        _value.Running.ShouldBeNull();
    }

    [Fact]
    public async Task A_read_that_never_completes_is_abandoned()
    {
        _source = (_, _) => new TaskCompletionSource<Reading<string>>().Task;
        var running = _value.Start();
        await Wait.UntilAsync(() => Volatile.Read(ref _reads) == 1);
        _time.Advance(Times.Read);
        (await running).Failure.ShouldBe("TimeoutException");
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", Fresh));
        (await _value.Start()).Value.ShouldBe("one");
    }

    [Fact]
    public async Task Each_read_is_reported_with_the_state_before_it()
    {
        await _value.Start();
        await _value.Start();
        _source = (_, _) => Task.FromResult(Reading<string>.Failed("down"));
        await _value.Start();
        _changes.ShouldBe([(null, "value 1"), ("value 1", "value 2"), ("value 2", "down")]);
    }

    [Fact]
    public async Task Checking_a_fresh_value_allocates_nothing()
    {
        var end = _time.GetUtcNow() + Fresh;
        _source = (_, _) => Task.FromResult(Reading<string>.Found("one", Fresh, end));
        await _value.Start();
        Check(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Check(1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Check(int times)
        {
            for (var i = 0; i < times; i++)
                if (_value.Last is not { } last || _value.IsDue(last)) throw new InvalidOperationException();
        }
    }
}
