using Microsoft.Data.Sqlite;

namespace Nano.State.Sqlite;

/// <summary>A connection with its statements, which are prepared when they are first used: to prepare one costs more than to execute it. Not thread safe.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public StateRow? Read(string partition, string key)
    {
        using var reader = Prepare("SELECT version, fields FROM rows WHERE partition = $1 AND key = $2", partition, key).ExecuteReader();
        return reader.Read() ? new StateRow(key, reader.GetInt64(0), StateJson.Read(reader.GetString(1))) : null;
    }

    public List<StateRow> Scan(string partition, string from, string to, int limit)
    {
        var rows = new List<StateRow>();
        const string select = "SELECT key, version, fields FROM rows WHERE partition = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT $4";
        using var reader = Prepare(select, partition, from, to, limit).ExecuteReader();
        while (reader.Read()) rows.Add(new StateRow(reader.GetString(0), reader.GetInt64(1), StateJson.Read(reader.GetString(2))));
        return rows;
    }

    /// <returns>False when the row does not have the expected version.</returns>
    public bool Write(string partition, in StateWrite write, long version)
    {
        const string check = "SELECT 1 FROM rows WHERE partition = $1 AND key = $2 AND version = $3";
        const string delete = "DELETE FROM rows WHERE partition = $1 AND key = $2 AND version = $3";
        const string insert = "INSERT INTO rows (partition, key, version, fields) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        const string update = "UPDATE rows SET version = $1, fields = $2 WHERE partition = $3 AND key = $4 AND version = $5";
        if (write.IsCheck) return Prepare(check, partition, write.Key, write.Expected).ExecuteScalar() is not null;
        var command = write.Fields is null ? Prepare(delete, partition, write.Key, write.Expected)
            : write.Expected == 0 ? Prepare(insert, partition, write.Key, version, StateJson.Write(write.Fields))
            : Prepare(update, version, StateJson.Write(write.Fields), partition, write.Key, write.Expected);
        return command.ExecuteNonQuery() == 1;
    }

    /// <summary>A statement without parameters that is executed again and again.</summary>
    public void Execute(string sql) => Prepare(sql).ExecuteNonQuery();

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<object> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
            _commands[sql] = command;
            return command;
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
