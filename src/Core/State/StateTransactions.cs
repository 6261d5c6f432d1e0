using System.Collections.Concurrent;

namespace Nano.State;

/// <summary>
/// Reads rows, decides and commits, and retries while other writers interfere. Transactions of one partition run one after the other within
/// this process; those that wait are then committed together (<see cref="StateBatch"/>). Recently written rows are remembered
/// with their versions, so that an undisturbed transaction is one round trip: a decision over remembered rows counts only if its commit succeeds.
/// </summary>
internal sealed class StateTransactions(IStateEngine engine)
{
    internal const int MaxTries = 64;
    private const int MaxUnknown = 2;
    private const int MaxPartitions = 1024;

    /// <summary>Transactions of one commit. Each writes two rows of its own, and those that it shares with others.</summary>
    internal const int MaxBatch = 40;

    /// <summary>Callers that go on one after the other on one thread once their commit is done: each sends a request or a response and waits again.</summary>
    internal const int MaxContinued = 4;

    /// <summary>How often they are tried together before each runs by itself.</summary>
    internal const int MaxTogether = 3;

    /// <summary>For all partitions, so memory does not grow with the number of keys. Above it, all rows are forgotten and read again by the next transactions.</summary>
    internal const int MaxRemembered = 16_384;

    private readonly ConcurrentDictionary<string, StatePartition> _partitions = new(StringComparer.Ordinal);
    private int _remembered;

    public IStateEngine Engine => engine;

