using Microsoft.AspNetCore.Http;
using Nano.Chat;
using Nano.Governance;
using Nano.Panel;
using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

/// <summary>What is served and refused while a store is down, and what the ledger contains afterwards.</summary>
public abstract class StoreDownTests : StoreFailureFixture
{
    [SkippableFact]
    public async Task Down_with_a_budget_nothing_is_reserved_and_what_may_exist_is_released_later()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")] });
        _engine.IsDown = true;
        var details = Details();
        var (grant, refused, _) = await ReserveAsync(policy, details);
        grant.ShouldBeNull();
        (refused!.Status, refused.Code).ShouldBe((503, "budget_unavailable"));
        refused.RetryAfter.ShouldNotBeNull();
        await BackAsync();
        (await FindAsync(details)).ShouldAllBe(row => row.State == AttemptState.Released);
    }

    [SkippableFact]
    public async Task Down_with_rates_only_a_quarter_of_each_is_served_and_entered_later()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { RequestsPerMinute = 8 });
        _engine.IsDown = true;
        var served = new List<AttemptDetails>();
        for (var i = 0; i < 4; i++)
        {
            var details = Details();
            var (grant, refused, _) = await ReserveAsync(policy, details);
            if (grant is null)
            {
                (refused!.Status, refused.Code).ShouldBe((429, "rate_limit_exceeded"));
                continue;
            }
            served.Add(details);
            await grant.SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        }
        served.Count.ShouldBe(2);
        await BackAsync();
        foreach (var details in served) (await FindAsync(details)).Count(row => row.State == AttemptState.Settled).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Down_a_used_key_stays_valid_and_another_is_a_503()
    {
        await StartAsync();
        var (known, unseen) = (await CreateKeyAsync(new ScopeLimits()), await CreateKeyAsync(new ScopeLimits()));
        (await _keys.CheckAsync(known)).Policy.ShouldNotBeNull();
        _engine.IsDown = true;
        _time.Advance(TimeSpan.FromMinutes(9));
        (await _keys.CheckAsync(known)).Policy.ShouldNotBeNull();
        var refused = (await _keys.CheckAsync(unseen)).Refused!;
        (refused.Status, refused.Code).ShouldBe((503, "key_store_unavailable"));
    }

    /// <summary>By its policy, or by that of its organization: the scope nearest to the key decides.</summary>
    [SkippableTheory]
    [InlineData(null, true)]
    [InlineData(true, null)]
    [InlineData(false, true)]
    public async Task Down_with_a_budget_a_policy_may_serve_and_the_charge_is_entered_later(bool? organization, bool? key)
    {
        await StartAsync();
        if (organization is { } above)
            await _store.Keys.SetPolicyAsync(_organization, ScopeName.Organization, new ScopeLimits { ServesWithoutStore = above }, default);
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1_000_000_000, "month", "UTC")], RequestsPerMinute = 8, ServesWithoutStore = key });
        _engine.IsDown = true;
        var served = new List<AttemptDetails>();
        for (var i = 0; i < 3; i++)
        {
            var details = Details();
            var (grant, refused, _) = await ReserveAsync(policy, details);
            if (i == 2)
            {
                grant.ShouldBeNull();
                refused!.Code.ShouldBe("rate_limit_exceeded", "a quarter of the rate");
                continue;
            }
            served.Add(details);
            await grant.ShouldNotBeNull().SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        }
        await BackAsync();
        var charged = 0L;
        foreach (var details in served) charged += (await FindAsync(details)).Single(row => row.State == AttemptState.Settled).Charged.NanoUsd;
        charged.ShouldBePositive();
        var own = policy.Scopes[^1];
        var counters = await _store.Ledger.CountAsync(policy.Partition, [BudgetWindow.At(own.Scope, own.Limits.Budgets[0], _time.GetUtcNow())], default);
        counters.Single().Total.NanoUsd.ShouldBe(charged, "what is served later counts against the rest");
    }

    /// <summary>A request that was refused without a call to the store has nothing to release.</summary>
    [SkippableFact]
    public async Task Down_with_many_refused_requests_what_was_served_is_charged_later()
    {
        await StartAsync();
        Budget[] budgets = [new(1_000_000_000, "month", "UTC")];
        var (open, closed) = (await PolicyAsync(new ScopeLimits { Budgets = budgets, ServesWithoutStore = true }), await PolicyAsync(new ScopeLimits { Budgets = budgets }));
        _engine.IsDown = true;
        var served = Details();
        var (grant, _, _) = await ReserveAsync(open, served);
        await grant.ShouldNotBeNull().SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        for (var i = 0; i <= PendingCloses.Capacity; i++) (await ReserveAsync(closed, Details())).Refused!.Code.ShouldBe("budget_unavailable");
        _pending.Count.ShouldBeLessThan(2 * CallGuard.FailuresToOpen);
        await BackAsync();
        (await FindAsync(served)).Count(row => row.State == AttemptState.Settled).ShouldBe(1);
    }

    /// <summary>The rows that exclude reservations with an unknown outcome are not attempts.</summary>
    [SkippableFact]
    public async Task Down_refused_requests_are_not_reported_and_served_ones_once()
    {
        await StartAsync();
        Budget[] budgets = [new(1_000_000_000, "month", "UTC")];
        var (open, closed) = (await PolicyAsync(new ScopeLimits { Budgets = budgets, ServesWithoutStore = true }), await PolicyAsync(new ScopeLimits { Budgets = budgets }));
        var (served, refused) = (Details(), Details());
        foreach (var (policy, details) in ((CallerPolicy, AttemptDetails)[])[(closed, refused), (open, served)])
        {
            // The rows are remembered then, so that the next call is a commit.
            _engine.IsDown = false;
            await (await ReserveAsync(policy, Details())).Grant!.ReleaseAsync("failed");
            _engine.IsDown = true;
            var (grant, _, _) = await ReserveAsync(policy, details);
            (grant is null).ShouldBe(policy == closed);
            if (grant is not null) await grant.SettleAsync(new Usage { InputTokens = 3, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        }
        await BackAsync();
        ((await FindAsync(served)).Count, (await FindAsync(refused)).Count).ShouldBe((2, 1), "the reservations are excluded");
        var (range, _) = UsageRange.Read(new QueryCollection(), _time.GetUtcNow());
        var report = UsageReport.Create("").Report!;
        await foreach (var row in _store.Ledger.ReadAsync(open.Partition, range.From, range.To, default))
            if (range.Includes(row)) report.TryAdd(row).ShouldBeTrue();
        var sum = report.Rows.Single();
        (sum.Requests, sum.Attempts, sum.InputTokens).ShouldBe((3, 3, 3));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Down_with_rates_or_concurrency_only_a_policy_may_refuse(bool isRate)
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { RequestsPerMinute = isRate ? 8 : null, MaxConcurrency = isRate ? null : 8, ServesWithoutStore = false });
        var free = await PolicyAsync(new ScopeLimits { ServesWithoutStore = false });
        _engine.Failure = new StateUnavailableException("Busy.") { RetryAfter = TimeSpan.FromSeconds(7) };
        var (grant, refused, _) = await ReserveAsync(policy, Details());
        grant.ShouldBeNull();
        (refused!.Status, refused.Code, refused.RetryAfter).ShouldBe((503, "limits_unavailable", "7"));
        var cached = await new Governor(_store, _pending, Share, _time).BookFreeAsync(policy, Details(), null, 1);
        cached.Refused?.Code.ShouldBe(isRate ? "limits_unavailable" : null);
        (await ReserveAsync(free, Details())).Grant.ShouldNotBeNull("it has no limit that is counted");
        _engine.Failure = null;
        await BackAsync();
        (await ReserveAsync(policy, Details())).Grant.ShouldNotBeNull();
    }
}

public sealed class RedisDownTests(Redis redis) : StoreDownTests, IClassFixture<Redis>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(redis.Open());
}

public sealed class GarnetDownTests(Garnet garnet) : StoreDownTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableDownTests(Azurite azurite) : StoreDownTests, IClassFixture<Azurite>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}

public sealed class SqliteDownTests : StoreDownTests, IDisposable
{
    private readonly TemporaryFolder _folder = new("nano-down");

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path.Combine(_folder.FullName, "state.db")));

    public void Dispose() => _folder.Dispose();
}
