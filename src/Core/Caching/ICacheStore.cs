namespace Nano.Caching;

/// <summary>A store that instances share: bytes under names, each with an expiry. Raises <see cref="State.StateUnavailableException"/> when it fails. Thread safe.</summary>
internal interface ICacheStore
{
    /// <summary>For messages: <c>redis</c>, <c>blob</c>.</summary>
    string Name { get; }

    /// <summary>Null when there is no value, or when it has expired in a store that supports expiry.</summary>
    ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <param name="lifetime">Null for no expiry. A store without support for expiry keeps the value longer.</param>
    ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken);

    /// <summary>Writes a value unless there is one. Returns the value that the store has afterwards, whichever instance wrote it.</summary>
    ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken);
}
