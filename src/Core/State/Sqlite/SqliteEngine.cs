using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Nano.State.Sqlite;

/// <summary>
/// One SQLite database in WAL mode. Every commit is one immediate transaction: a deferred one that becomes a writer fails when another
/// process has written meanwhile, however long it waits. Calls run on pool threads, since SQLite blocks.
/// </summary>
/// <param name="path">Of the database file. It is created by the first commit.</param>
/// <param name="maxPages">The most pages that the file may have, as on a disk that is full; 0 for no limit.</param>
internal sealed class SqliteEngine(string path, int maxPages = 0) : IStateEngine
{
    /// <summary>The version of the tables, in <c>PRAGMA user_version</c>.</summary>
    private const int Schema = 1;

    /// <summary>Of a disposal for calls that run: each waits for another writer for at most a second.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly IReadOnlyList<string> Migrations =
    [
        "CREATE TABLE rows (partition TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (partition, key)) WITHOUT ROWID",
    ];

    private readonly ConcurrentBag<SqliteConnection> _idle = [];
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
        await RunAsync(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT version, fields FROM rows WHERE partition = $p AND key = $k";
            command.Parameters.AddWithValue("$p", partition);
            var parameter = command.Parameters.Add("$k", SqliteType.Text);
            for (var i = 0; i < keys.Count; i++)
            {
                parameter.Value = keys[i];
                using var reader = command.ExecuteReader();
                if (reader.Read()) rows[i] = new StateRow(keys[i], reader.GetInt64(0), StateJson.Read(reader.GetString(1)));
            }
            return true;
        }, snapshot: keys.Count > 1, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    public async ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        if (!Exists) return [];
        return await RunAsync(connection =>
        {
            var rows = new List<StateRow>();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT key, version, fields FROM rows WHERE partition = $p AND key >= $from AND key < $to ORDER BY key LIMIT $limit";
            command.Parameters.AddWithValue("$p", partition);
            command.Parameters.AddWithValue("$from", from);
            command.Parameters.AddWithValue("$to", to);
            command.Parameters.AddWithValue("$limit", limit);
            using var reader = command.ExecuteReader();
            while (reader.Read()) rows.Add(new StateRow(reader.GetString(0), reader.GetInt64(1), StateJson.Read(reader.GetString(2))));
            return rows;
        }, snapshot: false, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        StateLimits.Check(writes);
        return RunAsync(connection =>
        {
            var versions = new long[writes.Count];
            Execute(connection, "BEGIN IMMEDIATE");
            var isDone = false;
            try
            {
                for (var i = 0; i < writes.Count; i++)
                    if (!Write(connection, partition, writes[i], versions[i] = StateLimits.NewVersion())) return null;
                Execute(connection, "COMMIT");
                isDone = true;
                return versions;
            }
            finally
            {
                if (!isDone) Execute(connection, "ROLLBACK");
            }
        }, snapshot: false, cancellationToken);
    }

    /// <summary>
    /// Waits for the calls that run: some, such as the sharing of a cooldown, have no request that waits for them. Afterwards the database is
    /// closed, and calls fail without touching it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        // A call counts itself before it looks whether this has begun.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _running) > 0) await _ended.Task.WaitAsync(MaxWait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }

    private static bool Write(SqliteConnection connection, string partition, in StateWrite write, long version)
    {
        using var command = connection.CreateCommand();
        command.Parameters.AddWithValue("$p", partition);
        command.Parameters.AddWithValue("$k", write.Key);
        if (write.Expected != 0) command.Parameters.AddWithValue("$expected", write.Expected);
        if (write.IsCheck)
        {
            command.CommandText = "SELECT 1 FROM rows WHERE partition = $p AND key = $k AND version = $expected";
            return command.ExecuteScalar() is not null;
        }
        if (write.Fields is null)
        {
            command.CommandText = "DELETE FROM rows WHERE partition = $p AND key = $k AND version = $expected";
            return command.ExecuteNonQuery() == 1;
        }
        command.Parameters.AddWithValue("$version", version);
        command.Parameters.AddWithValue("$fields", StateJson.Write(write.Fields));
        command.CommandText = write.Expected == 0
            ? "INSERT INTO rows (partition, key, version, fields) VALUES ($p, $k, $version, $fields) ON CONFLICT DO NOTHING"
            : "UPDATE rows SET version = $version, fields = $fields WHERE partition = $p AND key = $k AND version = $expected";
        return command.ExecuteNonQuery() == 1;
    }

    /// <param name="snapshot">All reads see one state of the database.</param>
    private async ValueTask<T> RunAsync<T>(Func<SqliteConnection, T> work, bool snapshot, CancellationToken cancellationToken)
    {
        return await Task.Run(() =>
        {
            var isSound = false;
            SqliteConnection? connection = null;
            Interlocked.Increment(ref _running);
            try
            {
                if (_isDisposed) throw new StateUnavailableException("SQLite: the gateway has stopped.");
                connection = _idle.TryTake(out var idle) ? idle : Open();
                if (snapshot) Execute(connection, "BEGIN DEFERRED");
                var result = work(connection);
                if (snapshot) Execute(connection, "COMMIT");
                isSound = true;
                return result;
            }
            catch (Exception e) when (e is SqliteException or InvalidOperationException or IOException or UnauthorizedAccessException)
            {
                throw new StateUnavailableException($"SQLite: {e.Message}", e);
            }
            finally
            {
                if (connection is not null)
                {
                    if (isSound && !_isDisposed) _idle.Add(connection);
                    else connection.Dispose();
                }
                if (Interlocked.Decrement(ref _running) == 0 && _isDisposed) _ended.TrySetResult();
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            connection.Open();
            // NORMAL loses nothing when the process dies; when the machine loses power, the last commits may be undone, never a part of one.
            Execute(connection, "PRAGMA busy_timeout = 1000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            if (maxPages > 0) Execute(connection, $"PRAGMA max_page_count = {maxPages}");
            lock (_opening)
            {
                if (!_isMigrated) Migrate(connection);
                _isMigrated = true;
            }
            return connection;
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
}
