using System.Collections.Concurrent;

namespace Nano.State;

/// <summary>Cooldowns of this instance alone. Bounded and thread safe; it never waits.</summary>
internal sealed class LocalCooldowns(TimeProvider time) : ICooldowns
{
    internal const int Capacity = 4096;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);

    public ValueTask<DateTimeOffset?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (_ends.IsEmpty || !_ends.TryGetValue(name, out var end)) return new((DateTimeOffset?)null);
        if (end > time.GetUtcNow()) return new(end);
        _ends.TryRemove(KeyValuePair.Create(name, end));
        return new((DateTimeOffset?)null);
    }

    public ValueTask SetAsync(string name, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (_ends.Count >= Capacity) Forget();
        _ends.AddOrUpdate(name, static (_, until) => until, static (_, known, until) => until > known ? until : known, until);
        return default;
    }

    public ValueTask ClearAsync(string name, CancellationToken cancellationToken)
    {
        _ends.TryRemove(name, out _);
        return default;
    }

    /// <summary>Those that are over; else the one that ends first.</summary>
    private void Forget()
    {
        var now = time.GetUtcNow();
        foreach (var end in _ends) if (end.Value <= now) _ends.TryRemove(end);
        if (_ends.Count >= Capacity && _ends.MinBy(end => end.Value) is { Key: { } first }) _ends.TryRemove(first, out _);
    }
}

/// <summary>Cooldowns in the store, behind those of this instance: what this instance learns it knows without the store.</summary>
internal sealed class SharedCooldowns(StateTransactions transactions, TimeProvider time) : ICooldowns
{
    private const string Partition = "cooldowns";

    private readonly LocalCooldowns _local = new(time);

    public async ValueTask<DateTimeOffset?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (await _local.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } known) return known;
        try
        {
            var row = (await transactions.Engine.ReadAsync(Partition, [name], cancellationToken).ConfigureAwait(false))[0];
            return row is not null && DateTimeOffset.FromUnixTimeMilliseconds(row.Fields.Number("until")) is var until && until > time.GetUtcNow() ? until : null;
        }
        catch (StateUnavailableException)
        {
            return null;
        }
    }

    public async ValueTask SetAsync(string name, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await _local.SetAsync(name, until, cancellationToken).ConfigureAwait(false);
        await ChangeAsync(name, view =>
        {
            if (view[name]?.Fields.Number("until") >= until.ToUnixTimeMilliseconds()) return false;
            view.Put(name, new StateFields().Set("until", until.ToUnixTimeMilliseconds()));
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ClearAsync(string name, CancellationToken cancellationToken)
    {
        await _local.ClearAsync(name, cancellationToken).ConfigureAwait(false);
        await ChangeAsync(name, view =>
        {
            view.Delete(name);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ChangeAsync(string name, Func<StateView, bool> change, CancellationToken cancellationToken)
    {
        try
        {
            await transactions.RunAsync(Partition, [name], change, cancellationToken).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // This instance knows it; the others learn it themselves.
        }
    }
}
