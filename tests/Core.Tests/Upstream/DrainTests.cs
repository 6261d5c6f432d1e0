using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Nano.Upstream;

namespace Nano.Tests.Upstream;

public sealed class DrainTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Heartbeat _heartbeat;
    private readonly Drain _drain;

    public DrainTests()
    {
        _heartbeat = new Heartbeat(_time);
        _drain = new Drain(_heartbeat, _time);
    }

    public void Dispose() => _heartbeat.Dispose();

    [Fact]
    public async Task Without_open_requests_it_ends_at_once()
    {
        _drain.TryEnter().ShouldBeTrue();
        _drain.Leave();
        await _drain.RunAsync(TimeSpan.FromHours(1), CancellationToken.None);
        _drain.HasBegun.ShouldBeTrue();
        _heartbeat.HasStopped.ShouldBeFalse();
    }

    [Fact]
    public void From_the_signal_on_no_request_is_admitted()
    {
        _drain.TryEnter().ShouldBeTrue();
        _drain.Begin();
        _drain.TryEnter().ShouldBeFalse();
        _drain.Open.ShouldBe(1);
    }

    [Fact]
    public async Task It_ends_with_the_last_request()
    {
        _drain.TryEnter();
        _drain.TryEnter();
        var draining = _drain.RunAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        _drain.Leave();
        _drain.TryEnter().ShouldBeFalse();
        draining.IsCompleted.ShouldBeFalse();
        _drain.Leave();
        await draining;
        _heartbeat.HasStopped.ShouldBeFalse();
    }

    [Fact]
    public async Task Before_its_end_it_cuts_off_and_then_aborts()
    {
        var connection = new Connection();
        using var clock = Clock(connection);
        _drain.TryEnter();
        var draining = _drain.RunAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(24));
        (clock.Stopped, clock.Token.IsCancellationRequested).ShouldBe((false, false));
        await AdvanceUntilAsync(() => clock.Stopped);
        (clock.Token.IsCancellationRequested, clock.TimedOut, connection.IsAborted).ShouldBe((true, true, false));
        await AdvanceUntilAsync(() => connection.IsAborted);
        await AdvanceUntilAsync(() => draining.IsCompleted);
    }

    [Fact]
    public async Task Hurrying_cuts_off_immediately()
    {
        using var clock = Clock();
        _drain.TryEnter();
        var draining = _drain.RunAsync(TimeSpan.FromHours(1), CancellationToken.None);
        _drain.Hurry();
        await UntilAsync(() => clock.Stopped);
        _drain.Leave();
        await draining;
    }

    [Fact]
    public async Task The_hosts_shutdown_ends_it()
    {
        using var host = new CancellationTokenSource();
        _drain.TryEnter();
        var draining = _drain.RunAsync(TimeSpan.FromHours(1), host.Token);
        host.Cancel();
        await draining.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_request_that_begins_after_the_cut_is_cut_off()
    {
        _heartbeat.Stop(abort: false);
        using var late = Clock();
        (late.Stopped, late.Token.IsCancellationRequested).ShouldBe((true, true));
    }

    [Fact]
    public void A_request_that_has_ended_is_left_alone()
    {
        var connection = new Connection();
        var ended = Clock(connection);
        ended.Dispose();
        _heartbeat.Stop(abort: true);
        connection.IsAborted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(30, 5)]
    [InlineData(3600, 5)]
    [InlineData(10, 5)]
    [InlineData(4, 2)]
    public void A_part_of_the_time_is_kept_for_errors(int seconds, int reserve) => Drain.Reserve(TimeSpan.FromSeconds(seconds)).ShouldBe(TimeSpan.FromSeconds(reserve));

    private RequestClock Clock(Connection? connection = null)
    {
        var context = new DefaultHttpContext();
        if (connection is not null) context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        return new RequestClock(_heartbeat, CancellationToken.None, context.Abort);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition()) await Task.Delay(5, limit.Token);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
