using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Nano.State.Redis;

/// <summary>
/// A server that speaks the Redis protocol. A partition is three keys with one hash tag, so that a cluster keeps them together: a hash of
/// the rows, a hash of their versions, and a sorted set of their keys for scans. A commit compares versions in a script (<see cref="RedisScript"/>), or in a
/// transaction (WATCH and MULTI) where a server has no scripts or they are not known to be atomic: managed servers often have them switched off, and
/// Garnet's are not atomic by default.
/// </summary>
internal sealed class RedisEngine : IStateEngine
{
    private const int MaxContended = 100;
    private const int MaxCounts = 10;

    /// <summary>Partitions whose keys are remembered.</summary>
    private const int MaxPartitions = 1024;

    private readonly RedisClient _client;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, RedisKey[]> _keys = new(StringComparer.Ordinal);

    /// <summary>Replies on one connection can get out of step after a failed transaction, so reads have a separate connection.</summary>
    private readonly RedisConnection _reading;

    private Task<Writer>? _writing;

    /// <param name="client">Disposed with the engine.</param>
    public RedisEngine(RedisClient client) => (_client, _reading) = (client, new RedisConnection(client, OpenReaderAsync));

    public string Name => "redis";

    public bool Exists => true;

    public async ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await _reading.CallAsync(database => ReadAsync(database, partition, [.. keys.Select(key => (RedisValue)key)])).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
        _reading.CallAsync<IReadOnlyList<StateRow>>(async database =>
        {
            // Sent together: one round trip.
            var counts = CountAsync(database, partition);
            var keys = await database.SortedSetRangeByValueAsync(Keys(partition), from, to, Exclude.Stop, Order.Ascending, 0, limit).ConfigureAwait(false);
            await CheckAsync(database, partition, counts).ConfigureAwait(false);
            // A row may have been deleted since its key was read.
            return keys.Length == 0 ? [] : [.. (await ReadAsync(database, partition, keys).ConfigureAwait(false)).OfType<StateRow>()];
        });

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        StateLimits.Check(writes);
        try
        {
            var writer = await WritingAsync().ConfigureAwait(false);
            var database = writer.Connection.GetDatabase();
            if (writer.HasScripts) return await RedisScript.CommitAsync(database, KeysOf(partition), writes, cancellationToken).ConfigureAwait(false);
            // The library blocks its caller until the server has sent the conditions' replies. The caller may be the thread that reads all sockets, these replies included.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            for (var tries = 1; ; tries++)
            {
                var (isDone, versions) = await TryCommitAsync(database, partition, writes).ConfigureAwait(false);
                if (isDone) return versions;
                // Every row was as expected, so another commit of the partition came in between.
                if (tries == MaxContended) throw new StateUnavailableException($"{MaxContended} transactions lost against other writers.");
                if (tries > 1) await Task.Delay(Random.Shared.Next(1, Math.Min(2 * tries, 20)), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisClient.IsFailure(e))
        {
            Abandon();
            throw RedisClient.Unavailable(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reading.DisposeAsync().ConfigureAwait(false);
        if (_writing is { } writing) await _client.CloseAsync(ConnectionOfAsync(writing)).ConfigureAwait(false);
        _client.Dispose();
    }

    /// <summary>Commits are scripts.</summary>
    internal async ValueTask<bool> HasScriptsAsync() => (await WritingAsync().ConfigureAwait(false)).HasScripts;

    /// <summary>
    /// Raises when a server that is out of memory has evicted some of a partition's three keys. Otherwise a scan would find nothing, and
    /// a budget that is computed from it would start again.
    /// </summary>
    private static async ValueTask CheckAsync(IDatabase database, string partition, Task<(long Rows, long Versions, long Keys)> counted)
    {
        for (var tries = 1; ; tries++)
        {
            var (rows, versions, keys) = await counted.ConfigureAwait(false);
            if (rows == versions && rows == keys) return;
            // A commit may happen between two counts.
            if (tries == MaxCounts) throw new StateUnavailableException($"The server has lost a part of '{partition}': it has {rows} rows, {versions} versions and {keys} keys.");
            await Task.Delay(tries).ConfigureAwait(false);
            counted = CountAsync(database, partition);
        }
    }

    private static async Task<(long Rows, long Versions, long Keys)> CountAsync(IDatabase database, string partition)
    {
        var rows = database.HashLengthAsync(Rows(partition));
        var versions = database.HashLengthAsync(Versions(partition));
        var keys = database.SortedSetLengthAsync(Keys(partition));
        return (await rows.ConfigureAwait(false), await versions.ConfigureAwait(false), await keys.ConfigureAwait(false));
    }

#pragma warning disable SER301 // The suggested commands do not exist in Garnet.
    /// <returns>Not done: no row had changed, but the transaction was not executed.</returns>
    private static async ValueTask<(bool IsDone, long[]? Versions)> TryCommitAsync(IDatabase database, string partition, IReadOnlyList<StateWrite> writes)
    {
        var (rows, versions, keys) = (Rows(partition), Versions(partition), Keys(partition));
        var transaction = database.CreateTransaction();
        var conditions = new ConditionResult[writes.Count];
        var made = new long[writes.Count];
        List<HashEntry> putRows = [], putVersions = [];
        List<SortedSetEntry> added = [];
        List<RedisValue> deleted = [];
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            conditions[i] = transaction.AddCondition(write.Expected == 0 ? Condition.HashNotExists(versions, write.Key) : Condition.HashEqual(versions, write.Key, write.Expected));
            if (write.IsCheck) made[i] = write.Expected;
            else if (write.Fields is null) deleted.Add(write.Key);
            else
            {
                made[i] = StateLimits.NewVersion();
                putRows.Add(new HashEntry(write.Key, RedisRow.Write(made[i], write.Key, write.Fields)));
                putVersions.Add(new HashEntry(write.Key, made[i]));
                if (write.Expected == 0) added.Add(new SortedSetEntry(write.Key, 0));
            }
        }
        // One command for all rows: each command costs both sides as much as the rows in it.
        var replies = new List<Task>(6);
        if (putRows.Count > 0)
        {
            replies.Add(transaction.HashSetAsync(rows, [.. putRows]));
            replies.Add(transaction.HashSetAsync(versions, [.. putVersions]));
        }
        if (added.Count > 0) replies.Add(transaction.SortedSetAddAsync(keys, [.. added]));
        if (deleted.Count > 0)
        {
            replies.Add(transaction.HashDeleteAsync(rows, [.. deleted]));
            replies.Add(transaction.HashDeleteAsync(versions, [.. deleted]));
            replies.Add(transaction.SortedSetRemoveAsync(keys, [.. deleted]));
        }
        if (await transaction.ExecuteAsync().ConfigureAwait(false))
        {
            foreach (var reply in replies) await reply.ConfigureAwait(false);
            return (true, made);
        }
        foreach (var reply in replies)
            _ = reply.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return (conditions.Any(condition => !condition.WasSatisfied), null);
    }
#pragma warning restore SER301

    private static async Task<StateRow?[]> ReadAsync(IDatabase database, string partition, RedisValue[] keys)
    {
        var values = await database.HashGetAsync(Rows(partition), keys).ConfigureAwait(false);
        var rows = new StateRow?[keys.Length];
        for (var i = 0; i < rows.Length; i++)
            if (!values[i].IsNull) rows[i] = RedisRow.Read(keys[i].ToString(), values[i]);
        return rows;
    }

    /// <summary>The first call of a process may take longer than others. It opens the connection of commits too, so that the first commit need not.</summary>
    private async Task<ConnectionMultiplexer> OpenReaderAsync()
    {
        Task opening = WritingAsync().AsTask();
        var connection = await _client.ConnectAsync().ConfigureAwait(false);
        // If it fails, the first commit tries again, and reports it.
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return connection;
    }

    private async ValueTask<Writer> WritingAsync()
    {
        while (true)
        {
            Task<Writer> opening;
            lock (_lock)
            {
                if (_writing is { IsFaulted: true } or { IsCanceled: true }) _writing = null;
                opening = _writing ??= OpenWriterAsync();
            }
            var writer = await opening.ConfigureAwait(false);
            if (!writer.IsBroken) return writer;
            Abandon(opening);
        }
    }

    private async Task<Writer> OpenWriterAsync()
    {
        var connecting = _client.ConnectAsync();
        var connection = await connecting.ConfigureAwait(false);
        try
        {
            var writer = new Writer(connection, await RedisScript.IsAtomicAsync(connection, _client).ConfigureAwait(false));
            connection.ConnectionFailed += (_, _) => writer.IsBroken = true;
            return writer;
        }
        catch
        {
            await _client.CloseAsync(connecting).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>After a failure, commits get a new connection.</summary>
    /// <param name="only">Unless another one has replaced this; null for any.</param>
    private void Abandon(Task<Writer>? only = null)
    {
        Task<Writer>? former;
        lock (_lock)
        {
            if (only is not null && _writing != only) return;
            (former, _writing) = (_writing, null);
        }
        if (former is not null) _ = _client.CloseAsync(ConnectionOfAsync(former));
    }

    private static async Task<ConnectionMultiplexer> ConnectionOfAsync(Task<Writer> opening) => (await opening.ConfigureAwait(false)).Connection;

    /// <summary>The keys that a commit's script takes.</summary>
    private RedisKey[] KeysOf(string partition)
    {
        if (_keys.TryGetValue(partition, out var known)) return known;
        if (_keys.Count >= MaxPartitions) _keys.Clear();
        return _keys[partition] = [Rows(partition), Versions(partition), Keys(partition)];
    }

    private static RedisKey Rows(string partition) => "nano:{" + partition + "}:rows";

    private static RedisKey Versions(string partition) => "nano:{" + partition + "}:versions";

    private static RedisKey Keys(string partition) => "nano:{" + partition + "}:keys";

    /// <summary>The connection of commits.</summary>
    private sealed class Writer(ConnectionMultiplexer connection, bool hasScripts)
    {
        public ConnectionMultiplexer Connection => connection;

        /// <summary>The server's scripts are atomic.</summary>
        public bool HasScripts => hasScripts;

        /// <summary>The library has connected again, or will, perhaps to a server with other settings: what was found of the first one does not apply to it.</summary>
        public bool IsBroken { get; set; }
    }
}
