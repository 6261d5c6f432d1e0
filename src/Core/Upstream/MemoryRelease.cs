using Nano.Json;

namespace Nano.Upstream;

/// <summary>
/// Returns memory to the operating system after large buffers were in use. The runtime frees them in a full collection, and an
/// idle process allocates too little to start one. So once no large buffer was created for a while, a collection is forced,
/// and a few more for buffers that were still in use then. Needs the heartbeat only until then. Thread safe.
/// </summary>
internal sealed class MemoryRelease : Heartbeat.Member
{
    /// <summary>A smaller amount is not worth a collection.</summary>
    internal const long Worthwhile = 8 * 1024 * 1024;

    /// <summary>Milliseconds without a new large buffer before the first collection.</summary>
    internal const long Quiet = 15_000;

    /// <summary>
    /// Milliseconds from each collection to the next. An idle connection to a provider keeps the last buffer that it read into, until the
    /// handler checks it, every quarter of <c>PooledConnectionIdleTimeout</c> (<see cref="UpstreamClient"/>). The web
    /// server releases the blocks of its pool gradually, and a busy machine does both late.
    /// </summary>
    internal static readonly long[] Pauses = [33_000, 120_000, 300_000];

    private readonly Heartbeat _heartbeat;
    private readonly Func<long> _made;
    private readonly Action _collect;
    private readonly Lock _lock = new();
    private long _seen;
    private long _due;
    private bool _isWaiting;
    private int _collections;

    public MemoryRelease(Heartbeat heartbeat) : this(heartbeat, static () => LargeBuffers.Made, Collect)
    {
    }

    /// <param name="made">Bytes of large buffers that were created since the last collection.</param>
    /// <param name="collect">Starts a collection.</param>
    internal MemoryRelease(Heartbeat heartbeat, Func<long> made, Action collect) => (_heartbeat, _made, _collect) = (heartbeat, made, collect);

    /// <summary>Called at the end of every request: costs one read of a counter while no large buffers are created.</summary>
    public void AfterRequest()
    {
        var made = _made();
        if (made < Worthwhile || made == Volatile.Read(ref _seen)) return;
        lock (_lock)
        {
            Volatile.Write(ref _seen, made);
            Volatile.Write(ref _due, _heartbeat.Now + Quiet);
            _collections = 0;
            if (_isWaiting) return;
            _isWaiting = true;
            _heartbeat.Add(this);
        }
    }

    public override bool IsDue(long now) => now >= Volatile.Read(ref _due);

    public override void OnDue(long now)
    {
        lock (_lock)
        {
            // A request may have postponed it while the beat was starting.
            if (!_isWaiting || !IsDue(now)) return;
            _seen = 0;
            if (_collections == Pauses.Length)
            {
                _isWaiting = false;
                _heartbeat.Remove(this);
            }
            else Volatile.Write(ref _due, now + Pauses[_collections++]);
        }
        _collect();
    }

    private static void Collect()
    {
        LargeBuffers.Trim();
        // Aggressive: free memory is returned to the operating system at once.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
