using Nano.State;
using StackExchange.Redis;

namespace Nano.Caching;

/// <summary>The Redis server of the state store, through a separate connection without transactions. Names begin with <c>nano:cache:</c>.</summary>
internal sealed class RedisCacheStore : ICacheStore
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;

    /// <param name="configuration"><c>HOST:PORT[,options]</c> in the syntax of StackExchange.Redis.</param>
    public RedisCacheStore(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ClientName ??= "nano";
        _connection = new Lazy<Task<ConnectionMultiplexer>>(async () => await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false));
    }

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

    private async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        try
        {
            return await call((await _connection.Value.ConfigureAwait(false)).GetDatabase()).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or IOException)
        {
            // Leave out the library's message, which may repeat the configuration.
            throw new StateUnavailableException($"The Redis server failed: {e.GetType().Name}.", e);
        }
    }

    private static RedisKey KeyOf(string name) => "nano:cache:" + name;
}
