namespace Nano.Json;

/// <summary>
/// The bytes that the large buffers of all open requests may take together: bodies, gathered responses, converted messages and
/// stream events. Buffers of at most <see cref="BufferPool.LargestShared"/> bytes are not counted, so a small request pays nothing.
/// Thread safe.
/// </summary>
internal sealed class BufferBudget(long limit)
{
    private const long BytesPerValue = 128;

    private long _used;

    public long Limit { get; } = limit;

    public long Used => Volatile.Read(ref _used);

    /// <exception cref="BufferBudgetException">They do not fit; nothing is counted.</exception>
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
    /// Counts what reading and rewriting a large message takes besides its buffers, until the result is disposed: about 128 bytes of
    /// objects for each of its values (counted by commas), and a copy of it where it is edited on the way.
    /// </summary>
    /// <param name="budget">Null for none.</param>
    /// <exception cref="BufferBudgetException">It does not fit.</exception>
    public static Share ForWork(BufferBudget? budget, ReadOnlySpan<byte> message, bool isEdited)
    {
        if (budget is null || message.Length <= BufferPool.LargestShared) return default;
        var bytes = BytesPerValue * message.Count((byte)',') + (isEdited ? message.Length : 0);
        budget.Take(bytes);
        return new Share(budget, bytes);
    }

    /// <summary>Bytes that are given back once.</summary>
    internal readonly struct Share(BufferBudget budget, long bytes) : IDisposable
    {
        public void Dispose() => budget?.Give(bytes);
    }
}

/// <summary>The budget for large buffers is spent. The endpoint turns it into a 503 with <c>Retry-After</c>; nothing else may catch it.</summary>
internal sealed class BufferBudgetException() : Exception("The budget for buffered bytes is spent.");
