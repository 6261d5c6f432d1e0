using System.Collections.Concurrent;

namespace Nano.Routing.Health;

/// <summary>
/// Deployments and credentials that must not be used before a time, by name. The seam at which instances share them; a call completes
/// from memory and raises nothing. Thread safe.
/// </summary>
internal interface ICooldowns
{
    /// <summary>The default when there is no cooldown, or it has ended.</summary>
    Cooldown Find(string name);

    /// <summary>Never shortens a longer cooldown.</summary>
    void Extend(string name, Cooldown cooldown);

    /// <summary>
    /// An operator's decision: sets a cooldown, also instead of a longer one, or ends it (null). False when the other instances could not be notified, and
    /// nothing has changed.
    /// </summary>
    ValueTask<bool> SetAsync(string name, Cooldown? cooldown, CancellationToken cancellationToken);

    /// <summary>
    /// Claims a name that only one instance may have at a time. Returns another instance's claim that is still valid; the default when this instance has it,
    /// even while the other instances cannot be asked. Raises nothing.
    /// </summary>
    /// <param name="claim">Its end is when it expires; its reason is unique among claims.</param>
    ValueTask<Cooldown> ClaimAsync(string name, Cooldown claim);

    /// <summary>Ends a claim, or a cooldown, if its reason is still that of <paramref name="claim"/>.</summary>
    /// <param name="result">The value that replaces it for the other instances; null for none.</param>
    void EndClaim(string name, Cooldown claim, Cooldown? result);

    /// <summary>Called before deployments are chosen: loads what other instances have set. Completes synchronously while the known values are recent; raises nothing.</summary>
    ValueTask RefreshAsync();

    /// <summary>The reason of an operator's cooldown.</summary>
    const string Drained = "drained";

    /// <summary>The reason that replaces a claim whose work is done, <see cref="ResultLifetime"/> before its end.</summary>
    const string Done = "done";

    /// <summary>Long enough for every instance to read it.</summary>
    static readonly TimeSpan ResultLifetime = TimeSpan.FromSeconds(30);

    /// <summary>The longest cooldown that an operator may set.</summary>
    static readonly TimeSpan MaxDrain = TimeSpan.FromDays(1);
}

/// <summary>When something may be used again, and why it may not be used now.</summary>
internal readonly record struct Cooldown(DateTimeOffset Until, string Reason)
{
    public bool IsActive(DateTimeOffset now) => now < Until;
}

/// <summary>Cooldowns of this process only.</summary>
internal sealed class LocalCooldowns(TimeProvider time) : ICooldowns
{
    /// <summary>Names come from nano.json and from callers who name models of providers with several keys.</summary>
    private const int MaxNames = 8192;

    private readonly ConcurrentDictionary<string, Cooldown> _cooldowns = new(StringComparer.Ordinal);

    /// <summary>There may be cooldowns. Nearly always there are none, and asking the dictionary takes all of its locks, several times per request.</summary>
    private volatile bool _hasAny;

    public Cooldown Find(string name)
    {
        if (!_hasAny || !_cooldowns.TryGetValue(name, out var cooldown)) return default;
        if (cooldown.IsActive(time.GetUtcNow())) return cooldown;
        Remove(name, cooldown);
        return default;
    }

    public void Extend(string name, Cooldown cooldown)
    {
        MakeRoom();
        _cooldowns.AddOrUpdate(name, static (_, added) => added, static (_, known, added) => added.Until > known.Until ? added : known, cooldown);
        _hasAny = true;
    }

    public void Remove(string name)
    {
        if (_cooldowns.TryRemove(name, out _)) CheckEmpty();
    }

    /// <summary>Unless it has been replaced in the meantime.</summary>
    public void Remove(string name, Cooldown cooldown)
    {
        if (_cooldowns.TryRemove(KeyValuePair.Create(name, cooldown))) CheckEmpty();
    }

    public ValueTask<bool> SetAsync(string name, Cooldown? cooldown, CancellationToken cancellationToken)
    {
        if (cooldown is { } set)
        {
            MakeRoom();
            _cooldowns[name] = set;
            _hasAny = true;
        }
        else Remove(name);
        return ValueTask.FromResult(true);
    }

    public ValueTask RefreshAsync() => default;

    /// <summary>There is no other instance.</summary>
    public ValueTask<Cooldown> ClaimAsync(string name, Cooldown claim) => default;

    public void EndClaim(string name, Cooldown claim, Cooldown? result)
    {
        if (!_cooldowns.TryGetValue(name, out var known) || known.Reason != claim.Reason) return;
        if (result is { } told)
        {
            _cooldowns[name] = told;
            _hasAny = true;
        }
        else Remove(name, known);
    }

    /// <summary>One that is added in the meantime is seen by the second look, or its own thread sets the flag after it.</summary>
    private void CheckEmpty()
    {
        if (!_cooldowns.IsEmpty) return;
        _hasAny = false;
        Thread.MemoryBarrier();
        if (!_cooldowns.IsEmpty) _hasAny = true;
    }

    private void MakeRoom()
    {
        if (_cooldowns.Count < MaxNames) return;
        var now = time.GetUtcNow();
        foreach (var entry in _cooldowns)
            if (!entry.Value.IsActive(now)) _cooldowns.TryRemove(entry);
        if (_cooldowns.Count >= MaxNames) _cooldowns.Clear();
    }
}
