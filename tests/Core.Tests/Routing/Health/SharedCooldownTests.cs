using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Errors;
using Nano.Routing.Health;
using Nano.State;

namespace Nano.Tests.Routing.Health;

/// <summary>Cooldowns, open breakers and drains of several instances with one state store, on one clock.</summary>
public sealed class SharedCooldownTests
{
    private static readonly ResilienceConfig Options = new() { FailuresInARow = 3, Cooldown = TimeSpan.FromSeconds(15) };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEngine _engine = new();

    [Fact]
    public async Task Another_instance_knows_a_cooldown_within_two_seconds_and_until_its_end()
    {
        var (one, other) = (Create(), Create());
        await other.RefreshAsync();
        one.Extend("p/m", new Cooldown(_time.GetUtcNow().AddSeconds(20), "rate_limit"));
        one.Find("p/m").Reason.ShouldBe("rate_limit");
        await UntilStoredAsync();
        await other.RefreshAsync();
        other.Find("p/m").ShouldBe(default);
        _time.Advance(SharedCooldowns.Lifetime);
        await other.RefreshAsync();
        other.Find("p/m").ShouldBe(new Cooldown(_time.GetUtcNow().AddSeconds(18), "rate_limit"));
        _time.Advance(TimeSpan.FromSeconds(17.9));
        await other.RefreshAsync();
        other.Find("p/m").Until.ShouldNotBe(default);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (other.Find("p/m"), one.Find("p/m")).ShouldBe((default, default));
    }

    /// <summary>BerriAI/litellm#34836, #40130, #7669: a shorter cooldown of another instance changes nothing.</summary>
    [Fact]
    public async Task Case25_No_instance_shortens_the_cooldown_of_another()
    {
        var (one, other) = (Create(), Create());
        var end = _time.GetUtcNow().AddSeconds(60);
        one.Extend("p/m", new Cooldown(end, "rate_limit"));
        await UntilStoredAsync();
        other.Extend("p/m", new Cooldown(_time.GetUtcNow().AddSeconds(5), "unavailable"));
        _time.Advance(TimeSpan.FromSeconds(6));
        foreach (var instance in (SharedCooldowns[])[one, other, Create()])
        {
            await instance.RefreshAsync();
            instance.Find("p/m").ShouldBe(new Cooldown(end, "rate_limit"));
        }
    }

    [Fact]
    public async Task A_breaker_that_opens_is_open_on_every_instance_and_each_probes_after_the_pause()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await other.RefreshAsync();
        for (var i = 0; i < Options.FailuresInARow; i++)
        {
            here.TryEnter(out var pass).ShouldBeTrue();
            here.Leave(pass, FailureClass.Unavailable, null);
        }
        here.Breaker.IsOpen.ShouldBeTrue();
        await UntilStoredAsync();
        _time.Advance(SharedCooldowns.Lifetime);
        await other.RefreshAsync();
        (there.Breaker.IsOpen, there.IsReady, there.TryEnter(out _)).ShouldBe((true, false, false));
        _time.Advance(TimeSpan.FromSeconds(13));
        there.TryEnter(out var probe).ShouldBeTrue();
        probe.IsProbe.ShouldBeTrue();
        there.TryEnter(out _).ShouldBeFalse();
        there.Commit(probe, TimeSpan.FromMilliseconds(1));
        there.Leave(probe, FailureClass.None, null);
        (there.Breaker.IsOpen, there.IsReady).ShouldBe((false, true));
    }

    [Fact]
    public async Task A_drain_set_by_one_instance_is_ended_by_another()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        (await here.DrainAsync(_time.GetUtcNow().AddHours(2), default)).ShouldBeTrue();
        here.IsReady.ShouldBeFalse();
        _time.Advance(SharedCooldowns.Lifetime);
        await other.RefreshAsync();
        (there.IsReady, there.Drain.Reason).ShouldBe((false, "drained"));
        (await there.ResumeAsync(default)).ShouldBeTrue();
        there.IsReady.ShouldBeTrue();
        _time.Advance(SharedCooldowns.Lifetime);
        await one.RefreshAsync();
        here.IsReady.ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_that_is_down_leaves_each_instance_to_itself_and_refuses_a_drain()
    {
        var down = new SharedCooldowns(new StateStore(static () => throw new StateUnavailableException("It is down."), TimeSpan.FromSeconds(1), _time), TimeSpan.FromSeconds(1),
            _time);
        await down.RefreshAsync();
        down.Extend("p/m", new Cooldown(_time.GetUtcNow().AddSeconds(20), "rate_limit"));
        down.Find("p/m").Reason.ShouldBe("rate_limit");
        (await Health(down).DrainAsync(_time.GetUtcNow().AddHours(1), default)).ShouldBeFalse();
        Health(down).IsReady.ShouldBeFalse("the cooldown");
    }

    private SharedCooldowns Create() => new(new StateStore(() => _engine, TimeSpan.FromMinutes(1), _time), TimeSpan.FromMinutes(1), _time);

    private DeploymentHealth Health(ICooldowns cooldowns) => new("p/m", "p#", Options, cooldowns, _time);

    /// <summary>What is written in the background is in the store.</summary>
    private Task UntilStoredAsync() => Testing.Wait.UntilAsync(async () => (await new SharedTimes(new StateTransactions(_engine)).ListAsync(_time.GetUtcNow(), default)).Count > 0);
}