    /// <param name="keys">The rows that the decision may read and change.</param>
    /// <param name="absent">Rows that are assumed to be missing until a commit fails.</param>
    /// <exception cref="StateUnavailableException">The store failed, and failed again when retried. Whether the last commit took effect is unknown.</exception>
    public async ValueTask<T> RunAsync<T>(string partition, IReadOnlyList<string> keys, Func<StateView, T> decide, CancellationToken cancellationToken, params string[] absent)
    {
        var own = PartitionOf(partition);
        if (cancellationToken.CanBeCanceled) await own.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        else if (!own.Gate.Wait(0, CancellationToken.None))
        {
            var waiting = new Waiting<T>(this, partition, own, keys, decide, absent);
            own.Queue.Enqueue(waiting);
            StartQueue(partition, own);
            return await waiting.Result.ConfigureAwait(false);
        }
        try
        {
            return await RunInGateAsync(partition, own, keys, decide, absent, unknown: 0, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            own.Gate.Release();
            StartQueue(partition, own);
        }
    }

    /// <summary>Runs what waits, unless a transaction is in the gate: it does so when it leaves.</summary>
    private void StartQueue(string partition, StatePartition own)
    {
        if (!own.Queue.IsEmpty && own.Gate.Wait(0, CancellationToken.None)) _ = RunQueueAsync(partition, own);
    }

    /// <summary>The caller owns the gate, and goes on as soon as the first commit is under way.</summary>
    private async Task RunQueueAsync(string partition, StatePartition own)
    {
        var (members, done) = (new List<WaitingTransaction>(), new List<WaitingTransaction>());
        while (members.Count < MaxBatch && own.Queue.TryDequeue(out var next)) members.Add(next);
        try
        {
            if (members.Count > 1) done.AddRange(await RunTogetherAsync(partition, own, members).ConfigureAwait(false));
            foreach (var member in members)
            {
                QueueFrom(0, done);
                done.Clear();
                await member.RunAloneAsync().ConfigureAwait(false);
                done.Add(member);
            }
        }
        finally
        {
            own.Gate.Release();
            // The next commit is under way before those of this one go on.
            StartQueue(partition, own);
            // To wake another thread costs as much as a part of a request: this one has nothing else to do.
            QueueFrom(MaxContinued, done);
            for (var i = 0; i < done.Count && i < MaxContinued; i++) done[i].Execute();
        }
    }

    /// <summary>Some callers go on on each thread.</summary>
    private static void QueueFrom(int first, List<WaitingTransaction> done)
    {
        for (; first < done.Count; first += MaxContinued)
            ThreadPool.UnsafeQueueUserWorkItem(new Continued(done.GetRange(first, Math.Min(MaxContinued, done.Count - first))), preferLocal: true);
    }

    /// <summary>Commits those that can be committed together, and removes them from the members.</summary>
    /// <returns>Those that were committed.</returns>
    private async ValueTask<List<WaitingTransaction>> RunTogetherAsync(string partition, StatePartition own, List<WaitingTransaction> members)
    {
        for (var tries = 1; ; tries++)
        {
            var together = new StateBatch(own.Find);
            foreach (var member in members) together.TryAdd(member);
            if (together.Members.Count == 0) return [];
            try
            {
                if (await engine.CommitAsync(partition, together.Writes, CancellationToken.None).ConfigureAwait(false) is { } versions)
                {
                    Count(own.Remember(together, versions));
                    members.RemoveAll(together.Members.Contains);
                    return together.Members;
                }
                foreach (var member in together.Members) Forget(own, member.Keys);
                if (tries == MaxTogether) return [];
                // Another process was in between: one read for all of them.
                var keys = together.Members.SelectMany(member => member.Keys).Distinct(StringComparer.Ordinal).ToList();
                Count(own.Remember(await engine.ReadAsync(partition, keys, CancellationToken.None).ConfigureAwait(false)));
            }
            catch (Exception e)
            {
                // Each by itself excludes what may still come of the commit, as after its own, and raises for its own caller what happens again.
                foreach (var member in together.Members)
                {
                    Forget(own, member.Keys);
                    member.IsAfterUnknown = e is not StateUnavailableException { IsUncommitted: true };
                }
                return [];
            }
        }
    }

    /// <param name="unknown">How many commits of the transaction have an unknown outcome.</param>
    private async ValueTask<T> RunInGateAsync<T>(string partition, StatePartition own, IReadOnlyList<string> keys, Func<StateView, T> decide, string[] absent, int unknown,
        CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 1; ; tries++)
            {
                var (view, isFresh) = await ViewAsync(partition, own, keys, absent, mayRemember: tries == 1, cancellationToken).ConfigureAwait(false);
                view.IsAfterUnknown = unknown > 0;
                var result = decide(view);
                if (view.Writes.Count == 0)
                {
                    if (isFresh) return result;
                    // Remembered rows may be outdated: no refusal depends on them.
                    Forget(own, keys);
                    continue;
                }
                try
                {
                    if (await engine.CommitAsync(partition, view.Writes, cancellationToken).ConfigureAwait(false) is { } versions)
                    {
                        Count(own.Remember(view, versions, isFresh));
                        return result;
                    }
                }
                catch (StateUnavailableException e) when (!e.IsUncommitted && ++unknown <= MaxUnknown)
                {
                    // The commit may have happened, or may still happen. Retrying the same one shows which, and excludes the other.
                    Forget(own, keys);
                    continue;
                }
                Forget(own, keys);
                if (tries >= MaxTries) throw new StateUnavailableException($"{MaxTries} commits lost against other writers.");
                if (tries > 2) await Task.Delay(Random.Shared.Next(1, Math.Min(4 * tries, 50)), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Forget(own, keys);
            // A commit that was not sent may follow one that was; a read that failed alone has changed nothing.
            if (e is StateUnavailableException failed) failed.IsUncommitted = unknown == 0;
            throw;
        }
    }

    private async ValueTask<(StateView View, bool IsFresh)> ViewAsync(string partition, StatePartition own, IReadOnlyList<string> keys, string[] absent, bool mayRemember,
        CancellationToken cancellationToken)
    {
        var rows = new StateRow?[keys.Count];
        if (mayRemember && own.TryFind(keys, absent, rows)) return (new StateView(keys, rows), false);
        var read = await engine.ReadAsync(partition, keys, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < rows.Length; i++) rows[i] = read[i];
        return (new StateView(keys, rows), true);
    }

    /// <summary>The approximate number of remembered rows.</summary>
    internal int Remembered => _partitions.Values.Sum(partition => partition.Count);

    private void Forget(StatePartition own, IReadOnlyList<string> keys) => Interlocked.Add(ref _remembered, -own.Forget(keys));

    private void Count(int added)
    {
        if (Interlocked.Add(ref _remembered, added) <= MaxRemembered) return;
        Interlocked.Exchange(ref _remembered, 0);
        foreach (var partition in _partitions.Values) partition.ForgetAll();
    }

    private StatePartition PartitionOf(string name)
    {
        if (_partitions.TryGetValue(name, out var known)) return known;
        // Gates in use are kept; a second gate for the same partition only costs conflicts.
        if (_partitions.Count >= MaxPartitions)
        {
            _partitions.Clear();
            Interlocked.Exchange(ref _remembered, 0);
        }
        return _partitions.GetOrAdd(name, static _ => new StatePartition());
    }

    private sealed class Continued(List<WaitingTransaction> done) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            foreach (var one in done) one.Execute();
        }
    }

    private sealed class Waiting<T>(StateTransactions transactions, string partition, StatePartition own, IReadOnlyList<string> keys, Func<StateView, T> decide, string[] absent)
        : WaitingTransaction(keys, absent)
    {
        /// <summary>Its continuation runs in <see cref="Execute"/>.</summary>
        private readonly TaskCompletionSource<T> _source = new();

        private T _decided = default!;
        private Exception? _failure;

        public Task<T> Result => _source.Task;

        public override bool TryDecide(StateView view)
        {
            try
            {
                _decided = decide(view);
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }

        public override async ValueTask RunAloneAsync()
        {
            try
            {
                _decided = await transactions.RunInGateAsync(partition, own, Keys, decide, Absent, IsAfterUnknown ? 1 : 0, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                _failure = e;
            }
        }

        public override void Execute()
        {
            if (_failure is null) _source.SetResult(_decided);
            else _source.SetException(_failure);
        }
    }
}
