namespace Nano.Caching;

/// <summary>A store that instances share: bytes under names, each with an end. Raises <see cref="State.StateUnavailableException"/> when it fails. Thread safe.</summary>
internal interface ICacheStore
{
    /// <summary>For messages: <c>redis</c>, <c>blob</c>.</summary>
    string Name { get; }

    /// <summary>Null when there is none, or it has ended where the store knows ends.</summary>
    ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <param name="lifetime">Null for no end. A store that knows none keeps it longer.</param>
    ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken);

    /// <summary>Writes a value unless there is one. The result is the value that the store has then, whichever instance wrote it.</summary>
    ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken);
}
