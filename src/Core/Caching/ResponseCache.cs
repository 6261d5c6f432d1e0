using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Nano.State;
using Nano.State.Redis;

namespace Nano.Caching;

/// <summary>Sizes of the cache, and how long a request waits for a shared store.</summary>
/// <param name="MaxBytes">Bytes of all entries in memory.</param>
/// <param name="MaxEntryBytes">Bytes of one entry: a larger response is not cached.</param>
/// <param name="Timeout">The limit of one read of a shared store.</param>
internal sealed record CacheLimits(long MaxBytes, int MaxEntryBytes, TimeSpan Timeout);

/// <summary>
/// Complete responses by key, in memory and, if one is set, in a store that instances share. Created when it is first used, so that a gateway
/// without a cache loads none of it. A store that is down counts as a miss. Thread safe.
/// </summary>
internal sealed class ResponseCache
{
    /// <summary>Writes to a shared store that may be in progress; further ones are dropped.</summary>
    private const int MaxWrites = 64;

    /// <summary>How long an entry of a shared store stays in memory.</summary>
    private static readonly TimeSpan LocalLifetime = TimeSpan.FromMinutes(1);

    private static readonly HybridCacheEntryOptions Reading = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData, LocalCacheExpiration = LocalLifetime };

    private readonly CacheLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lazy<Parts> _parts;
    private readonly ConcurrentDictionary<string, CacheFlight> _flights = new(StringComparer.Ordinal);
    private int _writes;

    /// <param name="open">Opens the shared store; null for none.</param>
    /// <param name="state">Makes a purge take effect on other instances without a shared store; null for none.</param>
    public ResponseCache(Func<ICacheStore>? open, CacheLimits limits, TimeProvider time, StateStore? state = null)
    {
        (_limits, _time) = (limits, time);
        _parts = new Lazy<Parts>(() => new Parts(open is null ? null : new SecondLevel(open(), limits.Timeout, time), state, limits, time));
    }

    public int MaxEntryBytes => _limits.MaxEntryBytes;

    /// <summary>The shared store's name and its last failure; null when there is none, or while it has not been used.</summary>
    public (string Name, string? Problem)? Health => _parts is { IsValueCreated: true, Value.Second: { } second } ? (second.Name, second.Problem) : null;

    /// <summary>The shared store that a setting names.</summary>
    public static ResponseCache Of(CacheAddress address, CacheLimits limits, TimeProvider time, StateStore? state, bool onAzure = false) => new(
        address.Kind switch
        {
            CacheAddress.Redis => () => OpenRedis(address.Value, onAzure),
            CacheAddress.Blob => () => OpenBlobs(address.Value, onAzure),
            _ => null,
        }, limits, time, state);

    /// <summary>The epochs that make the entries of a scope unreachable when they change; null when the shared store fails, and nothing is cached.</summary>
    public async ValueTask<IReadOnlyCollection<string>?> FindEpochsAsync(CacheScope scope, CancellationToken cancellationToken)
    {
        try
        {
            return await _parts.Value.Epochs.FindAsync(scope, cancellationToken).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            return null;
        }
    }

    /// <summary>
    /// Null for a miss. Raises nothing. It continues when the caller leaves: a shared store has a time limit, and a cancelable look-up moves to
    /// another thread.
    /// </summary>
    public async ValueTask<CacheEntry?> FindAsync(string key)
    {
        var entry = await _parts.Value.Cache.GetOrCreateAsync(key, static _ => ValueTask.FromResult<CacheEntry>(null!), Reading, cancellationToken: CancellationToken.None)
            .ConfigureAwait(false);
        return entry is not null && entry.Key == key && entry.ExpiresAt > _time.GetUtcNow() ? entry : null;
    }

    /// <summary>Stores a response. This instance finds it as soon as the call returns; a shared store gets it in the background. Raises nothing.</summary>
    public void Store(CacheEntry entry)
    {
        var lifetime = entry.ExpiresAt - _time.GetUtcNow();
        if (lifetime <= TimeSpan.Zero || entry.Body.Length > _limits.MaxEntryBytes) return;
        var parts = _parts.Value;
        var isShared = parts.Second is not null;
        var local = new HybridCacheEntryOptions { Expiration = lifetime, LocalCacheExpiration = lifetime, Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite };
        // Completes at once: nothing but memory is written.
        _ = parts.Cache.SetAsync(entry.Key, entry, local).AsTask();
        if (isShared) _ = ShareAsync(parts.Cache, entry, lifetime);
    }

    /// <summary>Raises <see cref="StateUnavailableException"/> when the shared store fails.</summary>
    /// <param name="scope">A name of a scope (<see cref="CacheScope"/>).</param>
    public ValueTask PurgeAsync(string scope, CancellationToken cancellationToken) => _parts.Value.Epochs.RenewAsync(scope, cancellationToken);

    /// <summary>Of identical requests at the same time, the first one leads, and the others wait for its <see cref="CacheFlight.Landing"/>.</summary>
    /// <param name="flight">The leader's, who must call <see cref="CacheFlight.Land"/>.</param>
    /// <returns>True for the leader.</returns>
    public bool TryLead(string key, out CacheFlight flight)
    {
        var own = new CacheFlight(_flights, key);
        flight = _flights.GetOrAdd(key, own);
        return ReferenceEquals(flight, own);
    }

    private async Task ShareAsync(HybridCache cache, CacheEntry entry, TimeSpan lifetime)
    {
        if (Interlocked.Increment(ref _writes) <= MaxWrites)
        {
            try
            {
                await cache.SetAsync(entry.Key, entry, new HybridCacheEntryOptions { Expiration = lifetime, Flags = HybridCacheEntryFlags.DisableLocalCacheWrite })
                    .ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or IOException)
            {
                // Other instances get a miss.
            }
        }
        Interlocked.Decrement(ref _writes);
    }

    /// <summary>A separate method, so that the types it names are loaded only when it is called.</summary>
    private static RedisCacheStore OpenRedis(string configuration, bool onAzure) => new(new RedisClient(configuration, onAzure));

    /// <inheritdoc cref="OpenRedis"/>
    private static BlobCacheStore OpenBlobs(string address, bool onAzure) => new(address, onAzure);

    private sealed class Parts(SecondLevel? second, StateStore? state, CacheLimits limits, TimeProvider time)
    {
        public SecondLevel? Second => second;

        public CacheEpochs Epochs { get; } = new(second, state, time);

        public HybridCache Cache { get; } = Create(second, limits);

        private static HybridCache Create(SecondLevel? second, CacheLimits limits)
        {
            var services = new ServiceCollection();
            services.AddMemoryCache(options => options.SizeLimit = limits.MaxBytes);
            if (second is not null) services.AddSingleton<IDistributedCache>(second);
            // The fields of an entry add to the size of its body.
            services.AddHybridCache(options => options.MaximumPayloadBytes = limits.MaxEntryBytes + 16 * 1024).AddSerializer<CacheEntry, CacheEntrySerializer>();
            return services.BuildServiceProvider().GetRequiredService<HybridCache>();
        }
    }
}
