using System.Numerics;

namespace Nano.Json;

/// <summary>
/// Buffers above <see cref="BufferPool.LargestShared"/> bytes. Those of up to 1 MiB are kept for the next request, in sizes that
/// are powers of two and up to <see cref="MaxKept"/> bytes together. A larger one is made in the size that is asked for and left to the
/// garbage collector: the runtime's shared pool would keep it until a full collection, which an idle process never runs. Thread safe.
/// </summary>
internal static class LargeBuffers
{
    /// <summary>The largest buffer that is kept, and the size of a segment of a message whose length is not known.</summary>
    public const int Largest = 1024 * 1024;

    /// <summary>Bytes kept of each size at most; there are four sizes.</summary>
    private const int MaxKeptOfSize = 4 * 1024 * 1024;

    private const int FirstSize = 2 * BufferPool.LargestShared;

    private static readonly Stack<byte[]>[] Kept = [new(), new(), new(), new()];

    private static long _made;

    /// <summary>Bytes kept at most.</summary>
    public static int MaxKept => Kept.Length * MaxKeptOfSize;

    /// <summary>Bytes of all large buffers that were made since the last <see cref="Trim"/>: so much memory may wait for a full collection.</summary>
    public static long Made => Volatile.Read(ref _made);

    /// <exception cref="BufferBudgetException">The budget is spent.</exception>
    public static byte[] Rent(int minimumLength, BufferBudget? budget)
    {
        var length = minimumLength > Largest ? minimumLength : (int)BitOperations.RoundUpToPowerOf2((uint)minimumLength);
        budget?.Take(length);
        if (length <= Largest)
        {
            var kept = Kept[IndexOf(length)];
            lock (kept)
            {
                if (kept.TryPop(out var buffer)) return buffer;
            }
        }
        try
        {
            var made = GC.AllocateUninitializedArray<byte>(length);
            Interlocked.Add(ref _made, length);
            return made;
        }
        catch (OutOfMemoryException)
        {
            budget?.Give(length);
            throw;
        }
    }

    public static void Return(byte[] buffer, BufferBudget? budget)
    {
        budget?.Give(buffer.Length);
        if (buffer.Length > Largest || !BitOperations.IsPow2(buffer.Length)) return;
        var kept = Kept[IndexOf(buffer.Length)];
        lock (kept)
        {
            if ((kept.Count + 1L) * buffer.Length <= MaxKeptOfSize) kept.Push(buffer);
        }
    }

    /// <summary>Lets go of all buffers that are kept. The memory is free after a full collection.</summary>
    public static void Trim()
    {
        Volatile.Write(ref _made, 0);
        foreach (var kept in Kept)
        {
            lock (kept)
            {
                kept.Clear();
                kept.TrimExcess();
            }
        }
    }

    private static int IndexOf(int length) => BitOperations.Log2((uint)length / FirstSize);
}
