namespace Nano.State;

/// <summary>
/// A storage engine as the ledger and the keys use it: rows in partitions, and commits that change several rows of one
/// partition, all or none, if none of them has changed since it was read. Everything else is computed by the gateway, so that all engines
/// behave alike.
/// </summary>
/// <remarks>
/// An exception means that the outcome is unknown, never that nothing happened: the commit may still take effect. Callers read back, or
/// repeat the commit with the same expected versions, which excludes the first one.
/// </remarks>
internal interface IStateEngine : IAsyncDisposable
{
    /// <summary>For messages and <c>/readyz</c>: <c>sqlite</c>, <c>table</c>, <c>redis</c>, <c>memory</c>.</summary>
    string Name { get; }

    /// <summary>Whether a store exists. Creates nothing: false for a database file that no write has created yet.</summary>
    bool Exists { get; }

    /// <summary>The rows with these keys, in the order of the keys; null for a key without a row.</summary>
    ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Rows with <paramref name="from"/> &lt;= key &lt; <paramref name="to"/> in ordinal order.</summary>
    /// <param name="limit">The most rows of one call; the next call begins after the last key.</param>
    ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken);

    /// <summary>Makes all changes or none.</summary>
    /// <param name="writes">At most <see cref="StateLimits.MaxWrites"/>, each for a different row.</param>
    /// <returns>The new versions in the order of <paramref name="writes"/>; null when a row did not have its expected version.</returns>
    ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken);
}

/// <summary>Limits that every engine supports.</summary>
internal static class StateLimits
{
    /// <summary>Azure Table Storage takes 100 operations in one transaction.</summary>
    public const int MaxWrites = 100;

    /// <summary>Characters of one text. Azure Table Storage takes 32,768.</summary>
    public const int MaxText = 30_000;

    /// <summary>A new version of a row: random, positive, never 0.</summary>
    public static long NewVersion() => Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>Raises for a commit that some engine would refuse, or would accept and execute in part.</summary>
    public static void Check(IReadOnlyList<StateWrite> writes)
    {
        if (writes.Count is 0 or > MaxWrites) throw new ArgumentException($"A commit has 1 to {MaxWrites} writes, not {writes.Count}.", nameof(writes));
        for (var i = 1; i < writes.Count; i++)
            for (var j = 0; j < i; j++)
                if (writes[i].Key == writes[j].Key) throw new ArgumentException($"A commit changes the row '{writes[i].Key}' twice.", nameof(writes));
    }
}

/// <summary>The store failed or did not respond in time. Whether a commit took effect is unknown.</summary>
internal sealed class StateUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long to wait before another try.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>No commit was sent, so nothing can take effect.</summary>
    public bool IsUncommitted { get; set; }
}
