namespace Nano.Timing;

/// <summary>The limits and pauses of a <see cref="Refreshing{T}"/>.</summary>
internal sealed record RefreshTimes
{
    /// <summary>The limit of one read; none by default.</summary>
    public TimeSpan Read { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The pause after the first failure; each further one doubles it, up to <see cref="MaxBackoff"/>.</summary>
    public required TimeSpan Backoff { get; init; }

    public required TimeSpan MaxBackoff { get; init; }

    /// <summary>The minimum between two early reads: a value that stays wrong must not flood its source.</summary>
    public TimeSpan BetweenRereads { get; init; }

    /// <param name="failures">Failures in a row; at least 1.</param>
    /// <param name="retryAfter">The source's <c>Retry-After</c>.</param>
    public TimeSpan Pause(int failures, TimeSpan? retryAfter)
    {
        var pause = Backoff * Math.Pow(2, Math.Min(failures - 1, 20));
        pause = pause < MaxBackoff ? pause : MaxBackoff;
        return retryAfter > pause ? retryAfter.Value : pause;
    }
}
