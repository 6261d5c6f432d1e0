using Nano.Telemetry;

namespace Nano.Pipeline;

/// <summary>
/// Observes a committed response while it is sent to the caller (a cache, a guard, a ledger). Called on the thread that relays, with borrowed
/// bytes: an observer copies what it keeps. Without one, nothing is copied or called.
/// </summary>
internal interface IResponseObserver
{
    /// <summary>Bytes that are about to be sent to the caller: whole events of a stream (as SSE, whatever the caller's framing), or the whole body.</summary>
    /// <param name="isLast">The response is complete with these bytes, and successful. There may be no bytes left then.</param>
    void OnSending(ReadOnlyMemory<byte> bytes, bool isStream, bool isLast);

    /// <summary>What it observes may be sent to other callers: it must not contain what concerns one of them only.</summary>
    bool IsForOthers => false;

    /// <summary>The exchange is over. Called once, even when nothing was sent.</summary>
    void OnEnd(UsageRecord record);
}

/// <summary>Two observers of one response.</summary>
internal sealed class ObserverPair(IResponseObserver first, IResponseObserver second) : IResponseObserver
{
    public bool IsForOthers => first.IsForOthers || second.IsForOthers;

    public void OnSending(ReadOnlyMemory<byte> bytes, bool isStream, bool isLast)
    {
        first.OnSending(bytes, isStream, isLast);
        second.OnSending(bytes, isStream, isLast);
    }

    public void OnEnd(UsageRecord record)
    {
        first.OnEnd(record);
        second.OnEnd(record);
    }
}
