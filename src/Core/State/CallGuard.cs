namespace Nano.State;

/// <summary>
/// Limits how long requests wait for a store. A call that takes longer fails with an unknown outcome; after several failures in a row, calls
/// fail at once for a second, or for as long as the store has asked for, and then one call at a time tries the store again. Thread safe.
/// </summary>
/// <param name="name">The store's name, for messages.</param>
/// <param name="limit">The time limit of one call.</param>
/// <param name="firstLimit">The time limit until the first success: connecting and signing in take longer.</param>
/// <param name="report">Receives the problem when calls begin to fail at once, and every few minutes while they do; null when the store works again.</param>
internal sealed class CallGuard(string name, TimeSpan limit, TimeSpan firstLimit, TimeProvider time, Action<string?>? report = null)
{
    internal const int FailuresToOpen = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A store that throttles may name a longer pause.</summary>
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    /// <summary>Shorter than the window of an alert (infra/modules/alerts.bicep), so that the alert lasts as long as the problem.</summary>
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private int _failures;
    private long? _reportedAt;
    private bool _hasServed;
    private long _openedAt;
    private TimeSpan _pause = Pause;
    private bool _isProbing;
    private string? _problem;

    /// <summary>The last failure; null when the last call succeeded.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Raises <see cref="StateUnavailableException"/> when the call fails, takes too long, or is not made.</summary>
    /// <param name="run">Makes the call; its token is cancelled when no request waits for it any more.</param>
    /// <param name="own">The limit of this call; null for the guard's limit.</param>
    public async ValueTask<T> CallAsync<TCall, T>(TCall call, Func<TCall, CancellationToken, ValueTask<T>> run, CancellationToken cancellationToken, TimeSpan? own = null)
    {
        var isProbe = Enter();
        var wait = own ?? (Volatile.Read(ref _hasServed) ? limit : firstLimit);
        var stop = new CancellationTokenSource();
        var isAbandoned = false;
        try
        {
            var pending = run(call, stop.Token);
            T result;
            if (pending.IsCompletedSuccessfully) result = pending.GetAwaiter().GetResult();
            else
            {
                var task = pending.AsTask();
                try
                {
                    result = await task.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    isAbandoned = !task.IsCompleted;
                    if (isAbandoned) Abandon(task, stop);
                }
            }
            Succeed();
            return result;
        }
        catch (TimeoutException e)
        {
            throw Fail($"{name} has not responded for {wait.TotalMilliseconds:0} ms.", e);
        }
        catch (StateUnavailableException e)
        {
            throw Fail(e.Message, e);
        }
        catch (Exception e) when (e is not OperationCanceledException and not ArgumentException)
        {
            throw Fail($"{name}: {e.Message}", e);
        }
        finally
        {
            if (isProbe) lock (_lock) _isProbing = false;
            if (!isAbandoned) stop.Dispose();
        }
    }

    /// <summary>The call may still take effect; its result is ignored.</summary>
    private static void Abandon(Task task, CancellationTokenSource stop)
    {
        stop.Cancel();
        _ = task.ContinueWith(static (ended, source) =>
        {
            _ = ended.Exception;
            ((CancellationTokenSource)source!).Dispose();
        }, stop, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Raises while no calls are made to the store.</summary>
    /// <returns>Whether this is the one call that tries the store.</returns>
    private bool Enter()
    {
        lock (_lock)
        {
            if (_failures < FailuresToOpen) return false;
            var passed = time.GetElapsedTime(_openedAt);
            if (passed < _pause || _isProbing)
                throw new StateUnavailableException(_problem ?? $"{name} fails.") { RetryAfter = passed < _pause ? _pause - passed : Pause, IsUncommitted = true };
            return _isProbing = true;
        }
    }

    private void Succeed()
    {
        if (Volatile.Read(ref _failures) == 0 && Volatile.Read(ref _hasServed)) return;
        bool wasReported;
        lock (_lock)
        {
            _hasServed = true;
            _failures = 0;
            _problem = null;
            wasReported = _reportedAt is not null;
            _reportedAt = null;
        }
        if (wasReported) report?.Invoke(null);
    }

    private StateUnavailableException Fail(string message, Exception inner)
    {
        var after = inner is StateUnavailableException known ? known.RetryAfter : Pause;
        var isDue = false;
        lock (_lock)
        {
            _failures = Math.Min(_failures + 1, FailuresToOpen);
            _openedAt = time.GetTimestamp();
            _pause = after < Pause ? Pause : after > MaxPause ? MaxPause : after;
            _problem = message;
            if (_failures == FailuresToOpen && (_reportedAt is not { } at || time.GetElapsedTime(at) >= ReportEvery)) (isDue, _reportedAt) = (true, time.GetTimestamp());
        }
        if (isDue) report?.Invoke(message);
        return new StateUnavailableException(message, inner) { RetryAfter = after };
    }
}
