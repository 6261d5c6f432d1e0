using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Errors;
using Nano.Routing.Health;
using Nano.State;
using Nano.Tests.State;

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
    public async Task A_breaker_that_opens_is_open_on_every_instance_and_one_of_them_probes_for_all()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await OpenAsync(here, other);
        (there.Breaker.IsOpen, there.IsReady, there.TryEnter(out _)).ShouldBe((true, false, false));
        _time.Advance(Options.Cooldown);

        var probe = await ProbeAsync(there);
        there.TryEnter(out _).ShouldBeFalse("it probes");
        here.TryEnter(out var second).ShouldBeTrue();
        (await here.ClaimAsync(second)).ShouldBeFalse("another instance probes");
        (here.Open, here.IsReady).ShouldBe((0, false));

        there.Commit(probe, TimeSpan.FromMilliseconds(1));
        there.Leave(probe, FailureClass.None, null);
        (there.Breaker.IsOpen, there.IsReady).ShouldBe((false, true));
        await Testing.Wait.UntilAsync(async () => (await RowsAsync()).Any(row => row.Reason == "done"));
        here.Breaker.IsOpen.ShouldBeTrue("it has not read the result");
        _time.Advance(SharedCooldowns.Lifetime);
        await one.RefreshAsync();
        (here.Breaker.IsOpen, here.IsReady).ShouldBe((false, true));
    }

    /// <summary>An earlier probe's result does not apply to a breaker that has opened since.</summary>
    [Fact]
    public async Task A_result_from_before_a_breaker_opened_does_not_close_it()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await OpenAsync(here, other);
        _time.Advance(Options.Cooldown);
        var probe = await ProbeAsync(there);
        there.Leave(probe, FailureClass.Rejected, null);
        await Testing.Wait.UntilAsync(async () => (await RowsAsync()).Any(row => row.Reason == "done"));
        _time.Advance(SharedCooldowns.Lifetime);
        await OpenAsync(there, one);
        (here.Breaker.IsOpen, there.Breaker.IsOpen).ShouldBe((true, true));
    }

    [Fact]
    public async Task An_instance_that_has_not_looked_while_a_breaker_was_open_probes_as_well()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await OpenAsync(here, other);
        _time.Advance(Options.Cooldown + TimeSpan.FromMinutes(5));
        await other.RefreshAsync();
        var probe = await ProbeAsync(there);
        there.Commit(probe, TimeSpan.FromMilliseconds(1));
        await Testing.Wait.UntilAsync(async () => !(await RowsAsync()).Any(row => row.Name.EndsWith("|breaker", StringComparison.Ordinal)));
        // An instance that starts now does not know it.
        var late = Create();
        await late.RefreshAsync();
        (Health(late).TryEnter(out var pass), pass.IsProbe).ShouldBe((true, false));
    }

    [Theory]
    [InlineData(FailureClass.Gateway)]
    [InlineData(FailureClass.Unavailable)]
    internal async Task A_probe_that_ends_without_success_leaves_the_next_one_to_any_instance(FailureClass failure)
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await OpenAsync(here, other);
        _time.Advance(Options.Cooldown);
        there.Leave(await ProbeAsync(there), failure, null);
        await Testing.Wait.UntilAsync(async () => !(await RowsAsync()).Any(row => row.Name.EndsWith("|probe", StringComparison.Ordinal)));
        _time.Advance(2 * Options.Cooldown);
        await one.RefreshAsync();
        (await ProbeAsync(here)).IsProbe.ShouldBeTrue();
    }

    [Fact]
    public async Task The_probe_of_an_instance_that_has_died_holds_back_the_others_for_a_minute()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        await OpenAsync(here, other);
        _time.Advance(Options.Cooldown);
        await ProbeAsync(there);
        here.TryEnter(out var second).ShouldBeTrue();
        (await here.ClaimAsync(second)).ShouldBeFalse();
        _time.Advance(DeploymentHealth.ProbeLimit - TimeSpan.FromSeconds(1));
        here.IsReady.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        await ProbeAsync(here);
    }

    [Fact]
    public async Task A_store_that_is_down_lets_each_instance_probe()
    {
        var store = new StateStore(static () => throw new StateUnavailableException("It is down."), TimeSpan.FromSeconds(1), _time);
        var health = Health(new SharedCooldowns(store, TimeSpan.FromSeconds(1), _time));
        Fail(health);
        _time.Advance(Options.Cooldown);
        health.Leave(await ProbeAsync(health), FailureClass.Gateway, null);
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
    public async Task A_later_drain_replaces_a_longer_one()
    {
        var (one, other) = (Create(), Create());
        var (here, there) = (Health(one), Health(other));
        (await here.DrainAsync(_time.GetUtcNow().AddDays(1), default)).ShouldBeTrue();
        await other.RefreshAsync();
        var end = _time.GetUtcNow().AddMinutes(10);
        (await here.DrainAsync(end, default)).ShouldBeTrue();
        here.Cooling().Until.ShouldBe(end);
        _time.Advance(SharedCooldowns.Lifetime);
        await one.RefreshAsync();
        await other.RefreshAsync();
        (here.Cooling().Until, there.Cooling().Until).ShouldBe((end, end));
    }

    [Fact]
    public async Task A_later_drain_replaces_a_longer_one_without_a_store()
    {
        var health = Health(new LocalCooldowns(_time));
        await health.DrainAsync(_time.GetUtcNow().AddDays(1), default);
        await health.DrainAsync(_time.GetUtcNow().AddMinutes(10), default);
        health.Drain.Until.ShouldBe(_time.GetUtcNow().AddMinutes(10));
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

    /// <summary>Opens the breaker, which another instance learns.</summary>
    private async Task OpenAsync(DeploymentHealth health, SharedCooldowns other)
    {
        var before = (await RowsAsync()).Select(row => row.Reason).ToList();
        Fail(health);
        await Testing.Wait.UntilAsync(async () => (await RowsAsync()).Any(row => row.Name.EndsWith("|breaker", StringComparison.Ordinal) && !before.Contains(row.Reason)));
        _time.Advance(SharedCooldowns.Lifetime);
        await other.RefreshAsync();
    }

    private static void Fail(DeploymentHealth health)
    {
        for (var i = 0; i < Options.FailuresInARow; i++)
        {
            health.TryEnter(out var pass).ShouldBeTrue();
            health.Leave(pass, FailureClass.Unavailable, null);
        }
        health.Breaker.IsOpen.ShouldBeTrue();
    }

    private static async Task<BreakerPass> ProbeAsync(DeploymentHealth health)
    {
        health.TryEnter(out var probe).ShouldBeTrue();
        probe.IsProbe.ShouldBeTrue();
        (await health.ClaimAsync(probe)).ShouldBeTrue();
        return probe;
    }

    /// <summary>Waits until background writes are in the store.</summary>
    private Task UntilStoredAsync() => Testing.Wait.UntilAsync(async () => (await RowsAsync()).Count > 0);

    private async Task<IReadOnlyList<SharedTime>> RowsAsync() => await new SharedTimes(new StateTransactions(_engine)).ListAsync(_time.GetUtcNow(), default);
}
