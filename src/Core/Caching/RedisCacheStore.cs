using Nano.State;
using Nano.State.Redis;
using StackExchange.Redis;

namespace Nano.Caching;

/// <summary>The Redis server of the state store, through a separate connection without transactions. Names begin with <c>nano:cache:</c>.</summary>
internal sealed class RedisCacheStore : ICacheStore
{
    private readonly RedisConnection _connection;

    public RedisCacheStore(RedisClient client) => _connection = new RedisConnection(client, client.ConnectAsync);

    public string Name => "redis";

    public ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        _connection.CallAsync(async database => (byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false));

    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await _connection.CallAsync(database => lifetime is { } time ? database.StringSetAsync(KeyOf(name), value, time) : database.StringSetAsync(KeyOf(name), value))
            .ConfigureAwait(false);

    public ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) => _connection.CallAsync(async database =>
    {
        if ((byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false) is { } known) return known;
        if (await database.StringSetAsync(KeyOf(name), value, when: When.NotExists).ConfigureAwait(false)) return value.ToArray();
        return (byte[]?)await database.StringGetAsync(KeyOf(name)).ConfigureAwait(false) ?? throw new StateUnavailableException("The server has dropped a value at once.");
    });

    private static RedisKey KeyOf(string name) => "nano:cache:" + name;
}
