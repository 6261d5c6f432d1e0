using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nano.Access;

/// <summary>
/// Callers by the hash of their token, for a minute at most and never past the token's end, so that a token costs its
/// check once and not per request. Bounded; only valid tokens are added. Thread safe.
/// </summary>
internal sealed class RememberedCallers
{
    internal const int Capacity = 1024;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Key, Entry> _entries = new();
    private int _count;

    public int Count => _entries.Count;

    public Caller? Find(string token, DateTimeOffset now)
    {
        var key = KeyOf(token);
        if (!_entries.TryGetValue(key, out var entry)) return null;
        if (now < entry.Until) return entry.Caller;
        if (_entries.TryRemove(key, out _)) Interlocked.Decrement(ref _count);
        return null;
    }

    public void Add(string token, Caller caller, DateTimeOffset now)
    {
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            _entries.Clear();
            Volatile.Write(ref _count, 1);
        }
        var until = now + Lifetime;
        if (caller.ExpiresAt < until) until = caller.ExpiresAt.Value;
        if (!_entries.TryAdd(KeyOf(token), new Entry(caller, until))) Interlocked.Decrement(ref _count);
    }

    private static Key KeyOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
        return MemoryMarshal.Read<Key>(hash);
    }

    private readonly record struct Key(UInt128 First, UInt128 Second);

    private sealed record Entry(Caller Caller, DateTimeOffset Until);
}
