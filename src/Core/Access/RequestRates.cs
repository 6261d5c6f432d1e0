namespace Nano.Access;

/// <summary>
/// Counts the requests of each token that has a limit per minute, in windows of a minute that begin with a request. Counts are
/// per instance. Thread safe, bounded.
/// </summary>
/// <remarks>
/// System.Threading.RateLimiting does not fit: 4 s into a window of 10 s, its fixed window gives a RetryAfter of 10 s, and its
/// sliding window none. It takes 292 B per idle token (here 74 B) and 120 B per request (here none), and no TimeProvider.
/// </remarks>
internal sealed class RequestRates(TimeProvider time)
{
    internal const int Capacity = 4096;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Since, int Count)> _windows = new(StringComparer.Ordinal);

    public int Count
    {
        get { lock (_lock) return _windows.Count; }
    }

    /// <summary>Null when the request is within the limit, and then it is counted; otherwise the time until the next one is.</summary>
    public TimeSpan? Take(string id, int limit)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var known = _windows.TryGetValue(id, out var window);
            if (known && time.GetElapsedTime(window.Since, now) is var passed && passed < Window)
            {
                if (window.Count >= limit) return Window - passed;
                _windows[id] = (window.Since, window.Count + 1);
                return null;
            }
            if (!known && _windows.Count >= Capacity) Forget(now);
            _windows[id] = (now, 1);
            return null;
        }
    }

    /// <summary>Takes back one request that <see cref="Take"/> counted and that was then not allowed.</summary>
    public void GiveBack(string id)
    {
        lock (_lock)
        {
            if (_windows.TryGetValue(id, out var window) && window.Count > 0) _windows[id] = (window.Since, window.Count - 1);
        }
    }

    /// <summary>Removes the windows that are over; if none is, the one that ends first. The limits of all other tokens stay exact.</summary>
    private void Forget(long now)
    {
        var oldest = (Id: "", Since: long.MaxValue);
        foreach (var (id, window) in _windows)
        {
            if (time.GetElapsedTime(window.Since, now) >= Window) _windows.Remove(id);
            else if (window.Since < oldest.Since) oldest = (id, window.Since);
        }
        if (_windows.Count >= Capacity) _windows.Remove(oldest.Id);
    }
}
