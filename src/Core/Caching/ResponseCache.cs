using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Nano.State;

namespace Nano.Caching;

/// <summary>How much is kept, and how long a request waits for a shared store.</summary>
/// <param name="MaxBytes">Of all entries in memory.</param>
/// <param name="MaxEntryBytes">Of one entry: a larger response is not cached.</param>
/// <param name="Timeout">Of one read of a shared store.</param>
internal sealed record CacheLimits(long MaxBytes, int MaxEntryBytes, TimeSpan Timeout);

/// <summary>
/// Complete responses by key, in memory and, where one is set, in a store that instances share. Made when it is first used, so that a gateway
/// without a cache loads none of it. A store that is down is a miss. Thread safe.
/// </summary>
internal sealed class ResponseCache
{
    /// <summary>Writes to a shared store that may be under way; more are left out.</summary>
    private const int MaxWrites = 64;

    /// <summary>How long an entry of a shared store stays in memory.</summary>
    private static readonly TimeSpan LocalLifetime = TimeSpan.FromMinutes(1);

    private static readonly HybridCacheEntryOptions Reading = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData, LocalCacheExpiration = LocalLifetime };

    private readonly CacheLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lazy<Parts> _parts;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _flights = new(StringComparer.Ordinal);
    private int _writes;

    /// <param name="open">Makes the shared store; null for none.</param>
    public ResponseCache(Func<ICacheStore>? open, CacheLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
        _parts = new Lazy<Parts>(() => new Parts(open is null ? null : new SecondLevel(open(), limits.Timeout, time), limits, time));
    }

    public int MaxEntryBytes => _limits.MaxEntryBytes;

    /// <summary>The shared store's name and what failed last; null when there is none, or while nothing has used it.</summary>
    public (string Name, string? Problem)? Health => _parts is { IsValueCreated: true, Value.Second: { } second } ? (second.Name, second.Problem) : null;

    /// <summary>The shared store that a setting names.</summary>
    public static ResponseCache Of(CacheAddress address, CacheLimits limits, TimeProvider time, bool onAzure = false) => new(
        address.Kind switch
        {
            CacheAddress.Redis => () => OpenRedis(address.Value),
            CacheAddress.Blob => () => OpenBlobs(address.Value, onAzure),
            _ => null,
        }, limits, time);

    /// <summary>What makes the entries of a scope unreachable when it changes; null when the shared store does not tell, and nothing is cached.</summary>
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
    /// Null for a miss. Raises nothing. It does not stop when the caller leaves: a shared store has a limit, and a look-up that may stop moves to
    /// another thread.
    /// </summary>
    public async ValueTask<CacheEntry?> FindAsync(string key)
    {
        var entry = await _parts.Value.Cache.GetOrCreateAsync(key, static _ => ValueTask.FromResult<CacheEntry>(null!), Reading, cancellationToken: CancellationToken.None)
            .ConfigureAwait(false);
        return entry is not null && entry.Key == key && entry.ExpiresAt > _time.GetUtcNow() ? entry : null;
    }

    /// <summary>Keeps a response. When it returns, this instance finds it; a shared store gets it in the background. Raises nothing.</summary>
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

    /// <summary>Raises <see cref="StateUnavailableException"/> when the shared store does not do it.</summary>
    /// <param name="scope">A name of a scope (<see cref="CacheScope"/>).</param>
    public ValueTask PurgeAsync(string scope, CancellationToken cancellationToken) => _parts.Value.Epochs.RenewAsync(scope, cancellationToken);

    /// <summary>
    /// Of identical requests at the same time, the first one leads, and must call <see cref="Land"/>; the others get what they may wait for.
    /// </summary>
    public bool TryLead(string key, [NotNullWhen(false)] out Task? landing)
    {
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _flights.GetOrAdd(key, own);
        landing = ReferenceEquals(first, own) ? null : first.Task;
        return landing is null;
    }

    /// <summary>The leader's response is stored, or will not be.</summary>
    public void Land(string key)
    {
        if (_flights.TryRemove(key, out var flight)) flight.TrySetResult();
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
                // The other instances miss it.
            }
        }
        Interlocked.Decrement(ref _writes);
    }

    /// <summary>A method of its own: what it names is loaded when it is first called.</summary>
    private static RedisCacheStore OpenRedis(string configuration) => new(configuration);

    /// <inheritdoc cref="OpenRedis"/>
    private static BlobCacheStore OpenBlobs(string address, bool onAzure) => new(address, onAzure);

    private sealed class Parts(SecondLevel? second, CacheLimits limits, TimeProvider time)
    {
        public SecondLevel? Second => second;

        public CacheEpochs Epochs { get; } = new(second, time);

        public HybridCache Cache { get; } = Create(second, limits);

        private static HybridCache Create(SecondLevel? second, CacheLimits limits)
        {
            var services = new ServiceCollection();
            services.AddMemoryCache(options => options.SizeLimit = limits.MaxBytes);
            if (second is not null) services.AddSingleton<IDistributedCache>(second);
            // The fields of an entry come on top of its body.
            services.AddHybridCache(options => options.MaximumPayloadBytes = limits.MaxEntryBytes + 16 * 1024).AddSerializer<CacheEntry, CacheEntrySerializer>();
            return services.BuildServiceProvider().GetRequiredService<HybridCache>();
        }
    }
}
