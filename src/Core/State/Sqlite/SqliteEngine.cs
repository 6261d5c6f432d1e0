using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Nano.State.Sqlite;

/// <summary>
/// One SQLite database in WAL mode. Every commit is one immediate transaction: a deferred one that becomes a writer fails when another
/// process has written in the meantime, however long it waits. Calls run on pool threads, since SQLite blocks.
/// </summary>
/// <param name="path">The path of the database file. The first commit creates it.</param>
/// <param name="maxPages">The maximum number of pages, to simulate a full disk; 0 for no limit.</param>
internal sealed class SqliteEngine(string path, int maxPages = 0) : IStateEngine
{
    /// <summary>The version of the tables, in <c>PRAGMA user_version</c>.</summary>
    private const int Schema = 1;

    /// <summary>How long a disposal waits for running calls: each waits for another writer for at most a second.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly IReadOnlyList<string> Migrations =
    [
        "CREATE TABLE rows (partition TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (partition, key)) WITHOUT ROWID",
    ];

    private readonly ConcurrentBag<SqliteSession> _idle = [];

    /// <summary>
    /// Commits of this process run one after the other on one connection: SQLite has one writer, and a connection that finds another's commit reads its
    /// pages again.
    /// </summary>
    private readonly SemaphoreSlim _committing = new(1, 1);

    private SqliteSession? _writer;
    private readonly Lock _opening = new();
    private bool _exists;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isMigrated;
    private int _running;
    private volatile bool _isDisposed;

    public string Name => "sqlite";

    public bool Exists => _exists || (_exists = File.Exists(path));

    public async ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var rows = new StateRow?[keys.Count];
        if (!Exists) return rows;
        await RunAsync((partition, keys, rows), static (session, read) =>
        {
            for (var i = 0; i < read.rows.Length; i++) read.rows[i] = session.Read(read.partition, read.keys[i]);
            return true;
        }, snapshot: keys.Count > 1, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    public async ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        if (!Exists) return [];
        return await RunAsync((partition, from, to, limit), static (session, scan) => session.Scan(scan.partition, scan.from, scan.to, scan.limit), snapshot: false,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        StateLimits.Check(writes);
        await _committing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync((partition, writes), static (session, commit) => Commit(session, commit.partition, commit.writes), snapshot: false, cancellationToken,
                isCommit: true).ConfigureAwait(false);
        }
        finally
        {
            _committing.Release();
        }
    }

    /// <summary>
    /// Waits for running calls: for some, such as sharing a cooldown, no request waits. Afterwards the database is
    /// closed, and calls fail without touching it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        // A call counts itself before it checks whether disposal has begun.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _running) > 0) await _ended.Task.WaitAsync(MaxWait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_idle.TryTake(out var session)) session.Dispose();
        Interlocked.Exchange(ref _writer, null)?.Dispose();
    }

    private static long[]? Commit(SqliteSession session, string partition, IReadOnlyList<StateWrite> writes)
    {
        var versions = new long[writes.Count];
        session.Begin();
        var isDone = false;
        try
        {
            for (var i = 0; i < writes.Count; i++)
                if (!session.Write(partition, writes[i], versions[i] = StateLimits.NewVersion())) return null;
            session.Commit();
            isDone = true;
            return versions;
        }
        finally
        {
            if (!isDone) session.Rollback();
        }
    }

    /// <param name="snapshot">All reads see one state of the database.</param>
    /// <param name="isCommit">The caller is the only one that commits.</param>
    private Task<T> RunAsync<TCall, T>(TCall call, Func<SqliteSession, TCall, T> work, bool snapshot, CancellationToken cancellationToken, bool isCommit = false)
    {
        var running = new Running<TCall, T>(this, call, work, snapshot, isCommit, cancellationToken);
        ThreadPool.UnsafeQueueUserWorkItem(running, preferLocal: true);
        return running.Task;
    }

    private T Run<TCall, T>(TCall call, Func<SqliteSession, TCall, T> work, bool snapshot, bool isCommit)
    {
        var isSound = false;
        SqliteSession? session = null;
        Interlocked.Increment(ref _running);
        try
        {
            if (_isDisposed) throw new StateUnavailableException("SQLite: the gateway has stopped.");
            session = (isCommit ? Interlocked.Exchange(ref _writer, null) : _idle.TryTake(out var idle) ? idle : null) ?? Open();
            if (snapshot) session.BeginRead();
            var result = work(session, call);
            if (snapshot) session.Commit();
            isSound = true;
            return result;
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"SQLite: {e.Message}", e);
        }
        finally
        {
            if (session is not null)
            {
                if (!isSound || _isDisposed) session.Dispose();
                else if (isCommit) _writer = session;
                else _idle.Add(session);
            }
            if (Interlocked.Decrement(ref _running) == 0 && _isDisposed) _ended.TrySetResult();
        }
    }

    private SqliteSession Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            connection.Open();
            // NORMAL loses nothing when the process ends; when the machine loses power, the last commits may be undone, never a part of one.
            Execute(connection, "PRAGMA busy_timeout = 1000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            if (maxPages > 0) Execute(connection, $"PRAGMA max_page_count = {maxPages}");
            lock (_opening)
            {
                if (!_isMigrated) Migrate(connection);
                _isMigrated = true;
            }
            return new SqliteSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Migrate(SqliteConnection connection)
    {
        if (VersionOf(connection) == Schema) return;
        Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            // Another process may have been first.
            var version = VersionOf(connection);
            if (version > Schema) throw new InvalidOperationException($"the database is of a newer gateway (schema {version}, this one knows {Schema}). Update this gateway.");
            for (; version < Schema; version++) Execute(connection, Migrations[version]);
            Execute(connection, $"PRAGMA user_version = {Schema}");
            Execute(connection, "COMMIT");
        }
        catch
        {
            Execute(connection, "ROLLBACK");
            throw;
        }
    }

    private static int VersionOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A call on a pool thread. Its caller goes on on that thread.</summary>
    private sealed class Running<TCall, T>(SqliteEngine engine, TCall call, Func<SqliteSession, TCall, T> work, bool snapshot, bool isCommit, CancellationToken cancellationToken)
        : TaskCompletionSource<T>, IThreadPoolWorkItem
    {
        public void Execute()
        {
            T result;
            try
            {
                // Nothing waits for it any more.
                cancellationToken.ThrowIfCancellationRequested();
                result = engine.Run(call, work, snapshot, isCommit);
            }
            catch (OperationCanceledException)
            {
                SetCanceled(cancellationToken);
                return;
            }
            catch (Exception e)
            {
                SetException(e);
                return;
            }
            SetResult(result);
        }
    }
}
