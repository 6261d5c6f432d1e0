using System.IO.Hashing;
using Nano.Chat;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Schemas of functions in Gemini's keywords, kept from one request to the next: an agent sends the same tools with every turn, and rewriting
/// their schemas costs more than the rest of its request. The result depends on the bytes of the schema alone, so requests of all callers
/// share it. A schema is kept from its second occurrence on. Thread safe.
/// </summary>
internal sealed class KnownSchemas
{
    /// <summary>Bytes kept at most, schemas and results together.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>A longer schema is rewritten each time.</summary>
    public const int MaxSchema = 32 * 1024;

    private const int Buckets = 1024, Ways = 4;

    /// <summary>More losses than this are not kept, since a report names only so many.</summary>
    private const int MaxLosses = 32;

    private readonly Entry?[] _entries = new Entry?[Buckets * Ways];
    private readonly ulong[] _seen = new ulong[Buckets * Ways];
    private readonly Lock _lock = new();

    // A caller cannot choose schemas that displace those of others.
    private readonly long _seed = Random.Shared.NextInt64();
    private long _bytes;
    private int _hand;

    public static KnownSchemas Shared { get; } = new();

    /// <summary>Bytes kept.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The result for exactly this schema; null for none.</summary>
    /// <param name="hash">For <see cref="IsRepeated"/> and <see cref="Add"/>.</param>
    public Entry? Find(ReadOnlySpan<byte> schema, out ulong hash)
    {
        hash = 0;
        if (schema.Length > MaxSchema) return null;
        hash = XxHash3.HashToUInt64(schema, _seed);
        var first = FirstOf(hash);
        for (var i = first; i < first + Ways; i++)
            if (Volatile.Read(ref _entries[i]) is { } entry && entry.Hash == hash && entry.Schema.AsSpan().SequenceEqual(schema)) return entry;
        return null;
    }

    /// <summary>Notes a schema that was not found. True when it was noted before, and its result is worth keeping.</summary>
    public bool IsRepeated(ReadOnlySpan<byte> schema, ulong hash)
    {
        if (schema.Length > MaxSchema) return false;
        var at = (int)(hash >> 32) & (Buckets * Ways - 1);
        if (Volatile.Read(ref _seen[at]) == hash) return true;
        Volatile.Write(ref _seen[at], hash);
        return false;
    }

    /// <param name="written">What the schema became.</param>
    /// <param name="losses">Of this schema alone.</param>
    /// <param name="opened">References that were written out.</param>
    public void Add(ReadOnlySpan<byte> schema, ulong hash, ReadOnlySpan<byte> written, LossReport losses, int opened)
    {
        if (written.Length > MaxBytes / 16 || losses.Count > MaxLosses) return;
        var entry = new Entry(hash, schema.ToArray(), written.ToArray(), [.. losses.Dropped], [.. losses.Emulated], opened);
        lock (_lock)
        {
            while (_bytes + entry.Size > MaxBytes) Put(_hand = (_hand + 1) % _entries.Length, null);
            var first = FirstOf(hash);
            var at = first + (int)(hash >> 62);
            for (var i = first; i < first + Ways; i++)
            {
                if (_entries[i] is { } other && (other.Hash != hash || !other.Schema.AsSpan().SequenceEqual(schema))) continue;
                // A free place, or another request was faster.
                at = i;
                break;
            }
            Put(at, entry);
        }
    }

    private void Put(int at, Entry? entry)
    {
        _bytes += (entry?.Size ?? 0) - (_entries[at]?.Size ?? 0);
        Volatile.Write(ref _entries[at], entry);
    }

    private static int FirstOf(ulong hash) => ((int)hash & (Buckets - 1)) * Ways;

    /// <summary>A schema and what became of it.</summary>
    public sealed record Entry(ulong Hash, byte[] Schema, byte[] Written, string[] Dropped, string[] Emulated, int Opened)
    {
        /// <summary>Bytes that the result is longer by.</summary>
        public long Growth => Math.Max(0, Written.Length - Schema.Length);

        /// <summary>Bytes in memory.</summary>
        public int Size { get; } = 256 + Schema.Length + Written.Length + Dropped.Sum(SizeOf) + Emulated.Sum(SizeOf);

        private static int SizeOf(string name) => 32 + name.Length * sizeof(char);
    }
}
