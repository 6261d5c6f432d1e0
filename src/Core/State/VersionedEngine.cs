namespace Nano.State;

/// <summary>
/// Knows the version of the rows in a store, which is a row itself: a store of a newer gateway is refused before anything of it is read or written, and one of
/// an older gateway is migrated, step by step. Checked with the first call that finds the store. Thread safe.
/// </summary>
/// <param name="version">Of the rows that this gateway reads and writes.</param>
/// <param name="migrations">The step at index n makes rows of version n + 1 those of version n + 2. Instances may run a step at the same time, and one that died may have
/// run a part of it: a step that is repeated must change nothing more.</param>
/// <param name="partition">Of the row with the version.</param>
internal sealed class VersionedEngine(IStateEngine engine, int version, IReadOnlyList<Func<IStateEngine, CancellationToken, ValueTask>> migrations, string partition = "schema")
    : IStateEngine
{
    /// <summary>What gateways write now. Stores without a version are of version 1: the first gateways did not write it.</summary>
    public const int Current = 1;

    private const string Key = "version";

    /// <summary>Some engine keeps a row's own version in a field called <c>version</c>.</summary>
    private const string Field = "schema";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile bool _isChecked;

    /// <summary>As this gateway uses it.</summary>
    public VersionedEngine(IStateEngine engine) : this(engine, Current, []) { }

    public string Name => engine.Name;

    public bool Exists => engine.Exists;

    public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        return _isChecked || !engine.Exists ? engine.ReadAsync(partition, keys, cancellationToken) : AfterCheckAsync();

        async ValueTask<IReadOnlyList<StateRow?>> AfterCheckAsync()
        {
            await CheckAsync(cancellationToken).ConfigureAwait(false);
            return await engine.ReadAsync(partition, keys, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        return _isChecked || !engine.Exists ? engine.ScanAsync(partition, from, to, limit, cancellationToken) : AfterCheckAsync();

        async ValueTask<IReadOnlyList<StateRow>> AfterCheckAsync()
        {
            await CheckAsync(cancellationToken).ConfigureAwait(false);
            return await engine.ScanAsync(partition, from, to, limit, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        return _isChecked ? engine.CommitAsync(partition, writes, cancellationToken) : AfterCheckAsync();

        async ValueTask<long[]?> AfterCheckAsync()
        {
            StateLimits.Check(writes);
            await CheckAsync(cancellationToken).ConfigureAwait(false);
            return await engine.CommitAsync(partition, writes, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        _gate.Dispose();
        return engine.DisposeAsync();
    }

    private async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!_isChecked)
            {
                var row = (await engine.ReadAsync(partition, [Key], cancellationToken).ConfigureAwait(false))[0];
                var found = row is null ? 1 : row.Fields.Number(Field);
                if (found > version)
                    throw new StateUnavailableException(
                        $"The state store is of a newer gateway (its rows have version {found}, this gateway knows {version}). Update this gateway.");
                if (row is not null && found == version)
                {
                    _isChecked = true;
                    return;
                }
                if (found < version) await migrations[(int)found - 1](engine, cancellationToken).ConfigureAwait(false);
                // Of instances that do this at the same time, all but one read again.
                var write = StateWrite.Put(Key, row, new StateFields().Set(Field, Math.Min(found + 1, version)));
                await engine.CommitAsync(partition, [write], cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
