namespace Nano.Json;

/// <summary>
/// The limit, in bytes, on the large buffers of all open requests together: bodies, gathered responses, converted messages and
/// stream events. Buffers of at most <see cref="BufferPool.LargestShared"/> bytes are not counted, so a small request pays nothing.
/// Thread safe.
/// </summary>
internal sealed class BufferBudget(long limit)
{
    private const long BytesPerValue = 128;

    private long _used;

    public long Limit { get; } = limit;

    public long Used => Volatile.Read(ref _used);

    /// <exception cref="BufferBudgetException">The bytes do not fit; nothing is counted.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= Limit) return;
        Interlocked.Add(ref _used, -bytes);
        throw new BufferBudgetException();
    }

    /// <summary>The bytes fit now; another request may take them first.</summary>
    public bool Fits(long bytes) => Used + bytes <= Limit;

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);

    /// <summary>
    /// Counts the memory that reading and rewriting a large message needs besides its buffers, until the result is disposed: about
    /// 128 bytes of objects per value (counted by commas), and a copy of the message if it is edited.
    /// </summary>
    /// <param name="budget">Null for no limit.</param>
    /// <exception cref="BufferBudgetException">The bytes do not fit.</exception>
    public static Share ForWork(BufferBudget? budget, ReadOnlySpan<byte> message, bool isEdited)
    {
        if (budget is null || message.Length <= BufferPool.LargestShared) return default;
        var bytes = BytesPerValue * message.Count((byte)',') + (isEdited ? message.Length : 0);
        budget.Take(bytes);
        return new Share(budget, bytes);
    }

    /// <summary>Counted bytes, returned to the budget once.</summary>
    internal readonly struct Share(BufferBudget budget, long bytes) : IDisposable
    {
        public void Dispose() => budget?.Give(bytes);
    }
}

/// <summary>The budget for large buffers is spent. The endpoint turns it into a 503 with <c>Retry-After</c>; nothing else may catch it.</summary>
internal sealed class BufferBudgetException() : Exception("The budget for buffered bytes is spent.");
