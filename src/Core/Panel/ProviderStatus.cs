namespace Nano.Panel;

/// <summary>How a provider is, in the panel's colours.</summary>
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

/// <summary>What a check found. Nothing in it is secret: it is shown as it is.</summary>
/// <param name="Message">What was found, a sentence.</param>
/// <param name="Fix">The exact step that fixes it; null if nothing needs to be fixed, or nothing can be done here.</param>
internal sealed record ProviderStatus(string Provider, ProviderLight Light, string Message, string? Fix = null)
{
    /// <summary>What was asked of the provider.</summary>
    public required string Checked { get; init; }

    public DateTimeOffset CheckedAt { get; init; }

    public bool IsKeyRefused { get; init; }

    /// <summary>Until the response began; null when none came or nothing was asked.</summary>
    public double? LatencyMilliseconds { get; init; }
}
