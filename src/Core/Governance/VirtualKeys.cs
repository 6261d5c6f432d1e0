using System.Collections.Concurrent;
using Nano.Errors;
using Nano.State;

namespace Nano.Governance;

/// <summary>
/// Authenticates callers by virtual keys. What the store returns is cached for 30 s on this instance, so a change of a key takes effect within 30 s;
/// while the store fails, the last result is used for up to 10 minutes. Keys that no gateway issued are refused without the store.
/// </summary>
internal sealed class VirtualKeys(StateStore store, TimeProvider time, ConfiguredPolicies? configured = null)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    internal const int Capacity = 4096;

    private static readonly TimeSpan StaleLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SecretPause = TimeSpan.FromSeconds(2);

    private static readonly GatewayError Unknown = Refused("invalid_api_key", "The virtual key is not one of this gateway, or was revoked.");
    private static readonly GatewayError Disabled = Refused("key_disabled", "The virtual key is disabled. Ask the administrator of the gateway.");
    private static readonly GatewayError Expired = Refused("key_expired", "The virtual key has expired. Ask the administrator of the gateway for a new one.");

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private volatile StoreSecret? _secret;
    private Task<StoreSecret?>? _readingSecret;
    private long _secretReadAt;
    private readonly Lock _lock = new();

    /// <summary>The store can contain virtual keys.</summary>
    public bool IsOn => store.IsConfigured;

    /// <summary>Completes synchronously for a key that was seen within the last 30 s. Raises nothing.</summary>
    /// <param name="key">A text for which <see cref="VirtualKey.LooksLikeKey"/> is true.</param>
    public ValueTask<(CallerPolicy? Policy, GatewayError? Refused)> CheckAsync(string key) =>
        _secret is { } secret && FindRecent(secret, key) is var (hash, found) ? new(Judge(found, hash)) : CheckInStoreAsync(key);

    private async ValueTask<(CallerPolicy? Policy, GatewayError? Refused)> CheckInStoreAsync(string key)
    {
        if (!store.IsConfigured || (_secret is null && !store.Exists)) return (null, Unknown);
        try
        {
            if ((_secret ?? await ReadSecretAsync(mayBeOld: false).ConfigureAwait(false)) is not { } secret) return (null, Unknown);
            if (!VirtualKey.IsGenuine(secret, key))
            {
                // The store may have been replaced: look it up again, at most every few seconds, however many keys arrive.
                if (await ReadSecretAsync(mayBeOld: true).ConfigureAwait(false) is not { } newer || !VirtualKey.IsGenuine(newer, key)) return (null, Unknown);
                secret = newer;
            }
            var hash = VirtualKey.HashOf(secret, key);
            return Judge(await FindAsync(hash).ConfigureAwait(false), hash);
        }
        catch (StateUnavailableException e)
        {
            return (null, Unavailable(e));
        }
    }

    /// <summary>Makes a change of this instance take effect at once; other instances see it within 30 s.</summary>
    public void Forget() => _known.Clear();

    /// <summary>A failing store does not show that a key is wrong: a 503, never a 401.</summary>
    internal static GatewayError Unavailable(StateUnavailableException e) =>
        new(GatewayErrorKind.Overloaded, 503, "The gateway's state store does not respond, so the virtual key cannot be checked now. Try again shortly.")
    {
        Code = "key_store_unavailable",
        RetryAfter = Seconds(e.RetryAfter),
    };

    internal static string Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The result for a key that was looked up within the last 30 s; null for none. Only genuine keys are looked up: their tags need not be checked again.</summary>
    private (string Hash, Found Found)? FindRecent(StoreSecret secret, string key)
    {
        Span<char> hash = stackalloc char[VirtualKey.HashLength];
        VirtualKey.WriteHash(secret, key, hash);
        if (!_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(hash, out var entry) || time.GetElapsedTime(entry.At) >= Lifetime) return null;
        return entry.Result is { Lookup.IsLost: false } found ? (entry.Hash, found) : null;
    }

    private async ValueTask<Found> FindAsync(string hash)
    {
        var now = time.GetTimestamp();
        if (!_known.TryGetValue(hash, out var entry) || time.GetElapsedTime(entry.At, now) >= Lifetime)
        {
            if (_known.Count >= Capacity) _known.Clear();
            // One look-up for all requests that wait for it.
            var fresh = new Entry(now, hash, new Lazy<Task<Found>>(() => ReadAsync(hash))) { Former = entry?.Latest };
            if (entry is null) entry = _known.GetOrAdd(hash, fresh);
            else entry = _known.TryUpdate(hash, fresh, entry) ? fresh : _known.GetValueOrDefault(hash, fresh);
        }
        var former = entry.Former;
        try
        {
            var found = entry.Result = await entry.Lookup.Value.ConfigureAwait(false);
            // An empty store that once had keys has lost them: the keys are not wrong.
            if (found.Lookup.IsLost && _secret is not null) throw new StateUnavailableException("The store is empty and has had keys.");
            entry.Former = null;
            return found;
        }
        catch (StateUnavailableException)
        {
            if (former is null || time.GetElapsedTime(former.At, now) >= StaleLifetime)
            {
                _known.TryRemove(KeyValuePair.Create(hash, entry));
                throw;
            }
            // Kept with its age; the next request asks the store again, which fails at once while it is down.
            _known.TryUpdate(hash, former, entry);
            return await former.Lookup.Value.ConfigureAwait(false);
        }
    }

    private async Task<Found> ReadAsync(string hash)
    {
        var lookup = await store.Keys.FindByHashAsync(hash, CancellationToken.None).ConfigureAwait(false);
        if (lookup.Key is not { } key) return new Found(lookup, null);
        if (key.Policy is null) return new Found(lookup, new CallerPolicy(key, lookup.Policies, null, configured));
        return new Found(lookup, configured?.Find(key.Policy) is { } named ? new CallerPolicy(key, lookup.Policies, named, configured) : null);
    }

    private (CallerPolicy?, GatewayError?) Judge(Found found, string hash)
    {
        if (found.Lookup.Key is not { } key) return (null, Unknown);
        var now = time.GetUtcNow();
        if (key.IsDisabled) return (null, Disabled);
        if (found.Policy is null) return (null, Refusals.NoPolicy(key.Policy!));
        if (found.Policy.ExpiresAt <= now || (key.Hash != hash && !key.Formers.Any(former => former.Hash == hash && former.Until > now))) return (null, Expired);
        return (found.Policy, null);
    }

    private Task<StoreSecret?> ReadSecretAsync(bool mayBeOld)
    {
        lock (_lock)
        {
            if (_readingSecret is { IsCompleted: false }) return _readingSecret;
            var isRecent = _readingSecret is { IsCompletedSuccessfully: true } && time.GetElapsedTime(_secretReadAt) < SecretPause;
            if (isRecent && (mayBeOld || _secret is null)) return _readingSecret!;
            _secretReadAt = time.GetTimestamp();
            return _readingSecret = ReadAsync();
        }

        async Task<StoreSecret?> ReadAsync() => await store.Keys.FindSecretAsync(CancellationToken.None).ConfigureAwait(false) is { } found ? _secret = found : null;
    }

    private static GatewayError Refused(string code, string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = code };

    /// <param name="Policy">Null if there is no key, or if the policy that the key names does not exist.</param>
    private sealed record Found(KeyLookup Lookup, CallerPolicy? Policy);

    private sealed class Entry(long at, string hash, Lazy<Task<Found>> lookup)
    {
        public long At => at;

        public string Hash => hash;

        public Lazy<Task<Found>> Lookup => lookup;

        /// <summary>The result of the look-up; null until a request has waited for it.</summary>
        public Found? Result { get; set; }

        /// <summary>The last result until the look-up has one, for all that wait for it; null for none.</summary>
        public Entry? Former { get; set; }

        /// <summary>The entry itself if its look-up has succeeded, else the one before it.</summary>
        public Entry? Latest => lookup is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? this : Former;
    }
}
