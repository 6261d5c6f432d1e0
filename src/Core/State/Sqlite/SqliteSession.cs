using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Nano.State.Sqlite;

/// <summary>
/// A connection with its statements, which are prepared when they are first used. SQLite's own functions execute them: commands and readers cost more than statements of a
/// few microseconds. Not thread safe.
/// </summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    /// <summary>Characters of a text that is bound without an array of its own; the names of rows are shorter.</summary>
    private const int MaxOnStack = 128;

    private readonly List<Statement> _prepared = [];
    private Statement? _begin, _beginRead, _commit, _rollback, _select, _scan, _check, _delete, _insert, _update;

    private sqlite3 Database => connection.Handle!;

    /// <summary>Begins a transaction that writes: it waits for another writer now, not when it writes.</summary>
    public void Begin() => Execute(Prepare(ref _begin, "BEGIN IMMEDIATE"));

    /// <summary>Begins a transaction whose reads see one state of the database.</summary>
    public void BeginRead() => Execute(Prepare(ref _beginRead, "BEGIN DEFERRED"));

    public void Commit() => Execute(Prepare(ref _commit, "COMMIT"));

    public void Rollback() => Execute(Prepare(ref _rollback, "ROLLBACK"));

    public StateRow? Read(string partition, string key)
    {
        var select = Prepare(ref _select, "SELECT version, fields FROM rows WHERE partition = ?1 AND key = ?2");
        try
        {
            select.BindPartition(partition);
            Bind(select.Handle, 2, key);
            return Step(select.Handle) ? new StateRow(key, raw.sqlite3_column_int64(select.Handle, 0), FieldsOf(select.Handle, 1)) : null;
        }
        finally
        {
            raw.sqlite3_reset(select.Handle);
        }
    }

    public List<StateRow> Scan(string partition, string from, string to, int limit)
    {
        var rows = new List<StateRow>();
        var statement = Prepare(ref _scan, "SELECT key, version, fields FROM rows WHERE partition = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4");
        var scan = statement.Handle;
        try
        {
            statement.BindPartition(partition);
            Bind(scan, 2, from);
            Bind(scan, 3, to);
            raw.sqlite3_bind_int64(scan, 4, limit);
            while (Step(scan)) rows.Add(new StateRow(Encoding.UTF8.GetString(raw.sqlite3_column_blob(scan, 0)), raw.sqlite3_column_int64(scan, 1), FieldsOf(scan, 2)));
            return rows;
        }
        finally
        {
            raw.sqlite3_reset(scan);
        }
    }

    /// <returns>False when the row does not have the expected version.</returns>
    public bool Write(string partition, in StateWrite write, long version)
    {
        var statement = write.IsCheck ? Prepare(ref _check, "SELECT 1 FROM rows WHERE partition = ?1 AND key = ?2 AND version = ?3")
            : write.Fields is null ? Prepare(ref _delete, "DELETE FROM rows WHERE partition = ?1 AND key = ?2 AND version = ?3")
            : write.Expected == 0 ? Prepare(ref _insert, "INSERT INTO rows (partition, key, version, fields) VALUES (?1, ?2, ?4, ?5) ON CONFLICT DO NOTHING")
            : Prepare(ref _update, "UPDATE rows SET version = ?4, fields = ?5 WHERE partition = ?1 AND key = ?2 AND version = ?3");
        var handle = statement.Handle;
        try
        {
            statement.BindPartition(partition);
            Bind(handle, 2, write.Key);
            raw.sqlite3_bind_int64(handle, 3, write.Expected);
            if (write.Fields is { } fields)
            {
                raw.sqlite3_bind_int64(handle, 4, version);
                raw.sqlite3_bind_text(handle, 5, StateJson.Write(fields));
            }
            return Step(handle) || (!write.IsCheck && raw.sqlite3_changes(Database) == 1);
        }
        finally
        {
            raw.sqlite3_reset(handle);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _prepared) statement.Handle.Dispose();
        connection.Dispose();
    }

    private void Execute(Statement statement)
    {
        try
        {
            Step(statement.Handle);
        }
        finally
        {
            raw.sqlite3_reset(statement.Handle);
        }
    }

    /// <returns>Whether there is a row.</returns>
    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, Database);
        return result == raw.SQLITE_ROW;
    }

    private static StateFields FieldsOf(sqlite3_stmt statement, int column) => StateJson.Read(raw.sqlite3_column_blob(statement, column).ToArray());

    private Statement Prepare(ref Statement? known, string sql)
    {
        if (known is not null) return known;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(Database, sql, out var handle), Database);
        _prepared.Add(known = new Statement(handle));
        return known;
    }

    private static void Bind(sqlite3_stmt statement, int index, string text)
    {
        Span<byte> utf8 = stackalloc byte[3 * MaxOnStack];
        // An empty span would be bound as NULL.
        if (text.Length is 0 or > MaxOnStack) raw.sqlite3_bind_text(statement, index, text);
        else raw.sqlite3_bind_text(statement, index, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>A statement and the partition that its first parameter has: SQLite keeps parameters when a statement is reset.</summary>
    private sealed class Statement(sqlite3_stmt handle)
    {
        private string? _partition;

        public sqlite3_stmt Handle => handle;

        public void BindPartition(string partition)
        {
            if (_partition == partition) return;
            _partition = null;
            Bind(handle, 1, partition);
            _partition = partition;
        }
    }
}
