using Microsoft.Extensions.Time.Testing;
using Nano.State;

namespace Nano.Tests.State;

/// <summary>The effect of a failing or slow store on requests.</summary>
public sealed class GuardedEngineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly CountingEngine _engine = new(new MemoryEngine());
    private readonly GuardedEngine _guarded;

    public GuardedEngineTests() => _guarded = new GuardedEngine(_engine, Limit, TimeSpan.FromSeconds(10), _time);

    [Fact]
    public async Task A_slow_call_is_abandoned_and_may_still_take_effect()
    {
        await ReadAsync();
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        var pending = _guarded.CommitAsync("p", [StateWrite.Put("k", null, new StateFields().Set("n", 1))], default).AsTask();
        _time.Advance(Limit);
        (await Should.ThrowAsync<StateUnavailableException>(pending)).Message.ShouldContain("250 ms");
        gate.SetResult();
        while ((await ReadAsync())[0] is null) await Task.Yield();
    }

    [Fact]
    public async Task The_first_call_may_take_longer_since_it_connects()
    {
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        var pending = ReadAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(9));
        pending.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await pending;
    }

    /// <summary>A read of a store that does not exist yet succeeds at once, which gives no hint of the time of the write that creates it.</summary>
    [Fact]
    public async Task The_commit_that_creates_the_store_may_take_longer()
    {
        await ReadAsync();
        _engine.Exists = false;
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        var pending = _guarded.CommitAsync("p", [StateWrite.Put("k", null, new StateFields().Set("n", 1))], default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(9));
        pending.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        (await pending).ShouldNotBeNull();
    }

    [Fact]
    public async Task After_failures_in_a_row_calls_fail_at_once_and_one_at_a_time_tries_again()
    {
        _engine.IsDown = true;
        for (var i = 0; i < CallGuard.FailuresToOpen; i++) await ShouldFailAsync();
        _engine.Calls.ShouldBe(CallGuard.FailuresToOpen);
        for (var i = 0; i < 100; i++) await ShouldFailAsync();
        _engine.Calls.ShouldBe(CallGuard.FailuresToOpen);
        _guarded.Problem.ShouldNotBeNull();

        _time.Advance(TimeSpan.FromSeconds(1));
        var gate = new TaskCompletionSource();
        _engine.Gate = gate.Task;
        var probe = ReadAsync().AsTask();
        await ShouldFailAsync();
        _engine.Calls.ShouldBe(CallGuard.FailuresToOpen + 1);
        _engine.IsDown = false;
        gate.SetResult();
        await probe;
        await ReadAsync();
        _guarded.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task A_store_that_fails_is_reported_once_then_every_few_minutes_and_when_it_works_again()
    {
        var reports = new List<string?>();
        var guarded = new GuardedEngine(_engine, Limit, TimeSpan.FromSeconds(10), _time, reports.Add);
        _engine.IsDown = true;
        for (var i = 1; i < CallGuard.FailuresToOpen; i++) await FailAsync();
        reports.ShouldBeEmpty();
        for (var second = 0; second < 10 * 60; second++)
        {
            await FailAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        reports.Count.ShouldBe(2);
        reports.ShouldNotContain((string?)null);
        _engine.IsDown = false;
        for (var i = 0; i < 3; i++) await guarded.ReadAsync("p", ["k"], default);
        reports.Count.ShouldBe(3);
        reports[^1].ShouldBeNull();

        async Task FailAsync() => await Should.ThrowAsync<StateUnavailableException>(async () => await guarded.ReadAsync("p", ["k"], default));
    }

    private ValueTask<IReadOnlyList<StateRow?>> ReadAsync() => _guarded.ReadAsync("p", ["k"], default);

    private async Task ShouldFailAsync() => await Should.ThrowAsync<StateUnavailableException>(async () => await ReadAsync());
}
