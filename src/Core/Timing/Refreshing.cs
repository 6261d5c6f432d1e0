namespace Nano.Timing;

/// <summary>
/// One external value that is kept in memory and read again when it is used. It starts no timer: an unused value is
/// not read.
/// <list type="bullet">
/// <item>There is at most one read at a time. It runs on the thread pool, outside the context of the request that started it, and
/// continues when that request ends.</item>
/// <item>A failed read keeps the previous value until that value ends. The next read follows after a pause that doubles with each
/// failure (<see cref="RefreshTimes"/>), or after the source's <c>Retry-After</c> where that is longer.</item>
/// <item>A refused value is read again ahead of time, at most once per <see cref="RefreshTimes.BetweenRereads"/>.</item>
/// </list>
/// Thread safe. Checking a value that is not due allocates nothing.
/// </summary>
/// <param name="read">Reads the value once. Its token is cancelled after <see cref="RefreshTimes.Read"/>.</param>
/// <param name="problem">Describes an exception of <paramref name="read"/> to the operator, without its text; a <see cref="TimeoutException"/> means the limit.</param>
/// <param name="onRead">Called after each read, in order, with the state before and after it.</param>
internal sealed class Refreshing<T>(
    Func<CancellationToken, Task<Reading<T>>> read, Func<Exception, string> problem, RefreshTimes times, TimeProvider time,
    Action<RefreshState<T>?, RefreshState<T>>? onRead = null)
{
    private readonly Lock _lock = new();
    private RefreshState<T>? _last;
    private Task<RefreshState<T>>? _running;
    private long? _rereadAt;

    /// <summary>The result of the last read; null before the first one completes.</summary>
    public RefreshState<T>? Last => Volatile.Read(ref _last);

    /// <summary>The read in progress; null when there is none.</summary>
    public Task<RefreshState<T>>? Running => Volatile.Read(ref _running);

    /// <summary>True when the next use must start a read.</summary>
    public bool IsDue(RefreshState<T> state) => time.GetTimestamp() >= state.DueAt || HasEnded(state);

    /// <summary>True when there is a value that has expired and must not be used.</summary>
    public bool HasEnded(RefreshState<T> state) => state.EndsAt is { } end && time.GetUtcNow() >= end;

    /// <summary>Starts a read, or joins the one in progress. The task never fails.</summary>
    public Task<RefreshState<T>> Start()
    {
        if (Running is { } running) return running;
        lock (_lock)
        {
            if (_running is not null) return _running;
            // The value belongs to all callers, so the read is not part of one request's trace.
            var isSuppressed = ExecutionContext.IsFlowSuppressed();
            if (!isSuppressed) ExecutionContext.SuppressFlow();
            try
            {
                return _running = Task.Run(ReadAsync);
            }
            finally
            {
                if (!isSuppressed) ExecutionContext.RestoreFlow();
            }
        }
    }

    /// <summary>Reads ahead of time because the value of <paramref name="refused"/> was refused, or joins the read in progress.</summary>
    /// <returns>Null when it is too early: after a failure, or right after another early read.</returns>
    public Task<RefreshState<T>>? Reread(RefreshState<T> refused)
    {
        lock (_lock)
        {
            if (_running is not null) return _running;
            if (refused.Failure is not null && !IsDue(refused)) return null;
            if (_rereadAt is { } last && time.GetElapsedTime(last) < times.BetweenRereads) return null;
            _rereadAt = time.GetTimestamp();
            return Start();
        }
    }

    /// <summary>Waits for a read. A caller that stops waiting does not stop the read.</summary>
    /// <returns>Null when the read takes longer than <paramref name="limit"/>.</returns>
    public async ValueTask<RefreshState<T>?> WaitAsync(Task<RefreshState<T>> running, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await running.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task<RefreshState<T>> ReadAsync()
    {
        Reading<T> reading;
        Exception? fault = null;
        using var limit = new CancellationTokenSource(times.Read, time);
        try
        {
            // Some sign-ins ignore the token: abandon the read anyway.
            reading = await read(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            fault = e is OperationCanceledException && limit.IsCancellationRequested ? new TimeoutException() : e;
            reading = Reading<T>.Failed(problem(fault));
        }
        lock (_lock)
        {
            var before = _last;
            var after = reading.Failure is null ? Found(reading) : Failed(before, reading, fault);
            Volatile.Write(ref _last, after);
            Volatile.Write(ref _running, null);
            onRead?.Invoke(before, after);
            return after;
        }
    }

    private RefreshState<T> Found(in Reading<T> reading) => new()
    {
        HasValue = true,
        Value = reading.Value,
        EndsAt = reading.EndsAt,
        LastSuccess = time.GetUtcNow(),
        // A value that is already due when it arrives would otherwise be read at every use.
        DueAt = time.TimestampAfter(reading.FreshFor > TimeSpan.Zero ? reading.FreshFor : times.Backoff),
    };

    private RefreshState<T> Failed(RefreshState<T>? before, in Reading<T> reading, Exception? fault)
    {
        var failures = (before?.Failures ?? 0) + 1;
        var pause = times.Pause(failures, reading.RetryAfter);
        var keeps = before is { HasValue: true } && !HasEnded(before);
        return new()
        {
            HasValue = keeps,
            Value = keeps ? before!.Value : default,
            EndsAt = keeps ? before!.EndsAt : null,
            Failure = reading.Failure,
            Fault = fault,
            Failures = failures,
            Pause = pause,
            FailingSince = before?.FailingSince ?? time.GetUtcNow(),
            LastSuccess = before?.LastSuccess,
            DueAt = time.TimestampAfter(pause),
        };
    }
}
