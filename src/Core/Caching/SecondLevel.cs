using Microsoft.Extensions.Caching.Distributed;
using Nano.State;

namespace Nano.Caching;

/// <summary>
/// A shared store as the second level of <c>HybridCache</c>: with a short time limit and a breaker, so that a store that is slow or down is a
/// miss and costs no request more than the limit. Writes run in the background and have a longer limit. Raises nothing but cancellation.
/// </summary>
internal sealed class SecondLevel(ICacheStore store, TimeSpan limit, TimeProvider time) : IDistributedCache
{
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    private readonly CallGuard _guard = new(store.Name, limit, limit, time);

    public string Name => store.Name;

    /// <summary>The last failure; null when the last call succeeded.</summary>
    public string? Problem => _guard.Problem;

    /// <summary>Raises <see cref="StateUnavailableException"/>.</summary>
    public ValueTask<byte[]> ReadOrCreateAsync(string name, byte[] value, CancellationToken cancellationToken) =>
        _guard.CallAsync((store, name, value), static (call, token) => call.store.ReadOrCreateAsync(call.name, call.value, token), cancellationToken);

    /// <inheritdoc cref="ReadOrCreateAsync"/>
    public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken) =>
        await _guard.CallAsync((store, name, value, lifetime), static async (call, token) =>
        {
            await call.store.WriteAsync(call.name, call.value, call.lifetime, token).ConfigureAwait(false);
            return true;
        }, cancellationToken, limit > WriteLimit ? limit : WriteLimit).ConfigureAwait(false);

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        try
        {
            return await _guard.CallAsync((store, key), static (call, stop) => call.store.ReadAsync(call.key, stop), token).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            return null;
        }
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        try
        {
            await WriteAsync(key, value, options.AbsoluteExpirationRelativeToNow, token).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // The next request is a miss.
        }
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public Task RemoveAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public byte[]? Get(string key) => throw new NotSupportedException();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public void Refresh(string key) => throw new NotSupportedException();

    public void Remove(string key) => throw new NotSupportedException();
}
