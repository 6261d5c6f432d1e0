using Nano.State;
using Nano.State.Redis;
using StackExchange.Redis;

namespace Nano.Caching;

/// <summary>The Redis server of the state store, through a separate connection without transactions. Names begin with <c>nano:cache:</c>.</summary>
internal sealed class RedisCacheStore : ICacheStore
{
    private readonly RedisClient _client;
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connection;

    public RedisCacheStore(RedisClient client) => _client = client;

    public string Name => "redis";

    public ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(async database => (byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false));

    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await CallAsync(database => lifetime is { } time ? database.StringSetAsync(KeyOf(name), value, time) : database.StringSetAsync(KeyOf(name), value)).ConfigureAwait(false);

    public ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) => CallAsync(async database =>
    {
        if ((byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false) is { } known) return known;
        if (await database.StringSetAsync(KeyOf(name), value, when: When.NotExists).ConfigureAwait(false)) return value.ToArray();
        return (byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false) ?? throw new StateUnavailableException("The server has dropped a value at once.");
    });

    private Task<ConnectionMultiplexer> ConnectionAsync()
    {
        lock (_lock) return _connection is { IsFaulted: false } connection ? connection : _connection = _client.ConnectAsync();
    }

    private async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        try
        {
            return await call((await ConnectionAsync().ConfigureAwait(false)).GetDatabase()).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or IOException)
        {
            // Leave out the library's message, which may repeat the configuration.
            throw new StateUnavailableException($"The Redis server failed: {e.GetType().Name}.", e);
        }
    }

    private static RedisKey KeyOf(string name) => "nano:cache:" + name;
}
