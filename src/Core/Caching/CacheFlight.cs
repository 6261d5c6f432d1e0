using System.Collections.Concurrent;

namespace Nano.Caching;

/// <summary>A request that identical ones wait for, so that only one of them is sent.</summary>
/// <param name="flights">All that are under way, by key.</param>
internal sealed class CacheFlight(ConcurrentDictionary<string, CacheFlight> flights, string key)
{
    private readonly TaskCompletionSource _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the response is stored, or will not be.</summary>
    public Task Landing => _landing.Task;

    /// <summary>Called by the leader; again without effect, even if the key has another leader by then.</summary>
    public void Land()
    {
        flights.TryRemove(new(key, this));
        _landing.TrySetResult();
    }
}
