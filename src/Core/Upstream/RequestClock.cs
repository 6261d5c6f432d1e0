using Nano.Errors;

namespace Nano.Upstream;

/// <summary>
/// One request's cancellation: because its caller left, a time limit passed, or the process stops; it records which.
/// Limits are idle limits: each step sets its own, to the second.
/// </summary>
internal sealed class RequestClock : Heartbeat.Member, IDisposable
{
    /// <summary>The code of a request whose caller closed the connection.</summary>
    public const string CallerLeft = "client_closed_request";

    private readonly Heartbeat _heartbeat;
    private CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _caller;
    private readonly Action? _abort;
    private readonly Lock _writing = new();
    private long _deadline = long.MaxValue;
    private long _callerDeadline = long.MaxValue;
    private long _drainDeadline = long.MaxValue;
    private long _drain;
    private int _timedOut;
    private bool _stopped;

    /// <param name="abort">
    /// Aborts the caller's connection: when a write waits longer than <see cref="CallerLimit"/>, or the process stops and the request does
    /// not end by its token.
    /// </param>
    public RequestClock(Heartbeat heartbeat, CancellationToken callerGone, Action? abort = null)
    {
        _abort = abort;
        _heartbeat = heartbeat;
        CallerGone = callerGone;
        _caller = callerGone.UnsafeRegister(static self => ((RequestClock)self!).OnCallerGone(), this);
        heartbeat.Add(this);
        if (heartbeat.HasStopped) OnStop(abort: false);
    }

    /// <summary>Cancelled when the caller has left.</summary>
    public CancellationToken CallerGone { get; }

    /// <summary>Cancelled when the caller has left, a limit has passed, or the process stops.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>A limit has passed, including the limit of a process that stops.</summary>
    public bool TimedOut => Volatile.Read(ref _timedOut) != 0;

    /// <summary>The process stops, and the request's time has ended because of that.</summary>
    public bool Stopped => Volatile.Read(ref _stopped);

    /// <summary>How long a write may wait for a caller that does not read.</summary>
    public TimeSpan CallerLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The caller did not read and lost its connection.</summary>
    public bool CallerStalled { get; private set; }

    /// <summary>The code of what ended the request, other than its time limits and its provider; null while nothing has.</summary>
    public string? EndedBy => Stopped ? GatewayError.CutOff.Code : CallerStalled ? "client_not_reading" : CallerGone.IsCancellationRequested ? CallerLeft : null;

    /// <summary>The caller has left, and the token is not cancelled for that yet.</summary>
    public bool IsDraining => Volatile.Read(ref _drainDeadline) != long.MaxValue;

    /// <summary>A caller who leaves from now on does not cancel the token before <paramref name="drain"/> is over.</summary>
    public void BeginDrain(TimeSpan drain) => Volatile.Write(ref _drain, (long)drain.TotalMilliseconds);

    /// <summary>A caller who has left cancels the token again, at once if it has happened.</summary>
    public void EndDrain()
    {
        if (Interlocked.Exchange(ref _drain, 0) == 0) return;
        Volatile.Write(ref _drainDeadline, long.MaxValue);
        if (CallerGone.IsCancellationRequested) _source.Cancel();
    }

    /// <summary>
    /// For another attempt after one whose limit has passed: a token that is not cancelled. Not called while anything waits for the previous
    /// one; has no effect when the caller has left or the process stops.
    /// </summary>
    public void Restart()
    {
        if (!TimedOut || Stopped || CallerGone.IsCancellationRequested) return;
        var former = _source;
        _source = new CancellationTokenSource();
        Interlocked.Exchange(ref _timedOut, 0);
        former.Dispose();
        // The caller may have left, or the stop begun, in between; both cancel the source that they find.
        if (CallerGone.IsCancellationRequested) _source.Cancel();
        else if (Stopped) TimeOut();
    }

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
        lock (_writing) Volatile.Write(ref _callerDeadline, long.MaxValue);
    }

    public override bool IsDue(long now) =>
        now >= Volatile.Read(ref _deadline) || now >= Volatile.Read(ref _callerDeadline) || now >= Volatile.Read(ref _drainDeadline);

    public override void OnDue(long now)
    {
        if (now >= Volatile.Read(ref _callerDeadline)) AbortCaller(now);
        // The step may have ended while the beat was starting.
        if (now >= Volatile.Read(ref _deadline) || now >= Volatile.Read(ref _drainDeadline)) TimeOut();
    }

    public override void OnStop(bool abort)
    {
        Volatile.Write(ref _stopped, true);
        if (abort) _abort?.Invoke();
        else TimeOut();
    }

    private void OnCallerGone()
    {
        var drain = Volatile.Read(ref _drain);
        if (drain == 0) _source.Cancel();
        else
        {
            Volatile.Write(ref _drainDeadline, _heartbeat.Now + drain);
            // The drain may have ended in between, before it saw that the caller has left.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _drain) == 0) _source.Cancel();
        }
    }

    private void AbortCaller(long now)
    {
        lock (_writing)
        {
            if (now < _callerDeadline) return;
            _callerDeadline = long.MaxValue;
            CallerStalled = true;
            _abort?.Invoke();
        }
    }

    private void TimeOut()
    {
        Volatile.Write(ref _deadline, long.MaxValue);
        Volatile.Write(ref _drainDeadline, long.MaxValue);
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
            // A callback of the token threw; the others were called nevertheless, and the step is cancelled.
        }
    }

    public void Dispose()
    {
        _heartbeat.Remove(this);
        _caller.Dispose();
        _source.Dispose();
    }
}
