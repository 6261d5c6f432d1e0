using StackExchange.Redis;

namespace Nano.State.Redis;

/// <summary>
/// A connection that is opened when it is first used, and anew after a call has failed because it is down: on its own, the library tries to connect again only
/// after seconds, and the longer a server was down, the later. Thread safe.
/// </summary>
/// <param name="open">Opens a connection of the client.</param>
internal sealed class RedisConnection(RedisClient client, Func<Task<ConnectionMultiplexer>> open) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _opening;
    private bool _isDisposed;

    /// <exception cref="StateUnavailableException">The server or the way to it has failed.</exception>
    public async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        Task<ConnectionMultiplexer> opening;
        lock (_lock)
        {
            if (_isDisposed) throw new StateUnavailableException("The gateway has stopped.");
            opening = _opening is { IsFaulted: false, IsCanceled: false } known ? known : _opening = open();
        }
        try
        {
            return await call((await opening.ConfigureAwait(false)).GetDatabase()).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisClient.IsFailure(e))
        {
            // A server that is slow, or one of several that is down, is not a reason to connect again.
            if (opening.IsCompletedSuccessfully && !(await opening.ConfigureAwait(false)).IsConnected) Abandon(opening);
            throw RedisClient.Unavailable(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? opening;
        lock (_lock) (_isDisposed, opening) = (true, _opening);
        if (opening is not null) await client.CloseAsync(opening).ConfigureAwait(false);
    }

    /// <summary>Unless another call has done so.</summary>
    private void Abandon(Task<ConnectionMultiplexer> former)
    {
        lock (_lock)
        {
            if (_opening != former) return;
            _opening = null;
        }
        _ = client.CloseAsync(former);
    }
}
