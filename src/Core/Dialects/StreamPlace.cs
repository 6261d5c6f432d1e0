namespace Nano.Dialects;

/// <summary>How far a caller's stream is, as far as the event that ends it in failure must know.</summary>
internal readonly record struct StreamPlace
{
    /// <summary>Events that the caller was sent, keep-alives aside.</summary>
    public int Events { get; init; }

    /// <summary>The id of the response; null when none was sent.</summary>
    public string? Id { get; init; }

    /// <inheritdoc cref="ResponseContext.FallbackId"/>
    public string? FallbackId { get; init; }

    /// <summary>The model that the caller was told, or that it asked for.</summary>
    public string? Model { get; init; }

    /// <summary>Unix seconds.</summary>
    public long Created { get; init; }
}
