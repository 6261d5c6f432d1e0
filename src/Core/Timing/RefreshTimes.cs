namespace Nano.Timing;

/// <summary>The limits and pauses of a <see cref="Refreshing{T}"/>.</summary>
internal sealed record RefreshTimes
{
    /// <summary>One read; no limit by default.</summary>
    public TimeSpan Read { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>After the first failure; each further one doubles it, up to <see cref="MaxBackoff"/>.</summary>
    public required TimeSpan Backoff { get; init; }

    public required TimeSpan MaxBackoff { get; init; }

    /// <summary>Between two early reads: a value that stays bad must not flood its source.</summary>
    public TimeSpan BetweenRereads { get; init; }

    /// <param name="failures">In a row; at least 1.</param>
    /// <param name="retryAfter">What the source asks for.</param>
    public TimeSpan Pause(int failures, TimeSpan? retryAfter)
    {
        var pause = Backoff * Math.Pow(2, Math.Min(failures - 1, 20));
        pause = pause < MaxBackoff ? pause : MaxBackoff;
        return retryAfter > pause ? retryAfter.Value : pause;
    }
}
