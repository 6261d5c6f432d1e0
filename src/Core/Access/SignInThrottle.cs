namespace Nano.Access;

/// <summary>
/// Slows down clients that guess keys at the sign-in. The first few failures are free; then each one doubles the wait. Per instance.
/// Thread safe, bounded.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time)
{
    internal const int Capacity = 4096;
    internal const int FreeFailures = 5;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>Longer than the longest wait.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<SignInParty, (int Failures, long Last)> _failures = [];

    public int Count
    {
        get { lock (_lock) return _failures.Count; }
    }

    /// <summary>How long this party has to wait before its next attempt is checked; null when it need not.</summary>
    public TimeSpan? Wait(SignInParty party)
    {
        lock (_lock)
        {
            if (!_failures.TryGetValue(party, out var known) || known.Failures < FreeFailures) return null;
            var left = WaitAfter(known.Failures) - time.GetElapsedTime(known.Last);
            return left > TimeSpan.Zero ? left : null;
        }
    }

    public void Fail(SignInParty party)
    {
        lock (_lock)
        {
            var known = _failures.TryGetValue(party, out var before);
            if (!known && _failures.Count >= Capacity) Forget();
            var count = known && time.GetElapsedTime(before.Last) < Forgotten ? before.Failures + 1 : 1;
            _failures[party] = (count, time.GetTimestamp());
        }
    }

    public void Succeed(SignInParty party)
    {
        lock (_lock) _failures.Remove(party);
    }

    private static TimeSpan WaitAfter(int failures)
    {
        var doublings = failures - FreeFailures;
        return doublings >= 10 || FirstWait * (1 << doublings) > LongestWait ? LongestWait : FirstWait * (1 << doublings);
    }

    /// <summary>Removes parties whose failures have expired; if that frees no space, the one that failed longest ago.</summary>
    private void Forget()
    {
        var oldest = (Party: default(SignInParty), Last: long.MaxValue);
        foreach (var (party, (_, last)) in _failures)
        {
            if (time.GetElapsedTime(last) >= Forgotten) _failures.Remove(party);
            else if (last < oldest.Last) oldest = (party, last);
        }
        if (_failures.Count >= Capacity) _failures.Remove(oldest.Party);
    }
}
