
namespace Nano.Upstream;

/// <summary>
/// The shutdown of the process:
/// <list type="number">
/// <item>from the stop signal on, new requests are refused and open requests continue;</item>
/// <item>shortly before the time limit, the requests that are still open are cut off, so that their callers get an error and their usage is recorded;</item>
/// <item>the connections of callers that do not read their error are aborted.</item>
/// </list>
/// It ends as soon as no request is open. A request costs two interlocked operations and no allocation.
/// </summary>
internal sealed class Drain(Heartbeat heartbeat, TimeProvider time)
{
    /// <summary>The most time that is reserved for steps 2 and 3.</summary>
    private static readonly TimeSpan MaxReserve = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private int _begun;

    /// <summary>The stop signal was received.</summary>
    public bool HasBegun => Volatile.Read(ref _begun) != 0;

    /// <summary>Requests that were admitted and have not left.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Admits a request, which must leave when its usage is recorded; false after the stop signal.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _open);
        if (!HasBegun) return true;
        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0 && HasBegun) _idle.TrySetResult();
    }

    /// <summary>From here on, no request is admitted.</summary>
    public void Begin()
    {
        Interlocked.Exchange(ref _begun, 1);
        if (Open == 0) _idle.TrySetResult();
    }

    /// <summary>Cuts off open requests at once, without waiting for the time limit of <see cref="RunAsync"/>.</summary>
    public void Hurry() => _hurry.TrySetResult();

    /// <summary>Runs all steps within <paramref name="limit"/>, and raises nothing.</summary>
    public async Task RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Begin();
        var reserve = Reserve(limit);
        if (await IsIdleAsync(limit - reserve, _hurry.Task, cancellationToken)) return;
        heartbeat.Stop(abort: false);
        if (await IsIdleAsync(reserve * 0.75, null, cancellationToken)) return;
        heartbeat.Stop(abort: true);
        await IsIdleAsync(reserve * 0.25, null, cancellationToken);
    }

    /// <summary>Waits until no request is open.</summary>
    /// <returns>False when the limit has passed first.</returns>
    public Task<bool> IsIdleAsync(TimeSpan limit, CancellationToken cancellationToken) => IsIdleAsync(limit, null, cancellationToken);

    /// <summary>The part of the time that is reserved for sending errors to the callers that are cut off.</summary>
    internal static TimeSpan Reserve(TimeSpan limit) => limit / 2 < MaxReserve ? limit / 2 : MaxReserve;

    private async Task<bool> IsIdleAsync(TimeSpan limit, Task? end, CancellationToken cancellationToken)
    {
        if (_idle.Task.IsCompleted) return true;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(limit, time, waiting.Token);
        await (end is null ? Task.WhenAny(_idle.Task, delay) : Task.WhenAny(_idle.Task, delay, end));
        await waiting.CancelAsync();
        return _idle.Task.IsCompleted;
    }
}
