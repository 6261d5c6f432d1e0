using Nano.Providers;

namespace Nano.Panel;

/// <summary>
/// The last check of each provider, kept for a short while, and never two checks of one provider at once: who asks
/// meanwhile waits for the same. Checks of different providers do not wait for each other. Thread safe.
/// </summary>
internal sealed class StatusBoard(Func<Provider, Task<ProviderStatus>> check, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <param name="fresh">Checks anew, also when a check is at hand; one that is under way is fresh.</param>
    /// <returns>The status, and whether it comes from an earlier check.</returns>
    public async ValueTask<(ProviderStatus Status, bool Cached)> GetAsync(Provider provider, bool fresh, CancellationToken cancellationToken)
    {
        Task<ProviderStatus> running;
        var cached = false;
        lock (_lock)
        {
            if (_entries.TryGetValue(provider.Id, out var entry) && (!entry.Running.IsCompleted || (!fresh && IsGood(entry))))
            {
                running = entry.Running;
                cached = running.IsCompleted;
            }
            else
            {
                // On a thread of the pool: nothing of a check runs under the lock or on the asker's time.
                running = Task.Run(() => check(provider), CancellationToken.None);
                _entries[provider.Id] = new Entry(running, time.GetTimestamp());
            }
        }
        return (await running.WaitAsync(cancellationToken).ConfigureAwait(false), cached);
    }

    private bool IsGood(Entry entry) => entry.Running.IsCompletedSuccessfully && time.GetElapsedTime(entry.Since) < Kept;

    private sealed record Entry(Task<ProviderStatus> Running, long Since);
}
