using Nano.State;

namespace Nano.Routing.Health;

/// <summary>
/// Cooldowns that instances share through the state store: a cooldown of this instance applies here at once and is written in the background;
/// those of others are read again before a plan is walked if they are older than <see cref="Lifetime"/>. While the store fails, the known ones
/// apply, and each instance is on its own. Thread safe.
/// </summary>
/// <param name="wait">How long requests wait for one read of the store.</param>
internal sealed class SharedCooldowns(StateStore store, TimeSpan wait, TimeProvider time) : ICooldowns
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    /// <summary>From this age on, a request starts a new read but does not wait for it.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan[] Pauses = [TimeSpan.Zero, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)];

    /// <summary>Names that may be written at once; a provider that fails for all of its models has many.</summary>
    private const int MaxWrites = 64;

    private readonly LocalCooldowns _own = new(time);
    private readonly Lock _lock = new();
    private volatile Dictionary<string, Cooldown> _shared = [];

    /// <summary>Written since the current read began, which may not see it.</summary>
    private readonly Dictionary<string, Cooldown> _written = new(StringComparer.Ordinal);

    /// <summary>What operators have set and ended (null) since then.</summary>
    private readonly Dictionary<string, Cooldown?> _decided = new(StringComparer.Ordinal);
    private Task? _reading;
    private long _beganAt;
    private long _readAt;
    private int _writes;

    public Cooldown Find(string name)
    {
        var own = _own.Find(name);
        return _shared.TryGetValue(name, out var shared) && shared.Until > own.Until && shared.IsActive(time.GetUtcNow()) ? shared : own;
    }

    public void Extend(string name, Cooldown cooldown)
    {
        _own.Extend(name, cooldown);
        if (store.IsShared) _ = WriteAsync(async () =>
        {
            await store.Times.ExtendAsync(Timed(name, cooldown), CancellationToken.None).ConfigureAwait(false);
            Share(name, cooldown);
            _own.Remove(name, cooldown);
        });
    }

    public async ValueTask<Cooldown> ClaimAsync(string name, Cooldown claim)
    {
        if (!store.IsShared) return default;
        try
        {
            var asked = store.Times.ClaimAsync(Timed(name, claim), time.GetUtcNow(), static known => known.Reason == ICooldowns.Done, CancellationToken.None).AsTask();
            return await asked.WaitAsync(wait, time).ConfigureAwait(false) is { } other ? Bounded(other, time.GetUtcNow()) : default;
        }
        catch (Exception e) when (e is StateUnavailableException or TimeoutException)
        {
            return default;
        }
    }

    public void EndClaim(string name, Cooldown claim, Cooldown? result)
    {
        _own.EndClaim(name, claim, null);
        if (store.IsShared) _ = WriteAsync(() => store.Times.EndClaimAsync(Timed(name, claim), result is { } told ? Timed(name, told) : null, CancellationToken.None).AsTask());
    }

    public async ValueTask<bool> SetAsync(string name, Cooldown? cooldown, CancellationToken cancellationToken)
    {
        if (!store.IsShared) return await _own.SetAsync(name, cooldown, cancellationToken).ConfigureAwait(false);
        try
        {
            if (cooldown is { } set) await store.Times.SetAsync(Timed(name, set), cancellationToken).ConfigureAwait(false);
            else await store.Times.RemoveAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            return false;
        }
        _own.Remove(name);
        Decide(name, cooldown);
        return true;
    }

    /// <summary>Cooldowns in the store do not belong to one instance: an operator may end them anywhere.</summary>
    private void Share(string name, Cooldown added)
    {
        lock (_lock)
        {
            if (_shared.TryGetValue(name, out var known) && known.Until >= added.Until) return;
            _shared = new Dictionary<string, Cooldown>(_shared, StringComparer.Ordinal) { [name] = added };
            if (_reading is { IsCompleted: false }) _written[name] = added;
        }
    }

    private void Decide(string name, Cooldown? cooldown)
    {
        lock (_lock)
        {
            var shared = new Dictionary<string, Cooldown>(_shared, StringComparer.Ordinal);
            Apply(shared, name, cooldown);
            _written.Remove(name);
            if (_reading is { IsCompleted: false }) _decided[name] = cooldown;
            _shared = shared;
        }
    }

    private static void Apply(Dictionary<string, Cooldown> cooldowns, string name, Cooldown? decision)
    {
        if (decision is { } set) cooldowns[name] = set;
        else cooldowns.Remove(name);
    }

    public ValueTask RefreshAsync()
    {
        var now = time.GetTimestamp();
        var age = Volatile.Read(ref _readAt) is > 0 and var readAt ? time.GetElapsedTime(readAt, now) : TimeSpan.MaxValue;
        if (age < Ahead) return default;
        if (!store.IsShared)
        {
            // Whether a database file exists by now is a call of the file system: not for every request.
            Volatile.Write(ref _readAt, now);
            return default;
        }
        Task reading;
        lock (_lock)
        {
            if (_reading is not { IsCompleted: false })
            {
                // A read that failed has not applied them; others may have decided since.
                _decided.Clear();
                (_reading, _beganAt) = (ReadAsync(), now);
            }
            reading = _reading;
        }
        var left = wait - time.GetElapsedTime(_beganAt, now);
        return age < Lifetime || left <= TimeSpan.Zero || reading.IsCompleted ? default : WaitAsync(reading, left);
    }

    private async ValueTask WaitAsync(Task reading, TimeSpan limit)
    {
        try
        {
            await reading.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store is slow: do not wait longer; the known values apply.
        }
    }

    private async Task ReadAsync()
    {
        var startedAt = time.GetTimestamp();
        try
        {
            var now = time.GetUtcNow();
            var read = new Dictionary<string, Cooldown>(StringComparer.Ordinal);
            foreach (var item in await store.Times.ListAsync(now, CancellationToken.None).ConfigureAwait(false)) read[item.Name] = Bounded(item, now);
            lock (_lock)
            {
                foreach (var (name, decision) in _decided) Apply(read, name, decision);
                foreach (var (name, written) in _written)
                    if (!read.TryGetValue(name, out var known) || known.Until < written.Until) read[name] = written;
                _written.Clear();
                _decided.Clear();
                _shared = read;
            }
        }
        catch (StateUnavailableException)
        {
            // The values from the last read still apply. The store's guard fails at once while it is down.
        }
        Volatile.Write(ref _readAt, startedAt == 0 ? 1 : startedAt);
    }

    private static SharedTime Timed(string name, Cooldown cooldown) => new(name, cooldown.Until, cooldown.Reason);

    /// <summary>An instance with a wrong clock keeps nothing out of use for longer than the longest <c>Retry-After</c>.</summary>
    private static Cooldown Bounded(SharedTime item, DateTimeOffset now)
    {
        var most = now + (item.Reason == ICooldowns.Drained ? ICooldowns.MaxDrain : FailureRules.MaxCooldown);
        return new Cooldown(item.Until < most ? item.Until : most, item.Reason);
    }

    private async Task WriteAsync(Func<Task> write)
    {
        if (Interlocked.Increment(ref _writes) <= MaxWrites)
        {
            foreach (var pause in Pauses)
            {
                try
                {
                    if (pause > TimeSpan.Zero) await Task.Delay(pause, time).ConfigureAwait(false);
                    await write().ConfigureAwait(false);
                    break;
                }
                catch (StateUnavailableException)
                {
                    // Retry: otherwise the other instances would keep sending requests that this one does not.
                }
            }
        }
        Interlocked.Decrement(ref _writes);
    }
}
