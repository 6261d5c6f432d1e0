using Nano.State;

namespace Nano.Tests.State;

/// <summary>An organization is on one server of a cluster, and the gateway follows it when it moves. What commits do is the same: <see cref="StateEngineTests"/>.</summary>
public sealed class RedisClusterTests(RedisCluster cluster) : IClassFixture<RedisCluster>
{
    [SkippableTheory]
    [InlineData("", true)]
    [InlineData(RedisCluster.WithoutScripts, false)]
    public async Task Commits_are_scripts_if_the_user_may_run_them(string options, bool hasScripts)
    {
        await using var engine = (Nano.State.Redis.RedisEngine)cluster.Open(options);
        (await engine.HasScriptsAsync()).ShouldBe(hasScripts);
    }

    /// <summary>The address names one of the servers.</summary>
    [SkippableFact]
    public async Task Organizations_are_on_different_servers_and_each_is_on_one()
    {
        await using var engine = cluster.Open(nodes: 1);
        string[] partitions = [.. Enumerable.Range(0, 20).Select(i => $"org:spread-{i}")];
        foreach (var partition in partitions) (await engine.CommitAsync(partition, [Put("n", null, 1)], default)).ShouldNotBeNull();
        var found = new List<(string Partition, int Server)>();
        for (var i = 0; i < cluster.Servers.Count; i++)
            await foreach (var key in cluster.Servers[i].KeysAsync(pattern: "nano:{org:spread-*")) found.Add((key.ToString().Split('{', '}')[1], i));
        found.Select(key => key.Server).Distinct().Count().ShouldBe(cluster.Servers.Count);
        foreach (var partition in partitions)
        {
            var servers = found.Where(key => key.Partition == partition).Select(key => key.Server).ToList();
            (servers.Count, servers.Distinct().Count()).ShouldBe((3, 1), partition);
            (await engine.ScanAsync(partition, "", "~", 10, default)).ShouldHaveSingleItem();
        }
    }

    /// <summary>Each commit increments a number and adds a row: afterwards there are as many rows as the number says, and as writers know of.</summary>
    [SkippableTheory]
    [InlineData("")]
    [InlineData(RedisCluster.WithoutScripts)]
    public async Task A_slot_that_moves_while_commits_run_loses_none_and_repeats_none(string options)
    {
        const int Writers = 4, Moves = 4;
        var partition = "org:moving" + options.Length;
        await using var engine = cluster.Open(options);
        (await engine.CommitAsync(partition, [Put("n", null, 0)], default)).ShouldNotBeNull();
        var (isOver, counts) = (false, new int[Writers]);
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        for (var i = 0; i < Moves; i++)
        {
            await cluster.MoveAsync(partition, () => Task.Delay(50));
            var before = counts.ToArray();
            // Every writer finds the new server.
            await Testing.Wait.UntilAsync(() => writing.IsCompleted || !Enumerable.Range(0, Writers).Any(writer => Volatile.Read(ref counts[writer]) == before[writer]));
        }
        Volatile.Write(ref isOver, true);
        await writing;
        var number = (await engine.ReadAsync(partition, ["n"], default))[0]!.Fields.Number("n");
        var rows = 0;
        for (var next = "w|"; await engine.ScanAsync(partition, next, "w}", 1000, default) is { Count: > 0 } page; next = page[^1].Key + "!") rows += page.Count;
        (number, rows).ShouldBe((counts.Sum(), counts.Sum()));

        async Task WriteAsync(int writer)
        {
            await using var own = cluster.Open(options);
            while (!Volatile.Read(ref isOver))
            {
                var key = $"w|{writer}|{counts[writer]:D6}";
                try
                {
                    var found = await own.ReadAsync(partition, ["n", key], default);
                    // A commit may have taken effect although it failed.
                    if (found[1] is not null || await own.CommitAsync(partition, [Put("n", found[0], found[0]!.Fields.Number("n") + 1), Put(key, null, 1)], default) is not null)
                        Interlocked.Increment(ref counts[writer]);
                }
                catch (StateUnavailableException)
                {
                    // The outcome is unknown: the next read shows it.
                }
            }
        }
    }

    /// <summary>It fails neither for the caller nor for the guard of the store, which would refuse all organizations after some failures.</summary>
    [SkippableFact]
    public async Task A_commit_of_an_organization_that_is_on_two_servers_waits_until_it_is_on_one()
    {
        const string Partition = "org:split";
        await using var engine = cluster.Open();
        var version = (await engine.CommitAsync(Partition, [Put("n", null, 1)], default))!.Single();
        var (steps, split) = (0, default(Task<long[]?>));
        await cluster.MoveAsync(Partition, async () =>
        {
            // One of three keys has moved.
            if (++steps != 2) return;
            split = engine.CommitAsync(Partition, [new StateWrite("n", version, new StateFields().Set("n", 2))], default).AsTask();
            await Task.WhenAny(split, Task.Delay(50));
            split.IsCompleted.ShouldBeFalse();
        });
        (await split!).ShouldNotBeNull();
        (await engine.ReadAsync(Partition, ["n"], default))[0]!.Fields.Number("n").ShouldBe(2);
    }

    private static StateWrite Put(string key, StateRow? before, long number) => StateWrite.Put(key, before, new StateFields().Set("n", number));
}

public sealed class RedisClusterEngineTests(RedisCluster cluster) : StateEngineTests, IClassFixture<RedisCluster>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(cluster.Open());
}

public sealed class RedisClusterWithoutScriptsEngineTests(RedisCluster cluster) : StateEngineTests, IClassFixture<RedisCluster>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(cluster.Open(RedisCluster.WithoutScripts));
}

public sealed class RedisClusterLedgerModelTests(RedisCluster cluster) : LedgerModelTests, IClassFixture<RedisCluster>
{
    private protected override int Sequences => 8;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(cluster.Open());
}

public sealed class RedisClusterWithoutScriptsLedgerModelTests(RedisCluster cluster) : LedgerModelTests, IClassFixture<RedisCluster>
{
    private protected override int Sequences => 8;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(cluster.Open(RedisCluster.WithoutScripts));
}
