namespace Nano.Timing;

/// <summary>The state of a <see cref="Refreshing{T}"/> after a read. Immutable; replaced as a whole. Its text never contains the value.</summary>
internal sealed class RefreshState<T>
{
    /// <summary>False: every read failed since the start, or since the last value expired.</summary>
    public bool HasValue { get; init; }

    /// <summary>Set only with <see cref="HasValue"/>.</summary>
    public T? Value { get; init; }

    /// <summary>When the value expires and must not be used; null when it is valid until the next successful read.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Why the last read failed, for the operator; null when it succeeded.</summary>
    public string? Failure { get; init; }

    /// <summary>The exception behind <see cref="Failure"/>, if any. Its text is not for callers.</summary>
    public Exception? Fault { get; init; }

    /// <summary>How many reads in a row failed.</summary>
    public int Failures { get; init; }

    /// <summary>The time from the failure to the next read.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>When the first of the failures in a row occurred.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>A timestamp: from then on, using the value starts a read.</summary>
    public long DueAt { get; init; }

    public override string ToString() => Failure ?? "read";
}

/// <summary>The outcome of one read. Its text never contains the value.</summary>
internal readonly struct Reading<T>
{
    /// <summary>Set only without <see cref="Failure"/>.</summary>
    public T? Value { get; private init; }

    /// <summary>The time until the next use starts a read.</summary>
    public TimeSpan FreshFor { get; private init; }

    /// <inheritdoc cref="RefreshState{T}.EndsAt"/>
    public DateTimeOffset? EndsAt { get; private init; }

    /// <summary>A sentence for the operator; null after success.</summary>
    public string? Failure { get; private init; }

    /// <summary>The source must not be asked again before this time.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public static Reading<T> Found(T value, TimeSpan freshFor, DateTimeOffset? endsAt = null) => new() { Value = value, FreshFor = freshFor, EndsAt = endsAt };

    public static Reading<T> Failed(string failure, TimeSpan? retryAfter = null) => new() { Failure = failure, RetryAfter = retryAfter };

    public override string ToString() => Failure ?? "read";
}
