namespace Nano.Dialects;

/// <summary>The progress of a caller's stream, for the event that ends it after a failure.</summary>
internal readonly record struct StreamPlace
{
    /// <summary>Events sent to the caller, without keep-alives.</summary>
    public int Events { get; init; }

    /// <summary>The id of the response; null if none was sent.</summary>
    public string? Id { get; init; }

    /// <inheritdoc cref="ResponseContext.FallbackId"/>
    public string? FallbackId { get; init; }

    /// <summary>The model that was sent to the caller, or the requested one.</summary>
    public string? Model { get; init; }

    /// <summary>Unix seconds.</summary>
    public long Created { get; init; }
}
