using Nano.Json;

namespace Nano.Upstream;

/// <summary>
/// Gives memory back to the operating system after large buffers were in use. The runtime frees them in a full collection, and a
/// process that has gone quiet allocates too little to start one. So once no large buffer was made for <see cref="Quiet"/>, one
/// collection is forced. Needs the heartbeat only until then. Thread safe.
/// </summary>
internal sealed class MemoryRelease : Heartbeat.Member
{
    /// <summary>Less than this is not worth a collection.</summary>
    internal const long Worthwhile = 8 * 1024 * 1024;

    private readonly Heartbeat _heartbeat;
    private readonly Func<long> _made;
    private readonly Action _collect;
    private readonly Lock _lock = new();
    private long _seen;
    private long _since;
    private bool _isWaiting;

    public MemoryRelease(Heartbeat heartbeat) : this(heartbeat, () => LargeBuffers.Made, Collect)
    {
    }

    /// <param name="made">Bytes of large buffers that were made since the last collection.</param>
    /// <param name="collect">Starts one.</param>
    internal MemoryRelease(Heartbeat heartbeat, Func<long> made, Action collect) => (_heartbeat, _made, _collect) = (heartbeat, made, collect);

    /// <summary>Time without a new large buffer after which memory is given back, in milliseconds.</summary>
    internal static TimeSpan Quiet { get; } = TimeSpan.FromSeconds(20);

    /// <summary>To be called at the end of every request: costs one read of a counter while no large buffers are made.</summary>
    public void AfterRequest()
    {
        var made = _made();
        if (made < Worthwhile || made == Volatile.Read(ref _seen)) return;
        lock (_lock)
        {
            Volatile.Write(ref _seen, made);
            Volatile.Write(ref _since, _heartbeat.Now);
            if (_isWaiting) return;
            _isWaiting = true;
        }
        _heartbeat.Add(this);
    }

    public override bool IsDue(long now) => now - Volatile.Read(ref _since) >= Quiet.TotalMilliseconds;

    public override void OnDue(long now)
    {
        lock (_lock)
        {
            if (!_isWaiting || !IsDue(now)) return;
            _isWaiting = false;
            _seen = 0;
        }
        _heartbeat.Remove(this);
        _collect();
    }

    private static void Collect()
    {
        LargeBuffers.Trim();
        // Aggressive: free memory is returned to the operating system at once.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
