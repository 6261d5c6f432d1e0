using Nano.State;
using StackExchange.Redis;

namespace Nano.Tests.State;

/// <summary>
/// A full server silently drops keys (findings/garnet-memory.sh), and a partition has three of them. Whichever is missing, spending is not
/// forgotten: nothing is granted beyond the budget, and no report omits rows.
/// </summary>
public abstract class EvictedKeyTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [SkippableTheory]
    [InlineData("rows")]
    [InlineData("versions")]
    [InlineData("keys")]
    [InlineData("rows", "versions")]
    [InlineData("rows", "keys")]
    [InlineData("versions", "keys")]
    public async Task A_partition_that_has_lost_some_of_its_keys_grants_nothing_beyond_its_budgets(params string[] lost)
    {
        await using var engine = redis.Open();
        var partition = $"org:evicted-{Random.Shared.GetHexString(8, lowercase: true)}";
        (await engine.CommitAsync(partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default)).ShouldNotBeNull();
        var total = new CounterLimit("key:k", "total", DateTimeOffset.MinValue, null) { MaxNanoUsd = 100 };
        var spent = Reserve(partition, "a", 90, total);
        (await NewInstance().ReserveAsync(spent, default)).IsGranted.ShouldBeTrue();
        (await NewInstance().SettleAsync(spent, new Settlement { Actual = new Amount(90, 9) }, default)).ShouldBeTrue();

        await EvictAsync(partition, lost);
        // A budget that exists, one that an operator adds, and both again on an instance that has read nothing yet.
        var added = new CounterLimit("key:k", "month@UTC:2000-01-01", DateTimeOffset.UnixEpoch, null) { MaxNanoUsd = 100 };
        foreach (var (id, limit) in ((string, CounterLimit)[])[("b", total), ("c", added), ("d", added), ("e", total)])
            (await IsGrantedAsync(Reserve(partition, id, 20, limit))).ShouldBeFalse($"{limit.Window} without {string.Join(" and ", lost)}");
        var rows = 0;
        await Should.ThrowAsync<StateUnavailableException>(async () =>
        {
            await foreach (var _ in NewInstance().ReadAsync(partition, DateTimeOffset.UnixEpoch, Now.AddDays(1), default)) rows++;
        });
        rows.ShouldBe(0);

        Ledger NewInstance() => new(new StateTransactions(engine), TimeProvider.System);

        async Task<bool> IsGrantedAsync(Reservation reservation)
        {
            try
            {
                return (await NewInstance().ReserveAsync(reservation, default)).IsGranted;
            }
            catch (StateUnavailableException)
            {
                return false;
            }
        }
    }

    [SkippableFact]
    public async Task A_partition_without_its_versions_refuses_within_its_budgets_too_and_soon()
    {
        await using var engine = redis.Open();
        var partition = $"org:evicted-{Random.Shared.GetHexString(8, lowercase: true)}";
        (await engine.CommitAsync(partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default)).ShouldNotBeNull();
        var total = new CounterLimit("key:k", "total", DateTimeOffset.MinValue, null) { MaxNanoUsd = 100 };
        var ledger = new Ledger(new StateTransactions(engine), TimeProvider.System);
        (await ledger.ReserveAsync(Reserve(partition, "a", 10, total), default)).IsGranted.ShouldBeTrue();
        await EvictAsync(partition, ["versions"]);
        await Should.ThrowAsync<StateUnavailableException>(ledger.ReserveAsync(Reserve(partition, "b", 10, total), default).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    private async Task EvictAsync(string partition, string[] lost)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Server!.Port}");
        foreach (var name in lost) (await connection.GetDatabase().KeyDeleteAsync("nano:{" + partition + "}:" + name)).ShouldBeTrue(name);
    }

    private static Reservation Reserve(string partition, string id, long nano, CounterLimit limit)
    {
        var request = SortableId.New(Now);
        var attempt = StateKeys.AttemptId(request, 0);
        return new Reservation
        {
            Partition = partition, Attempt = attempt, At = Now, LeaseEnd = Now.AddMinutes(2), Estimate = new Amount(nano, 1), Counters = [limit],
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = Now, Organization = "evicted", Key = "k", Session = id },
        };
    }
}

public sealed class GarnetEvictedKeyTests(Garnet garnet) : EvictedKeyTests(garnet), IClassFixture<Garnet>;

public sealed class RedisEvictedKeyTests(Redis redis) : EvictedKeyTests(redis), IClassFixture<Redis>;
