using Nano.State;

namespace Nano.Tests.State;

/// <summary>Transactions that wait for their partition are committed together, and each still has its own outcome.</summary>
public sealed class TransactionBatchTests
{
    private const string Partition = "org:batch";

    [Fact]
    public async Task What_waits_is_one_commit_and_every_transaction_takes_part_in_it()
    {
        var (engine, transactions, held) = await HoldAsync();
        var waiting = Enumerable.Range(0, 30).Select(i => AddAsync(transactions, $"own{i}")).ToArray();
        var before = engine.Commits;
        await held();
        (await Task.WhenAll(waiting)).ShouldBe(Enumerable.Range(2, 30).Select(n => (long)n), ignoreOrder: true);
        engine.Commits.ShouldBe(before + 1);
        (await SumAsync(engine)).ShouldBe(31);
        // What is remembered has the versions of that commit.
        (await AddAsync(transactions, "last")).ShouldBe(32);
        engine.Commits.ShouldBe(before + 2);
    }

    [Fact]
    public async Task More_than_one_commit_takes_are_several()
    {
        var (engine, transactions, held) = await HoldAsync();
        var waiting = Enumerable.Range(0, 120).Select(i => AddAsync(transactions, $"own{i}")).ToArray();
        var before = engine.Commits;
        await held();
        await Task.WhenAll(waiting);
        engine.Commits.ShouldBeInRange(before + 2, before + 6);
        (await SumAsync(engine)).ShouldBe(121);
    }

    [Fact]
    public async Task A_transaction_that_is_refused_or_fails_leaves_the_others_alone()
    {
        var (engine, transactions, held) = await HoldAsync();
        var first = AddAsync(transactions, "a");
        var refused = transactions.RunAsync(Partition, ["sum"], view => $"refused at {view["sum"]!.Fields.Number("n")}", default).AsTask();
        var lost = transactions.RunAsync<bool>(Partition, ["sum"], _ => throw new StateUnavailableException("Lost."), default).AsTask();
        var wrong = transactions.RunAsync<bool>(Partition, ["sum"], view => view["another"] is null, default).AsTask();
        var second = AddAsync(transactions, "b");
        await held();
        (await first, await second).ShouldBe((2, 3));
        // Decided over what the store has, after what had come before it.
        (await refused).ShouldBe("refused at 3");
        (await Should.ThrowAsync<StateUnavailableException>(lost)).Message.ShouldBe("Lost.");
        await Should.ThrowAsync<ArgumentException>(wrong);
        (await SumAsync(engine)).ShouldBe(3);
    }

