using System.Numerics;

namespace Nano.Json;

/// <summary>
/// Buffers above <see cref="BufferPool.LargestShared"/> bytes. Buffers of up to 1 MiB are kept for the next request, in sizes that
/// are powers of two and up to <see cref="MaxKept"/> bytes together. Larger ones are allocated in the requested size and left to the
/// garbage collector: the runtime's shared pool would keep them until a full collection, which an idle process never runs. Thread safe.
/// </summary>
internal static class LargeBuffers
{
    /// <summary>The largest buffer that is kept, in bytes; also the segment size for messages of unknown length.</summary>
    public const int Largest = 1024 * 1024;

    /// <summary>The maximum number of bytes kept per size; there are four sizes.</summary>
    private const int MaxKeptOfSize = 4 * 1024 * 1024;

    private const int FirstSize = 2 * BufferPool.LargestShared;

    private static readonly Stack<byte[]>[] Kept = [new(), new(), new(), new()];

    private static long _made;

    /// <summary>The maximum number of bytes kept.</summary>
    public static int MaxKept => Kept.Length * MaxKeptOfSize;

    /// <summary>Bytes of all large buffers allocated since the last <see cref="Trim"/>: the memory that may wait for a full collection.</summary>
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

    /// <summary>Drops all kept buffers. A full collection then frees the memory.</summary>
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
