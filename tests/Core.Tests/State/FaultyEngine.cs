using Nano.State;

namespace Nano.Tests.State;

/// <summary>An engine whose commits fail like real ones: before they take effect, after it, or with a delayed effect.</summary>
internal sealed class FaultyEngine(IStateEngine engine, Random random) : IStateEngine
{
    private readonly Lock _lock = new();
    private readonly List<(string Partition, IReadOnlyList<StateWrite> Writes)> _late = [];

    /// <summary>The percentage of calls that fail.</summary>
    public int Faults { get; set; }

    public string Name => engine.Name;

    public bool Exists => engine.Exists;

    public async ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await ArriveLateAsync();
        await Task.Yield();
        if (Next(200) < Faults) throw new StateUnavailableException("The read failed.");
        return await engine.ReadAsync(partition, keys, cancellationToken);
    }

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
        Next(200) < Faults ? throw new StateUnavailableException("The scan failed.") : engine.ScanAsync(partition, from, to, limit, cancellationToken);

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        await ArriveLateAsync();
        await Task.Yield();
        if (Next(100) >= Faults) return await engine.CommitAsync(partition, writes, cancellationToken);
        switch (Next(3))
        {
            case 0:
                throw new StateUnavailableException("Refused before it took effect.");
            case 1:
                await engine.CommitAsync(partition, writes, cancellationToken);
                throw new StateUnavailableException("Timed out after it took effect.");
            default:
                lock (_lock) _late.Add((partition, [.. writes]));
                throw new StateUnavailableException("Timed out before it took effect.");
        }
    }

    /// <summary>Completes the delayed commits.</summary>
    public async Task SettleDownAsync()
    {
        Faults = 0;
        while (_late.Count > 0) await ArriveLateAsync(all: true);
    }

    public ValueTask DisposeAsync() => default;

    private int Next(int most)
    {
        // Verbs and an instance's background work may be concurrent.
        lock (_lock) return random.Next(most);
    }

    private async ValueTask ArriveLateAsync(bool all = false)
    {
        (string Partition, IReadOnlyList<StateWrite> Writes) late;
        lock (_lock)
        {
            if (_late.Count == 0 || (!all && random.Next(4) != 0)) return;
            late = _late[0];
            _late.RemoveAt(0);
        }
        await engine.CommitAsync(late.Partition, late.Writes, default);
    }
}
