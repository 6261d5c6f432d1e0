using System.Numerics;

namespace Nano.Json;

/// <summary>
/// Buffers above <see cref="BufferPool.LargestShared"/> bytes. Buffers of up to <see cref="LargestKept"/> bytes are kept for the next request,
/// up to <see cref="MaxKept"/> bytes together, in a few sizes: powers of two up to 1 MiB, then multiples of 256 KiB. Larger ones are allocated in the
/// requested size and left to the garbage collector: the runtime's shared pool would keep them until a full collection, which an idle process
/// never runs. Thread safe.
/// </summary>
internal static class LargeBuffers
{
    /// <summary>The segment size for messages of unknown length, in bytes.</summary>
    public const int Largest = 1024 * 1024;

    /// <summary>The largest buffer that is kept, in bytes.</summary>
    public const int LargestKept = 8 * 1024 * 1024;

    /// <summary>The maximum number of bytes kept.</summary>
    public const int MaxKept = 16 * 1024 * 1024;

    private const int FirstSize = 2 * BufferPool.LargestShared, Step = 256 * 1024;

    private static readonly int PowersOfTwo = BitOperations.Log2(Largest / FirstSize) + 1;

    // Each stack has buffers of one size. Null until one is returned.
    private static readonly Stack<byte[]>?[] Kept = new Stack<byte[]>?[PowersOfTwo + (LargestKept - Largest) / Step];

    private static readonly Lock Changing = new();

    private static long _made;
    private static long _keptBytes;

    /// <summary>Bytes of all large buffers allocated since the last <see cref="Trim"/>: the memory that may wait for a full collection.</summary>
    public static long Made => Volatile.Read(ref _made);

    /// <summary>Bytes that are kept now.</summary>
    public static long KeptBytes => Volatile.Read(ref _keptBytes);

    /// <exception cref="BufferBudgetException">The budget is spent.</exception>
    public static byte[] Rent(int minimumLength, BufferBudget? budget)
    {
        var length = SizeOf(minimumLength, budget);
        budget?.Take(length);
        if (IsKeptSize(length))
        {
            lock (Changing)
            {
                if (Kept[IndexOf(length)] is { } kept && kept.TryPop(out var buffer))
                {
                    _keptBytes -= length;
                    return buffer;
                }
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
        if (!IsKeptSize(buffer.Length)) return;
        var index = IndexOf(buffer.Length);
        lock (Changing)
        {
            if (!MakeRoom(index, buffer.Length)) return;
            (Kept[index] ??= new Stack<byte[]>()).Push(buffer);
            _keptBytes += buffer.Length;
        }
    }

    /// <summary>Drops all kept buffers. A full collection then frees the memory.</summary>
    public static void Trim()
    {
        Volatile.Write(ref _made, 0);
        lock (Changing)
        {
            Array.Clear(Kept);
            _keptBytes = 0;
        }
    }

    /// <summary>The size to allocate for a length. A buffer has exactly that length if it will not be kept, or if the budget allows no more.</summary>
    private static int SizeOf(int length, BufferBudget? budget)
    {
        if (length <= Largest) return (int)BitOperations.RoundUpToPowerOf2((uint)length);
        if (length > LargestKept) return length;
        var size = (length + Step - 1) / Step * Step;
        return budget is null || budget.Fits(size) ? size : length;
    }

    private static bool IsKeptSize(int length) => length <= Largest ? BitOperations.IsPow2(length) : length <= LargestKept && length % Step == 0;

    private static int IndexOf(int length) => length <= Largest ? BitOperations.Log2((uint)length / FirstSize) : PowersOfTwo + (length - Largest) / Step - 1;

    /// <summary>Drops buffers of the size that keeps the most bytes until another one fits. False if that is the same size.</summary>
    private static bool MakeRoom(int index, int length)
    {
        while (_keptBytes + length > MaxKept)
        {
            var (most, bytes) = (-1, 0L);
            for (var i = 0; i < Kept.Length; i++)
            {
                if (Kept[i] is not { Count: > 0 } kept || (long)kept.Count * kept.Peek().Length is var held && held <= bytes) continue;
                (most, bytes) = (i, held);
            }
            if (most == index) return false;
            _keptBytes -= Kept[most]!.Pop().Length;
        }
        return true;
    }
}
