using Microsoft.Extensions.Time.Testing;
using Nano.Governance;
using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

/// <summary>Old usage is deleted without changing any budget.</summary>
public abstract class RetentionTests
{
    private const int Days = 40;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    private protected abstract ValueTask<IStateEngine> OpenAsync();

    [SkippableFact]
    public async Task Old_attempts_are_deleted_and_a_budget_without_an_end_keeps_what_they_cost()
    {
        await using var engine = await OpenAsync();
        var name = "retention-" + Random.Shared.GetHexString(8, lowercase: true);
        var partition = StateKeys.Organization(name);
        var transactions = new StateTransactions(engine);
        var (ledger, keys) = (new Ledger(transactions, _time), new KeyStore(transactions));
        await keys.OpenAsync(name, default);
        for (var i = 0; i < 50; i++)
        {
            var old = Reserve(partition, 100, i % 2 == 0 ? "one" : "two");
            await ledger.ReserveAsync(old, default);
            if (i % 5 == 0) await ledger.ReleaseAsync(old, "provider_rejected", default);
            else await ledger.SettleAsync(old, new Settlement { Actual = new Amount(10, 3) }, default);
        }
        var abandoned = Reserve(partition, 100, "one");
        await ledger.ReserveAsync(abandoned, default);
        var month = abandoned.Counters[1].Key;

        _time.Advance(TimeSpan.FromDays(Days + 31));
        var recent = Reserve(partition, 100, "one");
        await ledger.ReserveAsync(recent, default);
        await ledger.SettleAsync(recent, new Settlement { Actual = new Amount(7, 2) }, default);
        var before = await TotalsAsync(engine, partition, recent);
        while (await ledger.TrimAsync(partition, _time.GetUtcNow().AddDays(-Days), default)) { }

        (await engine.ScanAsync(partition, StateKeys.Attempts, StateKeys.AttemptsEnd, 100, default)).Select(row => row.Key).ShouldBe([StateKeys.Attempt(recent.Attempt)]);
        (await engine.ReadAsync(partition, [month], default))[0].ShouldBeNull("its window ended long ago");
        (await TotalsAsync(engine, partition, recent)).ShouldBe(before);
        // The counter is lost: it is computed from the remaining rows and from the sum of deleted ones.
        var counter = (await engine.ReadAsync(partition, [recent.Counters[0].Key], default))[0]!;
        await engine.CommitAsync(partition, [StateWrite.Delete(counter)], default);
        (await LedgerFold.ComputeAsync(engine, partition, recent.Counters, default))[0].Total.NanoUsd.ShouldBe(40 * 10 + 100 + 7,
            "the attempt that nobody closed was charged in full");
        await using var other = await OpenAsync();
        var refused = await new Ledger(new StateTransactions(other), _time).ReserveAsync(Reserve(partition, 1000 - 507 + 1, "two", most: 1000), default);
        (refused.IsGranted, refused.Left).ShouldBe((false, 1000 - 507));
    }

    [SkippableFact]
    public async Task One_instance_at_a_time_sweeps_and_no_request_waits_for_it()
    {
        await using var engine = await OpenAsync();
        // The registry is shared by all tests of an engine: this one uses a separate clock.
        _time.Advance(TimeSpan.FromDays(Random.Shared.Next(1000, 9000)));
        var name = "sweep-" + Random.Shared.GetHexString(8, lowercase: true);
        // Calls take real time while the clock moves fast: none of them may time out because of that.
        var first = new StateStore(() => new Shared(engine), TimeSpan.FromDays(1), _time);
        var second = new StateStore(() => new Shared(engine), TimeSpan.FromDays(1), _time);
        await first.Keys.OpenAsync(name, default);
        var old = Reserve(StateKeys.Organization(name), 100, "one");
        await first.Ledger.ReserveAsync(old, default);
        await first.Ledger.SettleAsync(old, new Settlement { Actual = new Amount(10, 3) }, default);
        _time.Advance(TimeSpan.FromDays(Days + 1));
        var (one, two) = (new UsageRetention(first, Days, _time), new UsageRetention(second, Days, _time));
        one.Touch();
        await Task.Run(async () =>
        {
            // Sweeps pause between their commits.
            while (!one.Sweep.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(60));
                await Task.Delay(1);
            }
        });
        (await second.Ledger.FindAsync(StateKeys.Organization(name), old.Details.Request, default)).ShouldBeEmpty();
        var sweep = one.Sweep;
        one.Touch();
        one.Sweep.ShouldBeSameAs(sweep, "the next one is due in an hour");
        two.Touch();
        await two.Sweep;
        (await first.Keys.ClaimAsync("retention", _time.GetUtcNow(), UsageRetention.Period, default)).ShouldBeFalse("the first instance has it");
    }

    private static async Task<string> TotalsAsync(IStateEngine engine, string partition, Reservation reservation)
    {
        var rows = await engine.ReadAsync(partition, [.. reservation.Counters.Select(counter => counter.Key)], default);
        return string.Join("; ", rows.Select(row => Counter.Read(row).ToString()));
    }

    private Reservation Reserve(string partition, long nano, string key, long most = 1_000_000)
    {
        var at = _time.GetUtcNow();
        var request = SortableId.New(at);
        return new Reservation
        {
            Partition = partition,
            Attempt = StateKeys.AttemptId(request, 0),
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = at, Organization = "o", Key = key, Provider = "nano", Model = "echo" },
            Counters =
            [
                BudgetWindow.At(ScopeName.Organization, new Budget(most, "total", "UTC"), at),
                BudgetWindow.At(ScopeName.OfKey(key), new Budget(most, "month", "Europe/Berlin"), at),
            ],
            Estimate = new Amount(nano, 10),
            At = at,
            LeaseEnd = at.AddMinutes(1),
        };
    }

    /// <summary>Shared by several stores, none of which closes it.</summary>
    private sealed class Shared(IStateEngine engine) : IStateEngine
    {
        public string Name => engine.Name;

        public bool Exists => engine.Exists;

        public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            engine.ReadAsync(partition, keys, cancellationToken);

        public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
            engine.ScanAsync(partition, from, to, limit, cancellationToken);

        public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken) =>
            engine.CommitAsync(partition, writes, cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}

public sealed class MemoryRetentionTests : RetentionTests
{
    private readonly MemoryEngine _engine = new();

    private protected override ValueTask<IStateEngine> OpenAsync() => new(_engine);
}

public sealed class SqliteRetentionTests : RetentionTests, IDisposable
{
    private readonly TemporaryFolder _folder = new("nano-retention");

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path.Combine(_folder.FullName, "state.db")));

    public void Dispose() => _folder.Dispose();
}

public sealed class RedisRetentionTests(Garnet garnet) : RetentionTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableRetentionTests(Azurite azurite) : RetentionTests, IClassFixture<Azurite>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}
