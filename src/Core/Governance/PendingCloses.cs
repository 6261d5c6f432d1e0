using Microsoft.Extensions.Logging;
using Nano.State;

namespace Nano.Governance;

/// <summary>
/// Settlements and releases that the store did not accept. They are retried until it does; the operations are idempotent, so one that had
/// taken effect changes nothing. If the process ends first, the estimate is charged when the lease expires. Thread safe, bounded.
/// </summary>
internal sealed partial class PendingCloses(StateStore store, TimeProvider time, ILogger log)
{
    internal const int Capacity = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<Close> _settlements = new();
    private readonly Queue<Close> _releases = new();
    private bool _isRunning;

    public int Count
    {
        get { lock (_lock) return _settlements.Count + _releases.Count; }
    }

    /// <param name="settlement">Null for a release.</param>
    public void Add(Reservation reservation, Settlement? settlement, string outcome)
    {
        var dropped = default(Close);
        bool isRunning;
        lock (_lock)
        {
            // A release that is dropped returns nothing: the estimate is charged when the lease ends. An attempt that was served without the store has no lease, so
            // that only its settlement charges it.
            if (_settlements.Count + _releases.Count >= Capacity && !_releases.TryDequeue(out _))
            {
                if (settlement is null) return;
                dropped = _settlements.Dequeue();
            }
            (settlement is null ? _releases : _settlements).Enqueue(new Close(reservation, settlement, outcome));
            (isRunning, _isRunning) = (_isRunning, true);
        }
        if (!isRunning) _ = RunAsync();
        if (dropped.Settlement is { } lost) Log.Dropped(log, dropped.Reservation.Details.Request, Amount.UsdOf(lost.Actual.NanoUsd), Capacity);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(Pause, time).ConfigureAwait(false);
            while (true)
            {
                Close next;
                lock (_lock)
                {
                    if (!_settlements.TryPeek(out next) && !_releases.TryPeek(out next))
                    {
                        _isRunning = false;
                        return;
                    }
                }
                try
                {
                    if (next.Settlement is { } settlement) await store.Ledger.SettleAsync(next.Reservation, settlement, CancellationToken.None).ConfigureAwait(false);
                    else await store.Ledger.ReleaseAsync(next.Reservation, next.Outcome, CancellationToken.None).ConfigureAwait(false);
                }
                catch (StateUnavailableException)
                {
                    break;
                }
                lock (_lock)
                {
                    var queue = next.Settlement is null ? _releases : _settlements;
                    if (queue.TryPeek(out var first) && ReferenceEquals(first.Reservation, next.Reservation)) queue.Dequeue();
                }
            }
        }
    }

    private readonly record struct Close(Reservation Reservation, Settlement? Settlement, string Outcome);

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error,
            "The settlement of request {RequestId} ({Usd} USD) is dropped: {Capacity} later ones wait for the state store. If the request has a lease, its estimate is charged.")]
        public static partial void Dropped(ILogger logger, string requestId, decimal usd, int capacity);
    }
}
