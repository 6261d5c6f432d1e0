using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Nano.State.Redis;

/// <summary>
/// A commit as one script: one command and one round trip, where a transaction takes more than twenty and two. Only for servers whose
/// scripts are atomic: <see cref="IsAtomicAsync"/>.
/// </summary>
internal static class RedisScript
{
    /// <summary>Keys: rows, versions, keys. Four arguments for each write: key, expected version, new version (or one of the marks below), value.</summary>
    private const string Commit = """
        local names = {}
        for i = 1, #ARGV, 4 do names[#names + 1] = ARGV[i] end
        local found = redis.call('HMGET', KEYS[2], unpack(names))
        for i = 1, #names do
          if (found[i] or '0') ~= ARGV[4 * i - 2] then return 0 end
        end
        local rows, versions, added, deleted = {}, {}, {}, {}
        for i = 1, #ARGV, 4 do
          local name, version = ARGV[i], ARGV[i + 2]
          if version == '-' then
            deleted[#deleted + 1] = name
          elseif version ~= '=' then
            rows[#rows + 1] = name
            rows[#rows + 1] = ARGV[i + 3]
            versions[#versions + 1] = name
            versions[#versions + 1] = version
            if ARGV[i + 1] == '0' then
              added[#added + 1] = '0'
              added[#added + 1] = name
            end
          end
        end
        if #rows > 0 then
          redis.call('HSET', KEYS[1], unpack(rows))
          redis.call('HSET', KEYS[2], unpack(versions))
        end
        if #added > 0 then redis.call('ZADD', KEYS[3], unpack(added)) end
        if #deleted > 0 then
          redis.call('HDEL', KEYS[1], unpack(deleted))
          redis.call('HDEL', KEYS[2], unpack(deleted))
          redis.call('ZREM', KEYS[3], unpack(deleted))
        end
        return 1
        """;

    private const string Unchanged = "=", Deleted = "-";

    /// <summary>The name that a server has for the script once it was sent.</summary>
    private static readonly byte[] CommitHash = SHA1.HashData(Encoding.UTF8.GetBytes(Commit));

    /// <summary>Finds whether another script changes a key that it has just changed.</summary>
    private const string Probe = """
        local own = tostring(redis.call('INCR', KEYS[1]))
        for i = 1, tonumber(ARGV[1]) do
          if redis.call('GET', KEYS[1]) ~= own then return 1 end
        end
        return 0
        """;

    private const int MaxMoving = 1000;

    private static readonly TimeSpan MovingPause = TimeSpan.FromMilliseconds(10);

    private const int ProbeConnections = 4, ProbeScripts = 6, ProbeReads = 2000;

    /// <summary>While a cluster moves the keys to another server, one after the other, it refuses commits; nothing of them was executed, so each is tried again.</summary>
    /// <returns>The new versions; null when a row did not have its expected version.</returns>
    public static async ValueTask<long[]?> CommitAsync(IDatabase database, RedisKey[] keys, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        var arguments = new RedisValue[4 * writes.Count];
        var versions = new long[writes.Count];
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            arguments[4 * i] = write.Key;
            arguments[4 * i + 1] = write.Expected;
            (arguments[4 * i + 2], arguments[4 * i + 3]) = (write.IsCheck ? Unchanged : Deleted, RedisValue.EmptyString);
            if (write.IsCheck) versions[i] = write.Expected;
            else if (write.Fields is { } fields)
                (arguments[4 * i + 2], arguments[4 * i + 3]) = (versions[i] = StateLimits.NewVersion(), RedisRow.Write(versions[i], write.Key, fields));
        }
        for (var tries = 1; ; tries++)
        {
            try
            {
                return (int)await EvaluateAsync(database, keys, arguments).ConfigureAwait(false) == 1 ? versions : null;
            }
            catch (RedisServerException e) when (e.Message.StartsWith("TRYAGAIN", StringComparison.Ordinal))
            {
                await Task.Delay(MovingPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                // Not a failure of the connection.
                if (tries == MaxMoving || cancellationToken.IsCancellationRequested) throw new StateUnavailableException("The cluster is moving the rows to another server.", e);
            }
        }
    }

    private static async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(CommitHash, keys, arguments).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Message.Contains("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server has not executed it. With its text, the library sends it first.
            return await database.ScriptEvaluateAsync(Commit, keys, arguments).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether the server runs scripts, and each without others in between. Redis and Valkey do. Garnet does only with <c>--lua-transaction-mode</c>, which it
    /// does not report, so its scripts are used only if the operator states that they are atomic: no trial can prove it (on a busy machine, scripts that are not atomic were
    /// executed one after another). A trial can disprove it: scripts of several connections, each running for milliseconds, try to see each other. One connection would hide it.
    /// Raises <see cref="StateUnavailableException"/> if they did, against the operator's word: other instances may not have seen it, and would lose writes.
    /// </summary>
    /// <param name="client">Opens other connections.</param>
    public static async Task<bool> IsAtomicAsync(ConnectionMultiplexer connection, RedisClient client)
    {
        RedisKey[] keys = [string.Create(CultureInfo.InvariantCulture, $"nano:{{probe}}:{StateLimits.NewVersion()}")];
        var opening = new List<Task<ConnectionMultiplexer>>();
        try
        {
            var database = connection.GetDatabase();
            var isAlone = (int)await database.ScriptEvaluateAsync(Probe, keys, [1]).ConfigureAwait(false) == 0;
            var server = (string?)await database.ExecuteAsync("INFO", "server").ConfigureAwait(false) ?? "";
            if (!server.Contains("garnet", StringComparison.OrdinalIgnoreCase) && server.Contains("redis_version:", StringComparison.Ordinal)) return isAlone;
            if (!client.HasAtomicScripts) return false;
            while (opening.Count < ProbeConnections) opening.Add(client.ConnectAsync());
            var others = await Task.WhenAll(opening).ConfigureAwait(false);
            var probes = Enumerable.Range(0, ProbeConnections * ProbeScripts)
                .Select(i => others[i % ProbeConnections].GetDatabase().ScriptEvaluateAsync(Probe, keys, [ProbeReads])).ToList();
            if ((await Task.WhenAll(probes).ConfigureAwait(false)).All(result => (int)result == 0)) return true;
            throw new StateUnavailableException("STATE_STORE has atomicScripts=true, but scripts of this server run beside each other. Garnet needs --lua-transaction-mode.");
        }
        catch (RedisServerException)
        {
            // Scripts or this command are switched off.
            return false;
        }
        finally
        {
            await connection.GetDatabase().KeyDeleteAsync(keys, CommandFlags.FireAndForget).ConfigureAwait(false);
            foreach (var other in opening) await client.CloseAsync(other).ConfigureAwait(false);
        }
    }
}