    /// <summary>Its rows are as it leaves them for those behind it: a limit of three admits three, not all that saw it unused.</summary>
    [Fact]
    public async Task Each_decides_over_what_those_before_it_have_taken()
    {
        var (engine, transactions, held) = await HoldAsync();
        var waiting = Enumerable.Range(0, 20).Select(i => transactions.RunAsync(Partition, ["sum", $"own{i}"], view =>
        {
            var taken = view["sum"]!.Fields.Number("n");
            if (taken >= 4) return false;
            view.Put("sum", Number(taken + 1));
            view.PutLast($"own{i}", Number(1));
            return true;
        }, default, $"own{i}").AsTask()).ToArray();
        await held();
        (await Task.WhenAll(waiting)).Count(isAdmitted => isAdmitted).ShouldBe(3);
        (await SumAsync(engine)).ShouldBe(4);
        (await engine.ScanAsync(Partition, "own", "own~", 100, default)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task After_another_writer_was_in_between_all_read_again()
    {
        var (engine, transactions, held) = await HoldAsync();
        var waiting = Enumerable.Range(0, 10).Select(i => AddAsync(transactions, $"own{i}")).ToArray();
        await held(async () => (await new StateTransactions(engine.Inner).RunAsync(Partition, ["sum"], view =>
        {
            view.Put("sum", Number(view["sum"]!.Fields.Number("n") + 100));
            return true;
        }, default)).ShouldBeTrue());
        (await Task.WhenAll(waiting)).ShouldBe(Enumerable.Range(102, 10).Select(n => (long)n), ignoreOrder: true);
        (await SumAsync(engine)).ShouldBe(111);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_commit_with_an_unknown_outcome_each_finds_out_whether_it_took_effect(bool tookEffect)
    {
        var (engine, transactions, held) = await HoldAsync();
        var unknown = 0;
        // As the verbs of the ledger: what is there is not done again.
        var waiting = Enumerable.Range(0, 10).Select(i => transactions.RunAsync(Partition, ["sum", $"own{i}"], view =>
        {
            if (view.IsAfterUnknown) Interlocked.Increment(ref unknown);
            if (view[$"own{i}"] is not null) return "found";
            view.Put("sum", Number(view["sum"]!.Fields.Number("n") + 1));
            view.PutLast($"own{i}", Number(1));
            return "done";
        }, default, $"own{i}").AsTask()).ToArray();
        await held(() =>
        {
            engine.FailNext = tookEffect ? Failure.After : Failure.Late;
            return Task.CompletedTask;
        });
        (await Task.WhenAll(waiting)).ShouldAllBe(result => result == (tookEffect ? "found" : "done"));
        unknown.ShouldBe(10);
        await engine.ArriveAsync();
        (await SumAsync(engine)).ShouldBe(11);
        (await engine.ScanAsync(Partition, "own", "own~", 100, default)).Count.ShouldBe(10);
    }

    /// <summary>Whatever the reason: those behind it must not wait forever.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_always_conflicts_fails_in_the_end(bool isUnknownInBetween)
    {
        var (engine, transactions, held) = await HoldAsync();
        await held();
        engine.Conflicts = isUnknownInBetween ? [StateTransactions.MaxTries] : [];
        (await Should.ThrowAsync<StateUnavailableException>(AddAsync(transactions, "a").WaitAsync(TimeSpan.FromSeconds(60)))).IsUncommitted.ShouldBe(!isUnknownInBetween);
        engine.Conflicts = null;
        (await AddAsync(transactions, "b")).ShouldBe(2);
    }

    private static Task<long> AddAsync(StateTransactions transactions, string own) => transactions.RunAsync(Partition, ["sum", own], view =>
    {
        var next = (view["sum"]?.Fields.Number("n") ?? 0) + 1;
        view.Put("sum", Number(next));
        view.PutLast(own, Number(1));
        return next;
    }, default, own).AsTask();

    /// <summary>A transaction that is in its commit until the last result is called, which can do something just before that.</summary>
    private static async Task<(SlowEngine Engine, StateTransactions Transactions, Func<Func<Task>?, Task> Release)> StartAsync()
    {
        var engine = new SlowEngine(new MemoryEngine());
        var transactions = new StateTransactions(engine);
        var gate = new TaskCompletionSource();
        engine.Gate = gate.Task;
        var first = AddAsync(transactions, "first");
        await engine.Entered.Task;
        return (engine, transactions, async before =>
        {
            engine.Gate = Task.CompletedTask;
            engine.BeforeNext = before;
            gate.SetResult();
            (await first).ShouldBe(1);
        });
    }

    private static async Task<(SlowEngine Engine, StateTransactions Transactions, Release Held)> HoldAsync()
    {
        var (engine, transactions, release) = await StartAsync();
        return (engine, transactions, before => release(before));
    }

    private static async Task<long> SumAsync(SlowEngine engine) => (await engine.ReadAsync(Partition, ["sum"], default))[0]!.Fields.Number("n");

    private static StateFields Number(long value) => new StateFields().Set("n", value);

    private delegate Task Release(Func<Task>? before = null);

    private enum Failure
    {
        None,
        After,
        Late,
    }

    /// <summary>Its first commit waits, and the second one can fail.</summary>
    private sealed class SlowEngine(MemoryEngine inner) : IStateEngine
    {
        private (string Partition, IReadOnlyList<StateWrite> Writes)? _late;
        private int _commits;
        private int _conflicts;

        public MemoryEngine Inner => inner;

        public int Commits => Volatile.Read(ref _commits);

        public Task Gate { get; set; } = Task.CompletedTask;

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<Task>? BeforeNext { get; set; }

        public Failure FailNext { get; set; }

        /// <summary>All commits find that a row has changed, but these (counted from 1) have an unknown outcome; null for none.</summary>
        public List<int>? Conflicts { get; set; }


        public string Name => "slow";

        public bool Exists => true;

        public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            inner.ReadAsync(partition, keys, cancellationToken);

        public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
            inner.ScanAsync(partition, from, to, limit, cancellationToken);

        public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref _commits);
            Entered.TrySetResult();
            await Gate;
            if (number > 1 && BeforeNext is { } before)
            {
                BeforeNext = null;
                await before();
            }
            if (Conflicts is { } unknown) return unknown.Contains(++_conflicts) ? throw new StateUnavailableException("The outcome is unknown.") : null;
            if (FailNext == Failure.Late) _late = (partition, [.. writes]);
            var versions = FailNext == Failure.Late ? null : await inner.CommitAsync(partition, writes, cancellationToken);
            if (FailNext == Failure.None) return versions;
            FailNext = Failure.None;
            throw new StateUnavailableException("The outcome is unknown.");
        }

        /// <summary>A commit that was on its way arrives.</summary>
        public async Task ArriveAsync()
        {
            if (_late is { } late) (await inner.CommitAsync(late.Partition, late.Writes, default)).ShouldBeNull();
        }

        public ValueTask DisposeAsync() => default;
    }
}
