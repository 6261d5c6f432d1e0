using Microsoft.AspNetCore.Http;

namespace Nano.Upstream;

/// <summary>
/// One request's cancellation: by its caller, who left, or by a time limit, and it knows which. Limits are idle limits:
/// each step sets its own anew, to the second.
/// </summary>
internal sealed class RequestClock : Heartbeat.Member, IDisposable
{
    private readonly Heartbeat _heartbeat;
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _caller;
    private long _deadline = long.MaxValue;
    private long _callerDeadline = long.MaxValue;
    private int _timedOut;

    public RequestClock(Heartbeat heartbeat, CancellationToken callerGone)
    {
        _heartbeat = heartbeat;
        CallerGone = callerGone;
        _caller = callerGone.UnsafeRegister(static self => ((RequestClock)self!)._source.Cancel(), this);
        heartbeat.Add(this);
    }

    /// <summary>Cancelled when the caller has left.</summary>
    public CancellationToken CallerGone { get; }

    /// <summary>Cancelled when the caller has left or a limit has passed.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>How long a write to <see cref="Caller"/> may wait.</summary>
    public TimeSpan CallerLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Aborted when a write waits longer than <see cref="CallerLimit"/>.</summary>
    public HttpContext? Caller { get; init; }

    /// <summary>The caller did not read and lost its connection.</summary>
    public bool CallerStalled { get; private set; }

    public bool TimedOut => Volatile.Read(ref _timedOut) != 0;

    /// <summary>From now on, the next step has <paramref name="limit"/>.</summary>
    public void Limit(TimeSpan limit) =>
        Volatile.Write(ref _deadline, limit == Timeout.InfiniteTimeSpan ? long.MaxValue : _heartbeat.Now + (long)limit.TotalMilliseconds);

    /// <summary>A write waits for the caller until <see cref="EndWrite"/>. The step's own limit is not affected.</summary>
    public void BeginWrite()
    {
        if (CallerLimit != Timeout.InfiniteTimeSpan) Volatile.Write(ref _callerDeadline, _heartbeat.Now + (long)CallerLimit.TotalMilliseconds);
    }

    public void EndWrite()
    {
        // Not while the caller is being aborted: the host uses its context for another request afterwards.
        lock (_source) Volatile.Write(ref _callerDeadline, long.MaxValue);
    }

    public override bool IsDue(long now) => now >= Volatile.Read(ref _deadline) || now >= Volatile.Read(ref _callerDeadline);

    public override void OnDue(long now)
    {
        if (now >= Volatile.Read(ref _callerDeadline)) AbortCaller(now);
        // The step may have ended while the beat was on its way.
        if (now < Volatile.Read(ref _deadline)) return;
        Volatile.Write(ref _deadline, long.MaxValue);
        Interlocked.Exchange(ref _timedOut, 1);
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request ended in this very moment.
        }
        catch (AggregateException)
        {
            // A callback of the token threw; the others were called all the same, and the step is cancelled.
        }
    }

    private void AbortCaller(long now)
    {
        lock (_source)
        {
            if (now < _callerDeadline) return;
            _callerDeadline = long.MaxValue;
            CallerStalled = true;
            Caller?.Abort();
        }
    }

    public void Dispose()
    {
        _heartbeat.Remove(this);
        _caller.Dispose();
        _source.Dispose();
    }
}
