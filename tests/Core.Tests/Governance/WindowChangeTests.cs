using Nano.Governance;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>A caller's counters are computed once for their windows: they must be others as soon as one of these ends.</summary>
public sealed class WindowChangeTests : StoreFailureFixture
{
    private static readonly Budget[] Budgets = [new(9_000_000_000, "day", "Europe/Berlin"), new(9_000_000_000, "week", "America/New_York"), new(9_000_000_000, "total", "UTC")];

    [Theory]
    [InlineData("2031-06-25T21:59:59.5Z")]
    [InlineData("2031-06-25T22:00:00Z")]
    [InlineData("2031-06-30T03:59:59.5Z")]
    [InlineData("2031-06-29T21:59:59.5Z")]
    [InlineData("2031-12-31T22:59:59.5Z")]
    public async Task A_request_counts_in_the_windows_of_its_own_time(string at)
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = Budgets, MaxConcurrency = 100 });
        _time.SetUtcNow(DateTimeOffset.Parse(at).AddSeconds(-1));
        var seen = new HashSet<string>();
        for (var i = 0; i < 6; i++)
        {
            var details = Details();
            (await ReserveAsync(policy, details)).Grant.ShouldNotBeNull();
            var scope = policy.Scopes[^1].Scope;
            var counters = (await FindAsync(details)).Single().Counters;
            counters.ShouldBe([.. Budgets.Select(budget => BudgetWindow.At(scope, budget, _time.GetUtcNow()).Key), StateKeys.Counter(scope, CounterLimit.Open)]);
            seen.UnionWith(counters);
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
        seen.Count.ShouldBeGreaterThan(4, "a window has ended in between");
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new MemoryEngine());
}
