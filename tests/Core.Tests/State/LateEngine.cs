using Nano.State;

namespace Nano.Tests.State;

/// <summary>Its next commit takes effect and is reported as failed.</summary>
internal sealed class LateEngine(IStateEngine engine) : IStateEngine
{
    public bool FailsAfterCommit { get; set; }

    public string Name => engine.Name;

    public bool Exists => engine.Exists;

    public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        engine.ReadAsync(partition, keys, cancellationToken);

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
        engine.ScanAsync(partition, from, to, limit, cancellationToken);

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        var versions = await engine.CommitAsync(partition, writes, cancellationToken);
        if (!FailsAfterCommit) return versions;
        FailsAfterCommit = false;
        throw new StateUnavailableException("Timed out after it took effect.");
    }

    public ValueTask DisposeAsync() => default;
}
