using Nano.State;

namespace Nano.Tests.State;

/// <summary>What every storage engine must do. Each test uses its own partitions, so that engines may be shared.</summary>
public abstract class StateEngineTests
{
    private static int _partitions;

    private protected abstract ValueTask<IStateEngine> OpenAsync();

    /// <summary>A name that no other test uses.</summary>
    private protected static string Partition() => $"org:test-{Environment.ProcessId}-{Interlocked.Increment(ref _partitions)}-{Random.Shared.GetHexString(6, lowercase: true)}";

    [SkippableFact]
    public async Task Fields_come_back_as_they_were_written()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        var fields = new StateFields().Set("large", long.MaxValue).Set("negative", -9_007_199_254_740_993).Set("zero", 0).Set("text", "Grüße, \"世界\" \\ \n line")
            .Set("long", new string('x', StateLimits.MaxText)).Set("empty", "");
        (await engine.CommitAsync(partition, [StateWrite.Put("a|1", null, fields)], default)).ShouldNotBeNull();
        var read = (await engine.ReadAsync(partition, ["a|1"], default))[0]!.Fields;
        read.Number("large").ShouldBe(long.MaxValue);
        read.Number("negative").ShouldBe(-9_007_199_254_740_993);
        read.Number("zero").ShouldBe(0);
        read.Text("text").ShouldBe("Grüße, \"世界\" \\ \n line");
        read.Text("long").ShouldBe(new string('x', StateLimits.MaxText));
        read.Text("empty").ShouldBeNull();
        read.Text("missing").ShouldBeNull();
    }

    [SkippableFact]
    public async Task Keys_may_have_characters_that_are_special_in_urls_and_paths()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        string[] keys = ["c|user:ann@example.com|month@Europe.Berlin:2026-11-01", "a/b?c#d\\e%f", "c|team:a+b|total", "t|key:key_1|tokens"];
        foreach (var key in keys) (await engine.CommitAsync(partition, [StateWrite.Put(key, null, Number(1))], default)).ShouldNotBeNull(key);
        var rows = await engine.ReadAsync(partition, [.. keys, "c|team:a b|total"], default);
        rows.Select(row => row?.Key).ShouldBe([.. keys, null]);
    }

    [SkippableFact]
    public async Task A_partition_does_not_see_the_rows_of_another()
    {
        await using var engine = await OpenAsync();
        var (one, two) = (Partition(), Partition());
        await engine.CommitAsync(one, [StateWrite.Put("k", null, Number(1))], default);
        (await engine.ReadAsync(two, ["k"], default))[0].ShouldBeNull();
        (await engine.ScanAsync(two, "", "~", 10, default)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Commits_and_reads_of_several_partitions_in_turns_keep_to_their_own()
    {
        await using var engine = await OpenAsync();
        string[] partitions = [Partition(), Partition(), Partition() + "-with-a-longer-name-" + new string('n', 200)];
        var rows = new StateRow?[partitions.Length];
        for (var turn = 0; turn < 9; turn++)
        {
            var i = turn * 2 % partitions.Length;
            (await engine.CommitAsync(partitions[i], [StateWrite.Put("k", rows[i], Number(turn)), StateWrite.Put($"own{turn}", null, Number(turn))], default)).ShouldNotBeNull();
            rows[i] = (await engine.ReadAsync(partitions[i], ["k", "own"], default))[0];
        }
        rows.Select(row => row!.Fields.Number("n")).ShouldBe([6, 8, 7]);
        foreach (var partition in partitions) (await engine.ScanAsync(partition, "", "~", 10, default)).Count.ShouldBe(4);
    }

    [SkippableFact]
    public async Task A_commit_with_an_outdated_version_changes_nothing()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        await engine.CommitAsync(partition, [StateWrite.Put("a", null, Number(1)), StateWrite.Put("b", null, Number(1))], default);
        var rows = await engine.ReadAsync(partition, ["a", "b"], default);
        (await engine.CommitAsync(partition, [StateWrite.Put("b", rows[1], Number(2))], default)).ShouldNotBeNull();
        StateWrite[][] outdated =
        [
            [StateWrite.Put("a", rows[0], Number(9)), StateWrite.Put("b", rows[1], Number(9))],
            [StateWrite.Put("c", null, Number(9)), StateWrite.Delete(rows[1]!)],
            [StateWrite.Put("c", null, Number(9)), StateWrite.Put("a", null, Number(9))],
            [StateWrite.Delete(rows[0]!), StateWrite.Put("b", null, Number(9))],
        ];
        foreach (var writes in outdated) (await engine.CommitAsync(partition, writes, default)).ShouldBeNull();
        var after = await engine.ReadAsync(partition, ["a", "b", "c"], default);
        after.Select(row => row?.Fields.Number("n")).ShouldBe([1, 2, null]);
        after[0]!.Version.ShouldBe(rows[0]!.Version);
    }

    [SkippableFact]
    public async Task Versions_of_a_commit_are_those_that_a_read_returns_and_differ_after_each_write()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        var seen = new HashSet<long>();
        StateRow? row = null;
        for (var i = 0; i < 5; i++)
        {
            var versions = await engine.CommitAsync(partition, [StateWrite.Put("a", row, Number(1))], default);
            row = (await engine.ReadAsync(partition, ["a"], default))[0]!;
            row.Version.ShouldBe(versions!.Single());
            seen.Add(row.Version).ShouldBeTrue("the same value was written, and the row changed all the same");
        }
        (await engine.CommitAsync(partition, [StateWrite.Delete(row!)], default)).ShouldNotBeNull();
        await engine.CommitAsync(partition, [StateWrite.Put("a", null, Number(1))], default);
        (await engine.CommitAsync(partition, [StateWrite.Put("a", row, Number(2))], default)).ShouldBeNull("it was deleted and created again");
    }

    [SkippableFact]
    public async Task Scans_are_in_ordinal_order_and_come_in_pages()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        string[] keys = ["a|00000001|000", "a|00000001|001", "a|0000000z|000", "a|zzzzzzzz|000", "b|1", "c|B", "c|a"];
        foreach (var key in keys.Reverse()) await engine.CommitAsync(partition, [StateWrite.Put(key, null, Number(1))], default);
        (await engine.ScanAsync(partition, "a|", "a}", 10, default)).Select(row => row.Key).ShouldBe(keys[..4]);
        (await engine.ScanAsync(partition, "", "~", 10, default)).Select(row => row.Key).ShouldBe(keys);
        (await engine.ScanAsync(partition, "a|", "a}", 2, default)).Select(row => row.Key).ShouldBe(keys[..2]);
        (await engine.ScanAsync(partition, "a|00000001|001", "a|0000000z", 10, default)).Select(row => row.Key).ShouldBe([keys[1]]);
    }

    [SkippableFact]
    public async Task A_scan_returns_more_rows_than_one_reply_of_a_server()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        for (var i = 0; i < 1200; i += 100)
            (await engine.CommitAsync(partition, [.. Enumerable.Range(i, 100).Select(n => StateWrite.Put($"a|{n:D5}", null, Number(n)))], default)).ShouldNotBeNull();
        (await engine.ScanAsync(partition, "a|", "a}", 5000, default)).Select(row => row.Fields.Number("n")).ShouldBe(Enumerable.Range(0, 1200).Select(n => (long)n));
    }

    [SkippableFact]
    public async Task Commits_that_some_engine_cannot_make_are_refused_by_all()
    {
        await using var engine = await OpenAsync();
        var partition = Partition();
        await Should.ThrowAsync<ArgumentException>(async () => await engine.CommitAsync(partition, [], default));
        await Should.ThrowAsync<ArgumentException>(
            async () => await engine.CommitAsync(partition, [.. Enumerable.Range(0, 101).Select(n => StateWrite.Put($"{n}", null, Number(n)))], default));
        await Should.ThrowAsync<ArgumentException>(
            async () => await engine.CommitAsync(partition, [StateWrite.Put("a", null, Number(1)), StateWrite.Put("a", null, Number(2))], default));
    }

    /// <summary>Each writer has its own connection: one connection executes its commands in sequence and hides races.</summary>
    [SkippableFact]
    public async Task No_increment_of_concurrent_writers_is_lost()
    {
        const int Writers = 6, Increments = 15;
        var partition = Partition();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            await using var engine = await OpenAsync();
            for (var done = 0; done < Increments;)
            {
                var row = (await engine.ReadAsync(partition, ["n"], default))[0];
                if (await engine.CommitAsync(partition, [StateWrite.Put("n", row, Number((row?.Fields.Number("n") ?? 0) + 1))], default) is not null) done++;
            }
        })));
        await using var reader = await OpenAsync();
        (await reader.ReadAsync(partition, ["n"], default))[0]!.Fields.Number("n").ShouldBe(Writers * Increments);
    }

    [SkippableFact]
    public async Task Two_rows_of_one_commit_are_never_seen_apart()
    {
        var partition = Partition();
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        await writer.CommitAsync(partition, [StateWrite.Put("a", null, Number(0)), StateWrite.Put("b", null, Number(0))], default);
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= 40; i++)
            {
                var rows = await writer.ReadAsync(partition, ["a", "b"], default);
                (await writer.CommitAsync(partition, [StateWrite.Put("a", rows[0], Number(i)), StateWrite.Put("b", rows[1], Number(i))], default)).ShouldNotBeNull();
            }
        });
        while (!writing.IsCompleted)
        {
            var rows = await reader.ReadAsync(partition, ["a", "b"], default);
            // A commit that sees one row old and one new cannot succeed; engines without snapshots may read such a pair.
            if (rows[0]!.Fields.Number("n") != rows[1]!.Fields.Number("n"))
                (await reader.CommitAsync(partition, [StateWrite.Put("a", rows[0], Number(-1)), StateWrite.Put("b", rows[1], Number(-1))], default)).ShouldBeNull();
        }
        await writing;
        (await reader.ReadAsync(partition, ["a", "b"], default)).Select(row => row!.Fields.Number("n")).ShouldBe([40, 40]);
    }

    [SkippableFact]
    public async Task A_store_of_a_newer_gateway_is_refused_before_it_is_read_or_written()
    {
        await using var engine = await OpenAsync();
        var (schema, partition) = (Partition(), Partition());
        await using (var newer = new VersionedEngine(await OpenAsync(), 3, [Nothing, Nothing], schema))
            (await newer.CommitAsync(partition, [StateWrite.Put("a", null, Number(1))], default)).ShouldNotBeNull();
        var older = new VersionedEngine(engine, 2, [Nothing], schema);
        foreach (var call in (Func<Task>[])
            [
                async () => await older.ReadAsync(partition, ["a"], default), async () => await older.ScanAsync(partition, "", "~", 10, default),
                async () => await older.CommitAsync(partition, [StateWrite.Put("b", null, Number(1))], default),
            ])
            (await Should.ThrowAsync<StateUnavailableException>(call)).Message.ShouldContain("newer gateway (its rows have version 3, this gateway knows 2)");
        (await engine.ReadAsync(partition, ["b"], default))[0].ShouldBeNull();

        static ValueTask Nothing(IStateEngine engine, CancellationToken cancellationToken) => default;
    }

    /// <summary>The older form is what the first gateways wrote: rows, and no version. Four instances find it at the same time.</summary>
    [SkippableFact]
    public async Task A_store_of_an_older_gateway_is_migrated_once_and_step_by_step()
    {
        var (schema, partition) = (Partition(), Partition());
        await using var engine = await OpenAsync();
        await engine.CommitAsync(partition, [StateWrite.Put("a", null, new StateFields().Set("cents", 7)), StateWrite.Put("b", null, new StateFields().Set("cents", 9))], default);
        var instances = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => new VersionedEngine(await OpenAsync(), 3, [ToNano, Rename], schema)));
        var read = await Task.WhenAll(instances.Select(instance => Task.Run(async () => await instance.ReadAsync(partition, ["a", "b"], default))));
        foreach (var rows in read) rows.Select(row => (row!.Fields.Number("nano_usd"), row.Fields.Count)).ShouldBe([(70_000_000L, 1), (90_000_000L, 1)]);
        // An instance that comes later has nothing to do.
        await using var last = new VersionedEngine(await OpenAsync(), 3, [Fail, Fail], schema);
        (await last.ScanAsync(partition, "", "~", 10, default)).Count.ShouldBe(2);
        (await engine.ReadAsync(schema, ["version"], default))[0]!.Fields.Number("schema").ShouldBe(3);

        ValueTask ToNano(IStateEngine at, CancellationToken cancellationToken) =>
            ChangeAsync(at, fields => fields.Number("cents") is > 0 and var cents ? new StateFields().Set("nano", cents * 10_000_000) : null);

        ValueTask Rename(IStateEngine at, CancellationToken cancellationToken) =>
            ChangeAsync(at, fields => fields.Number("nano") is > 0 and var nano ? new StateFields().Set("nano_usd", nano) : null);

        // A row that another instance changed meanwhile has its new form.
        async ValueTask ChangeAsync(IStateEngine at, Func<StateFields, StateFields?> change)
        {
            foreach (var row in await at.ScanAsync(partition, "", "~", 100, default))
                if (change(row.Fields) is { } fields) await at.CommitAsync(partition, [StateWrite.Put(row.Key, row, fields)], default);
        }

        static ValueTask Fail(IStateEngine at, CancellationToken cancellationToken) => throw new InvalidOperationException("A migration ran twice.");
    }

    [SkippableFact]
    public async Task The_first_commit_records_the_version_and_a_read_of_a_store_that_does_not_exist_creates_nothing()
    {
        var (schema, partition) = (Partition(), Partition());
        await using var engine = await OpenAsync();
        var versioned = new VersionedEngine(engine, VersionedEngine.Current, [], schema);
        var existed = engine.Exists;
        (await versioned.ReadAsync(partition, ["a"], default))[0].ShouldBeNull();
        engine.Exists.ShouldBe(existed);
        (await versioned.CommitAsync(partition, [StateWrite.Put("a", null, Number(1))], default)).ShouldNotBeNull();
        (await engine.ReadAsync(schema, ["version"], default))[0]!.Fields.Number("schema").ShouldBe(VersionedEngine.Current);
    }

    /// <summary>Of two instances. Each changes another limit of the same policy.</summary>
    [SkippableFact]
    public async Task Concurrent_changes_of_a_policy_are_all_kept()
    {
        await using var engine = await OpenAsync();
        IKeyStore[] stores = [new KeyStore(new StateTransactions(engine)), new KeyStore(new StateTransactions(engine))];
        var organization = Partition()["org:".Length..];
        (await stores[0].ChangePolicyAsync(organization, ScopeName.Organization, limits => limits, default)).ShouldBeNull("there is none");
        await stores[0].SetPolicyAsync(organization, ScopeName.Organization, new ScopeLimits(), default);
        Func<ScopeLimits, ScopeLimits>[] changes =
        [
            limits => limits with { RequestsPerMinute = 1 }, limits => limits with { TokensPerMinute = 2 }, limits => limits with { MaxConcurrency = 3 },
            limits => limits with { DefaultOutputTokens = 4 }, limits => limits with { Models = ["a/*"] }, limits => limits with { Budgets = [new Budget(5, "day", "UTC")] },
            limits => limits with { MayChoosePlan = true }, limits => limits with { ServesWithoutStore = false },
        ];
        await Task.WhenAll(changes.SelectMany(change => stores.Select(store => store.ChangePolicyAsync(organization, ScopeName.Organization, change, default).AsTask())));
        var kept = (await stores[1].FindPolicyAsync(organization, ScopeName.Organization, default))!;
        (kept.RequestsPerMinute, kept.TokensPerMinute, kept.MaxConcurrency, kept.DefaultOutputTokens).ShouldBe((1, 2, 3, 4));
        (kept.Models?.Count, kept.Budgets.Count, kept.MayChoosePlan, kept.ServesWithoutStore).ShouldBe((1, 1, true, false));
        (await stores[0].SetPolicyAsync(organization, ScopeName.Organization, null, default)).ShouldBeTrue();
        (await stores[1].ChangePolicyAsync(organization, ScopeName.Organization, changes[0], default)).ShouldBeNull("a change does not create it again");
    }

    private static StateFields Number(long value) => new StateFields().Set("n", value);
}

public sealed class MemoryEngineTests : StateEngineTests
{
    private readonly MemoryEngine _engine = new();

    private protected override ValueTask<IStateEngine> OpenAsync() => new(_engine);
}
