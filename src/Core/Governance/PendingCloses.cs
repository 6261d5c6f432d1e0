using Nano.State;

namespace Nano.Governance;

/// <summary>
/// Settlements and releases that the store did not accept. They are retried until it does; the operations are idempotent, so one that had
/// taken effect changes nothing. If the process ends first, the estimate is charged when the lease expires. Thread safe, bounded.
/// </summary>
internal sealed class PendingCloses(StateStore store, TimeProvider time)
{
    internal const int Capacity = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<(Reservation Reservation, Settlement? Settlement, string Outcome)> _waiting = new();
    private bool _isRunning;

    public int Count
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <param name="settlement">Null for a release.</param>
    public void Add(Reservation reservation, Settlement? settlement, string outcome)
    {
        lock (_lock)
        {
            // Drop the oldest: its lease ends first, and then its estimate is charged.
            if (_waiting.Count >= Capacity) _waiting.Dequeue();
            _waiting.Enqueue((reservation, settlement, outcome));
            if (_isRunning) return;
            _isRunning = true;
        }
        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(Pause, time).ConfigureAwait(false);
            while (true)
            {
                (Reservation Reservation, Settlement? Settlement, string Outcome) next;
                lock (_lock)
                {
                    if (!_waiting.TryPeek(out next))
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
                    if (_waiting.TryPeek(out var first) && ReferenceEquals(first.Reservation, next.Reservation)) _waiting.Dequeue();
                }
            }
        }
    }
}
