namespace Nano.Panel;

/// <summary>A provider's state, in the panel's colours.</summary>
internal enum ProviderLight
{
    /// <summary>It works: green.</summary>
    Works,
    /// <summary>It responds, but slowly, or limits requests: orange.</summary>
    Degraded,
    /// <summary>It cannot be reached or refuses the key: red.</summary>
    Failed,
    /// <summary>It has no key here: grey.</summary>
    NoKey,
}

/// <summary>The result of a check. It contains no secret and can be shown unchanged.</summary>
/// <param name="Message">The result as a sentence.</param>
/// <param name="Fix">The exact step that fixes it; null if nothing needs to be fixed, or nothing can be done here.</param>
internal sealed record ProviderStatus(string Provider, ProviderLight Light, string Message, string? Fix = null)
{
    /// <summary>The request that the check sent.</summary>
    public required string Checked { get; init; }

    public DateTimeOffset CheckedAt { get; init; }

    public bool IsKeyRefused { get; init; }

    /// <summary>The time until the response began; null when there was no response or no request.</summary>
    public double? LatencyMilliseconds { get; init; }
}
