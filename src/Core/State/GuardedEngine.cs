namespace Nano.State;

/// <summary>An engine behind a <see cref="CallGuard"/>.</summary>
/// <inheritdoc cref="CallGuard"/>
internal sealed class GuardedEngine(IStateEngine engine, TimeSpan limit, TimeSpan firstLimit, TimeProvider time, Action<string?>? report = null) : IStateEngine
{
    private readonly CallGuard _guard = new(engine.Name, limit, firstLimit, time, report);

    public string Name => engine.Name;

    public bool Exists => engine.Exists;

    /// <inheritdoc cref="CallGuard.Problem"/>
    public string? Problem => _guard.Problem;

    public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        _guard.CallAsync((engine, partition, keys), static (call, token) => call.engine.ReadAsync(call.partition, call.keys, token), cancellationToken);

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
        _guard.CallAsync((engine, partition, from, to, limit), static (call, token) => call.engine.ScanAsync(call.partition, call.from, call.to, call.limit, token),
        cancellationToken);

    /// <summary>The commit that creates the store may take as long as the first call: on a busy laptop, a new database takes longer than other writes.</summary>
    public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken) =>
        _guard.CallAsync((engine, partition, writes), static (call, token) => call.engine.CommitAsync(call.partition, call.writes, token), cancellationToken,
        engine.Exists ? null : firstLimit);

    public ValueTask DisposeAsync() => engine.DisposeAsync();
}
