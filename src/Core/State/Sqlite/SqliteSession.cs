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
    private readonly Dictionary<string, sqlite3_stmt> _statements = new(StringComparer.Ordinal);

    private sqlite3 Database => connection.Handle!;

    public StateRow? Read(string partition, string key)
    {
        var select = Prepare("SELECT version, fields FROM rows WHERE partition = ?1 AND key = ?2");
        try
        {
            raw.sqlite3_bind_text(select, 1, partition);
            raw.sqlite3_bind_text(select, 2, key);
            return Step(select) ? new StateRow(key, raw.sqlite3_column_int64(select, 0), FieldsOf(select, 1)) : null;
        }
        finally
        {
            raw.sqlite3_reset(select);
        }
    }

    public List<StateRow> Scan(string partition, string from, string to, int limit)
    {
        var rows = new List<StateRow>();
        var select = Prepare("SELECT key, version, fields FROM rows WHERE partition = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4");
        try
        {
            raw.sqlite3_bind_text(select, 1, partition);
            raw.sqlite3_bind_text(select, 2, from);
            raw.sqlite3_bind_text(select, 3, to);
            raw.sqlite3_bind_int64(select, 4, limit);
            while (Step(select)) rows.Add(new StateRow(Encoding.UTF8.GetString(raw.sqlite3_column_blob(select, 0)), raw.sqlite3_column_int64(select, 1), FieldsOf(select, 2)));
            return rows;
        }
        finally
        {
            raw.sqlite3_reset(select);
        }
    }

    /// <returns>False when the row does not have the expected version.</returns>
    public bool Write(string partition, in StateWrite write, long version)
    {
        var statement = Prepare(write.IsCheck ? "SELECT 1 FROM rows WHERE partition = ?1 AND key = ?2 AND version = ?3"
            : write.Fields is null ? "DELETE FROM rows WHERE partition = ?1 AND key = ?2 AND version = ?3"
            : write.Expected == 0 ? "INSERT INTO rows (partition, key, version, fields) VALUES (?1, ?2, ?4, ?5) ON CONFLICT DO NOTHING"
            : "UPDATE rows SET version = ?4, fields = ?5 WHERE partition = ?1 AND key = ?2 AND version = ?3");
        try
        {
            raw.sqlite3_bind_text(statement, 1, partition);
            raw.sqlite3_bind_text(statement, 2, write.Key);
            raw.sqlite3_bind_int64(statement, 3, write.Expected);
            if (write.Fields is { } fields)
            {
                raw.sqlite3_bind_int64(statement, 4, version);
                raw.sqlite3_bind_text(statement, 5, StateJson.Write(fields));
            }
            return Step(statement) || (!write.IsCheck && raw.sqlite3_changes(Database) == 1);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>A statement without parameters that is executed again and again.</summary>
    public void Execute(string sql)
    {
        var statement = Prepare(sql);
        try
        {
            Step(statement);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        connection.Dispose();
    }

    /// <returns>Whether there is a row.</returns>
    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, Database);
        return result == raw.SQLITE_ROW;
    }

    private static StateFields FieldsOf(sqlite3_stmt statement, int column) => StateJson.Read(raw.sqlite3_column_blob(statement, column).ToArray());

    private sqlite3_stmt Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known)) return known;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(Database, sql, out var statement), Database);
        return _statements[sql] = statement;
    }
}
